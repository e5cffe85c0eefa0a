package policy_test

import (
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/policy"
)

// FuzzFactsOfAnyCertificate holds the facts of chains to what holds of all facts, whatever stands in a certificate, and
// judges them by every built-in policy.
func FuzzFactsOfAnyCertificate(f *testing.F) {
	f.Add(leaf{issuer: keys.p384, key: keys.rsa2048, change: mustStaple}.chain(f)[0], "TLS 1.3 RSA")
	f.Add(leaf{issuer: keys.p384, key: keys.ed25519}.chain(f)[0], "another server_name")
	f.Add(ofMLDSA(mldsa87, mldsa65, 2592)(f)[0], "")
	f.Add(onCurve(f, secp256k1)[0], "")
	var policies []*policy.Policy
	for _, name := range policy.Builtins() {
		policies = append(policies, builtin(f, name))
	}
	f.Fuzz(func(t *testing.T, der []byte, asked string) {
		d := &audit.Document{Certificates: []audit.Certificate{{Chain: [][]byte{der, der}, Asked: []string{asked}, Verdict: "accept"}}}
		facts := policy.FactsOf(d, now)
		for _, x := range facts {
			if x.State == "" || x.State != policy.Known && x.Reason == "" || (x.State == policy.Unknown || x.State == policy.Skipped) && len(x.Values) > 0 {
				t.Errorf("%+v", x)
			}
			for _, v := range x.Values {
				if len(v.Text) > 400 || len(x.Values) > 1000 {
					t.Errorf("%s has %d values, one of %d bytes", x.Path, len(x.Values), len(v.Text))
				}
			}
		}
		for _, p := range policies {
			policy.Judge(p, facts, policy.JudgeOptions{At: now})
		}
	})
}
