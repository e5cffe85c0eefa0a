package conn

import (
	"errors"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// ErrNotEstablished is returned when application data is to be sent before the handshake is complete.
var ErrNotEstablished = errors.New("handshake not complete")

// Write sends application data.
func (c *Conn) Write(p []byte) (int, error) {
	if !c.established {
		return 0, ErrNotEstablished
	}
	out := Outgoing{Type: iana.ApplicationData, Raw: p}
	c.intercept(&out)
	// A record at a time, so that what waits to be written stays small.
	for rest := out.Raw; len(rest) > 0; {
		n := min(len(rest), c.maxSend)
		told := 0
		for _, s := range c.seal(iana.ApplicationData, rest[:n]) {
			c.watch.data(trace.Sent, s.Len, c.watch.byID(s.Buf))
			told += s.Len
		}
		if told < n {
			c.watch.data(trace.Sent, n-told, nil)
		}
		if c.flush(); c.writeErr != nil {
			return 0, c.writeErr
		}
		rest = rest[n:]
	}
	return len(p), nil
}

// Read returns application data. At the peer's close, in whichever way, it returns io.EOF; the trace
// tells the ways apart.
func (c *Conn) Read(p []byte) (int, error) {
	if len(c.data) == 0 {
		if err := c.pump(func() bool { return len(c.data) > 0 }); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.data)
	c.data = c.data[:copy(c.data, c.data[n:])]
	return n, nil
}

// UpdateKeys sends a KeyUpdate; request asks the peer to change its key too. TLS 1.3 only.
func (c *Conn) UpdateKeys(request bool) {
	c.engine.UpdateKeys(request)
	c.carryOut()
	c.flush()
}

// ErrIdle is returned by ReadIdle when nothing came for a while, or after Interrupt.
var ErrIdle = errors.New("nothing came")

// ReadIdle is Read that gives up with ErrIdle when nothing comes for a while; the session goes on. An
// idle of 0 waits until there is something, the deadline passes, or Interrupt is called.
func (c *Conn) ReadIdle(p []byte, idle time.Duration) (int, error) {
	until := c.deadline
	if idle > 0 {
		if t := time.Now().Add(idle); until.IsZero() || t.Before(until) {
			until = t
		}
	}
	c.idling.Store(true)
	defer c.idling.Store(false)
	if c.interrupted.Swap(false) {
		return 0, ErrIdle
	}
	if err := c.net.SetReadDeadline(until); err != nil {
		return 0, err
	}
	if c.interrupted.Swap(false) { // it came between, and its deadline was just overwritten
		return 0, ErrIdle
	}
	return c.Read(p)
}

// Interrupt makes a ReadIdle that is under way, or the next one, return ErrIdle. Any goroutine may call it.
func (c *Conn) Interrupt() {
	c.interrupted.Store(true)
	if c.idling.Load() {
		_ = c.net.SetReadDeadline(time.Unix(1, 0))
	}
}

// idle tells whether a timeout of the transport is only the end of a ReadIdle.
func (c *Conn) idle() bool {
	if !c.idling.Load() {
		return false
	}
	return c.interrupted.Swap(false) || c.deadline.IsZero() || time.Now().Before(c.deadline)
}

// Close ends the session: it says close_notify and reads what still comes until the peer closes too,
// at most for linger, so that late tickets are seen. The transport is closed.
func (c *Conn) Close(linger time.Duration) error {
	if c.unbind != nil {
		c.unbind()
	}
	if done, _ := c.engine.Done(); !done {
		c.drain(linger)
	}
	err := c.net.Close()
	c.watch.end()
	return err
}

// drain says close_notify and reads until the peer closes or the time is up. Where writing has failed
// it reads all the same: what the peer said before it closed may say why.
func (c *Conn) drain(linger time.Duration) {
	until := time.Now().Add(linger)
	if c.deadline.IsZero() {
		_ = c.net.SetWriteDeadline(until.Add(time.Second)) // a peer that reads nothing must not hold us
	}
	c.deadline = time.Time{}
	c.engine.CloseNotify()
	c.leaving = true
	c.carryOut()
	c.flush()
	var scratch [4096]byte
	for {
		left := time.Until(until)
		if left <= 0 {
			return
		}
		if _, err := c.ReadIdle(scratch[:], left); err != nil {
			return
		}
	}
}
