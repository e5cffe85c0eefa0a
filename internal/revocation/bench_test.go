package revocation

import (
	"crypto/x509"
	"math/big"
	"runtime"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// longList is a list of so many entries, the leaf's not among them.
func longList(t testing.TB, p pki, entries int) []byte {
	t.Helper()
	return p.list(t, func(l *x509.RevocationList) {
		l.RevokedCertificateEntries = make([]x509.RevocationListEntry, entries)
		base := new(big.Int).Lsh(big.NewInt(0x51), 120) // as long as serial numbers are
		for i := range l.RevokedCertificateEntries {
			l.RevokedCertificateEntries[i] = entry(1, i%5)
			l.RevokedCertificateEntries[i].SerialNumber = new(big.Int).Add(base, big.NewInt(int64(i)*7919))
		}
	}).Raw
}

func TestListOfAHundredThousandEntriesCostsNoMemoryForEach(t *testing.T) {
	p := newPKI(t, nil)
	der := longList(t, p, 100_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	l, _ := ParseCRL(der)
	a := New(Evidence{Time: now, CRLs: []*CRL{l}}).Check(p.subject())
	runtime.ReadMemStats(&after)
	if a.Verdict != NotRevoked || l.Len() != 100_000 {
		t.Errorf("%s, %d entries: %s", a.Verdict, l.Len(), one(t, a, finding.RevocationCRL).Message)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("%d bytes were allocated for a list of %d", grown, len(der))
	}
}

func BenchmarkCRLOf100000(b *testing.B) {
	p := newPKI(b, nil)
	der := longList(b, p, 100_000)
	s := p.subject()
	b.SetBytes(int64(len(der)))
	b.ReportAllocs()
	for b.Loop() {
		l, _ := ParseCRL(der)
		if a := New(Evidence{Time: now, CRLs: []*CRL{l}}).Check(s); a.Verdict != NotRevoked {
			b.Fatal(a.Verdict)
		}
	}
}

// BenchmarkCRLOf100000ByGo parses, verifies and looks through the same list.
func BenchmarkCRLOf100000ByGo(b *testing.B) {
	p := newPKI(b, nil)
	der := longList(b, p, 100_000)
	b.SetBytes(int64(len(der)))
	b.ReportAllocs()
	for b.Loop() {
		l, err := x509.ParseRevocationList(der)
		if err != nil {
			b.Fatal(err)
		}
		if err := l.CheckSignatureFrom(p.ca.Certificate); err != nil {
			b.Fatal(err)
		}
		for i := range l.RevokedCertificateEntries {
			if l.RevokedCertificateEntries[i].SerialNumber.Cmp(p.leaf.SerialNumber) == 0 {
				b.Fatal("listed")
			}
		}
	}
}

func BenchmarkOCSP(b *testing.B) {
	p := newPKI(b, nil)
	der := p.blank(b).sign(b)
	s := p.subject()
	s.Staple = der
	b.ReportAllocs()
	for b.Loop() {
		if a := New(Evidence{Time: now}).Check(s); a.Verdict != NotRevoked {
			b.Fatal(a.Verdict)
		}
	}
}
