package revocation

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// keys are made once.
var keys = sync.OnceValue(func() (list [6]*ecdsa.PrivateKey) {
	for i := range list {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		list[i] = k
	}
	return list
})

// The holders of the keys.
const (
	caKey = iota
	leafKey
	delegateKey
	otherKey
	rolledKey
	thirdKey
)

// holder is a certificate with its key.
type holder struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

func (h *holder) read() *cert.Certificate {
	c, _ := cert.Parse(h.Raw)
	return c
}

// issue makes a certificate; by is nil for one that signs itself.
func issue(t testing.TB, template *x509.Certificate, key int, by *holder) *holder {
	t.Helper()
	h := &holder{key: keys()[key]}
	parent, signer := template, h.key
	if by != nil {
		parent, signer = by.Certificate, by.key
	}
	if template.NotBefore.IsZero() {
		template.NotBefore, template.NotAfter = now.Add(-30*day), now.Add(30*day)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, h.key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	if h.Certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return h
}

func caTemplate(name string, serial int64) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SubjectKeyId: []byte{byte(serial), 1, 2, 3},
	}
}

func leafTemplate() *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(1000), Subject: pkix.Name{CommonName: "www.example.com"}, DNSNames: []string{"www.example.com"},
		OCSPServer: []string{"http://ocsp.example/"}, CRLDistributionPoints: []string{"http://crl.example/1.crl"},
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature,
	}
}

// pki is an authority and a leaf.
type pki struct{ ca, leaf *holder }

func newPKI(t testing.TB, change func(*x509.Certificate)) pki {
	t.Helper()
	ca := issue(t, caTemplate("Test CA", 1), caKey, nil)
	template := leafTemplate()
	if change != nil {
		change(template)
	}
	return pki{ca, issue(t, template, leafKey, ca)}
}

func (p pki) subject() Subject {
	return Subject{Cert: p.leaf.read(), Issuer: p.ca.read(), Peer: true, Where: finding.Where{Cert: &finding.Cert{Index: 0}}}
}

// delegate makes a responder's certificate.
func (p pki) delegate(t testing.TB, change func(*x509.Certificate)) *holder {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(50), Subject: pkix.Name{CommonName: "Responder"}, NotBefore: now.Add(-day), NotAfter: now.Add(day),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if change != nil {
		change(template)
	}
	return issue(t, template, delegateKey, p.ca)
}

// The DER of OCSP, for encoding/asn1.
type (
	derCertID struct {
		Hash      pkix.AlgorithmIdentifier
		Name, Key []byte
		Serial    *big.Int
	}
	derSingle struct {
		ID         derCertID
		Status     asn1.RawValue
		ThisUpdate time.Time        `asn1:"generalized"`
		NextUpdate time.Time        `asn1:"generalized,explicit,tag:0,optional"`
		Extensions []pkix.Extension `asn1:"explicit,tag:1,optional"`
	}
	derRevoked struct {
		At     time.Time       `asn1:"generalized"`
		Reason asn1.Enumerated `asn1:"explicit,tag:0,optional"`
	}
	derData struct {
		Version    int `asn1:"explicit,tag:0,optional,default:0"`
		Responder  asn1.RawValue
		ProducedAt time.Time `asn1:"generalized"`
		Responses  []derSingle
		Extensions []pkix.Extension `asn1:"explicit,tag:1,optional"`
	}
	derBasic struct {
		Data      asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
		Certs     []asn1.RawValue `asn1:"explicit,tag:0,optional"`
	}
	derBytes struct {
		Type     asn1.ObjectIdentifier
		Response []byte
	}
	derResponse struct {
		Status asn1.Enumerated
		Bytes  derBytes `asn1:"explicit,tag:0,optional"`
	}
)

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func good() asn1.RawValue { return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0} }

func notKnown() asn1.RawValue { return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 2} }

func revokedAt(t testing.TB, at time.Time, reason int) asn1.RawValue {
	t.Helper()
	var inner asn1.RawValue
	if _, err := asn1.Unmarshal(marshal(t, derRevoked{at, asn1.Enumerated(reason)}), &inner); err != nil {
		t.Fatal(err)
	}
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 1, IsCompound: true, Bytes: inner.Bytes}
}

var hashOIDs = map[crypto.Hash]asn1.ObjectIdentifier{
	crypto.SHA1: {1, 3, 14, 3, 2, 26}, crypto.SHA256: {2, 16, 840, 1, 101, 3, 4, 2, 1}, crypto.SHA384: {2, 16, 840, 1, 101, 3, 4, 2, 2},
	crypto.SHA512: {2, 16, 840, 1, 101, 3, 4, 2, 3}, crypto.MD5: {1, 2, 840, 113549, 2, 5},
}

func keyBits(t testing.TB, c *x509.Certificate) []byte {
	t.Helper()
	var spki struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(c.RawSubjectPublicKeyInfo, &spki); err != nil {
		t.Fatal(err)
	}
	return spki.Key.Bytes
}

func certID(t testing.TB, h crypto.Hash, c *x509.Certificate, issuer *x509.Certificate) derCertID {
	t.Helper()
	sum := func(b []byte) []byte { f := h.New(); f.Write(b); return f.Sum(nil) }
	return derCertID{pkix.AlgorithmIdentifier{Algorithm: hashOIDs[h], Parameters: asn1.NullRawValue}, sum(issuer.RawSubject), sum(keyBits(t, issuer)), c.SerialNumber}
}

// blank is a response to be made: by the authority, about the leaf, good, current.
type blank struct {
	data  derData
	key   *ecdsa.PrivateKey
	certs []*holder
	typ   asn1.ObjectIdentifier
}

func byName(h *holder) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 1, IsCompound: true, Bytes: h.RawSubject}
}

func byKey(t testing.TB, h *holder) asn1.RawValue {
	t.Helper()
	sum := sha1.Sum(keyBits(t, h.Certificate))
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 2, IsCompound: true, Bytes: marshal(t, sum[:])}
}

func (p pki) blank(t testing.TB) *blank {
	t.Helper()
	return &blank{
		data: derData{Responder: byName(p.ca), ProducedAt: now.Add(-time.Hour), Responses: []derSingle{{
			ID: certID(t, crypto.SHA1, p.leaf.Certificate, p.ca.Certificate), Status: good(), ThisUpdate: now.Add(-day), NextUpdate: now.Add(day),
		}}},
		key: p.ca.key, typ: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1},
	}
}

// by lets a delegate sign.
func (b *blank) by(d *holder) {
	b.key, b.certs, b.data.Responder = d.key, []*holder{d}, byName(d)
}

var ecdsaSHA256 = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}}

func sign(t testing.TB, key *ecdsa.PrivateKey, message []byte) asn1.BitString {
	t.Helper()
	h := crypto.SHA256.New()
	h.Write(message)
	sig, err := ecdsa.SignASN1(rand.Reader, key, h.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	return asn1.BitString{Bytes: sig, BitLength: 8 * len(sig)}
}

func (b *blank) sign(t testing.TB) []byte {
	t.Helper()
	tbs := marshal(t, b.data)
	basic := derBasic{Data: asn1.RawValue{FullBytes: tbs}, Algorithm: ecdsaSHA256, Signature: sign(t, b.key, tbs)}
	for _, c := range b.certs {
		basic.Certs = append(basic.Certs, asn1.RawValue{FullBytes: c.Raw})
	}
	return marshal(t, derResponse{Bytes: derBytes{b.typ, marshal(t, basic)}})
}

func unknownExtension(critical bool) pkix.Extension {
	return pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}, Critical: critical, Value: []byte{5, 0}}
}

// one returns the only finding with an id.
func one(t testing.TB, a Answer, id finding.ID) finding.Finding {
	t.Helper()
	var found []finding.Finding
	for _, f := range a.Findings {
		if f.ID == string(id) {
			found = append(found, f)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d findings of %s", len(found), id)
	}
	return found[0]
}
