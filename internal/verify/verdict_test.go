package verify

import (
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

func TestVerdictsAreThoseOfTheStandardLibraryOrSayWhyNot(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     func(p *chainPlan)
		want   Verdict
		agrees bool
		says   string
	}{
		{"a good chain", func(*chainPlan) {}, Accept, true, "crypto/x509 accepts the chain too"},
		{"an expired one", func(p *chainPlan) { p.leaf().template.NotAfter = now.Add(-day) }, Reject, true, "expired"},
		{"another name", func(p *chainPlan) { p.hostname = "other.example" }, Reject, true, "not other.example"},
		{"a weak key", func(p *chainPlan) { p.leaf().key = rsaKeys()[1024] }, Reject, false,
			"crypto/x509 accepts the chain, for it takes keys of any size (key_strength)"},
		{"an authority's certificate", func(p *chainPlan) { p.leaf().template.IsCA = true }, Reject, false,
			"crypto/x509 accepts the chain, for it takes an authority's certificate for a server's (basic_constraints)"},
	} {
		p := plainPlan(1)
		c.do(p)
		b := p.build(t)
		b.request.SecondOpinion = true
		r := Verify(b.request)
		f := one(t, r, finding.SecondOpinion)
		if r.Verdict != c.want || (f.Status == finding.Pass) != c.agrees || !strings.Contains(f.Message, c.says) {
			t.Errorf("%s: %s, %s %q", c.name, r.Verdict, f.Status, f.Message)
		}
	}
}

func TestASecondOpinionIsAskedForWhereNothingIsAccepted(t *testing.T) {
	p := plainPlan(1)
	if f := one(t, Verify(p.build(t).request), finding.SecondOpinion); f.Status != finding.Skip {
		t.Errorf("%s: %s", f.Status, f.Message)
	}
	p.leaf().template.NotAfter = now.Add(-day)
	if f := one(t, Verify(p.build(t).request), finding.SecondOpinion); f.Status != finding.Pass {
		t.Errorf("%s: %s", f.Status, f.Message)
	}
}
