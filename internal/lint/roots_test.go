package lint

import (
	"testing"

	"golang.org/x/crypto/x509roots/fallback/bundle"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// rootsInBreach are the roots of the bundle that a strict lint refuses, and why.
var rootsInBreach = map[string]finding.ID{
	"TWCA Global Root CA": finding.LintSKI, // of 2012: it has no subjectKeyIdentifier
}

func TestRootsOfTheBundlePassTheStrictLintsButForAFew(t *testing.T) {
	seen := 0
	for root := range bundle.Roots() {
		c, _ := cert.Parse(root.Certificate)
		seen++
		for _, f := range Check([]Subject{{Cert: c, Role: Root}}, Options{Strict: true, Server: true, Public: true}) {
			switch f.Status {
			case finding.Fail:
				if name := c.Subject.CommonName(); rootsInBreach[name] != finding.ID(f.ID) {
					t.Errorf("%s: %s", f.ID, f.Message)
				}
			case finding.Pass, finding.Skip:
			default:
				t.Errorf("%s is %s: %s", f.ID, f.Status, f.Message)
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d roots were seen", seen)
	}
}
