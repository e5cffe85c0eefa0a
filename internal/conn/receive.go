package conn

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
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
	c.framer.Feed(b)
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
	name := ""
	text := "the server did not answer with TLS"
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
	c.watch.foreign(name, string(line), all)
	c.engine.Fail(&handshake.Failure{Kind: handshake.NotTLS, Message: text})
}

// endOfStream tells the engine that nothing more comes, once observers have seen what came last.
func (c *Conn) endOfStream() {
	word := how(c.ended)
	if !c.sniffed && len(c.early) > 0 {
		if b := c.sniff(nil); b != nil {
			c.framer.Feed(b)
			_, _ = c.framer.Next() // too short for a record
		}
	}
	c.remainder()
	switch {
	case word == "timeout" && !c.sniffed:
		c.engine.Fail(&handshake.Failure{Kind: handshake.Silent, Message: "the server accepted the connection and said nothing"})
	case word == "timeout":
		c.engine.Timeout()
	default:
		c.engine.EndOfStream(word)
	}
}

// remainder shows the beginnings of a message and of a record that never came whole. A peer that has
// been told goodbye may stop anywhere.
func (c *Conn) remainder() {
	if done, _ := c.engine.Done(); done || !c.watch.on || c.leaving {
		return
	}
	if n := c.handshake.announced(); c.handshake.len() > 0 {
		have, spans := c.handshake.take(c.handshake.len())
		ev := c.watch.cut(have, spans)
		c.watch.truncated(ev, "", max(n, message.HeaderLen), len(have))
	}
	if rest := c.framer.Rest(); len(rest) > 0 && c.framer.Missing() > 0 {
		want := len(rest) + c.framer.Missing()
		ev := c.watch.partial(rest)
		c.framer = record.NewFramer(0, false) // it is shown once
		c.watch.truncated(ev, "record", want, len(rest))
	}
}

// fromBuffered feeds the engine one input out of what has been read already, if there is one.
func (c *Conn) fromBuffered() bool {
	if c.fromFragments() {
		return true
	}
	r, ok := c.framer.Next()
	if !ok {
		if err := c.framer.Err(); err != nil {
			c.engine.Broken(finding.RecordTooLong, c.watch.lastRecord, fmt.Sprintf("at most %d bytes", record.MaxCiphertext), err.Error(), true)
			return true
		}
		return false
	}
	c.record(r)
	return true
}

// fromFragments feeds the engine the next whole handshake message.
func (c *Conn) fromFragments() bool {
	n := c.handshake.announced()
	if n == 0 {
		return false
	}
	if n > c.limits.Message {
		c.cut(finding.MessageTooLong, fmt.Sprintf("at most %d bytes", c.limits.Message), fmt.Sprintf("%d bytes", n))
		return true
	}
	if c.handshake.len() < n {
		return false
	}
	raw, spans := c.handshake.take(n)
	c.feed(func() { c.engine.Message(raw, c.watch.message(raw, spans)) })
	return true
}

// cut ends the handshake over the beginning of a message that is not put together.
func (c *Conn) cut(id finding.ID, expected, actual string) {
	have, spans := c.handshake.take(c.handshake.len())
	ev := c.watch.cut(have, spans)
	c.engine.Broken(id, ev, expected, actual, true)
	c.watch.report(ev, nil)
}

// feed gives the engine an input, and counts the inputs in a row that brought nothing: a peer can send such for ever.
func (c *Conn) feed(input func()) {
	before := c.engine.Waiting()
	input()
	if c.engine.Waiting() != before {
		c.useless = 0
		return
	}
	if c.useless++; c.useless > c.limits.Useless {
		c.engine.TooMany(finding.TooManyUseless, fmt.Sprintf("at most %d in a row", c.limits.Useless), "one more")
	}
}

// record opens a record and feeds what is inside.
func (c *Conn) record(r record.Record) {
	ev := c.watch.received(r)
	if !c.checkHeader(r, ev) {
		c.watch.report(ev, nil)
		return
	}
	o, err := c.open(r)
	c.watch.inside(ev, &o, err)
	if c.checkOpened(err, o, ev) {
		c.watch.report(ev, nil)
		return
	}
	// The event is complete only now: observers see it once.
	buf, off := c.watch.content(ev, &o)
	usable := c.checkContent(o, ev)
	c.watch.report(ev, nil)
	if usable {
		c.dispatch(o, buf, off)
	}
}

// open removes a record's protection. What an observer keeps is opened into memory of its own.
func (c *Conn) open(r record.Record) (record.Opened, error) {
	if c.watch.on && !c.watch.outline {
		return c.read.Open(nil, r)
	}
	return c.read.OpenInPlace(r)
}

// checkHeader reports what is odd about a header; it returns false when there is no going on.
func (c *Conn) checkHeader(r record.Record, ev *trace.Event) bool {
	for _, a := range r.Anomalies {
		switch a.Kind {
		case record.OverLong:
			c.engine.Broken(finding.RecordTooLong, ev, fmt.Sprintf("at most %d bytes", a.Limit), fmt.Sprintf("%d bytes", a.Actual), true)
			return false
		case record.UnknownType:
			c.engine.Broken(finding.RecordUnknownType, ev, "20 to 24", fmt.Sprint(a.Actual), true)
			return false
		case record.OddVersion:
			if c.engine.Session().Version >= iana.TLS13 {
				continue // RFC 8446, Section 5.1: it must be ignored
			}
			c.engine.Broken(finding.RecordVersion, ev, "0x0300 to 0x0303", fmt.Sprintf("0x%04x", a.Actual), false)
		}
	}
	return true
}

// openErrors says which rule an error of opening breaks, what would have been right, and whether there is nothing to go on with.
var openErrors = [...]struct {
	kind     record.Kind
	rule     finding.ID
	expected string
	fatal    bool
}{
	{record.TooLong, finding.RecordTooLong, "content of at most 16384 bytes", false},
	{record.NoInnerType, finding.RecordInnerType, "a content type", true},
	{record.NotProtected, finding.RecordUnprotected, "a protected record", true},
	{record.TooShort, finding.RecordBadMAC, authentic, true},
	{record.BadMAC, finding.RecordBadMAC, authentic, true},
	{record.BadPadding, finding.RecordBadMAC, authentic, true},
	{record.BadBlockLength, finding.RecordBadMAC, authentic, true},
}

const authentic = "a record that authenticates"

// checkOpened reports why a record could not be opened; it returns true when there is no going on.
func (c *Conn) checkOpened(err error, o record.Opened, ev *trace.Event) bool {
	if err == nil {
		c.proven = c.proven || !o.Unprotected
		return false
	}
	for _, row := range openErrors {
		if errors.Is(err, row.kind) {
			// A server that fails before it has keys can say so in the clear only. Once it has shown
			// that it has them, anybody on the path may have said it.
			fatal := row.fatal && (c.proven || row.kind != record.NotProtected || o.Type != iana.Alert)
			c.engine.Broken(row.rule, ev, row.expected, err.Error(), fatal)
			return fatal
		}
	}
	c.engine.Broken(finding.RecordBadMAC, ev, authentic, err.Error(), true)
	return true
}

// checkContent reports what is odd about a record's content; it returns false when there is nothing in it to feed.
func (c *Conn) checkContent(o record.Opened, ev *trace.Event) bool {
	if !c.checkEmpty(o, ev) {
		return false
	}
	if o.Type != iana.Handshake && c.handshake.len() > 0 {
		c.engine.Broken(finding.RecordInterleaved, ev, "more of the handshake message", o.Type.String(), false)
	}
	switch o.Type {
	case iana.ChangeCipherSpec:
		if o.Unprotected || c.engine.Session().Version < iana.TLS13 {
			return true
		}
		// RFC 8446, Section 5
		c.engine.Broken(finding.CCSProtected, ev, "change_cipher_spec in the clear", "one under protection", true)
		return false
	case iana.Handshake, iana.Alert, iana.ApplicationData:
		return true
	}
	c.engine.Broken(finding.RecordUnknownType, ev, "a content type of TLS", o.Type.String(), true)
	return false
}

// dispatch feeds the engine the content of a record.
func (c *Conn) dispatch(o record.Opened, buf *trace.Buffer, off int) {
	switch o.Type {
	case iana.Handshake:
		c.handshake.add(o.Plaintext, buf, off)
	case iana.ChangeCipherSpec:
		c.feed(func() { c.engine.ChangeCipherSpec(o.Plaintext, c.watch.part(buf, off, o.Plaintext)) })
	case iana.Alert:
		c.feed(func() { c.engine.Alert(o.Plaintext, c.watch.part(buf, off, o.Plaintext)) })
	case iana.ApplicationData:
		c.applicationData(o.Plaintext, buf)
	}
}

// checkEmpty counts empty records: too many in a row only cost time.
func (c *Conn) checkEmpty(o record.Opened, ev *trace.Event) bool {
	if len(o.Plaintext) > 0 {
		c.empties = 0
		return true
	}
	c.empties++
	if c.empties > c.limits.Empty {
		c.engine.Broken(finding.RecordTooManyEmpty, ev, fmt.Sprintf("at most %d", c.limits.Empty), fmt.Sprint(c.empties), true)
		return false
	}
	if o.Type != iana.ApplicationData {
		c.engine.Broken(finding.RecordEmptyFragment, ev, "content", "nothing", false)
		return false
	}
	return true
}

func (c *Conn) applicationData(b []byte, buf *trace.Buffer) {
	if !c.established {
		c.engine.Data(buf)
		return
	}
	c.data = append(c.data, b...)
	c.useless = 0
	c.watch.data(trace.Received, len(b), buf)
}
