package handshake

import (
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// ended reports whether nothing more is taken in: the end may still have to be carried out.
func (e *Engine) ended() bool { return e.done || e.state == failed || e.state == closed }

// Start proposes the ClientHello.
func (e *Engine) Start() { e.enter(start); e.start() }

// Message feeds a whole handshake message, header included. The engine keeps slices of raw.
func (e *Engine) Message(raw []byte, buf *trace.Buffer) {
	if len(raw) < message.HeaderLen || e.onlyShows(trace.Received, raw, buf) {
		return
	}
	ctx := e.ctx
	ctx.Sender = message.Server
	e.first(func() {
		var m message.Message
		var wellFormed bool
		if e.cfg.Observed {
			e.current, m = e.messageEvent(trace.Received, raw, buf, ctx)
			wellFormed = len(e.current.Findings) == 0
			e.do(&Report{Event: e.current})
			if e.cfg.Strict {
				e.strictly(e.current.Findings)
			}
		} else {
			var diags []wire.Diagnostic
			m, diags = e.decoder.Decode(raw, &ctx, nil)
			wellFormed = len(diags) == 0
			if e.cfg.Strict {
				e.strictly(decodeFindings(diags))
			}
		}
		if e.failing == nil {
			if e.enough(m, wellFormed) {
				return
			}
			e.dispatch(m, raw)
		}
		e.settle()
	})
}

// enough ends the handshake at a message that Until wants no more than. A compressed certificate is told of, too, in the
// place of one: it can't be gone on from.
func (e *Engine) enough(m message.Message, wellFormed bool) bool {
	of := m.Type()
	if of == iana.CompressedCertificate {
		of = iana.Certificate
	}
	if e.cfg.Until == nil || !e.state.accepts(of) || !e.cfg.Until(m, wellFormed) {
		return false
	}
	e.enter(closed)
	e.do(&Close{})
	return true
}

// dispatch gives a message to the state, if the state may receive it.
func (e *Engine) dispatch(m message.Message, raw []byte) {
	if !e.state.accepts(m.Type()) {
		e.unexpected(m, raw)
		return
	}
	if m.Type() != iana.HelloRequest && !e.session.Established && e.state != connected { // RFC 5246, Section 7.4.1.1: not part of the transcript
		if e.addsAfterHandling(m.Type()) {
			defer e.remember(raw)
		} else {
			e.remember(raw)
		}
	}
	next := e.handler()(e, m)
	if e.failing == nil {
		e.enter(next)
	}
}

// addsAfterHandling tells the messages that are checked against the transcript before them, or that
// decide what happens to it.
func (e *Engine) addsAfterHandling(t iana.HandshakeType) bool {
	return t == iana.Finished || t == iana.CertificateVerify
}

func (e *Engine) remember(raw []byte) {
	if err := e.transcript.Add(raw); err != nil && e.failing == nil {
		e.stop(finding.MessageTooLong, "", fmt.Sprintf("at most %d bytes in a handshake", maxTranscript), "more")
	}
}

// unexpected handles a message that the state has no use for.
func (e *Engine) unexpected(m message.Message, raw []byte) {
	switch {
	case e.watching != nil && e.watchesOver(m, raw):
		return
	case m.Type() == iana.HelloRequest && e.session.Version <= iana.TLS12:
		return // RFC 5246, Section 7.4.1.1: ignored while a handshake is under way
	case m.Type() == iana.NewSessionTicket && e.state == expectChangeCipherSpec:
		expected := "no ticket, as server_hello has no session_ticket"
		if e.server.tickets {
			expected = "one ticket"
		}
		e.breaks(finding.TicketUnpromised, m.Name(), expected, "another ticket")
		if e.failing == nil {
			e.remember(raw)
		}
		return
	}
	e.stop(finding.UnexpectedMessage, m.Name(), e.state.wants(), title(m))
}

// ChangeCipherSpec feeds a change_cipher_spec record's content.
func (e *Engine) ChangeCipherSpec(raw []byte, buf *trace.Buffer) {
	if e.ended() {
		e.showOther(trace.Received, iana.ChangeCipherSpec, raw, buf)
		return
	}
	e.first(func() {
		tree := e.tree()
		m, diags := message.DecodeChangeCipherSpec(raw, tree)
		e.begin(trace.Event{Dir: trace.Received, Layer: trace.LayerMessage, Kind: "change_cipher_spec", Buf: buf, Tree: tree})
		e.note(decodeFindings(diags))
		if m.Value != 1 || len(raw) != 1 {
			e.breaks(finding.CCSValue, "change_cipher_spec.type", "one byte, 1", fmt.Sprintf("%d bytes, first %d", len(raw), m.Value))
		}
		if e.failing == nil {
			e.changeCipherSpec()
		}
		e.settle()
	})
}

// changeCipherSpec acts on it: a step of the handshake up to TLS 1.2, a courtesy to middleboxes since.
func (e *Engine) changeCipherSpec() {
	switch {
	case e.watching != nil && e.watching.lenient && e.session.Version < iana.TLS13:
		e.enter(e.installRead12())
	case e.state == expectChangeCipherSpec || e.state == expectTicketOrChange:
		if e.state == expectTicketOrChange && !e.session.Resumed {
			e.breaks(finding.TicketMissing, "change_cipher_spec", "NewSessionTicket", "ChangeCipherSpec")
		}
		if e.failing == nil {
			e.enter(e.installRead12())
		}
	case e.session.Version >= iana.TLS13 && !e.session.Established && e.state != expectServerHello:
	case e.state == expectServerHello && e.cfg.Offer.offers13():
		e.earlyCCS = !e.session.Retried // RFC 8446, Section 5: dropped, if it is TLS 1.3 that comes
	default:
		e.stop(finding.CCSUnexpected, "change_cipher_spec", e.state.wants(), "change_cipher_spec")
	}
}

// Alert feeds an alert's content.
func (e *Engine) Alert(raw []byte, buf *trace.Buffer) {
	if e.ended() {
		e.showOther(trace.Received, iana.Alert, raw, buf)
		return
	}
	e.first(func() {
		tree := e.tree()
		a, diags := message.DecodeAlert(raw, tree)
		e.begin(alertEvent(trace.Received, a, buf, tree))
		e.note(decodeFindings(diags))
		if len(diags) > 0 { // half an alert must not be taken for a whole one: 0 is close_notify
			if f := decodeFindings(diags)[0]; e.failing == nil {
				e.failing = e.broken(finding.ID(f.ID), f.Expected, f.Actual)
			}
		} else {
			e.alert(a)
		}
		e.settle()
	})
}

func (e *Engine) alert(a message.Alert) {
	wantsWarning := a.Description == iana.AlertCloseNotify || a.Description == iana.AlertUserCanceled
	if a.Level != iana.Warning && (a.Level != iana.Fatal || wantsWarning) {
		expected := "warning or fatal"
		if wantsWarning {
			expected = iana.Warning.String()
		}
		e.breaks(finding.AlertLevel, "alert.level", expected, a.Level.String())
	}
	switch {
	case a.Description == iana.AlertCloseNotify:
		e.peerClosed()
	case a.Description == iana.AlertUserCanceled:
	case a.Level == iana.Warning && e.session.Version < iana.TLS13:
		// RFC 5246, Section 7.2.2: the receiver may go on, and an inspector does.
	default:
		text := e.refusal(a.Description)
		if text == "" {
			text = fmt.Sprintf("the server answered with the alert %s (%d)", a.Description, uint8(a.Description))
		}
		e.failing = &Failure{Kind: PeerAlert, Alert: a.Description, HasAlert: true, Waiting: e.state.name(), Message: text}
	}
}

// peerClosed handles close_notify: the good end of an established session, a failure before.
func (e *Engine) peerClosed() {
	if e.session.Established || e.missed() {
		e.enter(closed)
		e.do(&Close{})
		return
	}
	e.failing = &Failure{
		Kind: Closed, Waiting: e.state.name(), Alert: iana.AlertCloseNotify, HasAlert: true,
		Message: "the server closed the connection in the middle of the handshake",
	}
}

// EndOfStream feeds the end of the peer's stream; how says reset or eof.
func (e *Engine) EndOfStream(how string) {
	if e.ended() {
		return
	}
	e.first(func() {
		e.begin(trace.Event{Dir: trace.Received, Layer: trace.LayerNet, Kind: "closed", Detail: &trace.Closed{How: how}})
		if e.session.Established {
			if !e.closing && !e.sealed(Read) && !e.missed() { // who has said goodbye already knows that nothing was cut off
				e.breaks(finding.NoCloseNotify, "", "close_notify", how)
			}
			e.enter(closed)
			e.do(&Close{})
		} else if !e.sealed(Read) && !e.missed() {
			e.failing = &Failure{Kind: Closed, Waiting: e.state.name(), Message: "the server closed the connection (" + how + ") while we waited for " + e.state.wants()}
		}
		e.settle()
	})
}

// Timeout says that the time is up.
func (e *Engine) Timeout() {
	if e.ended() {
		return
	}
	e.first(func() {
		e.failing = &Failure{Kind: TimedOut, Waiting: e.state.name(), Message: "timeout while waiting for " + e.state.wants()}
		e.settle()
	})
}

// Data says that application data came.
func (e *Engine) Data(buf *trace.Buffer) {
	if e.ended() || e.session.Established {
		return
	}
	e.first(func() {
		e.begin(trace.Event{Dir: trace.Received, Layer: trace.LayerData, Kind: "application_data", Buf: buf})
		e.stop(finding.UnexpectedMessage, "", e.state.wants(), "application data")
		e.settle()
	})
}

// Broken says that the record layer met a broken rule, noted in the event of the record (nil when
// nobody observes). Whether it can be gone on from is the driver's knowledge; strictness is ours.
func (e *Engine) Broken(id finding.ID, event *trace.Event, expected, actual string, fatal bool) {
	if e.ended() {
		return
	}
	e.first(func() {
		e.current = event
		path := ""
		if event != nil && event.Tree != nil {
			path = event.Tree.Path(0)
		}
		e.breaks(id, path, expected, actual)
		if fatal && e.failing == nil {
			e.failing = e.broken(id, expected, actual)
		}
		e.settle()
	})
}

// TooMany ends the session over the input that was fed last, once what that has caused is carried out:
// it was one too many of its kind.
func (e *Engine) TooMany(id finding.ID, expected, actual string) {
	if e.ended() {
		return
	}
	e.current = e.latest
	e.stop(id, "", expected, actual)
	e.settle()
}

// Fail ends the handshake for a reason that the driver found, such as a peer that does not speak TLS.
func (e *Engine) Fail(f *Failure) {
	if e.ended() {
		return
	}
	f.Waiting = e.state.name()
	e.first(func() { e.fail(f) })
}

// Verdict answers a VerifyChain; failed is the check that the chain is not trusted for, empty where
// none says so. Its row in the table has the alert that a strict client sends.
func (e *Engine) Verdict(trusted bool, failed finding.ID) {
	e.waiting = false
	if trusted || !e.cfg.Strict || e.ended() {
		return
	}
	f := &Failure{
		Kind: NotTrusted, Rule: failed, Alert: iana.AlertBadCertificate, HasAlert: true, Waiting: e.state.name(),
		Message: "the server's certificate is not trusted",
	}
	if row, ok := finding.Lookup(failed); ok {
		f.Message += ": " + row.Meaning
		if row.HasAlert {
			f.Alert = row.Alert
		}
	}
	e.first(func() {
		e.failing = f
		e.settle()
	})
}

// CloseNotify ends our half of an established session.
func (e *Engine) CloseNotify() {
	if !e.ended() && !e.closing {
		e.sendAlert(message.Alert{Level: iana.Warning, Description: iana.AlertCloseNotify})
		e.closing = true
	}
}
