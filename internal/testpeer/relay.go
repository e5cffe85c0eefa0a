package testpeer

import (
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// relay passes connections to a free port of 127.0.0.1 on to a server in a namespace, once that
// listens. It returns its address.
func relay(t testing.TB, s *Server, ns *namespace, to string) string {
	t.Helper()
	err := s.await(func() error {
		c, err := ns.dial(to)
		if err != nil {
			return err
		}
		return c.Close()
	})
	if err != nil {
		t.Fatalf("%v; it said:\n%s", err, indent(s.Log()))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go pass(c.(*net.TCPConn), ns, to)
		}
	}()
	return l.Addr().String()
}

// pass joins a connection with one into the namespace. The end of either direction is passed on
// too, so that each side sees whether the other closed.
func pass(c *net.TCPConn, ns *namespace, to string) {
	defer func() { _ = c.Close() }()
	inner, err := ns.dial(to)
	if err != nil {
		return
	}
	defer func() { _ = inner.Close() }()
	var both sync.WaitGroup
	join := func(to, from *net.TCPConn) {
		if _, err := io.Copy(to, from); err != nil {
			_ = to.SetLinger(0) // a reset stays one
			_ = to.Close()
			return
		}
		_ = to.CloseWrite()
	}
	both.Go(func() { join(inner, c) })
	both.Go(func() { join(c, inner) })
	both.Wait()
}

// await tries until it goes well, the server has ended, or its time to become ready is up.
func (s *Server) await(try func() error) error {
	deadline := time.After(readyLimit)
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-s.done:
			return fmt.Errorf("%s ended before it listened", s.name)
		case <-deadline:
			return fmt.Errorf("%s does not listen: %w", s.name, err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
