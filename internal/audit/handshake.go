package audit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/fetch"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// Handshake is an ordinary handshake, as connect makes it: complete, where the server lets it be.
type Handshake struct {
	Answer  Answer        `json:"answer"`  // yes: it was completed
	Outcome trace.Outcome `json:"outcome"` // as in a trace
	Error   *trace.Error  `json:"error"`   // null where nothing failed
	Summary trace.Summary `json:"summary"` // without times, which its trace has
	Tickets []Ticket      `json:"tickets"` // that came with it or after it
}

// Ticket is what a server gives for a later resumption.
type Ticket struct {
	Lifetime  uint64  `json:"lifetime"`   // seconds; before TLS 1.3, 0 says nothing
	Bytes     int     `json:"bytes"`      // of the ticket itself
	EarlyData *uint64 `json:"early_data"` // bytes that may come with its use; null where none may
}

// whole is what came of the ordinary handshake, and of what was said over it.
type whole struct {
	none      string                  // why none is made; empty where one is
	handshake *Handshake              // nil: there was none
	answer    answer                  // of its last try
	done      bool                    // it was completed, and its proofs held
	after     []string                // what came after the handshake, in words
	closed    bool                    // the server closed, so that nothing was missed
	low       iana.Version            // the oldest that it offers
	saved     *handshake.SavedSession // nil where the server gave nothing to resume it by
	at        netip.AddrPort          // where it is made; not valid: where everything is
	http      httpFacts
}

// How long to wait for the server's close, in which it may say what comes after a handshake.
const handshakeLinger = time.Second

// askHandshake completes a handshake, and asks for a page where that may be understood. protocols are those of ALPN.
func (e *enumeration) askHandshake(ctx context.Context, protocols []string) (w whole) {
	low := min(e.newest(), iana.TLS12)
	if low < iana.TLS10 {
		w.none = "SSL 3.0 is all that it speaks"
		return w
	}
	plan := planHTTP(e.Target.Port, protocols)
	w.answer = e.server.insist(ctx, func() answer {
		w = whole{low: low, http: httpFacts{plan: plan}}
		return e.tryHandshake(ctx, &w)
	})
	if w.handshake != nil {
		w.handshake.Answer = noFrom(&w.answer)
		if w.done {
			w.handshake.Answer = yesAt(w.answer.connection)
		}
	}
	return w
}

// tryHandshake makes one try.
func (e *enumeration) tryHandshake(ctx context.Context, w *whole) answer {
	release, err := e.server.pace.take(ctx)
	if err != nil {
		return answer{reason: "interrupted"}
	}
	defer release()
	n := e.server.number()
	o := e.probe(w)
	m := &meter{}
	o.Tap = func(nc net.Conn) net.Conn { m.Conn = nc; return m }
	t := probe.Run(ctx, o)
	e.server.count(m)
	if e.server.recorder != nil {
		e.server.recorder.hand(n, t)
	}
	w.listen(t)
	a := w.conclude(t)
	a.connection = n
	return a
}

// probe is how the handshake is made. A peer that is not trusted is talked to all the same: nothing is said that is secret.
func (e *enumeration) probe(w *whole) probe.Options {
	offer := e.ordinaryOffer(w)
	o := probe.Options{
		Keep:   func(s *handshake.SavedSession) { w.saved = s },
		Target: e.Target, Input: e.Input, Dialer: e.server.at(w.at), Offer: offer, Insecure: true,
		Timeout: e.Timeout, Linger: handshakeLinger, Rand: e.server.rand, Now: e.Now, Tool: e.Tool, Verify: e.verifyChain,
		Args: []string{"--sni=" + e.sni, "--alpn=" + strings.Join(offer.ALPN, ","), "--insecure"},
	}
	o.Args = append(o.Args, "--connect-to="+netip.AddrPortFrom(o.Dialer.ConnectTo.Addr, o.Dialer.ConnectTo.Port).String())
	if w.low < iana.TLS12 {
		o.Args = append(o.Args, "--min="+versionFlag(w.low))
	}
	if w.http.plan.ask {
		o.Args = append(o.Args, "--http")
		begun := e.Now()
		o.Exchange = func(_ context.Context, c *conn.Conn) error {
			if !c.Session().ProofFailed {
				patience := w.http.plan.patience(e.Now().Sub(begun), e.Timeout)
				w.http.get(c, fetch.GetRequest(e.Target, e.Tool.Name+"/"+e.Tool.Version), patience)
			}
			return nil
		}
	}
	return o
}

// ordinaryOffer is what the handshake offers.
func (e *enumeration) ordinaryOffer(w *whole) handshake.Offer {
	o := handshake.DefaultOffer(w.low, iana.TLS13)
	o.ServerName, o.ALPN = e.sni, w.http.plan.alpn
	return o
}

// verifyChain judges a chain as those of the certificates are judged.
func (e *enumeration) verifyChain(v *handshake.VerifyChain) ([]finding.Finding, bool) {
	r := verify.Verify(e.chainRequest(v.Chain, v.Staples, v.SCTs))
	return r.Findings, r.Trusted
}

// chainRequest asks for the verification of a chain.
func (e *enumeration) chainRequest(chain, staples, scts [][]byte) verify.Request {
	req := verify.Request{Chain: chain, Hostname: e.sni, Time: e.At, Staples: staples, SCTs: scts, Rules: verify.RulesClient}
	if e.sni == "" {
		req.Hostname = e.Target.Host
	}
	if e.Roots != nil {
		if store, err := e.Roots(); err == nil {
			req.Store = store
		}
	}
	return req
}

// conclude says what came of a try.
func (w *whole) conclude(t *trace.Trace) (a answer) {
	switch {
	case w.done && w.http.cut() && w.http.plan.likely: // it may be an accident
		a.closed, a.reason = true, closesWhenAsked
		return a
	case w.done:
		a.outcome = accepted
		return a
	case t.Error == nil:
		a.reason = "it did not come to its end"
		return a
	}
	switch kind := handshake.Kind(t.Error.Kind); kind {
	case handshake.PeerAlert:
		a.failed(&handshake.Failure{Kind: kind, Alert: lastAlert(t)})
	case handshake.Closed, handshake.TimedOut, handshake.Silent:
		a.failed(&handshake.Failure{Kind: kind})
	default:
		a.reason = clip(t.Error.Message)
		if t.Outcome == trace.Network {
			a.failure = errors.New(t.Error.Message)
			a.reason = "no connection: " + t.Error.Kind
		}
	}
	return a
}

// lastAlert is the last alert that came.
func lastAlert(t *trace.Trace) iana.AlertDescription {
	for _, e := range slices.Backward(t.Events) {
		if d, ok := e.Detail.(*trace.AlertDetail); ok && e.Dir == trace.Received {
			return iana.AlertDescription(d.Description.Value)
		}
	}
	return 0
}

// listen takes down what the trace tells of the handshake and of what came after it.
func (w *whole) listen(t *trace.Trace) {
	w.handshake = &Handshake{Outcome: t.Outcome, Error: t.Error, Summary: t.Summary, Tickets: []Ticket{}}
	w.handshake.Summary.Timing = trace.Timing{}
	w.done = t.Outcome == trace.OK || t.Outcome == trace.Untrusted
	over := 0
	finished := map[trace.Dir]bool{}
	counts := map[string]int{}
	for _, e := range t.Events {
		switch {
		case e.Layer == trace.LayerNet && e.Kind == "closed":
			w.closed = w.closed || closedByPeer(e)
		case e.Layer == trace.LayerAlert && e.Dir == trace.Received:
			w.closed = true
		case e.Layer != trace.LayerMessage:
		case e.Kind == "finished":
			if finished[e.Dir] = true; len(finished) == 2 && over == 0 {
				over = e.N
			}
		case e.Dir == trace.Received:
			if e.Kind == "new_session_ticket" && len(w.handshake.Tickets) < maxTickets {
				w.handshake.Tickets = append(w.handshake.Tickets, ticketOf(e))
			}
			if over > 0 {
				counts[e.Kind]++
			}
		}
	}
	for kind, n := range counts {
		w.after = append(w.after, fmt.Sprintf("%d %s", n, kind))
	}
	slices.Sort(w.after)
}

// maxTickets bounds the tickets that are listed.
const maxTickets = 16

func closedByPeer(e *trace.Event) bool {
	d, ok := e.Detail.(*trace.Closed)
	return ok && (d.How == "close_notify" || d.How == "eof" || d.How == "reset" || d.How == "alert")
}

// ticketOf reads a NewSessionTicket. RFC 8446, Section 4.6.1; RFC 5077, Section 3.3.
func ticketOf(e *trace.Event) (t Ticket) {
	f := e.Fields()
	for _, name := range []string{"ticket_lifetime", "ticket_lifetime_hint"} {
		if n, ok := f.At(name).Num(); ok {
			t.Lifetime = n
		}
	}
	t.Bytes = len(f.At("ticket").Bytes())
	if n, ok := f.At("extensions", "early_data", "max_early_data_size").Num(); ok {
		t.EarlyData = &n
	}
	return t
}
