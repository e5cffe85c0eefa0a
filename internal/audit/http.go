package audit

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/fetch"
)

// HTTP is what a server answers to GET /, or to a GET of the path that the target names.
type HTTP struct {
	Status     int    `json:"status"`
	HSTS       HSTS   `json:"hsts"`
	Location   string `json:"location"` // where it sends clients; peer text, empty for nowhere
	Connection int    `json:"connection"`
}

// httpPlan is whether a page is asked for, and how.
type httpPlan struct {
	ask    bool
	likely bool     // it is HTTPS, by its ALPN or its port: a missing answer is no answer
	alpn   []string // to offer
	why    string   // why nothing is asked for
}

// httpsPorts are the registered port of HTTPS, and the one that many use beside it.
var httpsPorts = [...]uint16{443, 8443}

// planHTTP decides by the port and the application protocols that the server has. One that has none that it names may be of
// HTTP all the same.
func planHTTP(port uint16, protocols []string) httpPlan {
	const http1, http2 = "http/1.1", "h2"
	if slices.Contains(protocols, http1) {
		return httpPlan{ask: true, likely: true, alpn: []string{http1}}
	}
	if slices.Contains(httpsPorts[:], port) {
		return httpPlan{ask: true, likely: true}
	}
	if len(protocols) > 0 && !slices.ContainsFunc(protocols, func(p string) bool { return p == http2 || strings.HasPrefix(p, "http/") }) {
		return httpPlan{why: "its application protocols are " + clip(strings.Join(protocols, ", ")) + ", not HTTP"}
	}
	return httpPlan{ask: true}
}

// httpFacts is what came of asking for a page.
type httpFacts struct {
	plan httpPlan
	sent bool
	head *fetch.Head // nil: there was no answer
	err  error       // why not
}

// How long a silence ends the wait for an answer, of who should speak HTTP and of who may; and how many times as long as the
// handshake took comes on top, for what is far away or slow. It is never more than half of the time that is left.
const (
	httpPatience = 5 * time.Second
	httpGlance   = time.Second
	httpSlowness = 10
)

// patience is how long a silence ends the wait, after a handshake that took a while, of the time that there is for both.
func (p *httpPlan) patience(took, all time.Duration) time.Duration {
	least := httpGlance
	if p.likely {
		least = httpPatience
	}
	return min(least+httpSlowness*took, max((all-took)/2, time.Millisecond))
}

// get asks for a page over a session. That the server does not answer is no error of the session.
func (h *httpFacts) get(c *conn.Conn, request string, patience time.Duration) {
	h.sent = true
	if _, err := io.WriteString(c, request); err != nil {
		h.err = &fetch.Error{Kind: fetch.KindNetwork, Reason: "the request could not be sent", Err: err}
		return
	}
	h.head, h.err = fetch.ReadHead(idleReader{c, patience})
}

// idleReader reads from a session until nothing comes for a while.
type idleReader struct {
	session *conn.Conn
	idle    time.Duration
}

// Read implements io.Reader.
func (r idleReader) Read(p []byte) (int, error) { return r.session.ReadIdle(p, r.idle) }

// cut tells whether the answer broke off, or never began.
func (h *httpFacts) cut() bool {
	var e *fetch.Error
	return h.sent && errors.As(h.err, &e) && (e.Kind == fetch.KindTruncated || e.Kind == fetch.KindNetwork && !errors.Is(h.err, conn.ErrIdle))
}

// none says why there is no answer: unknown from who should speak HTTP, and otherwise a sign that this is not HTTPS.
func (h *httpFacts) none(w *whole) Answer {
	of := func(a Answer) Answer { a.Connection = w.answer.connection; return a }
	var e *fetch.Error
	switch {
	case !h.plan.ask:
		return skipped(h.plan.why)
	case !h.sent:
		return of(cannot("nothing is asked of a server that failed a proof of the handshake"))
	case errors.Is(h.err, conn.ErrIdle) && h.plan.likely:
		return of(unknownOf("it does not answer a request in time"))
	case errors.Is(h.err, conn.ErrIdle):
		return of(skipped("it does not answer in HTTP"))
	case errors.As(h.err, &e) && e.Kind == fetch.KindNotHTTP:
		return of(skipped("it does not speak HTTP: " + clip(e.Reason)))
	case errors.As(h.err, &e) && (e.Kind == fetch.KindMalformed || e.Kind == fetch.KindTooLarge):
		return of(unknownOf(clip(e.Reason)))
	case h.plan.likely:
		return of(unknownOf(closesWhenAsked))
	}
	return of(skipped(closesWhenAsked + ", and does not name HTTP"))
}

const closesWhenAsked = "it closes when it is asked for a page"

// document is what the answer says; nil where there was none.
func (h *httpFacts) document(connection int) *HTTP {
	if h.head == nil {
		return nil
	}
	d := &HTTP{Status: h.head.Status, HSTS: readHSTS(h.head.Values("strict-transport-security")), Connection: connection}
	if at := h.head.Values("location"); len(at) > 0 && isRedirect(d.Status) {
		d.Location = clip(at[0])
	}
	return d
}

// isRedirect tells the statuses that send a client to another place. RFC 9110, Section 15.4.
func isRedirect(status int) bool {
	return slices.Contains([]int{301, 302, 303, 307, 308}, status)
}

// httpAnswer answers a question about the page, if there was one.
func httpAnswer(of func(*enumeration, *HTTP) (Answer, []string)) func(*enumeration) (Answer, []string) {
	return func(e *enumeration) (Answer, []string) {
		w := &e.features.whole
		if a, ok := w.incomplete(); !ok {
			return a, nil
		}
		if w.http.head == nil {
			return w.http.none(w), nil
		}
		a, values := of(e, w.http.document(w.answer.connection))
		a.Connection = w.answer.connection
		return a, values
	}
}

// hsts says whether browsers will stay with TLS. A server in trouble, or one that wants a certificate first, may say it to others.
func (e *enumeration) hsts(d *HTTP) (Answer, []string) {
	h := &d.HSTS
	asked := e.features.whole.handshake.Summary.ClientCertificateRequested
	switch {
	case h.Valid && *h.MaxAge > 0:
		return Answer{Status: Yes, Reason: h.Why}, []string{h.Raw}
	case h.Valid:
		return Answer{Status: No, Reason: "max-age is 0, which takes it back"}, []string{h.Raw}
	case h.Present:
		return Answer{Status: No, Reason: "browsers pass over it: " + h.Why}, []string{h.Raw}
	case d.Status >= 500:
		return unknownOf("it answers with status " + strconv.Itoa(d.Status)), nil
	case d.Status >= 400 && asked != nil && *asked:
		return cannot("it wants a client certificate, and answers with status " + strconv.Itoa(d.Status) + " without"), nil
	case d.Status >= 400:
		return Answer{Status: No, Reason: "not in an answer of status " + strconv.Itoa(d.Status)}, nil
	}
	return Answer{Status: No}, nil
}

// redirect says where clients are sent.
func (e *enumeration) redirect(d *HTTP) (Answer, []string) {
	switch {
	case d.Location != "":
		return Answer{Status: Yes}, []string{strconv.Itoa(d.Status), d.Location}
	case isRedirect(d.Status):
		return Answer{Status: No, Reason: "status " + strconv.Itoa(d.Status) + " without a Location"}, nil
	}
	return Answer{Status: No, Reason: "status " + strconv.Itoa(d.Status)}, nil
}
