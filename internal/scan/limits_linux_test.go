package scan

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/probe"
)

// crowd counts how many connections a listener has at once, of all and of each address.
type crowd struct {
	sync.Mutex
	now, most  int
	at, mostAt map[string]int
}

func (c *crowd) enter(a string) {
	c.Lock()
	defer c.Unlock()
	c.now++
	c.at[a]++
	c.most, c.mostAt[a] = max(c.most, c.now), max(c.mostAt[a], c.at[a])
}

func (c *crowd) leave(a string) {
	c.Lock()
	defer c.Unlock()
	c.now--
	c.at[a]--
}

func TestNoMoreConnectionsAtOnceThanAllowed(t *testing.T) {
	p := serve(t)
	c := &crowd{at: map[string]int{}, mostAt: map[string]int{}}
	o := p.options()
	o.Workers, o.PerHost = 5, 2
	probeOf := o.Probe
	o.Probe = func(target dial.Target) probe.Options {
		po := probeOf(target)
		po.Dialer.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			host, _, _ := net.SplitHostPort(addr)
			c.enter(host)
			nc, err := new(net.Dialer).DialContext(ctx, network, addr)
			if err != nil {
				c.leave(host)
				return nil, err
			}
			return &counted{Conn: nc, gone: sync.OnceFunc(func() { c.leave(host) })}, nil
		}
		return po
	}
	// Forty targets of one address come first: the others do not wait for them.
	list := numbered(120, func(n int) string {
		host := address(1)
		if n > 40 {
			host = address(n % 7)
		}
		return fmt.Sprintf("%s:%d", host, p.port["good"])
	})
	s := New(o)
	if err := s.Run(t.Context(), list, io.Discard); err != nil {
		t.Fatal(err)
	}
	if got := s.Stats(); got.OK != 120 {
		t.Errorf("%+v", got)
	}
	if c.most > 5 || c.now != 0 {
		t.Errorf("%d connections at once, and %d left", c.most, c.now)
	}
	for a, n := range c.mostAt {
		if n > 2 {
			t.Errorf("%d connections at once to %s", n, a)
		}
	}
	if len(s.gate.hosts.busy) != 0 {
		t.Errorf("%d addresses are remembered", len(s.gate.hosts.busy))
	}
}

// counted is a connection that says when it is closed.
type counted struct {
	net.Conn
	gone func()
}

func (c *counted) Close() error {
	c.gone()
	return c.Conn.Close()
}

func TestOneAddressThatIsBusyDoesNotHoldUpTheOthers(t *testing.T) {
	p := serve(t)
	o := p.options()
	o.Workers, o.PerHost = 2, 1
	// All workers but one would be taken by the first address, if who waits for it held a place.
	var order []string
	out := writerFunc(func(line []byte) {
		var d Document
		if err := json.Unmarshal(line, &struct{ Target any }{&d.Target}); err != nil {
			t.Error(err)
		}
		order = append(order, d.Target.Host)
	})
	list := numbered(20, func(n int) string {
		if n <= 10 {
			return fmt.Sprintf("%s:%d", address(1), p.port["silent"])
		}
		return fmt.Sprintf("%s:%d", address(n), p.port["refused"])
	})
	if err := New(o).Run(t.Context(), list, out); err != nil {
		t.Fatal(err)
	}
	// Ten silent ones one after the other take ten timeouts; nothing else takes any time.
	if len(order) != 20 || order[len(order)-1] != address(1) {
		t.Errorf("the order was %v", order)
	}
}

type writerFunc func([]byte)

func (f writerFunc) Write(b []byte) (int, error) { f(b); return len(b), nil }
