package audit_test

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/audit"
)

// roundTrip is how long the path is in the tests: as in the issue that asks for few round trips.
const roundTrip = 50 * time.Millisecond

// path is a long way to a server that is near: it takes time of the bubble of synctest, in which nothing else does. So what it
// takes is counted exactly, however slow the machine is.
type path struct{ begun atomic.Int64 }

// dial connects, for a round trip.
func (p *path) dial(ctx context.Context, network, address string) (net.Conn, error) {
	p.begun.Add(1)
	time.Sleep(roundTrip)
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &farConn{Conn: c}, nil
}

// farConn lets each answer come a round trip after what it answers.
type farConn struct {
	net.Conn
	mu      sync.Mutex
	waiting bool // something was sent and not answered yet
}

// Write implements net.Conn.
func (c *farConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.waiting = true
	c.mu.Unlock()
	return c.Conn.Write(b)
}

// Read implements net.Conn.
func (c *farConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	wait := c.waiting
	c.waiting = false
	c.mu.Unlock()
	if wait {
		time.Sleep(roundTrip)
	}
	return n, err
}

// farAway enumerates a server at the end of a long path, and returns how many round trips that took.
func farAway(t *testing.T, addr string, change func(*audit.Options)) (d *audit.Document, trips int) {
	t.Helper()
	o := options(t, addr)
	o.Basics, o.PerHost, o.Timeout = true, 8, 30*time.Second
	if change != nil {
		change(&o)
	}
	synctest.Test(t, func(t *testing.T) {
		p := &path{}
		o.Dialer.DialContext = p.dial
		begin := time.Now()
		var err error
		if d, err = audit.Enumerate(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		took := time.Since(begin)
		trips = int((took + roundTrip - 1) / roundTrip)
		t.Logf("%d round trips (%s), %d connections", trips, took, p.begun.Load())
	})
	return d, trips
}

func TestAnUsualOrderIsFoundWithin24RoundTrips(t *testing.T) {
	s := nginxOfMany(t)
	d, trips := farAway(t, s.Addr, nil)
	complete(t, d)
	if trips > 24 || d.Cost.Connections > 66 {
		t.Errorf("%d round trips, %d connections", trips, d.Cost.Connections)
	}
	near := enumerate(t, s.Addr, func(o *audit.Options) { o.Basics, o.PerHost = true, 1 })
	t.Logf("%d connections one after the other", near.Cost.Connections)
	if got, want := comparable(t, d), comparable(t, near); got != want {
		t.Errorf("one after the other:\n%s\nat the same time:\n%s", want, got)
	}
}

func TestDefaultsOfCryptoTLSAreFoundWithin24RoundTrips(t *testing.T) {
	addr := serve(t, &tls.Config{Certificates: []tls.Certificate{identities.ecdsa(), identities.rsa()}})
	d, trips := farAway(t, addr, nil)
	complete(t, d)
	near := enumerate(t, addr, func(o *audit.Options) { o.Basics, o.PerHost = true, 1 })
	t.Logf("%d connections one after the other", near.Cost.Connections)
	if trips > 24 || d.Cost.Connections > near.Cost.Connections+3 {
		t.Errorf("%d round trips, %d connections; %d one after the other", trips, d.Cost.Connections, near.Cost.Connections)
	}
	if got, want := comparable(t, d), comparable(t, near); got != want {
		t.Errorf("one after the other:\n%s\nat the same time:\n%s", want, got)
	}
}
