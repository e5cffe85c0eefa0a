package handshake

import (
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// answer is a way in which a check of the handshake comes out.
type answer struct {
	badPeer // whose rule is the check's id
	want    finding.Status
}

// downgradeTo marks a random. RFC 8446, Section 4.1.3.
func downgradeTo(last byte) func(*peer) {
	return func(p *peer) { copy(p.helloRan[24:], append([]byte("DOWNGRD"), last)) }
}

func offerTLS13(p *peer) { p.offer.Max = iana.TLS13 }

func spoil(b []byte) []byte {
	b = append([]byte(nil), b...)
	b[len(b)-1] ^= 1
	return b
}

func spoilFinished(_ *peer, m message.Message) {
	m.(*message.Finished).VerifyData = spoil(m.(*message.Finished).VerifyData)
}

func spoilVerify(_ *peer, m message.Message) {
	m.(*message.CertificateVerify).Signature = spoil(m.(*message.CertificateVerify).Signature)
}

func spoilParameters(_ *peer, m message.Message) {
	m.(*message.ServerKeyExchange).Signature = spoil(m.(*message.ServerKeyExchange).Signature)
}

func unreadable(_ *peer, m message.Message) { m.(*message.Certificate).List[0].Cert = []byte("noise") }

// withoutEMS is a client whose hello lost extensions on its way out.
func withoutEMS(p *peer) {
	p.drops = []iana.ExtensionType{iana.ExtExtendedMasterSecret, iana.ExtRenegotiationInfo}
}

// strangersKey is a client whose key is another one's.
func strangersKey(p *peer) {
	p.credential, p.lenient = &Credential{Chain: [][]byte{ecdsaIdentity().cert}, Key: strangerIdentity().key}, true
}

func answers() []answer {
	const (
		finished  = finding.HandshakeFinished
		verify    = finding.HandshakeCertificateVerify
		exchange  = finding.HandshakeServerKeyExchange
		downgrade = finding.HandshakeDowngrade
		ems       = finding.HandshakeEMS
		binding   = finding.HandshakeRenegotiationInfo
		client    = finding.HandshakeClientCertificate
	)
	return []answer{
		{badPeer{rule: finished, does: "is right in TLS 1.3", in: tls13}, finding.Pass},
		{badPeer{rule: finished, does: "is right in TLS 1.2", in: tls12}, finding.Pass},
		{badPeer{rule: finished, does: "is right in TLS 1.1", in: tls11}, finding.Pass},
		{badPeer{rule: finished, does: "is wrong in TLS 1.3", in: tls13, at: "finished", edit: spoilFinished}, finding.Fail},
		{badPeer{rule: finished, does: "is wrong in TLS 1.2", in: tls12, at: "finished", edit: spoilFinished}, finding.Fail},
		{badPeer{rule: verify, does: "is right", in: tls13}, finding.Pass},
		{badPeer{rule: verify, does: "is wrong", in: tls13, at: "certificate_verify", edit: spoilVerify}, finding.Fail},
		{badPeer{rule: verify, does: "is by an unknown key", in: tls13, at: "certificate", edit: unreadable}, finding.Unknown},
		{badPeer{rule: verify, does: "is by an unknown scheme", in: tls13, at: "certificate_verify", edit: func(_ *peer, m message.Message) {
			m.(*message.CertificateVerify).Algorithm = 0xfafa
		}}, finding.Unknown},
		{badPeer{rule: exchange, does: "is right", in: tls12}, finding.Pass},
		{badPeer{rule: exchange, does: "is right in TLS 1.1", in: tls11}, finding.Pass},
		{badPeer{rule: exchange, does: "is right over a prime", in: tls12DHE}, finding.Pass},
		{badPeer{rule: exchange, does: "is wrong", in: tls12, at: "server_key_exchange", edit: spoilParameters}, finding.Fail},
		{badPeer{rule: exchange, does: "is wrong in TLS 1.1", in: tls11, at: "server_key_exchange", edit: spoilParameters}, finding.Fail},
		{badPeer{rule: exchange, does: "is by an unknown key", in: tls12, at: "certificate", edit: unreadable}, finding.Unknown},
		{badPeer{rule: downgrade, does: "does not apply", in: tls12}, finding.Skip},
		{badPeer{rule: downgrade, does: "is not there", in: tls12, set: offerTLS13}, finding.Pass},
		{badPeer{rule: downgrade, does: "is there", in: tls12, set: func(p *peer) { offerTLS13(p); downgradeTo(1)(p) }}, finding.Fail},
		{badPeer{rule: downgrade, does: "is there for TLS 1.1", in: tls11, set: func(p *peer) { p.offer.Max = iana.TLS12; downgradeTo(0)(p) }}, finding.Fail},
		{badPeer{rule: ems, does: "is agreed on", in: tls12}, finding.Pass},
		{badPeer{rule: ems, does: "is not agreed on", in: tls12Plain}, finding.Warn},
		{badPeer{rule: ems, does: "was not offered", in: tls12Plain, set: withoutEMS}, finding.Skip},
		{badPeer{rule: binding, does: "is there", in: tls12}, finding.Pass},
		{badPeer{rule: binding, does: "is not there", in: tls12Plain}, finding.Warn},
		{badPeer{rule: binding, does: "was not offered", in: tls12Plain, set: withoutEMS}, finding.Skip},
		{badPeer{rule: client, does: "is proved in TLS 1.3", in: tls13Proved}, finding.Pass},
		{badPeer{rule: client, does: "is proved in TLS 1.2", in: tls12Proved}, finding.Pass},
		{badPeer{rule: client, does: "is proved in TLS 1.1", in: tls11Proved}, finding.Pass},
		{badPeer{rule: client, does: "is not asked for", in: tls13, set: tls13Proved.set}, finding.Skip},
		{badPeer{rule: client, does: "can't be proved", in: tls13Client, set: withCredential(rsaIdentity, nil)}, finding.Warn},
		{badPeer{rule: client, does: "has another key", in: tls12Proved, set: strangersKey}, finding.Warn},
		{badPeer{rule: binding, does: "is of another handshake", in: tls12, set: func(p *peer) {
			p.answers = message.Extensions{{Type: iana.ExtRenegotiationInfo, Body: &message.RenegotiationInfo{RenegotiatedConnection: make([]byte, 12)}}}
		}}, finding.Fail},
	}
}

func TestChecksComeOutEachWay(t *testing.T) {
	for _, a := range answers() {
		t.Run(a.name(), func(t *testing.T) {
			if a.at == "" {
				a.before = func(*peer) {}
			}
			p := a.bad(t, Config{Observed: true}, nil)
			found, events := p.findings(a.rule)
			if len(found) != 1 || found[0].Status != a.want {
				t.Fatalf("found %+v, want one that is %s", found, a.want)
			}
			if events[0].Kind != string(a.rule) || found[0].Message == "" {
				t.Errorf("%s: %+v", events[0].Kind, found[0])
			}
			if p.closed != nil || p.est != 1 {
				t.Errorf("it did not go on: %+v", p.closed)
			}
			unproved := a.want == finding.Fail || a.want == finding.Unknown // what was not checked is not proved
			if got := p.engine.session.ProofFailed; got != unproved {
				t.Errorf("a proof failed: %t", got)
			}
			a.strictly(t)
		})
	}
}

// strictly wants a failed check to end a strict handshake with the check's alert, and nothing else to.
func (a *answer) strictly(t *testing.T) {
	t.Helper()
	p := a.bad(t, Config{Strict: true}, nil)
	row, _ := finding.Lookup(a.rule)
	switch {
	case a.want != finding.Fail:
		if p.closed != nil && p.closed.Err.Kind == ProofFailed {
			t.Errorf("strictness ends it: %v", p.closed.Err)
		}
	case p.closed == nil || p.closed.Err == nil:
		t.Error("strictness lets it go on")
	case row.HasAlert && p.closed.Err.Rule == a.rule:
		a.checkEnd(t, p)
		if p.closed.Err.Kind != ProofFailed {
			t.Errorf("it failed with kind %s", p.closed.Err.Kind)
		}
	case row.HasAlert:
		t.Errorf("it ended over %s", p.closed.Err.Rule)
	}
}

func TestEveryCheckOfTheHandshakeHasAnAnswerThatPassesAndOneThatDoesNot(t *testing.T) {
	type ways struct{ good, bad bool }
	have := make(map[finding.ID]ways)
	for _, a := range answers() {
		w := have[a.rule]
		w.good, w.bad = w.good || a.want == finding.Pass, w.bad || a.want == finding.Fail || a.want == finding.Warn
		have[a.rule] = w
	}
	for _, row := range finding.Checks() {
		if len(row.ID) > 10 && row.ID[:10] == "handshake." && have[row.ID] != (ways{true, true}) {
			t.Errorf("%s: %+v", row.ID, have[row.ID])
		}
	}
}
