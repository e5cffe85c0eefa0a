package handshake

import (
	"fmt"
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Secrets gives a bystander the secrets of others' sessions.
type Secrets interface {
	// Secret returns a secret by the client's random and its label in a key log (RFC 9850, Section 2.1); nil where there is none.
	Secret(clientRandom []byte, label string) []byte
}

// The labels of RFC 9850, Section 2.1, that records are opened by.
const (
	labelMaster          = "CLIENT_RANDOM"
	labelEarly           = "CLIENT_EARLY_TRAFFIC_SECRET"
	labelClientHandshake = "CLIENT_HANDSHAKE_TRAFFIC_SECRET"
	labelServerHandshake = "SERVER_HANDSHAKE_TRAFFIC_SECRET"
	labelClientTraffic   = "CLIENT_TRAFFIC_SECRET_0"
	labelServerTraffic   = "SERVER_TRAFFIC_SECRET_0"
)

// watching is what an engine knows that only looks on.
type watching struct {
	secrets  Secrets
	early    bool    // the client offered early data
	accepted bool    // the server takes it, and EndOfEarlyData has not been seen
	holes    bool    // some of the handshake is missing
	missed   bool    // something is
	unseen   bool    // a handshake has passed that could not be read, and what follows can be
	lenient  bool    // the key exchange is one that is not followed: messages are shown, whatever their order
	again    bool    // a handshake within the session, or after another one
	sealed   [2]bool // by direction: what is protected can't be opened
	finished [2]bool // whose Finished has come
	answered [8]finding.ID
	answers  int
	unpacked bool // the client's certificate came compressed, and was looked into
}

// answer remembers that a check has been made.
func (w *watching) answer(id finding.ID) {
	if w.answers < len(w.answered) && !slices.Contains(w.answered[:w.answers], id) {
		w.answered[w.answers] = id
		w.answers++
	}
}

// Watch returns the engine of a bystander: it is fed what both sides said and sends nothing. It holds the server to what the
// client offered with the same states and checks as one that takes part, opens what the secrets open, and goes on after a
// failure: what follows is shown and no longer judged. Its Close is advice, and Done is never true. outline is that of a [Config].
func Watch(secrets Secrets, outline bool) *Engine {
	e := New(Config{Observed: true, Outline: outline})
	e.watching = &watching{secrets: secrets}
	e.enter(start)
	return e
}

// sealed reports whether a bystander has no keys for a direction.
func (e *Engine) sealed(d Direction) bool { return e.watching != nil && e.watching.sealed[d] }

// onlyShows reports whether a message is no longer judged, and reports it then if somebody looks on.
func (e *Engine) onlyShows(dir trace.Dir, raw []byte, buf *trace.Buffer) bool {
	if !e.ended() {
		return false
	}
	if e.watching != nil {
		ctx := e.ctx
		if ctx.Sender = message.Server; dir == trace.Sent {
			ctx.Sender = message.Client
		}
		ev, _ := e.messageEvent(dir, raw, buf, ctx)
		e.do(&Report{Event: ev})
	}
	return true
}

// showOther reports an alert or change_cipher_spec that is no longer judged.
func (e *Engine) showOther(dir trace.Dir, t iana.ContentType, raw []byte, buf *trace.Buffer) {
	if e.watching != nil {
		ev := SentEvent(t, raw, buf)
		ev.Dir = dir
		e.do(&Report{Event: ev})
	}
}

// Sent feeds a bystander's engine a whole handshake message of the client. The engine keeps slices of raw.
func (e *Engine) Sent(raw []byte, buf *trace.Buffer) {
	again := len(raw) > 0 && iana.HandshakeType(raw[0]) == iana.ClientHello && e.session.Established && e.session.Version < iana.TLS13
	if len(raw) < message.HeaderLen || !again && e.onlyShows(trace.Sent, raw, buf) {
		return
	}
	if again {
		e.startOver()
	}
	ctx := e.sendContext()
	e.first(func() {
		ev, m := e.messageEvent(trace.Sent, raw, buf, ctx)
		e.do(&Report{Event: ev})
		e.current = ev
		e.watchSent(m, raw)
		e.settle()
	})
}

// startOver begins with the handshake of a renegotiation. RFC 5246, Section 7.4.1.1.
func (e *Engine) startOver() {
	w := watching{secrets: e.watching.secrets, again: true, sealed: e.watching.sealed}
	*e.watching = w
	e.session, e.server, e.client, e.tls12, e.tls13 = Session{}, serverFlight{}, clientFlight{}, secrets12{}, schedule13{}
	e.transcript, e.verified, e.ctx = keys.NewTranscript(maxTranscript), false, message.Context{}
}

// watchSent takes in a message of the client.
func (e *Engine) watchSent(m message.Message, raw []byte) {
	switch m := m.(type) {
	case *message.Finished:
		e.watchClientFinished(m)
	case *message.CertificateVerify:
		e.watchClientProof(m)
	}
	if !e.session.Established && e.failing == nil {
		e.remember(raw)
	}
	switch m := m.(type) {
	case *message.ClientHello:
		e.watchHello(m)
	case *message.Certificate:
		e.sentCertificate(m)
	case *message.CompressedCertificate:
		e.sentCompressed(m)
	case *message.EndOfEarlyData:
		e.watching.accepted = false
		e.watchKeys13(Write, "handshake", labelClientHandshake)
	case *message.KeyUpdate:
		e.watchClientUpdate()
	case *message.Finished:
		e.then(e.watchFinished)
	}
}

// watchHello takes what a ClientHello says for the offer.
func (e *Engine) watchHello(h *message.ClientHello) {
	o := &e.cfg.Offer
	*o = Offer{Min: iana.SSL30, Max: h.LegacyVersion}
	if sv, ok := message.Get[*message.SupportedVersions](h.Extensions); ok {
		o.Min, o.Max = 0xffff, 0
		for _, v := range sv.Versions {
			if !v.IsGREASE() {
				o.Min, o.Max = min(o.Min, v), max(o.Max, v)
			}
		}
	}
	if sn, ok := message.Get[*message.ServerNameList](h.Extensions); ok && len(sn.Names) > 0 {
		o.ServerName = string(sn.Names[0].HostName)
	}
	e.shares = e.shares[:0]
	if ks, ok := message.Get[*message.KeyShares](h.Extensions); ok {
		for i := range ks.Shares {
			e.shares = append(e.shares, share{group: ks.Shares[i].Group})
		}
	}
	e.hello, e.session.ClientRandom = h, h.Random
	e.enter(expectServerHello)
	if w := e.watching; h.Extensions.Find(iana.ExtEarlyData) != nil {
		w.early = true
		e.watchEarly()
	}
}

// watchFinished completes the handshake once both sides have said Finished.
func (e *Engine) watchFinished() {
	if w := e.watching; w.finished[Read] && w.finished[Write] && !e.session.Established && !e.ended() {
		e.establish()
	}
}

// watchesOver reports whether a message that the state does not wait for is none of a bystander's business.
func (e *Engine) watchesOver(m message.Message, raw []byte) bool {
	w := e.watching
	switch {
	case e.session.Established:
		return true // authentication after the handshake, and what is yet to be invented
	case e.session.Resumed && m.Type() == iana.Certificate && e.session.Version < iana.TLS13:
		e.session.Resumed = false // it is a whole handshake, after all
		e.enter(expectServerCertificate)
		e.dispatch(m, raw)
		return true
	case m.Type() == iana.CompressedCertificate && (e.state == expectCertificate || e.state == expectCertificateOrRequest):
		e.watchCompressed(m.(*message.CompressedCertificate), raw)
		return true
	case w.lenient:
		e.remember(raw)
		return true
	}
	return false
}

// SentChangeCipherSpec feeds a bystander's engine the content of a change_cipher_spec of the client.
func (e *Engine) SentChangeCipherSpec(raw []byte, buf *trace.Buffer) {
	e.showOther(trace.Sent, iana.ChangeCipherSpec, raw, buf)
	if v := e.session.Version; v != 0 && v < iana.TLS13 {
		e.watchKeys12(Write)
	}
}

// SentAlert feeds a bystander's engine the content of an alert of the client.
func (e *Engine) SentAlert(raw []byte, buf *trace.Buffer) {
	e.showOther(trace.Sent, iana.Alert, raw, buf)
	a, diags := message.DecodeAlert(raw, nil)
	if e.ended() || len(diags) > 0 {
		return
	}
	switch {
	case a.Description == iana.AlertCloseNotify:
		if e.closing = true; !e.session.Established && !e.missed() {
			e.fail(&Failure{Kind: Closed, Message: "the client closed the connection in the middle of the handshake"})
		}
	case a.Description == iana.AlertUserCanceled, a.Level == iana.Warning && e.session.Version < iana.TLS13:
	default:
		e.fail(&Failure{
			Kind: ClientAlert, Alert: a.Description, HasAlert: true, Waiting: e.state.name(),
			Message: fmt.Sprintf("the client ended it with the alert %s (%d)", a.Description, uint8(a.Description)),
		})
	}
}

// SentEnd feeds a bystander's engine the end of the client's stream; how says reset or eof, and heard whether the server had said
// anything.
func (e *Engine) SentEnd(how string, heard bool) {
	if e.ended() || e.closing || e.hello == nil || e.sealed(Write) || e.missed() {
		return
	}
	if !e.session.Established || how == "reset" {
		e.do(&Report{Event: &trace.Event{Dir: trace.Sent, Layer: trace.LayerNet, Kind: "closed", Detail: &trace.Closed{How: how}}})
	}
	switch {
	case e.session.Established:
	case !heard:
		e.fail(&Failure{Kind: Silent, Message: "the server accepted the connection and said nothing"})
	default:
		e.fail(&Failure{Kind: Closed, Message: "the client closed the connection (" + how + ") in the middle of the handshake"})
	}
}

// Speaks reports whether the server's half of the handshake is complete, so that it may send data: in TLS 1.3 it need not wait for
// the client's. RFC 8446, Section 4.4.4.
func (e *Engine) Speaks() bool { return e.ended() || e.watching != nil && e.watching.finished[Read] }

// Hole says that a bystander has missed some of what was said: what depends on all of the handshake can't be checked any more.
func (e *Engine) Hole() {
	e.watching.missed = true
	e.watching.holes = e.watching.holes || !e.session.Established
}

// missed reports whether a bystander has missed something, so that the end of a stream means nothing.
func (e *Engine) missed() bool { return e.watching != nil && e.watching.missed }

// Partial feeds a bystander's engine the beginning of a message of the client whose rest nobody knows. Of a ClientHello that may
// tell all that matters; what follows is shown and not judged, as nobody knows all that was offered.
func (e *Engine) Partial(raw []byte, buf *trace.Buffer) {
	if e.ended() || len(raw) < message.HeaderLen || e.hello != nil || iana.HandshakeType(raw[0]) != iana.ClientHello {
		return
	}
	ev, _ := e.messageEvent(trace.Sent, raw, buf, e.sendContext())
	ev.Findings = nil // it is the capture that cut it
	e.do(&Report{Event: ev})
	e.state = failed // what answers it can't be judged
}

// holed reports whether a check that depends on all of the handshake can't be made, and says so then.
func (e *Engine) holed(id finding.ID) bool {
	if e.watching == nil || !e.watching.holes {
		return false
	}
	e.check(finding.Unanswered(id, "the capture does not have all of the handshake"))
	return true
}

// SealedHandshake says that a record with the type of a handshake message came that can't be opened. Up to TLS 1.2 the first one
// behind a change_cipher_spec is Finished.
func (e *Engine) SealedHandshake(d Direction) {
	if w := e.watching; e.session.Version != 0 && e.session.Version < iana.TLS13 && w.sealed[d] && !w.finished[d] {
		w.finished[d] = true
		e.watchFinished()
	}
}

// Over ends a bystander's engine: what should have been answered and could not be is told.
func (e *Engine) Over(why string) {
	if e.state == failed || e.session.Suite == 0 {
		return
	}
	e.first(func() {
		e.current = nil
		if !e.session.Established {
			e.judge()
		}
		for _, id := range e.proofs() {
			if !slices.Contains(e.watching.answered[:e.watching.answers], id) {
				e.check(finding.Unanswered(id, why))
			}
		}
		if !e.verified && len(e.server.chain) > 0 {
			e.verifyChain()
		} else if !e.verified {
			e.noChain(why)
		}
	})
}

// noChain tells why no certificate was looked at.
func (e *Engine) noChain(why string) {
	if e.session.Resumed {
		e.resumedChain()
		return
	}
	if e.server.unread != "" {
		why = e.server.unread
	}
	for _, id := range chainChecks {
		switch {
		case e.session.Version < iana.TLS13 && e.session.Params.Authentication == iana.AuthenticationAnon: // said by judge
		default:
			e.check(finding.Unanswered(id, why))
		}
	}
}

// proofs lists what the server has to prove in this handshake.
func (e *Engine) proofs() []finding.ID {
	list := make([]finding.ID, 0, 2)
	p := &e.session.Params
	switch {
	case e.session.Resumed:
	case e.session.Version >= iana.TLS13:
		list = append(list, finding.HandshakeCertificateVerify)
	case p.Authentication != iana.AuthenticationAnon && (p.KeyExchange == iana.KeyExchangeDHE || p.KeyExchange == iana.KeyExchangeECDHE):
		list = append(list, finding.HandshakeServerKeyExchange)
	}
	return append(list, finding.HandshakeFinished)
}
