package policy_test

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/audit"
)

// goServer is a server of crypto/tls, which has hybrid groups.
type goServer struct {
	config   tls.Config
	leaf     leaf
	staple   bool
	distrust bool // its root is not ours
}

func (s *goServer) enumerate(t *testing.T) *audit.Document {
	t.Helper()
	certificate := tls.Certificate{Certificate: s.leaf.chain(t), PrivateKey: s.leaf.key.(func() crypto.Signer)()}
	if s.staple {
		certificate.OCSPStaple = []byte{0x30, 3, 0x0a, 1, 6}
	}
	s.config.Certificates = []tls.Certificate{certificate}
	a := newAuthority(t, s.leaf.issuer())
	if s.distrust {
		a = newAuthority(t, keys.p521())
	}
	return enumerate(t, serve(t, &s.config), a, nil)
}

func TestAServerOfCryptoTLSPassesTheDefaultPolicyAndOneChangeBreaksOneRule(t *testing.T) {
	good := []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256}
	with := func(suite uint16) func(*goServer) {
		return func(s *goServer) { s.config.CipherSuites = append(slices.Clip(good), suite) }
	}
	expires := func(days int) func(*goServer) {
		return func(s *goServer) {
			s.leaf.change = func(c *x509.Certificate) { noResponder(c); c.NotAfter = now.AddDate(0, 0, days) }
		}
	}
	for breaks, change := range map[string]func(*goServer){
		"": func(*goServer) {},
		"protocols suites.cbc": func(s *goServer) {
			s.config.MinVersion = tls.VersionTLS10
			with(tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA)(s)
		},
		"protocol.tls13 groups.hybrid":                 func(s *goServer) { s.config.MaxVersion = tls.VersionTLS12 },
		"suites.broken":                                with(tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA),
		"suites.weak suites.cbc":                       with(tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA),
		"suites.static":                                with(tls.TLS_RSA_WITH_AES_128_GCM_SHA256),
		"suites.cbc":                                   with(tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA),
		"groups.hybrid":                                func(s *goServer) { s.config.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256} },
		"certificate.trusted":                          func(s *goServer) { s.distrust = true },
		"certificate.expires_soon":                     expires(13),
		"certificate.expires certificate.expires_soon": expires(6),
		"certificate.trusted certificate.expires certificate.expires_soon": expires(-1),
		"staple certificate.trusted":                                       func(s *goServer) { s.leaf.change = func(c *x509.Certificate) { noResponder(c); mustStaple(c) } },
	} {
		s := goServer{leaf: leaf{issuer: keys.p384, key: keys.rsa2048, change: noResponder}, config: tls.Config{CipherSuites: good}}
		change(&s)
		sameRules(t, "with "+breaks+" broken", builtin(t, "default"), s.enumerate(t), strings.Fields(breaks))
	}
}
