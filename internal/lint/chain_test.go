package lint

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

var issued = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

// testKey makes one key: nothing here verifies with another one.
var testKey = sync.OnceValue(func() crypto.Signer {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
})

// serial is a serial number of 16 octets.
var serial = new(big.Int).SetBytes([]byte("\x5a123456789abcdef"))

// chain is a chain to be made: leaf, intermediate and root, all as they should be until somebody changes them.
type chain struct {
	certs [3]x509.Certificate
	keys  [3]crypto.PublicKey
	parts [3]func(parts [][]byte) [][]byte // edits the elements of the TBSCertificate
	roles [3]Role
	count int
}

// The places of the elements of a TBSCertificate of version 3.
const (
	partVersion = iota
	partSerial
	partAlgorithm
	partIssuer
	partValidity
	partSubject
	partKey
	partExtensions
)

func plain() *chain {
	c := &chain{roles: [3]Role{Leaf, Intermediate, Root}, count: 3}
	for i, name := range [...]string{"www.example.com", "Issuing CA", "Root CA"} {
		c.keys[i] = testKey().Public()
		c.certs[i] = x509.Certificate{
			SerialNumber: serial, Subject: pkix.Name{CommonName: name, Country: []string{"NL"}, Organization: []string{"Example"}},
			NotBefore: issued, NotAfter: issued.Add(90*24*time.Hour - time.Second), BasicConstraintsValid: true, SubjectKeyId: []byte{byte(i), 1, 2, 3},
		}
	}
	leaf, intermediate, root := &c.certs[0], &c.certs[1], &c.certs[2]
	leaf.Subject = pkix.Name{CommonName: "www.example.com"}
	leaf.DNSNames = []string{"www.example.com", "*.shop.example.com", "xn--bcher-kva.example.com"}
	leaf.IPAddresses = []net.IP{net.IPv4(8, 8, 4, 4), net.ParseIP("2606:4700::1111")}
	leaf.KeyUsage, leaf.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	leaf.Policies = []x509.OID{oid(2, 23, 140, 1, 2, 1)}
	leaf.OCSPServer = []string{"http://ocsp.example.com"}
	leaf.IssuingCertificateURL = []string{"http://ca.example.com/ca.crt"}
	leaf.SubjectKeyId = nil
	intermediate.CRLDistributionPoints = []string{"http://crl.example.com/root.crl"}
	intermediate.PermittedDNSDomains, intermediate.PermittedDNSDomainsCritical = []string{"example.com"}, true
	intermediate.ExtKeyUsage = leaf.ExtKeyUsage
	for _, ca := range []*x509.Certificate{intermediate, root} {
		ca.IsCA, ca.KeyUsage, ca.NotAfter = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, issued.AddDate(9, 0, 0)
	}
	return c
}

// subjects makes the chain and reads it.
func (c *chain) subjects(t testing.TB) (list []Subject) {
	t.Helper()
	for i := range c.count {
		parent := &c.certs[min(i+1, c.count-1)]
		template := c.certs[i]
		der, err := x509.CreateCertificate(rand.Reader, &template, parent, c.keys[i], testKey())
		if err != nil {
			t.Fatal(err)
		}
		if c.parts[i] != nil {
			der = edited(t, der, c.parts[i])
		}
		parsed, _ := cert.Parse(der)
		list = append(list, Subject{Cert: parsed, Role: c.roles[i], Sent: c.roles[i] != Root, Where: finding.Where{Cert: &finding.Cert{Index: i}}})
	}
	return list
}

// edited takes the TBSCertificate apart, has it changed, and puts it together again; the signature is the old one.
func edited(t testing.TB, der []byte, edit func([][]byte) [][]byte) []byte {
	t.Helper()
	whole := elements(t, content(t, der))
	tbs := sequence(edit(elements(t, content(t, whole[0])))...)
	return sequence(tbs, whole[1], whole[2])
}

func content(t testing.TB, der []byte) []byte {
	t.Helper()
	var v asn1.RawValue
	if _, err := asn1.Unmarshal(der, &v); err != nil {
		t.Fatal(err)
	}
	return v.Bytes
}

func elements(t testing.TB, der []byte) (list [][]byte) {
	t.Helper()
	for len(der) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(der, &v)
		if err != nil {
			t.Fatal(err)
		}
		list, der = append(list, v.FullBytes), rest
	}
	return list
}

func element(tag byte, parts ...[]byte) []byte {
	b, err := asn1.Marshal(asn1.RawValue{Class: int(tag >> 6), Tag: int(tag & 31), IsCompound: tag&0x20 != 0, Bytes: bytes.Join(parts, nil)})
	if err != nil {
		panic(err)
	}
	return b
}

func sequence(parts ...[]byte) []byte { return element(0x30, parts...) }

// with returns an edit that puts an element in the place of another one.
func with(place int, der []byte) func([][]byte) [][]byte {
	return func(parts [][]byte) [][]byte {
		parts = slices.Clone(parts)
		parts[place] = der
		return parts
	}
}

// extension adds an extension to a template, or replaces the one that CreateCertificate would make.
func extension(c *x509.Certificate, critical bool, hexValue string, id ...int) {
	value, err := hex.DecodeString(hexValue)
	if err != nil {
		panic(err)
	}
	c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: id, Critical: critical, Value: value})
}

// byID returns the findings of one lint.
func byID(list []finding.Finding, id finding.ID) (found []finding.Finding) {
	for _, f := range list {
		if f.ID == string(id) {
			found = append(found, f)
		}
	}
	return found
}

func oid(arcs ...uint64) x509.OID {
	id, err := x509.OIDFromInts(arcs)
	if err != nil {
		panic(err)
	}
	return id
}
