package capture

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Tap looks on while a TCP connection reads and writes, and keeps what passed, when, and how it ended, for [Tap.WritePcapng].
// It changes nothing. Its methods may be called by several goroutines.
type Tap struct {
	now   func() time.Time
	limit int

	mu            sync.Mutex
	local, remote netip.AddrPort
	segments      []piece
	kept, passed  int // bytes
	left          bool
	reset         bool
}

// piece is what one call read or wrote, or the end of a direction.
type piece struct {
	at       time.Time
	received bool
	bytes    []byte
	flags    tcpFlags // fin or rst; 0 for data
}

// NewTap returns a tap that keeps up to limit bytes of both directions; of what passes beyond, only that it did.
func NewTap(now func() time.Time, limit int) *Tap { return &Tap{now: now, limit: limit} }

// Wrap returns the connection with the tap on it. A tap has one connection.
func (t *Tap) Wrap(nc net.Conn) net.Conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.local, t.remote = addrPort(nc.LocalAddr()), addrPort(nc.RemoteAddr())
	return &tapped{Conn: nc, tap: t}
}

// Left returns how many bytes passed that are not kept, because there were more than the limit.
func (t *Tap) Left() int { return t.passed - t.kept }

// addrPort is the address of a TCP connection; the zero value for another kind.
func addrPort(a net.Addr) netip.AddrPort {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := tcp.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap().WithZone(""), ap.Port())
}

// data keeps what passed in a direction. From the first that does not fit, none is kept: a stream with holes could not be told
// from one that lost something on its way.
func (t *Tap) data(at time.Time, received bool, b []byte) {
	if len(b) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.passed += len(b)
	if t.left = t.left || t.kept+len(b) > t.limit; t.left {
		return
	}
	t.kept += len(b)
	t.segments = append(t.segments, piece{at: at, received: received, bytes: slices.Clone(b)})
}

// end keeps how a direction ended, once.
func (t *Tap) end(received bool, flags tcpFlags) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left || t.reset {
		return
	}
	for _, s := range t.segments {
		if s.flags != 0 && s.received == received {
			return
		}
	}
	t.reset = flags == rst
	t.segments = append(t.segments, piece{at: t.now(), received: received, flags: flags})
}

// tapped is a connection with a tap on it.
type tapped struct {
	net.Conn
	tap *Tap
}

// Read implements net.Conn.
func (c *tapped) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.tap.data(c.tap.now(), true, b[:n])
	switch {
	case errors.Is(err, io.EOF):
		c.tap.end(true, fin)
	case errors.Is(err, syscall.ECONNRESET):
		c.tap.end(true, rst)
	}
	return n, err
}

// Write implements net.Conn. What was written left before the call returned, and an answer may have been read meanwhile.
func (c *tapped) Write(b []byte) (int, error) {
	at := c.tap.now()
	n, err := c.Conn.Write(b)
	c.tap.data(at, false, b[:n])
	return n, err
}

// Close implements net.Conn.
func (c *tapped) Close() error {
	c.tap.end(false, fin)
	return c.Conn.Close()
}
