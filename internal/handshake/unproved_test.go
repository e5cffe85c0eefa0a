package handshake

import (
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// A suite may sign with RSA and agree by what this engine does not have. Going on would make keys out of
// nothing that only the server knows.
func TestSuitesWhoseKeyExchangeIsNotHadAreNotCompleted(t *testing.T) {
	for s := range iana.AllCipherSuites() {
		p, ok := s.Params()
		if !ok || p.MaxVersion < iana.TLS12 || p.MinVersion > iana.TLS12 {
			continue
		}
		var want bool
		switch p.KeyExchange {
		case iana.KeyExchangeRSA:
			want = p.Authentication == iana.AuthenticationRSA
		case iana.KeyExchangeDHE, iana.KeyExchangeECDHE:
			switch p.Authentication {
			case iana.AuthenticationRSA, iana.AuthenticationDSS, iana.AuthenticationECDSA, iana.AuthenticationAnon:
				want = true
			}
		}
		if got := completes(&p); got != (want && !p.Export) {
			t.Errorf("%s: completed %t", s, got)
		}
	}
}

func TestASuiteWithRSAPSKEndsTheHandshakeBeforeAnySecret(t *testing.T) {
	for _, suite := range []iana.CipherSuite{
		iana.TLS_RSA_PSK_WITH_AES_128_CBC_SHA, iana.TLS_SRP_SHA_RSA_WITH_AES_128_CBC_SHA, iana.TLS_DH_RSA_WITH_AES_128_CBC_SHA,
	} {
		p := newPeer(t, Config{}, func(p *peer) {
			tls12RSA.set(p)
			p.suite, p.offer.CipherSuites = suite, append(p.offer.CipherSuites, suite)
		})
		p.run(flow{sayHello12}, nil)
		if p.closed == nil || p.closed.Err == nil || p.closed.Err.Kind != Incompatible || len(p.secrets) > 0 || p.est > 0 {
			t.Errorf("%s: %+v, secrets %v", suite, p.closed, p.secrets)
		}
	}
}

func TestNoKeysAreMadeWithoutAPremasterSecret(t *testing.T) {
	e := New(Config{})
	e.session.Version = iana.TLS12
	e.session.Params, _ = iana.TLS_RSA_WITH_AES_128_CBC_SHA.Params()
	if e.deriveKeys12() || e.failing == nil || len(e.tls12.master.Bytes) > 0 {
		t.Errorf("keys were made: %+v", e.failing)
	}
}

func TestNothingIsSentAfterOurCloseNotify(t *testing.T) {
	for _, s := range []scenario{tls13, tls12} {
		p := newPeer(t, Config{}, s.set)
		p.run(s.flow[:len(s.flow)-1], nil)
		p.engine.CloseNotify()
		p.listen()
		sent := len(p.sends)
		p.run(s.flow[len(s.flow)-1:], nil) // asks for a new key, or for a renegotiation
		p.engine.EndOfStream("eof")
		p.listen()
		if len(p.sends) != sent {
			t.Errorf("%s: after close_notify it sent %+v", s.name, p.sends[sent:])
		}
	}
}
