package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/crypto/ocsp"
)

// testTime is when the certificates of scripts are verified: scripts say --time 2026-11-23T12:00:00Z.
var testTime = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// hostileName is what a name of a certificate must not be able to do to a terminal.
const hostileName = "a\x1b[31m\x1b]0;owned\a\r\n-----BEGIN CERTIFICATE-----\u202egnp\u200b\u2028\x00"

// testPKI returns files with certificates, by name. They are made once: nothing that is tested depends on keys.
var testPKI = sync.OnceValues(func() (map[string][]byte, error) {
	const day = 24 * time.Hour
	m := pkiMaker{files: map[string][]byte{}}
	authority := x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	leaf := x509.Certificate{
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
		DNSNames: []string{"www.example.com", "example.com"}, IPAddresses: []net.IP{net.IPv4(192, 0, 2, 7)},
		OCSPServer: []string{"http://ocsp.example.com/"}, CRLDistributionPoints: []string{"http://ca.example.com/int.crl"},
		NotBefore: testTime.Add(-30 * day), NotAfter: testTime.Add(60 * day),
	}
	root := m.make("Test Root", authority, nil)
	middle := m.make("Issuing CA", authority, root)
	server := m.make("www.example.com", leaf, middle)
	old := leaf
	old.NotAfter = testTime.Add(-2 * day)
	expired := m.make("old.example.com", old, middle)
	bad := leaf
	bad.DNSNames, bad.EmailAddresses = []string{"xn--plain.example"}, []string{"a@example.com"}
	bad.URIs = []*url.URL{{Scheme: "https", Host: "example.com", Path: "/" + strings.Repeat("x", 300)}}
	hostile := m.make(hostileName, bad, middle)
	other := m.make("Test Root", authority, nil)
	m.write("root.pem", root.der)
	m.write("other-root.pem", other.der)
	m.write("leaf.pem", server.der)
	m.write("chain.pem", server.der, middle.der)
	m.write("unordered.pem", server.der, root.der, middle.der)
	m.write("expired.pem", expired.der, middle.der)
	m.write("hostile.pem", hostile.der)
	m.files["with-key.pem"] = append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{0x30, 0}}), m.files["chain.pem"]...)
	m.files["leaf.der"], m.files["chain.der"] = server.der, append(bytes.Clone(server.der), middle.der...)
	// The identifier of ecdsa-with-SHA256 with another last arc is that of no algorithm.
	m.write("strange.pem", bytes.ReplaceAll(server.der, []byte("\x2a\x86\x48\xce\x3d\x04\x03\x02"), []byte("\x2a\x86\x48\xce\x3d\x04\x03\x7f")), middle.der)
	crl, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: testTime.Add(-day), NextUpdate: testTime.Add(day)}, middle.template, middle.key)
	if err != nil {
		m.err = err
	}
	m.files["int.crl"] = crl
	m.files["int.crl.pem"] = pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: crl})
	m.evidence(middle, server)
	spki, err := x509.MarshalPKIXPublicKey(root.key.Public())
	if err != nil {
		m.err = err
	}
	id := sha256.Sum256(spki)
	m.files["logs.json"] = fmt.Appendf(nil, `{"version": "1", "log_list_timestamp": "2026-11-01T00:00:00Z", "operators": [{"name": "Tests", "logs": [
		{"description": "Test log", "log_id": %q, "key": %q, "url": "https://log.example/"}]}]}`,
		base64.StdEncoding.EncodeToString(id[:]), base64.StdEncoding.EncodeToString(spki))
	m.files["sct-list"] = []byte{0, 8, 0, 2, 1, 2, 0, 2, 3, 4}
	return m.files, m.err
})

type madeCert struct {
	template *x509.Certificate
	key      *ecdsa.PrivateKey
	der      []byte
}

type pkiMaker struct {
	files map[string][]byte
	n     int64
	err   error
}

func (m *pkiMaker) write(name string, certificates ...[]byte) {
	for _, der := range certificates {
		m.files[name] = append(m.files[name], pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
}

// make issues a certificate; without an issuer by itself.
func (m *pkiMaker) make(name string, template x509.Certificate, by *madeCert) *madeCert {
	m.n++
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		m.err = err
		return &madeCert{}
	}
	template.SerialNumber, template.Subject = big.NewInt(1000+m.n), pkix.Name{CommonName: name, Organization: []string{"Tests"}}
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = testTime.AddDate(-1, 0, 0), testTime.AddDate(9, 0, 0)
	}
	template.SubjectKeyId = []byte{byte(m.n), 1, 2, 3}
	c := &madeCert{template: &template, key: key}
	if by == nil {
		by = c
	}
	if c.der, err = x509.CreateCertificate(rand.Reader, &template, by.template, key.Public(), by.key); err != nil {
		m.err = err
	}
	return c
}

// evidence makes OCSP responses about a certificate, and a list that has it.
func (m *pkiMaker) evidence(issuer, about *madeCert) {
	const day = 24 * time.Hour
	parsed, err := x509.ParseCertificate(issuer.der)
	if err != nil {
		m.err = err
		return
	}
	serial := about.template.SerialNumber
	for name, status := range map[string]int{"good.ocsp": ocsp.Good, "revoked.ocsp": ocsp.Revoked} {
		if m.files[name], err = ocsp.CreateResponse(parsed, parsed, ocsp.Response{
			Status: status, SerialNumber: serial, ThisUpdate: testTime.Add(-day), NextUpdate: testTime.Add(day), RevokedAt: testTime.Add(-2 * day),
			RevocationReason: ocsp.KeyCompromise,
		}, issuer.key); err != nil {
			m.err = err
		}
	}
	if m.files["revoked.crl"], err = x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(2), ThisUpdate: testTime.Add(-day), NextUpdate: testTime.Add(day),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: serial, RevocationTime: testTime.Add(-2 * day)}},
	}, issuer.template, issuer.key); err != nil {
		m.err = err
	}
}

// scriptPKI writes the files of testPKI: pki.
func scriptPKI(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: pki")
	}
	files, err := testPKI()
	ts.Check(err)
	for name, content := range files {
		writeFile(ts, name, content)
	}
}

func pkiFile(t *testing.T, name string) []byte {
	t.Helper()
	files, err := testPKI()
	if err != nil {
		t.Fatal(err)
	}
	return files[name]
}
