package handshake

import (
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// maxUnpacked bounds a certificate message that came compressed, in bytes.
const maxUnpacked = 256 << 10

// compressedAt is where what is compressed begins in a CompressedCertificate: behind the header, the algorithm and two lengths.
const compressedAt = message.HeaderLen + 2 + 3 + 3

// watchCompressed takes in the server's certificate in compressed form, which a bystander meets where the client has asked for it. The
// compressed message is the one in the transcript. RFC 8879, Section 4.
func (e *Engine) watchCompressed(m *message.CompressedCertificate, raw []byte) {
	e.remember(raw)
	c, err := e.unpack(trace.Received, message.Server, m)
	if err != nil {
		e.server.unread = err.Error()
		e.enter(expectCertificateVerify)
		return
	}
	if next := e.onCertificateOrRequest(c); e.failing == nil {
		e.enter(next)
	}
}

// sentCompressed takes in the client's certificate in compressed form, once, so that little can't be made much again and again.
func (e *Engine) sentCompressed(m *message.CompressedCertificate) {
	if w := e.watching; e.session.Version < iana.TLS13 || w.unpacked {
		return
	}
	e.watching.unpacked = true
	if c, err := e.unpack(trace.Sent, message.Client, m); err == nil {
		e.sentCertificate(c)
	}
}

// unpack reports the certificate message in a compressed one as an event of its own, and makes that the one which is handled.
func (e *Engine) unpack(dir trace.Dir, sender message.Sender, m *message.CompressedCertificate) (*message.Certificate, error) {
	body, err := m.Decompress(maxUnpacked)
	if err != nil {
		return nil, err
	}
	raw := append([]byte{byte(iana.Certificate), byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)
	ctx := e.ctx
	ctx.Sender = sender
	ev, inside := e.messageEvent(dir, raw, nil, ctx)
	report := &Report{Event: ev, Unpacked: raw}
	if e.current != nil && e.current.Buf != nil {
		report.From = []trace.Span{{Buf: e.current.Buf.ID, Off: compressedAt, Len: len(m.Compressed)}}
	}
	e.do(report)
	e.current = ev
	c, ok := inside.(*message.Certificate)
	if !ok { // the version that its layout depends on is not known
		return nil, message.ErrNotDecompressed
	}
	return c, nil
}
