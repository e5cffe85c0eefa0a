package handshake

import (
	"fmt"
	"slices"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// onServerHello12 takes over what the hello says before TLS 1.3. RFC 5246, Section 7.4.1.3.
func (e *Engine) onServerHello12(h *message.ServerHello) state {
	e.checkDowngrade(h)
	e.checkBindings(h)
	e.negotiated(h.Extensions, h.Name())
	if l, ok := message.Get[*message.SCTList](h.Extensions); ok {
		e.takeSCTs(l)
	}
	e.server.stapling = h.Extensions.Find(iana.ExtStatusRequest) != nil || h.Extensions.Find(iana.ExtStatusRequestV2) != nil
	e.server.tickets = h.Extensions.Find(iana.ExtSessionTicket) != nil
	e.checkEncryptThenMAC(h)
	e.checkPointFormats(h)
	if e.failing != nil {
		return failed
	}
	if !e.begin12() {
		return failed
	}
	if e.watching != nil {
		return e.watchServerHello12()
	}
	if e.session.Resumed {
		return e.resume12(h)
	}
	e.received.id = h.SessionIDEcho
	if !completes(&e.session.Params) {
		e.failing = incompatible(iana.AlertHandshakeFailure, "the key exchange of %s can't be completed", e.session.Suite)
		return failed
	}
	if e.session.Params.Authentication == iana.AuthenticationAnon {
		return expectServerKeyExchange
	}
	return expectServerCertificate
}

// completes tells the suites whose key exchange this engine can make: both halves count, as a suite may
// sign with RSA and agree by what we don't have.
func completes(p *iana.SuiteParams) bool {
	switch p.Authentication {
	case iana.AuthenticationRSA, iana.AuthenticationECDSA, iana.AuthenticationDSS:
	case iana.AuthenticationAnon:
		return p.KeyExchange == iana.KeyExchangeDHE || p.KeyExchange == iana.KeyExchangeECDHE
	default:
		return false
	}
	switch p.KeyExchange {
	case iana.KeyExchangeDHE, iana.KeyExchangeECDHE:
		return !p.Export
	case iana.KeyExchangeRSA:
		return !p.Export && p.Authentication == iana.AuthenticationRSA
	}
	return false
}

// checkEncryptThenMAC takes over the answer, which only some suites may have. RFC 7366, Section 3.
func (e *Engine) checkEncryptThenMAC(h *message.ServerHello) {
	if h.Extensions.Find(iana.ExtEncryptThenMAC) == nil {
		return
	}
	e.session.EncryptThenMAC = macsApart(&e.session.Params)
	if !e.session.EncryptThenMAC {
		e.breaks(finding.EncryptThenMAC, "server_hello.extensions.encrypt_then_mac", "a suite with CBC", e.session.Suite.String())
	}
}

// checkPointFormats wants the uncompressed format among the server's. RFC 8422, Section 5.1.2.
func (e *Engine) checkPointFormats(h *message.ServerHello) {
	f, ok := message.Get[*message.ECPointFormats](h.Extensions)
	if ok && !slices.Contains(f.Formats, 0) {
		e.breaks(finding.PointFormats, "server_hello.extensions.ec_point_formats.ec_point_format_list", "uncompressed", "without it")
	}
}

// checkDowngrade looks for the mark of a server that could do better. RFC 8446, Section 4.1.3.
func (e *Engine) checkDowngrade(h *message.ServerHello) {
	best := e.cfg.Offer.Max
	if best < iana.TLS12 || best == iana.TLS12 && e.session.Version == iana.TLS12 {
		e.check(finding.Skipped(finding.HandshakeDowngrade, "nothing better was offered"))
		return
	}
	to, marked := h.Random.Downgrade()
	if !marked || to == iana.TLS12 && best < iana.TLS13 {
		e.check(finding.Passed(finding.HandshakeDowngrade, "no downgrade mark"))
		return
	}
	f := finding.Of(finding.HandshakeDowngrade)
	f.Where.Path = "server_hello.random"
	f.Expected, f.Actual = "no mark", fmt.Sprintf("the mark for %s or below", to)
	e.check(f)
}

// checkBindings looks at the two extensions that bind what TLS 1.2 left loose.
func (e *Engine) checkBindings(h *message.ServerHello) {
	if e.hello.Extensions.Find(iana.ExtExtendedMasterSecret) == nil {
		e.check(finding.Skipped(finding.HandshakeEMS, "not offered"))
	} else if h.Extensions.Find(iana.ExtExtendedMasterSecret) != nil {
		e.session.ExtendedMasterSecret = true
		e.check(finding.Passed(finding.HandshakeEMS, "the master secret is bound to the handshake"))
	} else {
		e.check(finding.Of(finding.HandshakeEMS))
	}
	ri, ok := message.Get[*message.RenegotiationInfo](h.Extensions)
	switch {
	case !e.asked(iana.ExtRenegotiationInfo, iana.InServerHello):
		e.check(finding.Skipped(finding.HandshakeRenegotiationInfo, "not offered"))
	case !ok:
		e.check(finding.Of(finding.HandshakeRenegotiationInfo))
	case len(ri.RenegotiatedConnection) > 0 && e.watching != nil && e.watching.again:
		e.check(finding.Passed(finding.HandshakeRenegotiationInfo, "bound to the handshake before"))
	case len(ri.RenegotiatedConnection) > 0:
		e.breaks(finding.RenegotiationInfo, "server_hello.extensions.renegotiation_info.renegotiated_connection", "empty", fmt.Sprintf("%d bytes", len(ri.RenegotiatedConnection)))
		f := finding.Of(finding.HandshakeRenegotiationInfo)
		f.Status, f.Severity = finding.Fail, finding.High
		e.check(f)
	default:
		e.check(finding.Passed(finding.HandshakeRenegotiationInfo, "renegotiations are bound to their connection"))
	}
}

// onServerCertificate takes the server's chain. RFC 5246, Section 7.4.2.
func (e *Engine) onServerCertificate(m message.Message) state {
	e.takeChain(m.(*message.Certificate))
	if e.failing == nil {
		e.checkKeyFits()
	}
	if e.server.stapling {
		return expectCertificateStatus
	}
	return e.afterCertificate()
}

// afterCertificate tells whether the suite has the server send parameters.
func (e *Engine) afterCertificate() state {
	switch e.session.Params.KeyExchange {
	case iana.KeyExchangeDHE, iana.KeyExchangeECDHE:
		return expectServerKeyExchange
	}
	return expectRequestOrDone
}

// checkKeyFits holds the certificate's key against the suite. RFC 8422, Section 5.3.
func (e *Engine) checkKeyFits() {
	k := e.server.key
	if k == nil || len(k.Raw) == 0 {
		return
	}
	auth := e.session.Params.Authentication
	for _, r := range keysOf {
		if r.auth == auth && slices.Contains(r.kinds, k.Kind) {
			return
		}
	}
	e.breaks(finding.CertificateKey, "certificate.certificate_list[0].cert", "a key for "+e.session.Suite.String(), k.String())
}

// onServerFlight handles what comes between the certificate and ServerHelloDone.
func (e *Engine) onServerFlight(m message.Message) state {
	switch m := m.(type) {
	case *message.CertificateStatus:
		e.server.staple(0, m)
		return e.afterCertificate()
	case *message.ServerKeyExchange:
		if e.state == expectCertificateStatus && e.afterCertificate() != expectServerKeyExchange {
			e.stop(finding.UnexpectedMessage, m.Name(), expectRequestOrDone.wants(), "ServerKeyExchange")
			return failed
		}
		e.onServerKeyExchange(m)
		return expectRequestOrDone
	case *message.CertificateRequest12:
		if !e.parametersCame(m) {
			return failed
		}
		e.asked12(m)
		if e.session.Params.Authentication == iana.AuthenticationAnon {
			e.breaks(finding.RequestAnonymous, m.Name(), "a suite with a certificate", e.session.Suite.String())
		}
		return expectServerHelloDone
	case *message.ServerHelloDone:
		if !e.parametersCame(m) {
			return failed
		}
		if e.cfg.Strict {
			e.verifyChain()
		}
		if e.watching == nil {
			e.then(e.clientFlight12)
		}
		if e.server.tickets {
			return expectTicketOrChange
		}
		return expectChangeCipherSpec
	}
	e.stop(finding.UnexpectedMessage, m.Name(), e.state.wants(), title(m))
	return failed
}

// parametersCame stops a flight that goes on without the parameters that its suite needs.
func (e *Engine) parametersCame(m message.Message) bool {
	if e.state == expectCertificateStatus && e.afterCertificate() == expectServerKeyExchange {
		e.stop(finding.UnexpectedMessage, m.Name(), inputTitle(input(iana.ServerKeyExchange)), title(m))
		return false
	}
	return true
}

// onTicket handles the ticket that comes before the server's ChangeCipherSpec. RFC 5077, Section 3.3.
func (e *Engine) onTicket(m message.Message) state {
	if t, ok := m.(*message.NewSessionTicket12); ok {
		e.received.ticket, e.received.at = t.Ticket, e.now()
		if e.received.lifetime = time.Duration(t.LifetimeHint) * time.Second; t.LifetimeHint == 0 {
			e.received.lifetime = maxLifetime12
		}
	}
	return expectChangeCipherSpec
}

// onServerFinished checks the server's Finished: the handshake is complete. RFC 5246, Section 7.4.9.
func (e *Engine) onServerFinished(m message.Message) state {
	f := m.(*message.Finished)
	want, err := e.tls12.prf.Finished(e.tls12.master, serverSide, e.transcript)
	if err != nil {
		e.failing = local(err)
		return failed
	}
	e.finished(f.VerifyData, want)
	switch {
	case e.failing != nil:
	case e.watching != nil:
		e.watching.finished[Read] = true
		e.then(e.watchFinished)
	case e.session.Resumed:
		e.then(e.finishResumed12)
	default:
		e.then(e.establish)
	}
	return connected12
}

// onHelloRequest declines to renegotiate. RFC 5246, Section 7.4.1.1.
func (e *Engine) onHelloRequest(message.Message) state {
	e.sendAlert(message.Alert{Level: iana.Warning, Description: iana.AlertNoRenegotiation})
	return connected12
}
