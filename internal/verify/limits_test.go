package verify

import (
	"fmt"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// TestManyNamesUnderManyConstraintsAreGivenUp has more pairs to compare than is sensible, and is refused, not worked through.
func TestManyNamesUnderManyConstraintsAreGivenUp(t *testing.T) {
	p := plainPlan(1)
	for i := range 1500 {
		p.leaf().template.DNSNames = append(p.leaf().template.DNSNames, fmt.Sprintf("h%d.example.com", i))
		p.certs[1].template.ExcludedDNSDomains = append(p.certs[1].template.ExcludedDNSDomains, fmt.Sprintf("x%d.example.org", i))
	}
	r := Verify(p.build(t).request)
	if f := one(t, r, finding.NameConstraints); r.Trusted || f.Message != tooManyNames {
		t.Errorf("trusted %v: %s", r.Trusted, f.Message)
	}
}

// TestLongChainsAreCutAndSaid sends more certificates than are looked at.
func TestLongChainsAreCutAndSaid(t *testing.T) {
	b := plainPlan(1).build(t)
	for range 2 * maxCertificates {
		b.request.Chain = append(b.request.Chain, b.request.Chain[1])
	}
	r := Verify(b.request)
	if f := one(t, r, finding.ChainOrder); !r.Trusted || f.Status != finding.Warn {
		t.Errorf("trusted %v: %s", r.Trusted, f.Message)
	}
}
