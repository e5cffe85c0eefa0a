package conn

import (
	"bytes"

	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/record"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// send seals what the engine proposes, after the interceptor has seen it, and commits it.
func (c *Conn) send(s *handshake.Send) {
	out := Outgoing{Type: s.Type, Message: s.Message, Raw: s.Raw}
	c.intercept(&out)
	if s.Bind != nil && !bytes.Equal(out.Raw, s.Raw) {
		out.Raw = s.Bind(out.Raw)
	}
	spans := c.seal(out.Type, out.Raw)
	buf := c.watch.message(out.Raw, spans)
	if s.Type != iana.Handshake && len(out.Raw) > 0 && c.watch.on {
		c.watch.report(handshake.SentEvent(s.Type, out.Raw, buf), nil)
	}
	c.engine.Committed(out.Raw, buf)
}

func (c *Conn) intercept(o *Outgoing) {
	if c.cfg.Interceptor != nil {
		c.cfg.Interceptor.Intercept(o)
	}
}

// seal puts content into records, which wait to be written. It returns where an observer finds the content.
func (c *Conn) seal(t iana.ContentType, content []byte) []trace.Span {
	if len(content) == 0 {
		return nil
	}
	var spans []trace.Span
	for part := range record.Split(content, c.maxSend, c.splitsFirst(t)) {
		from := len(c.out)
		seq := c.write.Sequence()
		out, err := c.write.Seal(c.out, t, c.version, part, 0)
		if err != nil {
			c.writeErr = err
			return spans
		}
		c.out = out
		if c.watch.on {
			if span, told := c.watch.sent(out[from:], t, part, seq, c.write.Padding()); told {
				spans = append(spans, span)
			}
		}
	}
	return spans
}

// splitsFirst tells whether the first byte goes alone: the IV of CBC in TLS 1.0 can be foretold. RFC 4346, Section 1.1.
func (c *Conn) splitsFirst(t iana.ContentType) bool {
	s := c.engine.Session()
	return t == iana.ApplicationData && c.established && s.Version <= iana.TLS10 && s.Params.MAC != iana.MACAEAD && isBlock(s.Params.Cipher)
}

func isBlock(x iana.Cipher) bool {
	return x != iana.CipherNULL && x != iana.CipherRC4_128 && x != iana.CipherRC4_40
}

// flush writes what was sealed. A failed write is not the end: what the peer said before it closed
// may explain it, so reading goes on.
func (c *Conn) flush() {
	if len(c.out) == 0 {
		return
	}
	if c.writeErr == nil {
		_, c.writeErr = c.net.Write(c.out)
	}
	c.out = c.out[:0]
}
