package revocation

import (
	"crypto/x509"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// samples are an authentic response and list by which the leaf is good, and such by which it was revoked.
func samples(t testing.TB) (p pki, goodResponse, badResponse, goodList, badList []byte) {
	t.Helper()
	p = newPKI(t, nil)
	b := p.blank(t)
	goodResponse = b.sign(t)
	b.by(p.delegate(t, nil))
	b.data.Responses[0].Status = revokedAt(t, now.Add(-day), 1)
	badResponse = b.sign(t)
	goodList = p.list(t, nil).Raw
	badList = p.list(t, func(l *x509.RevocationList) { l.RevokedCertificateEntries = []x509.RevocationListEntry{entry(1000, 1)} }).Raw
	return p, goodResponse, badResponse, goodList, badList
}

func verdictOf(s Subject, response, crl []byte) Verdict {
	e := Evidence{Time: now}
	if response != nil {
		e.OCSP = [][]byte{response}
	}
	if crl != nil {
		l, _ := ParseCRL(crl)
		e.CRLs = []*CRL{l}
	}
	return New(e).Check(s).Verdict
}

func TestEvidenceCutAnywhereDeterminesNothing(t *testing.T) {
	p, goodResponse, badResponse, goodList, badList := samples(t)
	s := p.subject()
	for _, whole := range [][]byte{goodResponse, badResponse} {
		for n := range whole {
			if v := verdictOf(s, whole[:n:n], nil); v != Undetermined {
				t.Fatalf("%d bytes of a response: %s", n, v)
			}
		}
	}
	for _, whole := range [][]byte{goodList, badList} {
		for n := range whole {
			if v := verdictOf(s, nil, whole[:n:n]); v != Undetermined {
				t.Fatalf("%d bytes of a list: %s", n, v)
			}
		}
	}
}

// Every single bit: what was revoked is never good, and what was good is never revoked.
func TestFlippedBitsNeverTurnAVerdictRound(t *testing.T) {
	p, goodResponse, badResponse, goodList, badList := samples(t)
	s := p.subject()
	for _, c := range []struct {
		name          string
		response, crl []byte
		never         Verdict
	}{
		{"good response", goodResponse, nil, Revoked}, {"bad response", badResponse, nil, NotRevoked},
		{"good list", nil, goodList, Revoked}, {"bad list", nil, badList, NotRevoked},
	} {
		whole := append(c.response, c.crl...)
		for i := range whole {
			for bit := range 8 {
				whole[i] ^= 1 << bit
				response, crl := whole, []byte(nil)
				if c.crl != nil {
					response, crl = nil, whole
				}
				if v := verdictOf(s, response, crl); v == c.never {
					t.Errorf("%s, bit %d of byte %d: %s", c.name, bit, i, v)
				}
				whole[i] ^= 1 << bit
			}
		}
	}
}

// Whatever is read: no panic, each check is answered once, and what nobody signed determines nothing.
func FuzzOCSP(f *testing.F) {
	p, goodResponse, badResponse, _, _ := samples(f)
	f.Add(goodResponse)
	f.Add(badResponse)
	f.Add([]byte{0x30, 3, 0x0a, 1, 6})
	other := pki{ca: issue(f, caTemplate("Test CA", 1), rolledKey, nil), leaf: p.leaf}
	s := other.subject()
	f.Fuzz(func(t *testing.T, der []byte) {
		s.Staple = der
		a := New(Evidence{Time: now, OCSP: [][]byte{der}}).Check(s)
		if a.Verdict != Undetermined {
			t.Fatal(a.Verdict)
		}
		if len(der) > 0 {
			one(t, a, finding.RevocationStapled)
		}
		one(t, a, finding.RevocationOCSP)
	})
}

func FuzzCRL(f *testing.F) {
	p, _, _, goodList, badList := samples(f)
	f.Add(goodList)
	f.Add(badList)
	for _, c := range listCases {
		for _, l := range c.make(f, p) {
			if l.Raw != nil {
				f.Add(l.Raw)
			}
		}
	}
	other := pki{ca: issue(f, caTemplate("Test CA", 1), rolledKey, nil), leaf: p.leaf}
	s := other.subject()
	f.Fuzz(func(t *testing.T, der []byte) {
		l, problems := ParseCRL(der)
		n := 0
		for range l.Entries() {
			n++
		}
		if n != l.Len() && l.fault == nil || len(problems) > 64 {
			t.Fatalf("%d entries of %d, %d problems", n, l.Len(), len(problems))
		}
		a := New(Evidence{Time: now, CRLs: []*CRL{l}}).Check(s)
		if a.Verdict != Undetermined {
			t.Fatal(a.Verdict)
		}
		one(t, a, finding.RevocationCRL)
	})
}

// Five hundred lists, a hundred certificates of the name that they are signed in, and none has signed any of them.
func TestManyListsAndSignersAreBoundedWork(t *testing.T) {
	p := newPKI(t, nil)
	root := issue(t, caTemplate("Root", 9), thirdKey, nil)
	at := &authorities{root: root.read()}
	for i := range 100 {
		at.certs = append(at.certs, issue(t, caTemplate("Test CA", int64(i+2)), rolledKey, root).read())
	}
	wrong := pki{ca: issue(t, caTemplate("Test CA", 1), otherKey, nil)}
	e := Evidence{Time: now, Authorities: at}
	for range 600 {
		e.CRLs = append(e.CRLs, wrong.list(t, nil))
	}
	c := New(e)
	f := one(t, c.Check(p.subject()), finding.RevocationCRL)
	if f.Status != finding.Unknown || c.signatures > maxSignatures || len(c.lists) > maxLists {
		t.Errorf("%s: %s; %d signatures, %d lists", f.Status, f.Message, c.signatures, len(c.lists))
	}
}
