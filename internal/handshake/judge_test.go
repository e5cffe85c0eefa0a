package handshake

import (
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

func TestWhatWasNegotiatedIsJudged(t *testing.T) {
	for _, c := range []struct {
		in                        scenario
		version, cipher, exchange finding.Status
	}{
		{tls13, finding.Pass, finding.Pass, finding.Pass},
		{tls12, finding.Pass, finding.Pass, finding.Pass},
		{tls12RSA, finding.Pass, finding.Pass, finding.Warn},
		{tls11, finding.Warn, finding.Pass, finding.Pass},
		{tls12Anonymous, finding.Pass, finding.Pass, finding.Warn},
	} {
		p := newPeer(t, Config{Observed: true}, c.in.set)
		p.run(c.in.flow, nil)
		for id, want := range map[finding.ID]finding.Status{
			finding.SessionVersion: c.version, finding.SessionCipher: c.cipher, finding.SessionKeyExchange: c.exchange,
		} {
			found, _ := p.findings(id)
			if len(found) != 1 || found[0].Status != want {
				t.Errorf("%s: %s: %+v, want %s", c.in.name, id, found, want)
			}
		}
	}
}

func TestCiphersThatProtectNothingAreTold(t *testing.T) {
	for suite, bad := range map[iana.CipherSuite]bool{
		iana.TLS_RSA_WITH_RC4_128_SHA: true, iana.TLS_RSA_WITH_3DES_EDE_CBC_SHA: true, iana.TLS_RSA_WITH_NULL_SHA256: true,
		iana.TLS_RSA_EXPORT_WITH_DES40_CBC_SHA: true, iana.TLS_RSA_WITH_AES_128_CBC_SHA: false, iana.TLS_AES_128_GCM_SHA256: false,
		iana.TLS_AES_128_CCM_8_SHA256: false,
	} {
		p, _ := suite.Params()
		if got := badCipher(&p) != ""; got != bad {
			t.Errorf("%s is bad: %t", suite, got)
		}
	}
}
