package conn

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/record"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// How much is read from the transport at once: an ordinary flight while the handshake lasts, a whole
// record and its header once application data flows.
const (
	flightSize = 4096
	readSize   = record.HeaderLen + record.MaxCiphertext
)

// receive reads once from the transport. The error is ErrIdle or nil: the engine is told of the rest.
func (c *Conn) receive() error {
	if c.ended != nil {
		c.endOfStream()
		return nil
	}
	switch {
	case c.input == nil:
		c.input = make([]byte, flightSize)
	case c.full && c.established && len(c.input) < readSize: // more is coming than one flight
		c.input = make([]byte, readSize)
	}
	n, err := c.net.Read(c.input)
	c.full = n == len(c.input)
	if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) && c.idle() {
		return ErrIdle
	}
	c.ended = err
	if n == 0 {
		if err != nil {
			c.endOfStream()
		}
		return nil
	}
	b := c.input[:n]
	if !c.sniffed {
		if b = c.sniff(b); b == nil {
			return nil
		}
	}
	c.in.framer.Feed(b)
	return nil
}

// sniff looks at the first bytes: a peer that speaks something else is told so. It returns what to
// frame, nil while five bytes have not come.
func (c *Conn) sniff(b []byte) []byte {
	all := b
	if len(c.early) > 0 || len(b) < record.HeaderLen {
		c.early = append(c.early, b...)
		all = c.early
	}
	if len(all) < record.HeaderLen && c.ended == nil {
		return nil
	}
	c.sniffed, c.early = true, nil
	p, line := record.Sniff(all)
	if p == record.ProtocolTLS {
		return all
	}
	if len(line) > 0 {
		all = c.restOfLine(all)
		p, line = record.Sniff(all)
	}
	c.foreign(p, line, all)
	return nil
}

// How much of a greeting that is no TLS is waited for: its first line, if that is not too long, and
// for as long as somebody who looks on does not mind.
const (
	greetingSize = 512
	greetingWait = 300 * time.Millisecond
)

// restOfLine reads on to the end of the line that the first bytes begin.
func (c *Conn) restOfLine(first []byte) []byte {
	all := append(make([]byte, 0, greetingSize), first...)
	until := time.Now().Add(greetingWait)
	if !c.deadline.IsZero() && c.deadline.Before(until) {
		until = c.deadline
	}
	if c.ended == nil {
		c.ended = c.net.SetReadDeadline(until)
	}
	for c.ended == nil && len(all) < greetingSize && bytes.IndexByte(all, '\n') < 0 {
		var n int
		n, c.ended = c.net.Read(all[len(all):greetingSize])
		all = all[:len(all)+n]
	}
	return all
}

// foreign ends the handshake with a peer that does not speak TLS.
func (c *Conn) foreign(p record.Protocol, line, all []byte) {
	name, text := describeForeign(p, line, all)
	c.watch.foreign(name, string(line), all)
	c.engine.Fail(&handshake.Failure{Kind: handshake.NotTLS, Message: text})
}

// describeForeign names what a server speaks instead of TLS, if that is known, and says it in a sentence.
func describeForeign(p record.Protocol, line, all []byte) (name, text string) {
	text = "the server did not answer with TLS"
	if p != record.ProtocolUnknown {
		name = p.String()
		text = "the server speaks " + name + " on this port, not TLS"
	}
	switch {
	case len(line) > 0:
		text += fmt.Sprintf(": its first line is %q", line)
	case p == record.ProtocolUnknown:
		text += fmt.Sprintf(": its first bytes are % x", all[:min(len(all), 16)])
	}
	return name, text
}

// endOfStream tells the engine that nothing more comes, once observers have seen what came last.
func (c *Conn) endOfStream() {
	word := how(c.ended)
	if !c.sniffed && len(c.early) > 0 {
		if b := c.sniff(nil); b != nil {
			c.in.framer.Feed(b)
			_, _ = c.in.framer.Next() // too short for a record
		}
	}
	if done, _ := c.engine.Done(); !done && !c.leaving { // a peer that has been told goodbye may stop anywhere
		c.in.remainder()
	}
	switch {
	case word == "timeout" && !c.sniffed:
		c.engine.Fail(&handshake.Failure{Kind: handshake.Silent, Message: "the server accepted the connection and said nothing"})
	case word == "timeout":
		c.engine.Timeout()
	default:
		c.engine.EndOfStream(word)
	}
}

func (c *Conn) applicationData(b []byte, buf *trace.Buffer) {
	if !c.established {
		c.engine.Data(buf)
		return
	}
	c.data = append(c.data, b...)
	c.in.useless = 0
	c.watch.data(trace.Received, len(b), buf)
}
