package render

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// manifold is the Certificate message of TLS 1.3 with a certificate that has something of everything.
func manifold(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	link, _ := url.Parse("https://peer.example/")
	_, network, _ := net.ParseCIDR("10.0.0.0/8")
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "peer", Country: []string{"DE"}},
		NotBefore: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), NotAfter: time.Date(2051, 1, 2, 3, 4, 5, 0, time.UTC),
		DNSNames: []string{"peer.example"}, IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1), net.ParseIP("2001:db8::1")}, URIs: []*url.URL{link},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true, IsCA: true, MaxPathLen: 2, OCSPServer: []string{"http://ocsp.example"}, IssuingCertificateURL: []string{"http://ca.example"},
		PermittedIPRanges: []*net.IPNet{network}, PermittedDNSDomains: []string{"example"}, PermittedDNSDomainsCritical: true,
		CRLDistributionPoints: []string{"http://crl.example"}, PolicyIdentifiers: nil,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	body := append([]byte{0, byte((len(der) + 5) >> 16), byte((len(der) + 5) >> 8), byte(len(der) + 5)}, byte(len(der)>>16), byte(len(der)>>8), byte(len(der)))
	body = append(append(body, der...), 0, 0)
	return append([]byte{11, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)
}

func TestACertificateIsReadOutToTheBits(t *testing.T) {
	s := newScript("peer.example")
	s.ctx.Version = iana.TLS13
	s.ctx = message.Context{Version: iana.TLS13}
	s.message(trace.Received, manifold(t), true)
	got := shown(t, s.done(), Options{Verbosity: 1})
	plain := strings.Join(strings.Fields(got), " ")
	for _, want := range []string{ // what the template of crypto/x509 says
		"signature                   ecdsa-with-SHA256", "not_before                  2026-01-02T03:04:05Z", "not_after                   2051-01-02T03:04:05Z",
		"critical                TRUE", "usages                  digitalSignature, keyCertSign ", "ca                    TRUE",
		"ip_address            192.0.2.1", "ip_address#2          2001:db8::1", "10.0.0.0/8", "key_purpose_id        serverAuth",
		"parameters              P-256",
	} {
		if want = strings.Join(strings.Fields(want), " "); !strings.Contains(plain, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for _, filler := range []string{"part of the certificate's DER", "content of a DER element"} {
		if strings.Contains(got, filler) {
			t.Errorf("there is %q", filler)
		}
	}
}
