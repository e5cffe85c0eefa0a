package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// outcome is what came of an ask.
type outcome uint8

const (
	ambiguous outcome = iota // says nothing: a timeout, noise, a connection that never was
	accepted                 // the server chose of what was offered
	refused                  // the server said no, or closed each time
)

// answer is what a server said to an ask.
type answer struct {
	connection int // its number, from 1
	outcome    outcome
	reason     string // why it was refused, or says nothing; may hold peer text
	closed     bool   // refused by closing, which only means something from a server that is reliable
	alert      iana.AlertDescription
	hasAlert   bool
	failure    error // no connection came about

	hello      *message.ServerHello // the choice
	retry      *message.ServerHello // the HelloRetryRequest before it, or in its place
	extensions *message.EncryptedExtensions
	chain      *message.Certificate
	status     *message.CertificateStatus
	parameters *message.ServerKeyExchange
	compressed *message.CompressedCertificate
	request    bool                    // a client certificate was asked for
	scheme     iana.SignatureScheme    // what the server signed with; 0 where it did not
	resumed    bool                    // the handshake was completed, and goes on with the session that was offered
	saved      *handshake.SavedSession // of a handshake that was completed; nil where the server gave nothing to resume it by
}

// chosen is the message that has version and suite.
func (a *answer) chosen() *message.ServerHello {
	if a.hello != nil {
		return a.hello
	}
	return a.retry
}

// suite is what the server chose; 0 where it chose nothing.
func (a *answer) suite() iana.CipherSuite {
	if h := a.chosen(); h != nil && a.outcome == accepted {
		return h.CipherSuite
	}
	return 0
}

// group is what the server agrees over, or wants to; 0 where it does not say.
func (a *answer) group() iana.Group {
	if a.hello != nil {
		if s, ok := message.Get[*message.ServerKeyShare](a.hello.Extensions); ok {
			return s.Share.Group
		}
	}
	if a.retry != nil {
		if g, ok := message.Get[*message.SelectedGroup](a.retry.Extensions); ok {
			return g.Group
		}
	}
	if a.parameters != nil {
		return a.parameters.EC.Group
	}
	return 0
}

// find returns an extension of the server's answer, wherever it stands in its version.
func (a *answer) find(t iana.ExtensionType) *message.Extension {
	if a.extensions != nil {
		if x := a.extensions.Extensions.Find(t); x != nil {
			return x
		}
	}
	if a.hello != nil {
		return a.hello.Extensions.Find(t)
	}
	return nil
}

// listener takes down what the server says until it is enough.
type listener struct {
	ask    *ask
	editor *editor
	answer answer
	wrong  string // what the server must not choose
}

// hear implements handshake.Config.Until.
func (l *listener) hear(m message.Message, wellFormed bool) bool {
	a := &l.answer
	if !wellFormed {
		l.wrong = "its " + m.Name() + " is malformed"
		return true
	}
	switch m := m.(type) {
	case *message.ServerHello:
		if m.IsRetry() {
			a.retry = m
		} else {
			a.hello = m
		}
		if l.wrong = l.objection(m); l.wrong != "" {
			return true
		}
		return l.ask.until == untilHello || l.ask.until == untilParameters && m.Version() >= iana.TLS13 ||
			l.ask.until == untilExtensions && m.Version() < iana.TLS13
	case *message.EncryptedExtensions:
		a.extensions = m
		return l.ask.until == untilExtensions
	case *message.Certificate:
		a.chain = m
	case *message.CompressedCertificate: // which can't be gone on from
		if a.compressed = m; !l.offeredCompression(m.Algorithm) {
			l.wrong = fmt.Sprintf("it compressed by %s, which was not offered", m.Algorithm)
		}
		return true
	case *message.CertificateStatus:
		a.status = m
	case *message.ServerKeyExchange:
		a.parameters, a.scheme = m, m.Algorithm
		return l.ask.until == untilParameters
	case *message.CertificateRequest, *message.CertificateRequest12:
		a.request = true
	case *message.CertificateVerify:
		a.scheme = m.Algorithm
		return l.ask.until != untilDone
	case *message.ServerHelloDone, *message.Finished:
		return l.ask.until != untilDone
	}
	return false
}

// offeredCompression tells whether certificates may come compressed so.
func (l *listener) offeredCompression(c iana.CompressionAlgorithm) bool {
	x, ok := message.Get[*message.CompressCertificate](l.editor.sent.Extensions)
	return ok && slices.Contains(x.Algorithms, c)
}

// objection says what is wrong with a choice: what was not offered answers nothing.
func (l *listener) objection(h *message.ServerHello) string {
	sent := l.editor.sent
	v := h.Version()
	switch {
	case v > l.ask.max || v < iana.SSL30:
		return fmt.Sprintf("it chose %s, which was not offered", v)
	case v < l.ask.min: // what it would rather speak: it may not have the suite that it names
		return ""
	case !slices.Contains(sent.CipherSuites, h.CipherSuite):
		return fmt.Sprintf("it chose the suite %s, which was not offered", h.CipherSuite)
	case !slices.Contains(sent.Compression, h.Compression):
		return fmt.Sprintf("it chose the compression %s, which was not offered", h.Compression)
	case v < iana.TLS13:
		return ""
	}
	return l.groupObjection(h)
}

// groupObjection says what is wrong with a group of TLS 1.3.
func (l *listener) groupObjection(h *message.ServerHello) string {
	if h.IsRetry() {
		g, ok := message.Get[*message.SelectedGroup](h.Extensions)
		switch {
		case ok && !slices.Contains(l.ask.groups, g.Group):
			return fmt.Sprintf("it asked for the group %s, which was not offered", g.Group)
		case ok && slices.Contains(l.ask.shares, g.Group):
			return fmt.Sprintf("it asked for a share of %s, which it had", g.Group)
		}
		return ""
	}
	s, ok := message.Get[*message.ServerKeyShare](h.Extensions)
	switch {
	case !ok:
		return "it chose no group"
	case l.answer.retry == nil && !slices.Contains(l.ask.shares, s.Share.Group), !slices.Contains(l.ask.groups, s.Share.Group):
		return fmt.Sprintf("it chose the group %s, of which it had no share", s.Share.Group)
	}
	return ""
}

// conclude says what came of it, from how the handshake ended: by io.EOF where enough was heard.
func (l *listener) conclude(err error, c *conn.Conn) answer {
	a := &l.answer
	var f *handshake.Failure
	switch {
	case l.wrong != "":
		a.reason = l.wrong
	case err == nil && l.ask.until == untilDone:
		l.completed(c)
	case errors.Is(err, io.EOF):
		a.outcome = accepted
		if v := a.chosen().Version(); v < l.ask.min {
			a.outcome, a.reason = refused, "it answers with "+v.String()
		}
	case errors.As(err, &f):
		a.failed(f)
	default:
		a.reason = "the handshake went on without end"
	}
	return *a
}

// completed takes down what came of a handshake that was made to its end. One whose proofs do not hold says nothing.
func (l *listener) completed(c *conn.Conn) {
	a := &l.answer
	if c.Session().ProofFailed {
		a.reason = "a proof of the handshake does not hold"
		return
	}
	a.outcome, a.resumed, a.saved = accepted, c.Session().Resumed, c.Resumable()
}

// failed sorts the ways of saying no.
func (a *answer) failed(f *handshake.Failure) {
	switch f.Kind {
	case handshake.PeerAlert:
		a.alert, a.hasAlert = f.Alert, true
		a.reason = "alert " + f.Alert.String()
		if f.Alert != iana.AlertInternalError { // that may be about anything
			a.outcome = refused
		}
	case handshake.Closed:
		a.closed, a.reason = true, "it closes the connection"
	case handshake.TimedOut, handshake.Silent:
		a.reason = inSilence
	default:
		a.reason = clip(f.Message)
	}
}

// same tells whether another answer says nothing in the same way.
func (a *answer) same(b *answer) bool { return a.reason == b.reason && a.closed == b.closed }

// clip bounds peer text.
func clip(s string) string {
	const limit = 200
	if len(s) <= limit {
		return s
	}
	return fmt.Sprintf("%s… (%d bytes)", bytes.ToValidUTF8([]byte(s[:limit]), nil), len(s))
}
