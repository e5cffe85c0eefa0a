package testpeer

import (
	"net"
	"testing"
)

// Accept serves each connection to a free port of 127.0.0.1 in a goroutine of its own until the test ends, and returns the address.
// A connection is closed when serve returns.
func Accept(t testing.TB, serve func(net.Conn)) string {
	t.Helper()
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
			go func() {
				defer c.Close() //nolint:errcheck // nothing to lose
				serve(c)
			}()
		}
	}()
	return l.Addr().String()
}
