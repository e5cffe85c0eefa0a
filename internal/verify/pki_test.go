package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"
)

// newNode makes a node outside of a search.
func newNode(der []byte, index int) *node {
	return &node{facts: (*Memory)(nil).read(der), index: index}
}

// now is the time of verification in tests.
var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// testKeys makes keys once: certificates of tests don't need their own.
var testKeys = sync.OnceValue(func() (keys []crypto.Signer) {
	for range 8 {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		keys = append(keys, k)
	}
	return keys
})

var rsaKeys = sync.OnceValue(func() map[int]*rsa.PrivateKey {
	keys := map[int]*rsa.PrivateKey{}
	for _, bits := range []int{1024, 2048} {
		k, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		keys[bits] = k
	}
	return keys
})

// blueprint is a certificate to be made.
type blueprint struct {
	template x509.Certificate
	key      crypto.Signer
	signer   crypto.Signer // instead of the issuer's key
	issuer   string        // instead of the issuer's name
	omit     bool          // not sent, or not in the store
}

// chainPlan is a chain to be made: the leaf first, the root last.
type chainPlan struct {
	certs    []*blueprint
	hostname string
	time     time.Time
	reverse  bool
	sendRoot bool
	extra    [][]byte // sent too
	roots    [][]byte // in the store too
}

// plainPlan is a chain with nothing wrong: a leaf for www.example.com, intermediates and a root.
func plainPlan(intermediates int) *chainPlan {
	p := &chainPlan{hostname: "www.example.com", time: now}
	names := []string{"www.example.com", "Issuing CA", "Policy CA", "Regional CA"}[:intermediates+1]
	for i, name := range append(names, "Root") {
		b := &blueprint{key: testKeys()[i], template: x509.Certificate{
			SerialNumber: big.NewInt(int64(1000 + i)), Subject: pkix.Name{CommonName: name, Organization: []string{"Tests"}},
			NotBefore: now.Add(-30 * day), NotAfter: now.Add(60 * day),
		}}
		if i == 0 {
			b.template.DNSNames = []string{"example.com", "www.example.com", "*.apps.example.com"}
			b.template.IPAddresses = []net.IP{net.IPv4(192, 0, 2, 7), net.ParseIP("2001:db8::7")}
			b.template.KeyUsage = x509.KeyUsageDigitalSignature
			b.template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
			b.template.BasicConstraintsValid = true
		} else {
			b.template.IsCA, b.template.BasicConstraintsValid = true, true
			b.template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
			b.template.SubjectKeyId = []byte{byte(i), 7, 7, 7}
		}
		p.certs = append(p.certs, b)
	}
	return p
}

func (p *chainPlan) leaf() *blueprint        { return p.certs[0] }
func (p *chainPlan) root() *blueprint        { return p.certs[len(p.certs)-1] }
func (p *chainPlan) issuer(i int) *blueprint { return p.certs[min(i+1, len(p.certs)-1)] }
func (p *chainPlan) unused() crypto.Signer   { return testKeys()[7] }
func (p *chainPlan) make(t testing.TB) (made [][]byte) {
	t.Helper()
	for i := range p.certs {
		made = append(made, p.certs[i].sign(t, p.issuer(i)))
	}
	return made
}

// sign makes the certificate.
func (b *blueprint) sign(t testing.TB, by *blueprint) []byte {
	t.Helper()
	parent, signer := by.template, by.key
	if b.issuer != "" {
		parent.Subject = pkix.Name{CommonName: b.issuer}
	}
	if b.signer != nil {
		signer = b.signer
	}
	// CreateCertificate checks the signature against the parent's key only if the parent has one.
	der, err := x509.CreateCertificate(rand.Reader, &b.template, &parent, b.key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// built is a plan carried out.
type built struct {
	request Request
	roots   [][]byte
	all     [][]byte
}

func (p *chainPlan) build(t testing.TB) built {
	t.Helper()
	made := p.make(t)
	last := len(made) - 1
	b := built{all: made}
	for i, der := range made {
		switch {
		case i == last:
			if !p.certs[i].omit {
				b.roots = append(b.roots, der)
			}
			if p.sendRoot {
				b.request.Chain = append(b.request.Chain, der)
			}
		case !p.certs[i].omit:
			b.request.Chain = append(b.request.Chain, der)
		}
	}
	b.request.Chain = append(b.request.Chain, p.extra...)
	if p.reverse {
		rest := b.request.Chain[1:]
		for i, j := 0, len(rest)-1; i < j; i, j = i+1, j-1 {
			rest[i], rest[j] = rest[j], rest[i]
		}
	}
	b.roots = append(b.roots, p.roots...)
	b.request.Hostname, b.request.Time, b.request.Store = p.hostname, p.time, Of("test", b.roots...)
	b.request.Rules = RulesClient // what these tests compare with are clients
	return b
}

// unknownExtension is one that nobody knows.
func unknownExtension(critical bool) pkix.Extension {
	return pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}, Critical: critical, Value: []byte{5, 0}}
}
