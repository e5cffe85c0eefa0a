package policy_test

import (
	"bufio"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// host is the name that certificates of tests are for.
const host = "example.test"

// now is the clock of tests.
var now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// authority is a root that issues the certificates of a test.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

// newAuthority makes a root with a key and the algorithm that it signs by.
func newAuthority(t testing.TB, key crypto.Signer) *authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Root"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{c, key}
}

// issue makes a certificate for the host that is as change says.
func (a *authority) issue(t testing.TB, key crypto.Signer, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		NotBefore: now.AddDate(0, 0, -10), NotAfter: now.AddDate(0, 0, 80),
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// files writes a certificate and its key as PEM.
func files(t testing.TB, c tls.Certificate) (certificate, key string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, label string, der []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return write("cert.pem", "CERTIFICATE", c.Certificate[0]), write("key.pem", "PRIVATE KEY", der)
}

// roots is a store with the authority alone.
func (a *authority) roots() (*verify.Store, error) {
	return verify.Of("the test's root", a.certificate.Raw), nil
}

// serve runs a server of crypto/tls until the test ends, and returns its address.
func serve(t testing.TB, cfg *tls.Config) string {
	t.Helper()
	return testpeer.Accept(t, func(c net.Conn) {
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		answer(tls.Server(c, cfg))
	})
}

// answer answers one request, with HSTS.
func answer(c *tls.Conn) {
	if c.Handshake() != nil {
		return
	}
	if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=63072000\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	}
	_ = c.CloseWrite()
}

// enumerate asks a server everything.
func enumerate(t testing.TB, addr string, a *authority, change func(*audit.Options)) *audit.Document {
	t.Helper()
	target, err := dial.ParseTarget(addr)
	if err != nil {
		t.Fatal(err)
	}
	o := audit.Options{
		Target: target, Input: addr, SNI: host, PerHost: 4, Timeout: 10 * time.Second,
		Rand: rand.Reader, Now: time.Now, At: now, Tool: trace.Tool{Name: "tlsprobe", Version: "test"}, Roots: a.roots,
	}
	if change != nil {
		change(&o)
	}
	d, err := audit.Enumerate(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
