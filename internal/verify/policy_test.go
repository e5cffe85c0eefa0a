package verify

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

func policyOID(t testing.TB, text string) (x509.OID, cert.OID) {
	t.Helper()
	id, err := x509.ParseOID(text)
	if err != nil {
		t.Fatal(err)
	}
	der, err := id.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return id, cert.OID(der)
}

// extend adds an extension that crypto/x509 doesn't write from its fields.
func (b *blueprint) extend(t testing.TB, id asn1.ObjectIdentifier, value any) {
	t.Helper()
	der, err := asn1.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	b.template.ExtraExtensions = append(b.template.ExtraExtensions, pkix.Extension{Id: id, Critical: true, Value: der})
}

type policyPair struct{ Issuer, Subject asn1.ObjectIdentifier }

func (b *blueprint) mapPolicies(t testing.TB, pairs ...policyPair) {
	b.extend(t, asn1.ObjectIdentifier{2, 5, 29, 33}, pairs)
}

func (b *blueprint) constrainPolicies(t testing.TB, requireExplicit, inhibitMapping bool) {
	var list []asn1.RawValue
	for i, set := range []bool{requireExplicit, inhibitMapping} {
		if set {
			list = append(list, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: i, Bytes: []byte{0}})
		}
	}
	b.extend(t, asn1.ObjectIdentifier{2, 5, 29, 36}, list)
}

// Policies are worked through by PKITS and by crypto/x509 below; this says how they are told.
func TestPoliciesOfAPathAreTold(t *testing.T) {
	red, redID := policyOID(t, "1.2.3.1")
	blue, blueID := policyOID(t, "1.2.3.2")
	for _, c := range []struct {
		name    string
		do      func(p *chainPlan, r *Policies)
		status  finding.Status
		message string
	}{
		{"none", func(*chainPlan, *Policies) {}, finding.Pass, "none holds for the whole path, and none is demanded"},
		{"one", func(p *chainPlan, _ *Policies) {
			p.leaf().template.Policies, p.certs[1].template.Policies = []x509.OID{red}, []x509.OID{red, blue}
		}, finding.Pass, "1.2.3.1"},
		{"demanded and not there", func(_ *chainPlan, r *Policies) { r.RequireExplicit = true }, finding.Fail,
			"no policy is valid from the root down to Issuing CA"},
		{"demanded by an authority", func(p *chainPlan, _ *Policies) { p.certs[1].constrainPolicies(t, true, false) }, finding.Fail,
			"no policy is valid from the root down to www.example.com"},
		{"another than the accepted one", func(p *chainPlan, r *Policies) {
			p.leaf().template.Policies, p.certs[1].template.Policies = []x509.OID{red}, []x509.OID{red}
			r.RequireExplicit, r.Acceptable = true, []cert.OID{blueID}
		}, finding.Fail, "no policy that is valid for the path is acceptable"},
		{"the accepted one", func(p *chainPlan, r *Policies) {
			p.leaf().template.Policies, p.certs[1].template.Policies = []x509.OID{red, blue}, []x509.OID{red, blue}
			r.RequireExplicit, r.Acceptable = true, []cert.OID{redID}
		}, finding.Pass, "1.2.3.1"},
		{"mapped", func(p *chainPlan, r *Policies) {
			p.leaf().template.Policies, p.certs[1].template.Policies = []x509.OID{blue}, []x509.OID{red}
			p.certs[1].mapPolicies(t, policyPair{asn1.ObjectIdentifier{1, 2, 3, 1}, asn1.ObjectIdentifier{1, 2, 3, 2}})
			r.RequireExplicit, r.Acceptable = true, []cert.OID{redID}
		}, finding.Pass, "1.2.3.1"},
	} {
		p := plainPlan(1)
		var policies Policies
		c.do(p, &policies)
		b := p.build(t)
		b.request.Policies = policies
		r := Verify(b.request)
		if f := one(t, r, finding.Policy); f.Status != c.status || f.Message != c.message || r.Trusted != (c.status == finding.Pass) {
			t.Errorf("%s: %s %q, trusted %v", c.name, f.Status, f.Message, r.Trusted)
		}
	}
}

// TestPoliciesAreThoseOfTheStandardLibrary lets crypto/x509 process small random arrangements of policies and mappings.
func TestPoliciesAreThoseOfTheStandardLibrary(t *testing.T) {
	var ids []x509.OID
	var ours []cert.OID
	for _, text := range []string{"1.2.3.1", "1.2.3.2", "1.2.3.3", "2.5.29.32.0"} {
		id, our := policyOID(t, text)
		ids, ours = append(ids, id), append(ours, our)
	}
	seed := uint32(1)
	random := func(n int) int { // a generator of its own, so that it is the same each time
		seed = seed*1664525 + 1013904223
		return int(seed>>16) % n
	}
	some := func() (list []x509.OID) {
		for _, id := range ids {
			if random(3) > 0 {
				list = append(list, id)
			}
		}
		return list
	}
	accepted := 0
	for round := range 400 {
		p := plainPlan(3)
		for i, b := range p.certs[:4] {
			b.template.Policies = some()
			if i == 0 {
				continue
			}
			var pairs []policyPair
			for range random(3) {
				pairs = append(pairs, policyPair{asn1.ObjectIdentifier{1, 2, 3, 1 + random(3)}, asn1.ObjectIdentifier{1, 2, 3, 1 + random(3)}})
			}
			if pairs != nil {
				b.mapPolicies(t, pairs...)
			}
			if random(6) == 0 {
				b.extend(t, asn1.ObjectIdentifier{2, 5, 29, 54}, 0)
			}
			if explicit, inhibit := i == 3, random(6) == 0; explicit || inhibit {
				b.constrainPolicies(t, explicit, inhibit)
			}
		}
		b := p.build(t)
		b.request.Rules, b.request.SecondOpinion = RulesRFC5280, true
		want := random(3)
		b.request.Policies.Acceptable = ours[want : want+1]
		r := Verify(b.request)
		if r.Trusted {
			accepted++
		}
		if f := one(t, r, finding.SecondOpinion); f.Status != finding.Pass {
			t.Errorf("round %d: trusted %v: %s; %v", round, r.Trusted, f.Message, failures(r))
		}
	}
	if accepted < 20 || accepted > 380 {
		t.Errorf("%d of 400 accepted: that shows little", accepted)
	}
}

// TestPoliciesThatMultiplyAreWorkedThrough has a path on which the tree of RFC 5280 would have 2^19 nodes and more. RFC 9618, Section 3.
func TestPoliciesThatMultiplyAreWorkedThrough(t *testing.T) {
	p := plainPlan(1)
	var list []x509.OID
	for i := range 30 {
		id, _ := policyOID(t, fmt.Sprint("1.2.3.", i))
		list = append(list, id)
	}
	var pairs []policyPair
	for from := range 30 {
		for to := range 30 {
			pairs = append(pairs, policyPair{asn1.ObjectIdentifier{1, 2, 3, from}, asn1.ObjectIdentifier{1, 2, 3, to}})
		}
	}
	top := p.certs[1]
	p.certs = p.certs[:1]
	for i := range 20 {
		ca := *top
		ca.template.Subject.CommonName = fmt.Sprint("CA ", i)
		ca.template.SubjectKeyId = []byte{byte(i), 1}
		ca.key = testKeys()[1]
		ca.template.Policies = list
		ca.mapPolicies(t, pairs...)
		p.certs = append(p.certs, &ca)
	}
	p.certs = append(p.certs, plainPlan(1).root())
	p.leaf().template.Policies = list[:1]
	b := p.build(t)
	b.request.Policies.RequireExplicit = true
	s := newSearch(&b.request)
	s.run()
	if f := one(t, s.report(), finding.Policy); f.Status != finding.Pass {
		t.Errorf("%s: %s", f.Status, f.Message)
	}
	if s.policyWork == 0 || s.policyWork > 21*2*(30+900+31) {
		t.Errorf("%d policies looked at", s.policyWork)
	}
}
