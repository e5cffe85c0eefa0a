package verify

import (
	"bytes"
	"testing"
)

// FuzzVerifyAnswersWhateverIsSent takes the input as a chain of certificates, each behind its length in two bytes, with the first
// three as they are or as roots.
func FuzzVerifyAnswersWhateverIsSent(f *testing.F) {
	pack := func(chain [][]byte) (out []byte) {
		for _, der := range chain {
			out = append(append(out, byte(len(der)>>8), byte(len(der))), der...)
		}
		return out
	}
	for n := range 3 {
		f.Add(pack(plainPlan(n).make(f)), "www.example.com", uint8(0))
	}
	constrained := plainPlan(1)
	constrained.root().template.PermittedDNSDomains = []string{"example.com"}
	constrained.root().template.ExcludedURIDomains = []string{".example.org"}
	constrained.root().template.PermittedEmailAddresses = []string{"example.com"}
	constrained.leaf().template.EmailAddresses = []string{"a@example.com"}
	f.Add(pack(constrained.make(f)), "192.0.2.7", uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, host string, flags uint8) {
		var chain [][]byte
		for rest := data; len(rest) >= 2 && len(chain) < 40; {
			n := min(int(rest[0])<<8|int(rest[1]), len(rest)-2)
			chain, rest = append(chain, rest[2:2+n]), rest[2+n:]
		}
		request := Request{Chain: chain, Hostname: host, Time: now, Purpose: Purpose(flags % 3), Staples: [][]byte{bytes.Clone(data)}}
		if len(chain) > 1 {
			request.Store = Of("fuzz", chain[len(chain)-1])
		}
		if flags&4 != 0 {
			request.Rules = RulesRFC5280
		}
		r := Verify(request)
		everyCheckOnce(t, r)
		if len(r.Findings) > 200 {
			t.Errorf("%d findings", len(r.Findings))
		}
		if r.Trusted && len(failures(r)) > 0 && request.Rules == RulesWebPKI && len(chain) > 1 {
			for _, f := range r.Findings {
				if f.Status.String() == "fail" {
					t.Errorf("trusted although %s failed", f.ID)
				}
			}
		}
	})
}

// FuzzStoreReadsTheSameBothWays compares the quick reader of PEM with the careful one.
func FuzzStoreReadsTheSameBothWays(f *testing.F) {
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n"))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\r\nMAMC\r\nAQU=\r\n-----END CERTIFICATE-----"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := newStore("fuzz", "", now, nil)
		for _, der := range readCertificates(data) {
			s = Of("fuzz", der)
			_ = s.find(newNode(der, 0).Subject)
		}
		_ = s.String()
	})
}

// FuzzNamesNeverPanic compares names and constraints of any kind.
func FuzzNamesNeverPanic(f *testing.F) {
	f.Add("a.example", "*.example")
	f.Add("a@b.example", ".example")
	f.Add("http://u@h.example:1/", "h.example")
	f.Fuzz(func(_ *testing.T, name, base string) {
		_, _ = dnsWithin(name, base, true)
		_, _ = dnsWithin(name, base, false)
		_, _ = mailWithin(name, base)
		_, _ = uriWithin(name, base)
		if r, err := newReference(name); err == nil {
			_ = matchDNS(base, r.dns)
		}
	})
}
