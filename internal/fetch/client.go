package fetch

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/dial"
)

// Limits bound what fetching may cost. A zero field is the default.
type Limits struct {
	Each      time.Duration // for one Get or Post, its redirects included; default 10 s
	All       time.Duration // for all of a Client, from New on; default 30 s
	Requests  int           // of a Client, redirects included; default 32
	Redirects int           // of one Get or Post; default 3, negative for none
	Header    int           // octets of an answer that aren't its body; default 16 KiB
}

func (l Limits) orDefault() Limits {
	if l.Each <= 0 {
		l.Each = 10 * time.Second
	}
	if l.All <= 0 {
		l.All = 30 * time.Second
	}
	if l.Requests <= 0 {
		l.Requests = 32
	}
	switch {
	case l.Redirects == 0:
		l.Redirects = 3
	case l.Redirects < 0:
		l.Redirects = 0
	}
	if l.Header <= 0 {
		l.Header = 16 << 10
	}
	return l
}

const (
	methodGet  = "GET"
	methodPost = "POST"
	userAgent  = "tlsprobe"
)

// Client fetches within limits. It may be used by several goroutines at once. Each request has a connection of its own.
type Client struct {
	outer    context.Context // as it was given
	ctx      context.Context // it, until the time for all is up
	cancel   context.CancelFunc
	dialer   dial.Dialer
	limits   Limits
	requests atomic.Int64
}

// New returns a client that is bound to ctx. Of the dialer, ConnectTo and Observe are left out: they are about the peer whose
// certificate it is. Close releases what the client holds.
func New(ctx context.Context, dialer dial.Dialer, limits Limits) *Client {
	dialer.ConnectTo, dialer.Observe = dial.ConnectTo{}, nil
	c := &Client{outer: ctx, dialer: dialer, limits: limits.orDefault()}
	c.ctx, c.cancel = context.WithTimeout(ctx, c.limits.All)
	return c
}

// Close ends what is under way. What is fetched afterwards fails.
func (c *Client) Close() { c.cancel() }

// Get returns the body of what is at an http URL. More than limit bytes are an error, as is any status but 200. The error is an
// *Error.
func (c *Client) Get(url string, limit int) ([]byte, error) {
	return c.fetch(request{method: methodGet, limit: limit}, url)
}

// Post sends a body to an http URL and returns that of the answer, within the limits of Get. A redirect has the body
// sent again, but for one that asks for a GET, which is an error.
func (c *Client) Post(url, contentType string, body []byte, limit int) ([]byte, error) {
	return c.fetch(request{method: methodPost, contentType: contentType, body: body, limit: limit}, url)
}

// request is what is asked for, wherever.
type request struct {
	method      string
	contentType string
	body        []byte
	limit       int // of the answer's body, in bytes
}

// fetch asks, and follows where it is led.
func (c *Client) fetch(q request, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(c.ctx, c.limits.Each)
	defer cancel()
	fail := func(at string, status int, err error) ([]byte, error) {
		return nil, c.explain(ctx, &Error{Method: q.method, URL: at, Status: status, Err: err})
	}
	p, bad := parse(url)
	if bad != nil {
		return fail(url, 0, bad)
	}
	var visited []string
	for {
		at := p.url.String()
		visited = append(visited, at)
		answer, err := c.ask(ctx, q, p)
		if err != nil {
			return fail(at, answer.status, err)
		}
		if !answer.isRedirect() {
			return answer.body, nil
		}
		next, bad := follow(q, p, answer)
		switch {
		case bad != nil:
			return fail(at, answer.status, bad)
		case slices.Contains(visited, next.url.String()):
			return fail(at, answer.status, faultf(KindRedirect, "it redirects in a circle"))
		case c.limits.Redirects == 0:
			return fail(at, answer.status, faultf(KindRedirect, "it redirects, and none is followed"))
		case len(visited) > c.limits.Redirects:
			return fail(at, answer.status, faultf(KindRedirect, "it redirects once more after %d redirects", c.limits.Redirects))
		}
		p = next
	}
}

// follow returns where a redirect leads. RFC 9110, Section 15.4.
func follow(q request, from *place, a answer) (*place, *fault) {
	switch {
	case a.location == "":
		return nil, faultf(KindRedirect, "it redirects to nowhere")
	case q.method == methodPost && a.status == statusSeeOther:
		return nil, faultf(KindRedirect, "it redirects a POST to a GET")
	case len(a.location) > maxURL:
		return nil, faultf(KindRedirect, "it redirects to a URL longer than %d bytes", maxURL)
	}
	u, err := from.url.Parse(a.location)
	if err != nil {
		return nil, faultf(KindRedirect, "it redirects to %q, which is no URL", clip(a.location))
	}
	u.Fragment, u.RawFragment = "", ""
	next, bad := locate(u)
	if bad != nil {
		return nil, faultf(bad.kind, "it redirects to %q: %s", clip(a.location), bad.reason)
	}
	return next, nil
}

// ask makes one request on a connection of its own. An answer with an error has what was read of it.
func (c *Client) ask(ctx context.Context, q request, p *place) (a answer, err error) {
	if c.requests.Add(1) > int64(c.limits.Requests) {
		return answer{}, faultf(KindBudget, "the %d requests that are allowed have been made", c.limits.Requests)
	}
	connected, err := c.dialer.Dial(ctx, p.target)
	if err != nil {
		return answer{}, err
	}
	conn := connected.Conn
	defer conn.Close() //nolint:errcheck // everything has been read, or failed
	// Closing is what makes a read return that the context no longer wants.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if err := send(conn, q, p); err != nil {
		return answer{}, err
	}
	return readAnswer(bufio.NewReader(conn), c.limits.Header, q.limit)
}

// send writes a request. RFC 9112, Section 3.
func send(conn net.Conn, q request, p *place) error {
	head := q.method + " " + p.path + " HTTP/1.1\r\nHost: " + p.host + "\r\nUser-Agent: " + userAgent + "\r\nAccept: */*\r\nConnection: close\r\n"
	if q.method == methodPost {
		head += "Content-Type: " + q.contentType + "\r\nContent-Length: " + strconv.Itoa(len(q.body)) + "\r\n"
	}
	_, err := conn.Write(append([]byte(head+"\r\n"), q.body...))
	return err
}

// explain completes an error whose Err is what was returned on the way.
func (c *Client) explain(ctx context.Context, e *Error) *Error {
	var bad *fault
	var dialed *dial.Error
	switch {
	case errors.As(e.Err, &bad):
		e.Kind, e.Reason, e.Err = bad.kind, bad.reason, nil
	case errors.Is(c.outer.Err(), context.DeadlineExceeded):
		e.Kind, e.Reason, e.Err = KindTimeout, "the time was up", c.outer.Err()
	case c.outer.Err() != nil:
		e.Kind, e.Reason, e.Err = KindCanceled, "interrupted", c.outer.Err()
	case errors.Is(c.ctx.Err(), context.Canceled):
		e.Kind, e.Reason, e.Err = KindCanceled, "the client was closed", c.ctx.Err()
	case c.ctx.Err() != nil:
		e.Kind, e.Reason, e.Err = KindBudget, "the "+c.limits.All.String()+" for all that is fetched were up", nil
	case ctx.Err() != nil: // what broke then is our own doing
		e.Kind, e.Reason, e.Err = KindTimeout, "no whole answer within "+c.limits.Each.String(), nil
	case errors.As(e.Err, &dialed) && (dialed.Kind == dial.KindTimeout || dialed.Kind == dial.KindLookupTimeout):
		e.Kind, e.Reason = KindTimeout, "no connection"
	case errors.Is(e.Err, io.EOF), errors.Is(e.Err, io.ErrUnexpectedEOF):
		e.Kind, e.Reason, e.Err = KindTruncated, "the answer ended too early", nil
	case dialed != nil:
		e.Kind, e.Reason = KindNetwork, "no connection"
	default:
		e.Kind, e.Reason = KindNetwork, "the connection broke"
	}
	return e
}
