package verify

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// staple is a response to be made.
type staple struct {
	response ocsp.Response
	key      crypto.Signer // instead of the issuer's
	delegate *blueprint    // who signs
}

func TestStapledResponseIsBelievedOnlyFromWhoMaySpeak(t *testing.T) {
	good := ocsp.Response{Status: ocsp.Good, SerialNumber: big.NewInt(1000), ThisUpdate: now.Add(-day), NextUpdate: now.Add(day)}
	with := func(do func(*ocsp.Response)) ocsp.Response {
		r := good
		do(&r)
		return r
	}
	delegate := func(do func(*x509.Certificate)) *blueprint {
		d := &blueprint{key: testKeys()[6], template: x509.Certificate{
			SerialNumber: big.NewInt(50), Subject: pkix.Name{CommonName: "Responder"}, NotBefore: now.Add(-day), NotAfter: now.Add(day),
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning},
		}}
		do(&d.template)
		return d
	}
	const pass, fail, unknown = finding.Pass, finding.Fail, finding.Unknown
	for _, c := range []struct {
		name   string
		staple staple
		status finding.Status
		says   string
	}{
		{"good", staple{response: good}, pass, "good"},
		{"revoked", staple{response: with(func(r *ocsp.Response) {
			r.Status, r.RevokedAt, r.RevocationReason = ocsp.Revoked, now.Add(-2*day), ocsp.KeyCompromise
		})}, fail, "the key is compromised"},
		{"unknown", staple{response: with(func(r *ocsp.Response) { r.Status = ocsp.Unknown })}, unknown, "doesn't know"},
		{"another certificate", staple{response: with(func(r *ocsp.Response) { r.SerialNumber = big.NewInt(1) })}, fail, "isn't about this certificate"},
		{"stale", staple{response: with(func(r *ocsp.Response) { r.NextUpdate = now.Add(-time.Hour) })}, fail, "out of date"},
		{"future", staple{response: with(func(r *ocsp.Response) { r.ThisUpdate = now.Add(time.Hour) })}, fail, "future"},
		{"no end", staple{response: with(func(r *ocsp.Response) { r.NextUpdate = time.Time{} })}, unknown, "until when"},
		{"wrong key", staple{response: good, key: testKeys()[7]}, fail, "the issuer didn't sign"},
		{"delegate", staple{response: good, delegate: delegate(func(*x509.Certificate) {})}, pass, "good"},
		{"delegate that may not", staple{response: good, delegate: delegate(func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		})}, fail, "OCSPSigning"},
		{"delegate without usages", staple{response: good, delegate: delegate(func(c *x509.Certificate) { c.ExtKeyUsage = nil })}, fail, "OCSPSigning"},
		{"expired delegate", staple{response: good, delegate: delegate(func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Hour) })}, fail, "expired on"},
		{"somebody's delegate", staple{response: good, delegate: func() *blueprint {
			d := delegate(func(*x509.Certificate) {})
			d.signer = testKeys()[7]
			return d
		}()}, fail, "isn't a delegate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := plainPlan(1)
			b := p.build(t)
			b.request.Staples = [][]byte{c.staple.sign(t, p, b)}
			r := Verify(b.request)
			f := one(t, r, finding.RevocationStapled)
			if f.Status != c.status || !strings.Contains(f.Message, c.says) {
				t.Errorf("%s: %s [%s]", f.Status, f.Message, f.Actual)
			}
			if r.Trusted != (c.status != fail) {
				t.Errorf("trusted: %v", r.Trusted)
			}
		})
	}
}

func (s *staple) sign(t *testing.T, p *chainPlan, b built) []byte {
	t.Helper()
	issuer, err := x509.ParseCertificate(b.all[1])
	if err != nil {
		t.Fatal(err)
	}
	responder, key := issuer, p.certs[1].key
	if s.key != nil {
		key = s.key
	}
	if s.delegate != nil {
		if responder, err = x509.ParseCertificate(s.delegate.sign(t, p.certs[1])); err != nil {
			t.Fatal(err)
		}
		key, s.response.Certificate = s.delegate.key, responder
	}
	der, err := ocsp.CreateResponse(issuer, responder, s.response, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestNoStapleIsSaid(t *testing.T) {
	p := plainPlan(1)
	p.leaf().template.OCSPServer = []string{"http://ocsp.example"}
	f := one(t, Verify(p.build(t).request), finding.RevocationStapled)
	if f.Status != finding.Info || f.Fix == "" {
		t.Errorf("%+v", f)
	}
	p.leaf().template.ExtraExtensions = []pkix.Extension{{Id: []int{1, 3, 6, 1, 5, 5, 7, 1, 24}, Value: []byte{0x30, 3, 2, 1, 5}}}
	r := Verify(p.build(t).request)
	if f = one(t, r, finding.MustStaple); f.Status != finding.Fail || r.Verdict != Reject {
		t.Errorf("%s, %+v", r.Verdict, f)
	}
}

func TestResponderThatRefusesIsUnknownAndJunkIsAFailure(t *testing.T) {
	b := plainPlan(1).build(t)
	b.request.Staples = [][]byte{ocsp.UnauthorizedErrorResponse}
	if f := one(t, Verify(b.request), finding.RevocationStapled); f.Status != finding.Unknown || !strings.Contains(f.Message, "unauthorized") {
		t.Errorf("%+v", f)
	}
	junk := make([]byte, 100)
	if _, err := rand.Read(junk); err != nil {
		t.Fatal(err)
	}
	b.request.Staples = [][]byte{junk}
	if f := one(t, Verify(b.request), finding.RevocationStapled); f.Status != finding.Fail {
		t.Errorf("%+v", f)
	}
}

// One answer is enough: that another one can't be had or used leaves nothing open.
func TestAListSettlesWhatAResponderDoesNot(t *testing.T) {
	junk := [][]byte{[]byte("no response")}
	for name, c := range map[string]struct {
		crls       bool
		revocation Revocation
		want       Verdict
	}{
		"softly, with a list":      {true, RevocationSoft, Accept},
		"softly, without":          {false, RevocationSoft, Inconclusive},
		"required, with a list":    {true, RevocationRequire, Accept},
		"required, without a list": {false, RevocationRequire, Reject},
	} {
		p := plainPlan(1)
		b := p.build(t)
		b.request.OCSP, b.request.Revocation = junk, c.revocation
		if c.crls {
			b.request.CRLs = [][]byte{crlOf(t, p, b, 7), rootList(t, p, b)}
		}
		r := Verify(b.request)
		if f := firstOf(r, finding.RevocationOCSP); r.Verdict != c.want || f.Status != finding.Unknown {
			t.Errorf("%s: %s, %s %q", name, r.Verdict, f.Status, f.Message)
		}
	}
}
