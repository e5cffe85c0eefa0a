package audit_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/audit"
)

// renewed are certificates of the same keys, of which that of RSA has the lower SHA-256, or that of ECDSA.
func renewed(t *testing.T, lowerRSA bool) []tls.Certificate {
	t.Helper()
	a, b := identities.rsa().PrivateKey.(*rsa.PrivateKey), identities.ecdsa().PrivateKey.(*ecdsa.PrivateKey)
	for range 200 { // each is as likely, since signatures of ECDSA are random
		pair := []tls.Certificate{selfSigned(a, &a.PublicKey, nil), selfSigned(b, &b.PublicKey, nil)}
		x, y := sha256.Sum256(pair[0].Certificate[0]), sha256.Sum256(pair[1].Certificate[0])
		if (bytes.Compare(x[:], y[:]) < 0) == lowerRSA {
			return pair
		}
	}
	t.Fatal("no such certificates in 200")
	return nil
}

func TestCertificatesKeepTheirPlaceWhenTheyAreRenewed(t *testing.T) {
	for _, lowerRSA := range []bool{true, false} {
		cfg := &tls.Config{Certificates: renewed(t, lowerRSA), MinVersion: tls.VersionTLS12}
		d := enumerate(t, serve(t, cfg), nil)
		complete(t, d)
		var kinds []string
		for _, c := range d.Certificates {
			kinds = append(kinds, c.Asked[0]+", "+c.Key)
		}
		if want := []string{"TLS 1.3 RSA, RSA 2048 bits", "TLS 1.3 ECDSA, ECDSA P-256"}; !slices.Equal(kinds, want) {
			t.Errorf("%q, want %q", kinds, want)
		}
	}
}

func TestAKindOfKeyThatGotNoAnswerLeavesTheCertificatesOpen(t *testing.T) {
	cfg := rsaOnly()
	cfg.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		has := func(s tls.SignatureScheme) bool { return slices.Contains(h.SignatureSchemes, s) }
		if has(tls.ECDSAWithP256AndSHA256) && !has(tls.PSSWithSHA256) {
			_, _ = h.Conn.Write([]byte("220 mail.example.test\r\n"))
			return nil, errors.New("it speaks something else")
		}
		return nil, nil
	}
	d := enumerate(t, serve(t, cfg), nil)
	for _, id := range []string{"certificates", "signatures"} {
		q := question(t, d, id)
		if q.Answer.Status != audit.Unknown || !strings.Contains(q.Answer.Reason, "TLS 1.3 ECDSA") || !slices.Contains(q.Values, "TLS 1.3 RSA") {
			t.Errorf("%+v", q)
		}
	}
	if len(d.Certificates) != 1 || d.Complete() {
		t.Errorf("%d certificates, complete %t", len(d.Certificates), d.Complete())
	}
}
