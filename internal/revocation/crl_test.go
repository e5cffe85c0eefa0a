package revocation

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

func listTemplate() *x509.RevocationList {
	return &x509.RevocationList{
		Number: big.NewInt(10), ThisUpdate: now.Add(-day), NextUpdate: now.Add(day),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: big.NewInt(7), RevocationTime: now.Add(-day)}},
	}
}

// list makes a list of the authority.
func (p pki) list(t testing.TB, change func(*x509.RevocationList)) *CRL {
	t.Helper()
	return listBy(t, p.ca, change)
}

func listBy(t testing.TB, by *holder, change func(*x509.RevocationList)) *CRL {
	t.Helper()
	template := listTemplate()
	if change != nil {
		change(template)
	}
	der, err := x509.CreateRevocationList(rand.Reader, template, by.Certificate, by.key)
	if err != nil {
		t.Fatal(err)
	}
	l, problems := ParseCRL(der)
	if len(problems) > 0 {
		t.Logf("problems: %v", problems)
	}
	return l
}

// derList is a TBSCertList without entries, for encoding/asn1.
type derList struct {
	Version    int `asn1:"optional,default:0"`
	Signature  pkix.AlgorithmIdentifier
	Issuer     pkix.RDNSequence
	ThisUpdate time.Time
	NextUpdate time.Time        `asn1:"optional"`
	Extensions []pkix.Extension `asn1:"tag:0,optional,explicit"`
}

// rawList makes a list with exactly these extensions.
func (p pki) rawList(t testing.TB, change func(*derList)) *CRL {
	t.Helper()
	tbs := derList{
		Version: 1, Signature: ecdsaSHA256, Issuer: p.ca.Subject.ToRDNSequence(), ThisUpdate: now.Add(-day), NextUpdate: now.Add(day),
	}
	change(&tbs)
	raw := marshal(t, tbs)
	l, _ := ParseCRL(marshal(t, struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}{asn1.RawValue{FullBytes: raw}, ecdsaSHA256, sign(t, p.ca.key, raw)}))
	return l
}

// The extensions of lists, for encoding/asn1.
type derScope struct {
	Point       derPointName   `asn1:"tag:0,optional"`
	User        bool           `asn1:"tag:1,optional"`
	CA          bool           `asn1:"tag:2,optional"`
	SomeReasons asn1.BitString `asn1:"tag:3,optional"`
	Indirect    bool           `asn1:"tag:4,optional"`
	Attribute   bool           `asn1:"tag:5,optional"`
}

type derPointName struct {
	Full []asn1.RawValue `asn1:"tag:0,optional"`
}

func uri(s string) []asn1.RawValue {
	return []asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: 6, Bytes: []byte(s)}}
}

func scopeExtension(t testing.TB, s derScope) pkix.Extension {
	t.Helper()
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: marshal(t, s)}
}

func deltaExtension(t testing.TB, base int64) pkix.Extension {
	t.Helper()
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: marshal(t, big.NewInt(base))}
}

func numberExtension(t testing.TB, n int64) pkix.Extension {
	t.Helper()
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 20}, Value: marshal(t, big.NewInt(n))}
}

// named makes an extension that says whose certificate an entry is about.
func named(t testing.TB, h *holder) pkix.Extension {
	t.Helper()
	names := []asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: 4, IsCompound: true, Bytes: h.RawSubject}}
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 29}, Critical: true, Value: marshal(t, names)}
}

func entry(serial int64, reason int, extra ...pkix.Extension) x509.RevocationListEntry {
	return x509.RevocationListEntry{SerialNumber: big.NewInt(serial), RevocationTime: now.Add(-2 * day), ReasonCode: reason, ExtraExtensions: extra}
}

func bits(flags ...int) asn1.BitString {
	b := asn1.BitString{Bytes: []byte{0, 0}}
	for _, f := range flags {
		b.Bytes[f/8] |= 0x80 >> (f % 8)
		b.BitLength = max(b.BitLength, f+1)
	}
	b.Bytes = b.Bytes[:(b.BitLength+7)/8]
	return b
}

// scoped makes a list with an issuing distribution point.
func scoped(s derScope) func(testing.TB, pki) []*CRL {
	return func(t testing.TB, p pki) []*CRL {
		return []*CRL{p.list(t, func(l *x509.RevocationList) { l.ExtraExtensions = []pkix.Extension{scopeExtension(t, s)} })}
	}
}

// changed makes one list.
func changed(change func(*x509.RevocationList)) func(testing.TB, pki) []*CRL {
	return func(t testing.TB, p pki) []*CRL { return []*CRL{p.list(t, change)} }
}

func listing(entries ...x509.RevocationListEntry) func(testing.TB, pki) []*CRL {
	return changed(func(l *x509.RevocationList) { l.RevokedCertificateEntries = entries })
}

var listCases = []struct {
	name   string
	make   func(testing.TB, pki) []*CRL
	status finding.Status
	says   string
}{
	{"not on it", changed(nil), pass, "good"},
	{"empty", listing(), pass, "good"},
	{"revoked", listing(entry(1000, 1)), fail, "the key is compromised"},
	{"on hold", listing(entry(1000, 6)), fail, "on hold"},
	{"removed", listing(entry(1000, 8)), pass, "good"},
	{"another sign", listing(entry(-1000, 1)), pass, "good"},
	{"on hold, and then for good", listing(entry(1000, 6), entry(1000, 1)), fail, "compromised"},
	{"for good, and then on hold", listing(entry(1000, 1), entry(1000, 6)), fail, "compromised"},
	{"stale", changed(func(l *x509.RevocationList) { l.NextUpdate = now.Add(-time.Second) }), unknown, "out of date"},
	{"future", changed(func(l *x509.RevocationList) { l.ThisUpdate = now.Add(time.Hour) }), unknown, "future"},
	{"revoked, stale", changed(func(l *x509.RevocationList) {
		l.NextUpdate, l.RevokedCertificateEntries = now.Add(-time.Second), []x509.RevocationListEntry{entry(1000, 1)}
	}), fail, "compromised"},
	{"on hold, stale", changed(func(l *x509.RevocationList) {
		l.NextUpdate, l.RevokedCertificateEntries = now.Add(-time.Second), []x509.RevocationListEntry{entry(1000, 6)}
	}), unknown, "out of date"},
	{"somebody's", func(t testing.TB, p pki) []*CRL {
		return []*CRL{listBy(t, issue(t, caTemplate("Another CA", 1), otherKey, nil), nil)}
	}, skip, "no CRL"},
	{"another key under that name", func(t testing.TB, p pki) []*CRL {
		return []*CRL{listBy(t, issue(t, caTemplate("Test CA", 1), otherKey, nil), nil)}
	}, unknown, "isn't signed by Test CA"},
	{"critical extension", changed(func(l *x509.RevocationList) { l.ExtraExtensions = []pkix.Extension{unknownExtension(true)} }), unknown, "critical extension"},
	{"revoked, critical extension", changed(func(l *x509.RevocationList) {
		l.ExtraExtensions, l.RevokedCertificateEntries = []pkix.Extension{unknownExtension(true)}, []x509.RevocationListEntry{entry(1000, 1)}
	}), unknown, "critical extension"},
	{"other extension", changed(func(l *x509.RevocationList) { l.ExtraExtensions = []pkix.Extension{unknownExtension(false)} }), pass, "good"},
	{"critical extension of some entry", listing(entry(7, 0, unknownExtension(true))), unknown, "an entry of it has a critical extension"},
	{"other extension of some entry", listing(entry(7, 0, unknownExtension(false))), pass, "good"},
	{"no number", func(t testing.TB, p pki) []*CRL {
		return []*CRL{p.rawList(t, func(l *derList) { l.Extensions = []pkix.Extension{unknownExtension(false)} })}
	}, unknown, "no number"},
	{"critical number", func(t testing.TB, p pki) []*CRL {
		return []*CRL{p.rawList(t, func(l *derList) {
			l.Extensions = []pkix.Extension{numberExtension(t, 1)}
			l.Extensions[0].Critical = true
		})}
	}, unknown, "its number is a critical"},
	{"extension twice", func(t testing.TB, p pki) []*CRL {
		return []*CRL{p.rawList(t, func(l *derList) {
			l.Extensions = []pkix.Extension{numberExtension(t, 1), numberExtension(t, 1)}
		})}
	}, unknown, "twice"},
	{"no end", func(t testing.TB, p pki) []*CRL {
		return []*CRL{p.rawList(t, func(l *derList) {
			l.NextUpdate, l.Extensions = time.Time{}, []pkix.Extension{numberExtension(t, 1)}
		})}
	}, unknown, "until when"},
	{"version 1", func(t testing.TB, p pki) []*CRL {
		return []*CRL{p.rawList(t, func(l *derList) { l.Version = 0 })}
	}, pass, "good"},
	{"version 1 with extensions", func(t testing.TB, p pki) []*CRL {
		return []*CRL{p.rawList(t, func(l *derList) {
			l.Version, l.Extensions = 0, []pkix.Extension{numberExtension(t, 1)}
		})}
	}, unknown, "version 1"},
	{"version 3", func(t testing.TB, p pki) []*CRL {
		return []*CRL{p.rawList(t, func(l *derList) {
			l.Version, l.Extensions = 2, []pkix.Extension{numberExtension(t, 1)}
		})}
	}, unknown, "version"},
	{"for its distribution point", scoped(derScope{Point: derPointName{uri("HTTP://CRL.example/1.crl")}}), pass, "good"},
	{"for another distribution point", scoped(derScope{Point: derPointName{uri("http://crl.example/2.crl")}}), unknown, "another distribution point"},
	{"for end entities", scoped(derScope{User: true}), pass, "good"},
	{"for authorities", scoped(derScope{CA: true}), unknown, "authorities' certificates only"},
	{"for attribute certificates", scoped(derScope{Attribute: true}), unknown, "attribute certificates only"},
	{"for some reasons", scoped(derScope{SomeReasons: bits(1, 2)}), unknown, "affiliationChanged"},
	{"for all reasons in two parts", func(t testing.TB, p pki) []*CRL {
		return append(scoped(derScope{SomeReasons: bits(1, 2)})(t, p), scoped(derScope{SomeReasons: bits(3, 4, 5, 6, 7, 8)})(t, p)...)
	}, pass, "good"},
	{"indirect, for its own", scoped(derScope{Indirect: true}), pass, "good"},
	{"indirect, for others, with its serial number", func(t testing.TB, p pki) []*CRL {
		return []*CRL{p.list(t, func(l *x509.RevocationList) {
			l.ExtraExtensions = []pkix.Extension{scopeExtension(t, derScope{Indirect: true})}
			l.RevokedCertificateEntries = []x509.RevocationListEntry{entry(5, 1, named(t, p.leaf)), entry(1000, 1)}
		})}
	}, pass, "good"},
	{"indirect, for others and then for its own", func(t testing.TB, p pki) []*CRL {
		return []*CRL{p.list(t, func(l *x509.RevocationList) {
			l.ExtraExtensions = []pkix.Extension{scopeExtension(t, derScope{Indirect: true})}
			l.RevokedCertificateEntries = []x509.RevocationListEntry{entry(5, 1, named(t, p.leaf)), entry(6, 1, named(t, p.ca)), entry(1000, 1)}
		})}
	}, fail, "compromised"},
	{"younger one without it", func(t testing.TB, p pki) []*CRL {
		return []*CRL{
			p.list(t, func(l *x509.RevocationList) { l.RevokedCertificateEntries = []x509.RevocationListEntry{entry(1000, 6)} }),
			p.list(t, func(l *x509.RevocationList) { l.Number, l.ThisUpdate = big.NewInt(11), now.Add(-time.Hour) }),
		}
	}, pass, "good"},
	{"older one with it for good", func(t testing.TB, p pki) []*CRL {
		return []*CRL{
			p.list(t, func(l *x509.RevocationList) { l.RevokedCertificateEntries = []x509.RevocationListEntry{entry(1000, 1)} }),
			p.list(t, func(l *x509.RevocationList) { l.Number, l.ThisUpdate = big.NewInt(11), now.Add(-time.Hour) }),
		}
	}, fail, "compromised"},
	{"stale one and a current one", func(t testing.TB, p pki) []*CRL {
		return []*CRL{
			p.list(t, func(l *x509.RevocationList) { l.ThisUpdate, l.NextUpdate = now.Add(-9*day), now.Add(-8*day) }), p.list(t, nil),
		}
	}, pass, "good"},
	{"delta alone", func(t testing.TB, p pki) []*CRL { return []*CRL{delta(t, p, 10, 12, nil)} }, skip, "no CRL"},
	{"delta with it", deltaCase(10, 10, 12, nil, entry(1000, 1)), fail, "compromised"},
	{"delta without it", deltaCase(10, 10, 12, nil, entry(5, 1)), pass, "good"},
	{"delta for an older base", deltaCase(11, 9, 12, nil, entry(1000, 1)), fail, "compromised"},
	{"delta for a younger base", deltaCase(9, 10, 12, nil, entry(1000, 1)), pass, "good"},
	{"delta that is older", deltaCase(12, 10, 12, nil, entry(1000, 1)), pass, "good"},
	{"stale delta with it", deltaCase(10, 10, 12, func(l *x509.RevocationList) { l.NextUpdate = now.Add(-time.Hour) }, entry(1000, 1)), fail, "compromised"},
	{"delta of another scope", deltaCase(10, 10, 12, func(l *x509.RevocationList) {
		l.ExtraExtensions = append(l.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: []byte{0x30, 3, 0x81, 1, 0xff}})
	}, entry(1000, 1)), pass, "good"},
	{"stale base with a current delta", func(t testing.TB, p pki) []*CRL {
		return []*CRL{p.list(t, func(l *x509.RevocationList) { l.ThisUpdate, l.NextUpdate = now.Add(-9*day), now.Add(-8*day) }), delta(t, p, 10, 12, nil)}
	}, pass, "good"},
	{"on hold, and removed by a delta", func(t testing.TB, p pki) []*CRL {
		return []*CRL{
			p.list(t, func(l *x509.RevocationList) { l.RevokedCertificateEntries = []x509.RevocationListEntry{entry(1000, 6)} }),
			delta(t, p, 10, 12, nil, entry(1000, 8)),
		}
	}, pass, "good"},
	{"garbage", func(t testing.TB, p pki) []*CRL { l, _ := ParseCRL([]byte("no list")); return []*CRL{l} }, unknown, "malformed"},
}

func delta(t testing.TB, p pki, base, number int64, change func(*x509.RevocationList), entries ...x509.RevocationListEntry) *CRL {
	t.Helper()
	return p.list(t, func(l *x509.RevocationList) {
		l.Number, l.ThisUpdate, l.RevokedCertificateEntries = big.NewInt(number), now.Add(-2*time.Hour), entries
		l.ExtraExtensions = []pkix.Extension{deltaExtension(t, base)}
		if change != nil {
			change(l)
		}
	})
}

// deltaCase makes a complete list and a delta.
func deltaCase(complete, base, number int64, change func(*x509.RevocationList), entries ...x509.RevocationListEntry) func(testing.TB, pki) []*CRL {
	return func(t testing.TB, p pki) []*CRL {
		return []*CRL{p.list(t, func(l *x509.RevocationList) { l.Number = big.NewInt(complete) }), delta(t, p, base, number, change, entries...)}
	}
}

func TestListIsBelievedOnlyFromWhoMaySignItForItsScopeAndTime(t *testing.T) {
	p := newPKI(t, nil)
	for _, c := range listCases {
		t.Run(c.name, func(t *testing.T) {
			a := New(Evidence{Time: now, CRLs: c.make(t, p)}).Check(p.subject())
			f := one(t, a, finding.RevocationCRL)
			if f.Status != c.status || !strings.Contains(f.Message, c.says) {
				t.Errorf("%s: %s [%s]", f.Status, f.Message, f.Actual)
			}
			want := map[finding.Status]Verdict{pass: NotRevoked, fail: Revoked}[c.status]
			if a.Verdict != want || (f.Severity == finding.Critical) != (want == Revoked) {
				t.Errorf("%s, severity %s", a.Verdict, f.Severity)
			}
		})
	}
}

func TestListOfAnAuthorityThatMayNotSignListsIsNotBelieved(t *testing.T) {
	p := newPKI(t, nil)
	l := p.list(t, nil)
	template := caTemplate("Test CA", 1)
	template.KeyUsage = x509.KeyUsageCertSign
	p.ca = issue(t, template, caKey, nil)
	f := one(t, New(Evidence{Time: now, CRLs: []*CRL{l}}).Check(p.subject()), finding.RevocationCRL)
	if f.Status != unknown || !strings.Contains(f.Message, "isn't for signing lists") {
		t.Errorf("%s: %s", f.Status, f.Message)
	}
}

// The authority has another key for its lists, certified by the root, which may itself have revoked that certificate.
func TestListOfAnotherKeyOfTheAuthorityIsBelievedWhereAPathLeadsToIt(t *testing.T) {
	root := issue(t, caTemplate("Root", 9), thirdKey, nil)
	ca := issue(t, caTemplate("Test CA", 1), caKey, root)
	rolled := issue(t, caTemplate("Test CA", 2), rolledKey, root)
	stranger := issue(t, caTemplate("Test CA", 2), otherKey, nil)
	p := pki{ca, issue(t, leafTemplate(), leafKey, ca)}
	at := func(others ...*holder) Authorities {
		a := &authorities{root: root.read()}
		for _, h := range append(others, root, ca) {
			a.certs = append(a.certs, h.read())
		}
		return a
	}
	revokedSigner := listBy(t, root, func(l *x509.RevocationList) { l.RevokedCertificateEntries = []x509.RevocationListEntry{entry(2, 1)} })
	for _, c := range []struct {
		name   string
		lists  []*CRL
		at     Authorities
		status finding.Status
		says   string
	}{
		{"trusted", []*CRL{listBy(t, rolled, nil)}, at(rolled), pass, "good"},
		{"not at hand", []*CRL{listBy(t, rolled, nil)}, at(), unknown, "isn't signed by"},
		{"nobody to ask", []*CRL{listBy(t, rolled, nil)}, nil, unknown, "isn't signed by"},
		{"of another root", []*CRL{listBy(t, stranger, nil)}, at(stranger), unknown, "isn't trusted"},
		{"revoked", []*CRL{listBy(t, rolled, nil), revokedSigner}, at(rolled), unknown, "was revoked"},
		{"stale list of the right key", []*CRL{listBy(t, rolled, nil), listBy(t, ca, func(l *x509.RevocationList) {
			l.ThisUpdate, l.NextUpdate = now.Add(-9*day), now.Add(-8*day)
		})}, at(rolled), unknown, "out of date"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := one(t, New(Evidence{Time: now, CRLs: c.lists, Authorities: c.at}).Check(p.subject()), finding.RevocationCRL)
			if f.Status != c.status || !strings.Contains(f.Message, c.says) {
				t.Errorf("%s: %s", f.Status, f.Message)
			}
		})
	}
}

func TestSerialNumbersAreComparedAsIntegers(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"\x00\xff", "\x00\xff", true}, {"\xff", "\x00\xff", false}, {"\x00\x00\x7f", "\x7f", true}, {"\xff\xff\x80", "\x80", true},
		{"\x00\x80", "\x80", false}, {"", "", false}, {"\x00", "\x00\x00", true}, {strings.Repeat("\x11", 40), strings.Repeat("\x11", 40), true},
	} {
		if sameInteger([]byte(c.a), []byte(c.b)) != c.same {
			t.Errorf("%x %x", c.a, c.b)
		}
	}
}

func TestEntriesAreReadAsTheStandardLibraryReadsThem(t *testing.T) {
	p := newPKI(t, nil)
	l := p.list(t, func(l *x509.RevocationList) {
		l.RevokedCertificateEntries = nil
		for i := range int64(100) {
			l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, entry(i*i*i+1, int(i%7)))
		}
	})
	want, err := x509.ParseRevocationList(l.Raw)
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for e := range l.Entries() {
		w := want.RevokedCertificateEntries[i]
		if new(big.Int).SetBytes(e.Serial).Cmp(w.SerialNumber) != 0 || !e.RevokedAt.Equal(w.RevocationTime) || int(e.Reason) != w.ReasonCode {
			t.Errorf("entry %d: %x %s %s", i, e.Serial, e.RevokedAt, e.Reason)
		}
		i++
	}
	if i != 100 || l.Len() != 100 || new(big.Int).SetBytes(l.Number).Cmp(want.Number) != 0 || !l.NextUpdate.Equal(want.NextUpdate) {
		t.Errorf("%d entries", i)
	}
	if _, listed := l.lookup([]byte{1}, cert.Name{Raw: p.ca.RawSubject}.Canonical()); !listed {
		t.Error("the first one isn't found")
	}
}
