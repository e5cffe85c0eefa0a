package revocation

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// fakeNet answers from a table, and counts.
type fakeNet struct {
	bodies map[string][]byte
	asked  []string
	sent   [][]byte
}

func (n *fakeNet) Get(url string, limit int) ([]byte, error) {
	n.asked = append(n.asked, "GET "+url)
	return n.answer(url, limit)
}

func (n *fakeNet) Post(url, contentType string, body []byte, limit int) ([]byte, error) {
	n.asked, n.sent = append(n.asked, "POST "+url+" "+contentType), append(n.sent, body)
	return n.answer(url, limit)
}

func (n *fakeNet) answer(url string, limit int) ([]byte, error) {
	body, ok := n.bodies[url]
	switch {
	case !ok:
		return nil, errors.New("connection refused")
	case len(body) > limit:
		return nil, fmt.Errorf("more than %d bytes", limit)
	}
	return body, nil
}

func TestRequestIsWrittenAsXCryptoWritesIt(t *testing.T) {
	for _, serial := range []string{"1", "127", "128", "255", "123456789012345678901234567890123456789012"} {
		p := newPKI(t, func(c *x509.Certificate) { c.SerialNumber.SetString(serial, 10) })
		want, err := ocsp.CreateRequest(p.leaf.Certificate, p.ca.Certificate, &ocsp.RequestOptions{Hash: crypto.SHA1})
		if err != nil {
			t.Fatal(err)
		}
		got, err := Request(p.leaf.read(), p.ca.read())
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("serial number %s: %x, %v; x/crypto writes %x", serial, got, err, want)
		}
	}
	if _, err := Request(nil, nil); err == nil {
		t.Error("a request about nothing")
	}
}

const responder, crlURL = "http://ocsp.example/", "http://crl.example/1.crl"

func TestResponderIsAskedAndItsAnswerJudged(t *testing.T) {
	p := newPKI(t, nil)
	for _, c := range []struct {
		name   string
		body   func(b *blank) []byte
		status finding.Status
		says   string
	}{
		{"good", func(b *blank) []byte { return b.sign(t) }, pass, "good at " + responder},
		{"just made, without an end", func(b *blank) []byte {
			b.data.Responses[0].ThisUpdate, b.data.Responses[0].NextUpdate = now.Add(-day/24), time.Time{}
			return b.sign(t)
		}, pass, "good"},
		{"not just made, without an end", func(b *blank) []byte {
			b.data.Responses[0].ThisUpdate, b.data.Responses[0].NextUpdate = now.Add(-2*day), time.Time{}
			return b.sign(t)
		}, unknown, "until when"},
		{"revoked", func(b *blank) []byte {
			b.data.Responses[0].Status = revokedAt(t, now.Add(-day), 1)
			return b.sign(t)
		}, fail, "compromised"},
		{"unknown", func(b *blank) []byte { b.data.Responses[0].Status = notKnown(); return b.sign(t) }, unknown, "doesn't know"},
		{"another certificate", func(b *blank) []byte { b.data.Responses[0].ID.Serial = p.ca.SerialNumber; return b.sign(t) }, unknown, "isn't about"},
		{"wrong signer", func(b *blank) []byte { b.key = keys()[otherKey]; return b.sign(t) }, unknown, "didn't sign"},
		{"huge", func(*blank) []byte { return make([]byte, maxOCSPBytes+1) }, unknown, "more than 65536 bytes"},
		{"garbage", func(*blank) []byte { return []byte("<html>") }, unknown, "malformed"},
		{"nothing", func(*blank) []byte { return nil }, unknown, "malformed"},
		{"refused", func(*blank) []byte { return ocsp.UnauthorizedErrorResponse }, unknown, "unauthorized"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := &fakeNet{bodies: map[string][]byte{responder: c.body(p.blank(t)), crlURL: p.list(t, nil).Raw}}
			f := one(t, New(Evidence{Time: now, Fetch: n}).Check(p.subject()), finding.RevocationOCSP)
			if f.Status != c.status || !strings.Contains(f.Message, c.says) {
				t.Errorf("%s: %s", f.Status, f.Message)
			}
			if len(n.asked) != 2 || n.asked[0] != "POST "+responder+" application/ocsp-request" {
				t.Errorf("asked: %q", n.asked)
			}
		})
	}
}

func TestListsAreFetchedWithTheirDeltas(t *testing.T) {
	const deltaURL = "http://crl.example/delta.crl"
	type point struct {
		Name struct {
			Full []asn1.RawValue `asn1:"tag:0"`
		} `asn1:"tag:0"`
	}
	var pt point
	pt.Name.Full = uri(deltaURL)
	freshest := pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 46}, Value: marshal(t, []point{pt})}
	p := newPKI(t, nil)
	complete := p.list(t, func(l *x509.RevocationList) { l.ExtraExtensions = []pkix.Extension{freshest} }).Raw
	for _, c := range []struct {
		name   string
		bodies map[string][]byte
		status finding.Status
		says   string
	}{
		{"complete", map[string][]byte{crlURL: p.list(t, nil).Raw}, pass, "good at " + crlURL},
		{"listed", map[string][]byte{crlURL: p.list(t, func(l *x509.RevocationList) {
			l.RevokedCertificateEntries = []x509.RevocationListEntry{entry(1000, 1)}
		}).Raw}, fail, "compromised"},
		{"listed in the delta", map[string][]byte{crlURL: complete, deltaURL: delta(t, p, 10, 12, nil, entry(1000, 1)).Raw}, fail, "compromised"},
		{"refused", nil, unknown, "connection refused"},
		{"garbage", map[string][]byte{crlURL: []byte("<html>")}, unknown, "no CRL"},
		{"stale", map[string][]byte{crlURL: p.list(t, func(l *x509.RevocationList) { l.NextUpdate = now.Add(-day / 2) }).Raw}, unknown, "out of date"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := &fakeNet{bodies: c.bodies}
			f := one(t, New(Evidence{Time: now, Fetch: n}).Check(p.subject()), finding.RevocationCRL)
			if f.Status != c.status || !strings.Contains(f.Message, c.says) {
				t.Errorf("%s: %s", f.Status, f.Message)
			}
		})
	}
}

func TestEachURLIsFetchedOnceAndOnlyByHTTP(t *testing.T) {
	p := newPKI(t, func(c *x509.Certificate) {
		c.OCSPServer = []string{"https://ocsp.example/", "ldap://ocsp.example/", responder}
		c.CRLDistributionPoints = []string{"ldap://crl.example/", crlURL}
	})
	n := &fakeNet{bodies: map[string][]byte{crlURL: p.list(t, nil).Raw, responder: p.blank(t).sign(t)}}
	c := New(Evidence{Time: now, Fetch: n})
	for range 3 {
		a := c.Check(p.subject())
		if a.Verdict != NotRevoked || one(t, a, finding.RevocationOCSP).Status != pass || one(t, a, finding.RevocationCRL).Status != pass {
			t.Errorf("%+v", a)
		}
	}
	if len(n.asked) != 2 {
		t.Errorf("asked: %q", n.asked)
	}
}

func TestCertificateWithAThousandURLsIsFollowedToAHandful(t *testing.T) {
	p := newPKI(t, func(c *x509.Certificate) {
		for i := range 1000 {
			c.OCSPServer = append(c.OCSPServer, fmt.Sprintf("http://ocsp%d.example/", i))
			c.CRLDistributionPoints = append(c.CRLDistributionPoints, fmt.Sprintf("http://crl%d.example/", i))
		}
	})
	n := &fakeNet{}
	a := New(Evidence{Time: now, Fetch: n}).Check(p.subject())
	if len(n.asked) > maxOCSPURLs+maxCRLURLs {
		t.Errorf("asked %d times", len(n.asked))
	}
	if one(t, a, finding.RevocationOCSP).Status != unknown || one(t, a, finding.RevocationCRL).Status != unknown {
		t.Errorf("%+v", a.Findings)
	}
}

func TestRevokedAnywhereIsRevoked(t *testing.T) {
	p := newPKI(t, nil)
	revoking := p.blank(t)
	revoking.data.Responses[0].Status = revokedAt(t, now.Add(-day), 1)
	listed := p.list(t, func(l *x509.RevocationList) { l.RevokedCertificateEntries = []x509.RevocationListEntry{entry(1000, 1)} })
	good, bad := p.blank(t).sign(t), revoking.sign(t)
	for _, c := range []struct {
		name   string
		staple []byte
		e      Evidence
		want   Verdict
	}{
		{"all good", good, Evidence{OCSP: [][]byte{good}, CRLs: []*CRL{p.list(t, nil)}}, NotRevoked},
		{"by the staple", bad, Evidence{OCSP: [][]byte{good}, CRLs: []*CRL{p.list(t, nil)}}, Revoked},
		{"by a file", good, Evidence{OCSP: [][]byte{good, bad}, CRLs: []*CRL{p.list(t, nil)}}, Revoked},
		{"by a list", good, Evidence{OCSP: [][]byte{good}, CRLs: []*CRL{p.list(t, nil), listed}}, Revoked},
		{"online", good, Evidence{OCSP: [][]byte{good}, Fetch: &fakeNet{bodies: map[string][]byte{responder: bad}}}, Revoked},
		{"by a list online", good, Evidence{Fetch: &fakeNet{bodies: map[string][]byte{responder: good, crlURL: listed.Raw}}}, Revoked},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := p.subject()
			s.Staple = c.staple
			c.e.Time = now
			if a := New(c.e).Check(s); a.Verdict != c.want {
				t.Errorf("%s: %+v", a.Verdict, a.Statements)
			}
		})
	}
}
