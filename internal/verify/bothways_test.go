package verify

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/tlsprobe/tlsprobe/internal/ct"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// logsOfTests is a list of two logs of two operators, with the keys 4 and 5.
func logsOfTests(t testing.TB) *ct.Logs {
	t.Helper()
	var operators []string
	for i, key := range testKeys()[4:6] {
		der, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		id := sha256.Sum256(der)
		operators = append(operators, fmt.Sprintf(`{"name":"Operator %d","logs":[{"description":"Log %d","log_id":%q,"key":%q,"log_type":"prod","url":"https://log.example/",`+
			`"state":{"usable":{"timestamp":"2025-01-01T00:00:00Z"}}}]}`, i, i, base64.StdEncoding.EncodeToString(id[:]), base64.StdEncoding.EncodeToString(der)))
	}
	logs, err := ct.ReadLogs(strings.NewReader(`{"version":"1.0","log_list_timestamp":"2026-11-20T00:00:00Z","operators":[` + strings.Join(operators, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return logs
}

// timestamped returns timestamps of both logs for a certificate, as the TLS extension has them. RFC 6962, Section 3.2.
func timestamped(t testing.TB, der []byte) (scts [][]byte) {
	t.Helper()
	at := binary.BigEndian.AppendUint64(nil, uint64(now.Add(-day).UnixMilli()))
	for _, key := range testKeys()[4:6] {
		spki, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		id := sha256.Sum256(spki)
		signed := bytes.Join([][]byte{{0, 0}, at, {0, 0, byte(len(der) >> 16), byte(len(der) >> 8), byte(len(der))}, der, {0, 0}}, nil)
		digest := sha256.Sum256(signed)
		signature, err := ecdsa.SignASN1(rand.Reader, key.(*ecdsa.PrivateKey), digest[:])
		if err != nil {
			t.Fatal(err)
		}
		scts = append(scts, bytes.Join([][]byte{{0}, id[:], at, {0, 0, 4, 3, 0, byte(len(signature))}, signature}, nil))
	}
	return scts
}

// crlOf is a list of the intermediate with some serial numbers.
func crlOf(t testing.TB, p *chainPlan, b built, serials ...int64) []byte {
	t.Helper()
	issuer, err := x509.ParseCertificate(b.all[1])
	if err != nil {
		t.Fatal(err)
	}
	return listOf(t, issuer, p.certs[1].key, serials...)
}

// listOf is a list of an authority with some serial numbers.
func listOf(t testing.TB, issuer *x509.Certificate, key crypto.Signer, serials ...int64) []byte {
	t.Helper()
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: now.Add(-day), NextUpdate: now.Add(day)}
	for _, n := range serials {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: big.NewInt(n), RevocationTime: now.Add(-day)})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, issuer, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// ways are requests that, together, make every check pass and fail.
func ways(t *testing.T) (requests []Request) {
	add := func(do func(p *chainPlan), after func(p *chainPlan, b *built)) {
		p := plainPlan(2)
		if do != nil {
			do(p)
		}
		b := p.build(t)
		if after != nil {
			after(p, &b)
		}
		requests = append(requests, b.request)
	}
	eachMutation(t, func(_ *testing.T, _ mutation, b built) { requests = append(requests, b.request) })
	mustStaple := func(p *chainPlan) {
		p.leaf().template.ExtraExtensions = []pkix.Extension{{Id: []int{1, 3, 6, 1, 5, 5, 7, 1, 24}, Value: []byte{0x30, 3, 2, 1, 5}}}
	}
	stapled := func(status int) func(p *chainPlan, b *built) {
		return func(p *chainPlan, b *built) {
			s := staple{response: ocsp.Response{Status: status, SerialNumber: big.NewInt(1000), ThisUpdate: now.Add(-day), NextUpdate: now.Add(day), RevokedAt: now.Add(-day)}}
			b.request.Staples = [][]byte{s.sign(t, p, *b)}
			b.request.OCSP = b.request.Staples
		}
	}
	add(mustStaple, nil)
	add(mustStaple, stapled(ocsp.Good))
	add(nil, stapled(ocsp.Revoked))
	add(nil, func(p *chainPlan, b *built) { b.request.CRLs = [][]byte{crlOf(t, p, *b, 1000)} })
	add(nil, func(p *chainPlan, b *built) { b.request.CRLs = [][]byte{crlOf(t, p, *b, 1)} })
	add(nil, func(_ *chainPlan, b *built) {
		b.request.Logs, b.request.SCTs = logsOfTests(t), timestamped(t, b.all[0])
	})
	add(nil, func(_ *chainPlan, b *built) {
		b.request.Logs, b.request.SCTs = logsOfTests(t), timestamped(t, b.all[1])
	})
	add(func(p *chainPlan) { p.leaf().key = rsaKeys()[1024] }, func(_ *chainPlan, b *built) { b.request.SecondOpinion = true })
	add(func(p *chainPlan) { p.certs[1].template.RequireExplicitPolicyZero = true }, func(_ *chainPlan, b *built) { b.request.Policies.RequireExplicit = true })
	add(func(p *chainPlan) { p.extra = [][]byte{selfMade(t)} }, nil)
	add(func(p *chainPlan) { p.root().omit, p.sendRoot = true, true }, nil)
	add(nil, func(_ *chainPlan, b *built) { b.request.Store = nil })
	add(func(p *chainPlan) {
		p.certs[1].template.MaxPathLenZero = true
		p.certs[2].template.MaxPathLenZero = true
	}, nil)
	add(nil, func(_ *chainPlan, b *built) { // the leaf's signature algorithm as signed says SHA-1, the other one not
		b.request.Chain[0] = bytes.Replace(b.request.Chain[0], []byte("\x2a\x86\x48\xce\x3d\x04\x03\x02"), []byte("\x2a\x86\x48\xce\x3d\x04\x03\x04"), 1)
	})
	requests = append(requests, circle(t).request)
	add(nil, func(_ *chainPlan, b *built) { // signed with an algorithm that nobody knows
		b.request.Chain[0] = bytes.ReplaceAll(b.request.Chain[0], []byte("\x2a\x86\x48\xce\x3d\x04\x03\x02"), []byte("\x2a\x86\x48\xce\x3d\x04\x03\x7f"))
	})
	sha1 := plainPlan(1)
	sha1.certs[1].key = rsaKeys()[2048]
	sha1.leaf().template.SignatureAlgorithm = x509.SHA1WithRSA
	requests = append(requests, sha1Request(t, sha1))
	return requests
}

// selfMade is a certificate that has no part in anything.
func selfMade(t testing.TB) []byte {
	t.Helper()
	key := testKeys()[7]
	template := &x509.Certificate{SerialNumber: big.NewInt(9), Subject: pkix.Name{CommonName: "Stranger"}, NotBefore: now, NotAfter: now.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// sha1Request has a leaf whose algorithm is called SHA-1 with RSA; crypto/x509 doesn't sign with that any more, and the signature
// isn't right.
func sha1Request(t testing.TB, p *chainPlan) Request {
	t.Helper()
	p.leaf().template.SignatureAlgorithm = x509.SHA256WithRSA
	b := p.build(t)
	for i, from := 0, []byte("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"); i < 2; i++ {
		b.request.Chain[0] = bytes.Replace(b.request.Chain[0], from, []byte("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"), 1)
	}
	return b.request
}

// Lints are held to the same by a test of their own.
func TestEachCheckHasACaseThatPassesAndOneThatDoesNot(t *testing.T) {
	type way struct{ good, bad bool }
	have := map[finding.ID]way{}
	for _, request := range ways(t) {
		for _, f := range Verify(request).Findings {
			row, ok := finding.Lookup(finding.ID(f.ID))
			if !ok {
				t.Fatalf("%s has no row", f.ID)
			}
			w := have[row.ID]
			w.good, w.bad = w.good || f.Status == finding.Pass, w.bad || f.Status == row.Status
			have[row.ID] = w
		}
	}
	for _, id := range Checks() {
		if w := have[id]; !strings.HasPrefix(string(id), "lint.") && w != (way{true, true}) {
			t.Errorf("%s: %+v", id, w)
		}
	}
}

// circle is a chain of two authorities that certify each other.
func circle(t testing.TB) built {
	p := plainPlan(2)
	p.certs[2].issuer = p.certs[1].template.Subject.CommonName
	p.certs[2].signer = p.certs[1].key
	p.certs[1].template.Subject.Organization = nil
	return p.build(t)
}

func TestAuthoritiesThatCertifyEachOtherAreNoRoots(t *testing.T) {
	r := Verify(circle(t).request)
	f := one(t, r, finding.ChainPath)
	if r.Verdict != Reject || f.Status != finding.Fail || !strings.Contains(f.Actual, "goes in a circle: Issuing CA comes before in it") {
		t.Errorf("%s, %s: %s [%s]", r.Verdict, f.Status, f.Message, f.Actual)
	}
}

func TestASignatureOfAnUnknownAlgorithmLeavesItOpen(t *testing.T) {
	b := plainPlan(1).build(t)
	b.request.Chain[0] = bytes.ReplaceAll(b.request.Chain[0], []byte("\x2a\x86\x48\xce\x3d\x04\x03\x02"), []byte("\x2a\x86\x48\xce\x3d\x04\x03\x7f"))
	if r := Verify(b.request); r.Verdict != Inconclusive || r.Trusted {
		t.Errorf("%s: %v", r.Verdict, failures(r))
	}
}
