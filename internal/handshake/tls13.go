package handshake

import (
	"crypto/hmac"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// maxTicketLifetime is seven days in seconds. RFC 8446, Section 4.6.1.
const maxTicketLifetime = 604800

// onServerHello13 agrees on the handshake secrets. RFC 8446, Section 7.1.
func (e *Engine) onServerHello13(h *message.ServerHello) state {
	if e.tls13.schedule.Hash == 0 && !e.beginSchedule() {
		return failed
	}
	if e.watching != nil {
		return e.watchServerHello13(h)
	}
	psk := e.selectedPSK(h)
	var secret []byte
	if e.failing == nil && !e.agreesAlone(h) {
		secret = e.agree13(h)
	}
	if e.failing != nil {
		return failed
	}
	k := &e.tls13
	early := k.schedule.Early(psk)
	k.handshake = early.Handshake(secret)
	hash := e.hash()
	k.clientHandshake, k.serverHandshake = k.handshake.ClientTraffic(hash), k.handshake.ServerTraffic(hash)
	e.reportSecret(early.Secret)
	e.reportSecret(k.handshake.Secret)
	e.reportSecret(k.clientHandshake)
	e.reportSecret(k.serverHandshake)
	if !e.installRead13("handshake", k.serverHandshake) {
		return failed
	}
	return expectEncryptedExtensions
}

// agree13 makes the shared secret of the server's share and ours.
func (e *Engine) agree13(h *message.ServerHello) []byte {
	theirs, own := e.serverShare(h)
	if own == nil {
		return nil
	}
	secret, err := own.key.Agree(theirs.KeyExchange)
	if err != nil {
		e.stop(finding.KeyShareValue, "server_hello.extensions.key_share.server_share.key_exchange", "a valid public value", err.Error())
		return nil
	}
	e.reportGroup("", theirs.Group, len(secret))
	return secret
}

// serverShare returns the server's share and the client's that it answers; nil where there is no such pair.
func (e *Engine) serverShare(h *message.ServerHello) (*message.KeyShareEntry, *share) {
	const path = "server_hello.extensions.key_share.server_share"
	ks, ok := message.Get[*message.ServerKeyShare](h.Extensions)
	if !ok {
		e.stop(finding.KeyShareMissing, "server_hello.extensions", "key_share", "none")
		return nil, nil
	}
	g := ks.Share.Group
	if e.session.Retried && e.session.Group != 0 && g != e.session.Group {
		e.stop(finding.RetryGroupIgnored, path+".group", e.session.Group.String(), g.String()) // the shares of the first hello are gone
		return nil, nil
	}
	e.session.Group = g
	own := e.shareFor(g)
	if own == nil {
		e.stop(finding.KeyShareGroup, path+".group", "a group that a share was sent for", g.String())
		return nil, nil
	}
	return &ks.Share, own
}

// onEncryptedExtensions handles the first message under the handshake keys. RFC 8446, Section 4.3.1.
func (e *Engine) onEncryptedExtensions(m message.Message) state {
	ee := m.(*message.EncryptedExtensions)
	e.negotiated(ee.Extensions, m.Name())
	e.checkAnswered(ee.Extensions, m.Name(), iana.InEncryptedExtensions)
	if e.watching != nil {
		e.watching.accepted = ee.Extensions.Find(iana.ExtEarlyData) != nil
	}
	if e.session.Resumed {
		return expectFinished // RFC 8446, Section 4.4
	}
	return expectCertificateOrRequest
}

// negotiated takes over what the server answered of ALPN and of the record size.
func (e *Engine) negotiated(x message.Extensions, name string) {
	if a, ok := message.Get[*message.ALPN](x); ok {
		e.checkALPN(a, name)
	}
	if l, ok := message.Get[*message.RecordSizeLimit](x); ok {
		e.limitRecords(int(l.Limit), name)
	}
}

// limitRecords takes over the most that the server reads in a record; since TLS 1.3 the content type
// counts, too. RFC 8449, Section 4.
func (e *Engine) limitRecords(limit int, name string) {
	if limit < 64 {
		e.breaks(finding.RecordSizeLimit, name+".extensions.record_size_limit.record_size_limit", "at least 64", strconv.Itoa(limit))
		return
	}
	if e.hello.Extensions.Find(iana.ExtRecordSizeLimit) == nil {
		return // nobody asked
	}
	if e.session.Version >= iana.TLS13 {
		limit--
	}
	e.do(&SetRecordLimit{limit})
}

func (e *Engine) checkALPN(a *message.ALPN, name string) {
	path := name + ".extensions.application_layer_protocol_negotiation.protocol_name_list"
	if len(a.Protocols) != 1 {
		e.breaks(finding.ALPNCount, path, "1", strconv.Itoa(len(a.Protocols)))
	}
	if len(a.Protocols) == 0 {
		return
	}
	e.session.ALPN = string(a.Protocols[0].Name)
	offered, ok := message.Get[*message.ALPN](e.hello.Extensions)
	if ok && !slices.ContainsFunc(offered.Protocols, func(p message.ProtocolName) bool { return string(p.Name) == e.session.ALPN }) {
		e.breaks(finding.ALPNNotOffered, path+"[0]", "a protocol that was offered", e.session.ALPN)
	}
}

// onCertificateOrRequest handles the wish for a client certificate, or the server's own. RFC 8446, Sections 4.3.2 and 4.4.2.
func (e *Engine) onCertificateOrRequest(m message.Message) state {
	if r, ok := m.(*message.CertificateRequest); ok {
		e.asked13(r)
		if len(r.RequestContext) > 0 {
			e.breaks(finding.RequestContext, "certificate_request.certificate_request_context", "empty", fmt.Sprintf("%d bytes", len(r.RequestContext)))
		}
		e.checkRepeated(r.Extensions, m.Name())
		if r.Extensions.Find(iana.ExtSignatureAlgorithms) == nil {
			e.breaks(finding.RequestNoSchemes, "certificate_request.extensions", "signature_algorithms", "none")
		}
		return expectCertificate
	}
	c := m.(*message.Certificate)
	if len(c.RequestContext) > 0 {
		e.breaks(finding.CertificateContext, "certificate.certificate_request_context", "empty", fmt.Sprintf("%d bytes", len(c.RequestContext)))
	}
	e.takeChain(c)
	for i := range c.List {
		e.checkAnswered(c.List[i].Extensions, fmt.Sprintf("certificate.certificate_list[%d]", i), iana.InCertificate)
	}
	return expectCertificateVerify
}

// onCertificateVerify checks that the server has the certificate's key. RFC 8446, Section 4.4.3.
func (e *Engine) onCertificateVerify(m message.Message) state {
	cv := m.(*message.CertificateVerify)
	e.session.Scheme = cv.Algorithm
	e.checkScheme(cv.Algorithm, "certificate_verify.algorithm")
	if e.failing != nil {
		return failed
	}
	if e.holed(finding.HandshakeCertificateVerify) {
		return expectFinished
	}
	e.proof(finding.HandshakeCertificateVerify, cv.Algorithm, signedContent(serverContext, e.hash()), cv.Signature)
	return expectFinished
}

// serverContext stands in what a TLS 1.3 server signs. RFC 8446, Section 4.4.3.
const serverContext = "TLS 1.3, server CertificateVerify"

// signedContent is what a CertificateVerify of TLS 1.3 signs: 64 spaces, who signs, and the transcript.
func signedContent(who string, hash []byte) []byte {
	b := make([]byte, 0, 64+len(who)+1+len(hash))
	for range 64 {
		b = append(b, ' ')
	}
	b = append(b, who...)
	b = append(b, 0)
	return append(b, hash...)
}

// onFinished checks the server's Finished, makes the application secrets and sends our second flight. RFC 8446, Section 4.4.4.
func (e *Engine) onFinished(m message.Message) state {
	f := m.(*message.Finished)
	k := &e.tls13
	e.finished(f.VerifyData, k.schedule.VerifyData(k.serverHandshake, e.hash()))
	if e.failing != nil {
		return failed
	}
	if e.cfg.Strict {
		e.verifyChain()
	}
	// dispatch adds the Finished to the transcript when this returns; what follows needs it there.
	if e.watching != nil {
		e.then(e.watchServerFinished13)
	} else {
		e.then(e.secondFlight)
	}
	return connected
}

// finished compares a Finished with what it must be.
func (e *Engine) finished(got, want []byte) {
	if len(got) != len(want) {
		e.breaks(finding.FinishedLength, "finished.verify_data", fmt.Sprintf("%d bytes", len(want)), fmt.Sprintf("%d bytes", len(got)))
		if e.failing != nil {
			return
		}
	}
	if e.holed(finding.HandshakeFinished) {
		return
	}
	if hmac.Equal(got, want) {
		e.check(finding.Passed(finding.HandshakeFinished, "verify_data matches"))
		return
	}
	f := finding.Of(finding.HandshakeFinished)
	f.Expected, f.Actual = fmt.Sprintf("%x", want), fmt.Sprintf("%x", got)
	f.Where.Path = "finished.verify_data"
	e.check(f)
}

// secondFlight answers the server's flight: Certificate and CertificateVerify where they were asked for, and Finished.
func (e *Engine) secondFlight() {
	k := &e.tls13
	k.master = k.handshake.Master()
	hash := e.hash()
	k.clientTraffic, k.serverTraffic = k.master.ClientTraffic(hash), k.master.ServerTraffic(hash)
	e.reportSecret(k.master.Secret)
	e.reportSecret(k.clientTraffic)
	e.reportSecret(k.serverTraffic)
	e.reportSecret(k.master.Exporter(hash))
	e.armAlert()
	e.authenticate()
	if e.client.willSign {
		e.then(e.prove)
	}
	e.then(func() {
		e.propose(&message.Finished{VerifyData: k.schedule.VerifyData(k.clientHandshake, e.hash())}, e.sentFinished13)
	})
	if e.failing != nil {
		e.settle()
	}
}

func (e *Engine) sentFinished13(message.Message) {
	k := &e.tls13
	k.resumption = k.master.Resumption(e.hash())
	e.reportSecret(k.resumption)
	if !e.installWrite13("application", k.clientTraffic) || !e.installRead13("application", k.serverTraffic) {
		e.settle()
		return
	}
	e.establish()
}

// establish says that application data may flow, once the chain has its verdict.
func (e *Engine) establish() {
	e.session.Established = true
	if len(e.received.ticket) == 0 && e.session.Version < iana.TLS13 {
		e.received.at, e.received.lifetime = e.now(), maxLifetime12
	}
	e.transcript.Release()
	e.judge()
	e.judgeResumption()
	if e.session.Resumed {
		e.resumedChain()
	}
	e.do(&Established{})
	e.verifyChain()
}

// armAlert gives the write side its handshake keys, so that what we send next can be read; before
// TLS 1.3 there is nothing to do.
func (e *Engine) armAlert() {
	k := &e.tls13
	if k.writeArmed || len(k.clientHandshake.Bytes) == 0 || e.watching != nil {
		return
	}
	k.writeArmed = true
	if e.hello != nil && len(e.hello.SessionID) > 0 {
		e.sendCompatibilityCCS()
	}
	e.installWrite13("handshake", k.clientHandshake)
}

// sendCompatibilityCCS sends the change_cipher_spec that means nothing, once. RFC 8446, Appendix D.4.
func (e *Engine) sendCompatibilityCCS() {
	if !e.ccsSent && e.watching == nil {
		e.ccsSent = true
		e.do(&Send{Type: iana.ChangeCipherSpec, Raw: []byte{1}})
	}
}

// onPostHandshake handles tickets and key updates. RFC 8446, Section 4.6.
func (e *Engine) onPostHandshake(m message.Message) state {
	switch m := m.(type) {
	case *message.NewSessionTicket:
		e.checkRepeated(m.Extensions, m.Name())
		if m.Lifetime > maxTicketLifetime {
			e.breaks(finding.TicketLifetime, "new_session_ticket.ticket_lifetime", "at most 604800 s", fmt.Sprintf("%d s", m.Lifetime))
		}
		e.takeTicket13(m)
	case *message.KeyUpdate:
		e.onKeyUpdate(m)
	}
	return connected
}

// takeTicket13 keeps a ticket, unless it is to be thrown away at once. RFC 8446, Section 4.6.1.
func (e *Engine) takeTicket13(m *message.NewSessionTicket) {
	if m.Lifetime > 0 && e.watching == nil {
		e.received = received{
			ticket: m.Ticket, nonce: m.Nonce, ageAdd: m.AgeAdd, at: e.now(), lifetime: min(time.Duration(m.Lifetime)*time.Second, maxLifetime13),
		}
	}
}

// onKeyUpdate moves to the peer's next key, and to ours where it asks for it. RFC 8446, Section 4.6.3.
func (e *Engine) onKeyUpdate(m *message.KeyUpdate) {
	k := &e.tls13
	k.readUpdates++
	k.serverTraffic = k.schedule.NextTraffic(k.serverTraffic)
	e.reportSecret(k.serverTraffic)
	if !e.installRead13(updatedEpoch(k.readUpdates), k.serverTraffic) {
		return
	}
	switch m.RequestUpdate {
	case message.UpdateNotRequested:
	case message.UpdateRequested:
		e.propose(&message.KeyUpdate{RequestUpdate: message.UpdateNotRequested}, e.sentKeyUpdate)
	default:
		e.breaks(finding.KeyUpdateValue, "key_update.request_update", "0 or 1", m.RequestUpdate.String())
	}
}

func (e *Engine) sentKeyUpdate(message.Message) {
	k := &e.tls13
	k.writeUpdates++
	k.clientTraffic = k.schedule.NextTraffic(k.clientTraffic)
	e.reportSecret(k.clientTraffic)
	e.installWrite13(updatedEpoch(k.writeUpdates), k.clientTraffic)
}

// UpdateKeys sends a KeyUpdate of our own; request asks the peer to do the same. TLS 1.3 only.
func (e *Engine) UpdateKeys(request bool) {
	if e.ended() || !e.session.Established || e.session.Version < iana.TLS13 {
		return
	}
	m := &message.KeyUpdate{RequestUpdate: message.UpdateNotRequested}
	if request {
		m.RequestUpdate = message.UpdateRequested
	}
	e.propose(m, e.sentKeyUpdate)
}

func updatedEpoch(n int) string { return "application#" + strconv.Itoa(n+1) }
