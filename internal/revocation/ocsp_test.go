package revocation

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// responseCase is a response, and what is to be said of it where it was stapled and where it was given in a file.
type responseCase struct {
	name          string
	make          func(t *testing.T, p pki, b *blank)
	stapled, file finding.Status
	says          string
}

const (
	pass, fail, unknown, skip, info = finding.Pass, finding.Fail, finding.Unknown, finding.Skip, finding.Info
)

func single0(change func(*derSingle)) func(*testing.T, pki, *blank) {
	return func(_ *testing.T, _ pki, b *blank) { change(&b.data.Responses[0]) }
}

func delegated(change func(*x509.Certificate)) func(*testing.T, pki, *blank) {
	return func(t *testing.T, p pki, b *blank) { b.by(p.delegate(t, change)) }
}

var responseCases = []responseCase{
	{"good", func(*testing.T, pki, *blank) {}, pass, pass, "good"},
	{"good, named by its key", func(t *testing.T, p pki, b *blank) { b.data.Responder = byKey(t, p.ca) }, pass, pass, "good"},
	{"revoked", func(t *testing.T, _ pki, b *blank) { b.data.Responses[0].Status = revokedAt(t, now.Add(-2*day), 1) }, fail, fail, "the key is compromised"},
	{"on hold", func(t *testing.T, _ pki, b *blank) { b.data.Responses[0].Status = revokedAt(t, now.Add(-2*day), 6) }, fail, fail, "on hold"},
	{"revoked long ago", func(t *testing.T, _ pki, b *blank) {
		s := &b.data.Responses[0]
		s.Status, s.ThisUpdate, s.NextUpdate = revokedAt(t, now.Add(-20*day), 4), now.Add(-10*day), now.Add(-9*day)
	}, fail, fail, "superseded"},
	{"on hold long ago", func(t *testing.T, _ pki, b *blank) {
		s := &b.data.Responses[0]
		s.Status, s.ThisUpdate, s.NextUpdate = revokedAt(t, now.Add(-20*day), 6), now.Add(-10*day), now.Add(-9*day)
	}, fail, unknown, "out of date"},
	{"revoked later", func(t *testing.T, _ pki, b *blank) {
		s := &b.data.Responses[0]
		s.Status, s.ThisUpdate, s.NextUpdate = revokedAt(t, now.Add(5*day), 1), now.Add(6*day), now.Add(9*day)
	}, fail, unknown, "future"},
	{"unknown", single0(func(s *derSingle) { s.Status = notKnown() }), unknown, unknown, "doesn't know"},
	{"another serial number", single0(func(s *derSingle) { s.ID.Serial = big.NewInt(1) }), fail, skip, "isn't about this certificate"},
	{"another issuer's name", single0(func(s *derSingle) { s.ID.Name[0] ^= 1 }), fail, skip, "isn't about this certificate"},
	{"another issuer's key", single0(func(s *derSingle) { s.ID.Key[0] ^= 1 }), fail, skip, "isn't about this certificate"},
	{"no answer at all", func(_ *testing.T, _ pki, b *blank) { b.data.Responses = []derSingle{} }, fail, skip, "isn't about this certificate"},
	{"stale", single0(func(s *derSingle) { s.NextUpdate = now.Add(-time.Second) }), fail, unknown, "out of date"},
	{"at its last second", single0(func(s *derSingle) { s.NextUpdate = now }), pass, pass, "good"},
	{"future", single0(func(s *derSingle) { s.ThisUpdate = now.Add(time.Hour) }), fail, unknown, "future"},
	{"of a clock that is a little ahead", single0(func(s *derSingle) { s.ThisUpdate = now.Add(time.Minute) }), pass, pass, "good"},
	{"ends before it begins", single0(func(s *derSingle) { s.ThisUpdate, s.NextUpdate = now.Add(-day), now.Add(-2*day) }), fail, unknown, "before it begins"},
	{"no end", single0(func(s *derSingle) { s.NextUpdate = time.Time{} }), unknown, unknown, "until when"},
	{"critical extension of the answer", single0(func(s *derSingle) { s.Extensions = []pkix.Extension{unknownExtension(true)} }), unknown, unknown, "critical extension"},
	{"other extension of the answer", single0(func(s *derSingle) { s.Extensions = []pkix.Extension{unknownExtension(false)} }), pass, pass, "good"},
	{"critical extension", func(_ *testing.T, _ pki, b *blank) { b.data.Extensions = []pkix.Extension{unknownExtension(true)} }, unknown, unknown, "critical extension"},
	{"extension twice", func(_ *testing.T, _ pki, b *blank) {
		b.data.Extensions = []pkix.Extension{unknownExtension(false), unknownExtension(false)}
	}, fail, unknown, "twice"},
	{"another version", func(_ *testing.T, _ pki, b *blank) { b.data.Version = 1 }, fail, unknown, "version"},
	{"another type", func(_ *testing.T, _ pki, b *blank) { b.typ[9] = 77 }, unknown, unknown, "type"},
	{"somebody's key", func(_ *testing.T, _ pki, b *blank) { b.key = keys()[otherKey] }, fail, unknown, "the issuer didn't sign"},
	{"somebody's name", func(t *testing.T, p pki, b *blank) { b.data.Responder = byName(p.leaf) }, fail, unknown, "neither the issuer nor a delegate"},
	{"delegate", delegated(nil), pass, pass, "good"},
	{"delegate without its certificate", func(t *testing.T, p pki, b *blank) { b.by(p.delegate(t, nil)); b.certs = nil }, fail, unknown, "neither the issuer nor a delegate"},
	{"delegate named by its key", func(t *testing.T, p pki, b *blank) {
		d := p.delegate(t, nil)
		b.by(d)
		b.data.Responder = byKey(t, d)
	}, pass, pass, "good"},
	{"delegate that didn't sign", func(t *testing.T, p pki, b *blank) { b.by(p.delegate(t, nil)); b.key = keys()[otherKey] }, fail, unknown, "isn't signed by Responder"},
	{"any leaf of the authority", func(_ *testing.T, p pki, b *blank) { b.by(p.leaf) }, fail, unknown, "OCSPSigning"},
	{"delegate for any usage", delegated(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }), fail, unknown, "OCSPSigning"},
	{"delegate without usages", delegated(func(c *x509.Certificate) { c.ExtKeyUsage = nil }), fail, unknown, "OCSPSigning"},
	{"delegate whose key doesn't sign", delegated(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyAgreement }), fail, unknown, "isn't for signatures"},
	{"expired delegate", delegated(func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Hour) }), fail, unknown, "expired"},
	{"delegate of tomorrow", delegated(func(c *x509.Certificate) { c.NotBefore = now.Add(time.Hour) }), fail, unknown, "isn't valid yet"},
	{"delegate with a critical extension", delegated(func(c *x509.Certificate) { c.ExtraExtensions = []pkix.Extension{unknownExtension(true)} }), fail, unknown, "critical extension"},
	{"somebody's delegate", func(t *testing.T, p pki, b *blank) {
		other := p
		other.ca = issue(t, caTemplate("Test CA", 1), otherKey, nil)
		b.by(other.delegate(t, nil))
	}, fail, unknown, "isn't a delegate of Test CA"},
	{"delegate of a delegate", func(t *testing.T, p pki, b *blank) {
		middle := pki{ca: issue(t, caTemplate("Sub CA", 7), thirdKey, p.ca)}
		b.by(middle.delegate(t, nil))
	}, fail, unknown, "isn't a delegate of Test CA"},
	{"SHA-256", func(t *testing.T, p pki, b *blank) {
		b.data.Responses[0].ID = certID(t, crypto.SHA256, p.leaf.Certificate, p.ca.Certificate)
	}, pass, pass, "good"},
	{"SHA-384", func(t *testing.T, p pki, b *blank) {
		b.data.Responses[0].ID = certID(t, crypto.SHA384, p.leaf.Certificate, p.ca.Certificate)
	}, pass, pass, "good"},
	{"SHA-512", func(t *testing.T, p pki, b *blank) {
		b.data.Responses[0].ID = certID(t, crypto.SHA512, p.leaf.Certificate, p.ca.Certificate)
	}, pass, pass, "good"},
	{"third of four answers", func(t *testing.T, p pki, b *blank) {
		mine := b.data.Responses[0]
		other := func(n int64) derSingle {
			s := mine
			s.ID.Serial, s.Status = big.NewInt(n), revokedAt(t, now.Add(-day), 1)
			return s
		}
		b.data.Responses = []derSingle{other(1), other(-1000), mine, other(2)}
	}, pass, pass, "good"},
	{"good and revoked", func(t *testing.T, p pki, b *blank) {
		more := b.data.Responses[0]
		more.ID, more.Status = certID(t, crypto.SHA256, p.leaf.Certificate, p.ca.Certificate), revokedAt(t, now.Add(-day), 0)
		b.data.Responses = append(b.data.Responses, more)
	}, fail, fail, "no reason given"},
	{"stale and good", func(t *testing.T, p pki, b *blank) {
		more := b.data.Responses[0]
		more.NextUpdate = now.Add(-time.Hour)
		b.data.Responses = []derSingle{more, b.data.Responses[0]}
	}, pass, pass, "good"},
}

func TestResponseIsBelievedOnlyFromWhoMaySpeakAndForItsTime(t *testing.T) {
	p := newPKI(t, nil)
	for _, c := range responseCases {
		t.Run(c.name, func(t *testing.T) {
			b := p.blank(t)
			c.make(t, p, b)
			der := b.sign(t)
			s := p.subject()
			s.Staple = der
			a := New(Evidence{Time: now}).Check(s)
			f := one(t, a, finding.RevocationStapled)
			if f.Status != c.stapled || !strings.Contains(f.Message, c.says) {
				t.Errorf("stapled: %s: %s [%s]", f.Status, f.Message, f.Actual)
			}
			if (a.Verdict == NotRevoked) != (c.stapled == pass) || (f.Severity == finding.Critical) != (a.Verdict == Revoked) {
				t.Errorf("stapled: %s, severity %s", a.Verdict, f.Severity)
			}
			s.Staple = nil
			a = New(Evidence{Time: now, OCSP: [][]byte{der}}).Check(s)
			f = one(t, a, finding.RevocationOCSP)
			if f.Status != c.file || c.file != skip && !strings.Contains(f.Message, c.says) {
				t.Errorf("given: %s: %s [%s]", f.Status, f.Message, f.Actual)
			}
			if (a.Verdict == NotRevoked) != (c.file == pass) || (a.Verdict == Revoked) != (c.file == fail) {
				t.Errorf("given: %s", a.Verdict)
			}
			if f.Where.Cert == nil {
				t.Error("it isn't said which certificate")
			}
		})
	}
}

func TestResponsesThatRefuseAreUnknownAndGarbageIsAFault(t *testing.T) {
	p := newPKI(t, nil)
	for _, c := range []struct {
		name    string
		der     []byte
		stapled finding.Status
		says    string
	}{
		{"unauthorized", ocsp.UnauthorizedErrorResponse, unknown, "unauthorized"},
		{"try later", ocsp.TryLaterErrorResponse, unknown, "tryLater"},
		{"internal error", ocsp.InternalErrorErrorResponse, unknown, "internalError"},
		{"malformed request", ocsp.MalformedRequestErrorResponse, unknown, "malformedRequest"},
		{"signature required", ocsp.SigRequredErrorResponse, unknown, "sigRequired"},
		{"a status of no meaning", []byte{0x30, 3, 0x0a, 1, 4}, unknown, "status 4"},
		{"success without a response", []byte{0x30, 3, 0x0a, 1, 0}, fail, "empty"},
		{"garbage", []byte("<html>not found</html>"), fail, "malformed"},
		{"one byte", []byte{0x30}, fail, "malformed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := p.subject()
			s.Staple = c.der
			a := New(Evidence{Time: now, OCSP: [][]byte{c.der}}).Check(s)
			if f := one(t, a, finding.RevocationStapled); f.Status != c.stapled || !strings.Contains(f.Message, c.says) {
				t.Errorf("%s: %s", f.Status, f.Message)
			}
			if f := one(t, a, finding.RevocationOCSP); f.Status != unknown || a.Verdict != Undetermined {
				t.Errorf("%s: %s", f.Status, f.Message)
			}
		})
	}
}

var mustStaple = pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24}, Value: []byte{0x30, 3, 2, 1, 5}}

func TestMustStapleIsKeptOnlyByAGoodStaple(t *testing.T) {
	demands := newPKI(t, func(c *x509.Certificate) { c.ExtraExtensions = []pkix.Extension{mustStaple} })
	for _, c := range []struct {
		name   string
		p      pki
		change func(*blank)
		none   bool
		status finding.Status
	}{
		{"not demanded", newPKI(t, nil), nil, true, skip},
		{"good", demands, func(*blank) {}, false, pass},
		{"none", demands, nil, true, fail},
		{"unknown", demands, func(b *blank) { b.data.Responses[0].Status = notKnown() }, false, fail},
		{"revoked", demands, func(b *blank) { b.data.Responses[0].Status = revokedAt(t, now.Add(-day), 1) }, false, fail},
		{"stale", demands, func(b *blank) { b.data.Responses[0].NextUpdate = now.Add(-time.Hour) }, false, fail},
		{"wrong signer", demands, func(b *blank) { b.key = keys()[otherKey] }, false, fail},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := c.p.subject()
			if !c.none {
				b := c.p.blank(t)
				c.change(b)
				s.Staple = b.sign(t)
			}
			f := one(t, New(Evidence{Time: now}).Check(s), finding.MustStaple)
			if f.Status != c.status {
				t.Errorf("%s: %s", f.Status, f.Message)
			}
		})
	}
}

func TestWithoutEvidenceNothingIsGood(t *testing.T) {
	p := newPKI(t, nil)
	a := New(Evidence{Time: now}).Check(p.subject())
	want := map[finding.ID]finding.Status{
		finding.RevocationStapled: info, finding.RevocationOCSP: skip, finding.RevocationCRL: skip, finding.MustStaple: skip,
	}
	for id, status := range want {
		if f := one(t, a, id); f.Status != status || f.Severity != finding.None {
			t.Errorf("%s: %s: %s", id, f.Status, f.Message)
		}
	}
	if a.Verdict != Undetermined || len(a.Findings) != len(want) {
		t.Errorf("%s, %d findings", a.Verdict, len(a.Findings))
	}
	s := p.subject()
	s.Peer = false
	if a = New(Evidence{Time: now}).Check(s); len(a.Findings) != 2 {
		t.Errorf("%d findings about an intermediate without a staple", len(a.Findings))
	}
}

func TestStapleWithoutAnIssuerIsUnknown(t *testing.T) {
	p := newPKI(t, nil)
	s := p.subject()
	s.Issuer, s.Staple = nil, p.blank(t).sign(t)
	a := New(Evidence{Time: now, OCSP: [][]byte{s.Staple}}).Check(s)
	if f := one(t, a, finding.RevocationStapled); f.Status != unknown || a.Verdict != Undetermined {
		t.Errorf("%s: %s", f.Status, f.Message)
	}
}

func TestDelegateThatWasRevokedSpeaksForNobodyUnlessItIsNotToBeChecked(t *testing.T) {
	p := newPKI(t, nil)
	lists := []*CRL{p.list(t, func(l *x509.RevocationList) {
		l.RevokedCertificateEntries = []x509.RevocationListEntry{{SerialNumber: big.NewInt(50), RevocationTime: now.Add(-day)}}
	})}
	for _, unchecked := range []bool{false, true} {
		b := p.blank(t)
		b.by(p.delegate(t, func(c *x509.Certificate) {
			if unchecked {
				c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}, Value: []byte{5, 0}}}
			}
		}))
		s := p.subject()
		s.Staple = b.sign(t)
		f := one(t, New(Evidence{Time: now, CRLs: lists}).Check(s), finding.RevocationStapled)
		if (f.Status == pass) != unchecked {
			t.Errorf("no check: %v: %s: %s", unchecked, f.Status, f.Message)
		}
	}
}

func TestTimestampsInAnAnswerAreHandedOn(t *testing.T) {
	p := newPKI(t, nil)
	b := p.blank(t)
	b.data.Responses[0].Extensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 5}, Value: marshal(t, []byte("the list"))}}
	s := p.subject()
	s.Staple = b.sign(t)
	if a := New(Evidence{Time: now}).Check(s); len(a.SCTLists) != 1 || string(a.SCTLists[0]) != "the list" {
		t.Errorf("%q", a.SCTLists)
	}
	b.key = keys()[otherKey]
	s.Staple = b.sign(t)
	if a := New(Evidence{Time: now}).Check(s); len(a.SCTLists) != 0 {
		t.Errorf("%q", a.SCTLists)
	}
}
