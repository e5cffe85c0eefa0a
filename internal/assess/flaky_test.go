package assess_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/assess"
	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/policy"
)

// resetting is a connection that is reset before anything comes.
type resetting struct{ net.Conn }

func (resetting) Read([]byte) (int, error) {
	return 0, &net.OpError{Op: "read", Err: syscall.ECONNRESET}
}

// swallowing is a connection over which nothing ever comes.
type swallowing struct{ net.Conn }

func (c swallowing) Read([]byte) (int, error) {
	_, err := io.Copy(io.Discard, c.Conn)
	if err == nil {
		err = io.EOF
	}
	return 0, err
}

// slow is a connection over which everything takes its time.
type slow struct{ net.Conn }

func (c slow) Read(p []byte) (int, error) {
	time.Sleep(10 * time.Millisecond)
	return c.Conn.Read(p)
}

// path makes the connection with that number, from 1.
type path func(n int64, open func() (net.Conn, error)) (net.Conn, error)

// through wraps each connection, or every third or fifth.
func through(every int64, wrap func(net.Conn) net.Conn) path {
	return func(n int64, open func() (net.Conn, error)) (net.Conn, error) {
		c, err := open()
		if err == nil && n%every == 0 {
			c = wrap(c)
		}
		return c, err
	}
}

// refusing refuses so many connections in a row after each hundredth of a second that saw more than so many: a rate limit.
func refusing() path {
	var window atomic.Int64
	var begun atomic.Int64
	return func(_ int64, open func() (net.Conn, error)) (net.Conn, error) {
		const most = 3
		if now := time.Now().UnixMilli() / 10; window.Swap(now) != now {
			begun.Store(0)
		}
		if begun.Add(1) > most {
			return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
		}
		return open()
	}
}

func TestAFlakyServerIsJudgedTheSameOrIsUnknown(t *testing.T) {
	port := serve(t, "127.0.0.1", 0, tls.VersionTLS10)
	o := options(t)
	p, err := policy.Builtin("default")
	if err != nil {
		t.Fatal(err)
	}
	o.Policy = p
	want := judged(t, o, port, func(_ int64, open func() (net.Conn, error)) (net.Conn, error) { return open() })
	for name, way := range map[string]path{
		"every third connection is reset":     through(3, func(c net.Conn) net.Conn { return resetting{c} }),
		"every connection is reset but one":   through(1, func(c net.Conn) net.Conn { return resetting{c} }),
		"every fifth connection is swallowed": through(5, func(c net.Conn) net.Conn { return swallowing{c} }),
		"everything is slow":                  through(1, func(c net.Conn) net.Conn { return slow{c} }),
		"the rate is limited":                 refusing(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := judged(t, o, port, way)
			for rule, status := range got {
				if rule == "consistent" { // is about just that
					continue
				}
				if status != want[rule] && status != finding.Unknown {
					t.Errorf("%s: %v, and %v without that", rule, status, want[rule])
				}
			}
		})
	}
}

// judged audits a server over a path, and returns what came of each rule.
func judged(t *testing.T, o *assess.Options, port int, way path) map[string]finding.Status {
	t.Helper()
	var number atomic.Int64
	with := *o
	with.Enumeration = func(target dial.Target, input string) audit.Options {
		e := o.Enumeration(target, input)
		e.Basics, e.Timeout = false, time.Second
		e.Dialer.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			return way(number.Add(1), func() (net.Conn, error) { return (&net.Dialer{}).DialContext(ctx, network, address) })
		}
		return e
	}
	r := with.Target(context.Background(), assess.Line{Text: "127.0.0.1:" + strconv.Itoa(port)})
	list := map[string]finding.Status{}
	for _, e := range r.Endpoints {
		for _, v := range e.Verdicts {
			list[v.Rule] = v.Status
		}
	}
	if r.Outcome == policy.OutcomePass {
		t.Error("a server of TLS 1.0 passes")
	}
	return list
}
