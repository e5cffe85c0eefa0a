package testpeer

import (
	"strings"
	"testing"
)

// allKinds are the kinds of keys.
func allKinds() []KeyKind {
	return []KeyKind{RSA2048, RSA1024, RSA512, RSAPSS2048, ECDSAP256, ECDSAP384, ECDSAP521, Ed25519, Ed448, DSA1024}
}

func TestOpenSSLMakesACertificateOfEveryKind(t *testing.T) {
	Need(t, "openssl")
	pki := NewPKI(t.TempDir())
	for _, kind := range allKinds() {
		pair := pki.Issue(t, kind)
		must(t, "openssl", "verify", "-auth_level", "0", "-CAfile", pki.Root(t), pair.Cert)
		if again := pki.Issue(t, kind); again != pair {
			t.Errorf("%s was issued twice", kind)
		}
	}
}

func TestEveryPeerServesItsOwnClient(t *testing.T) {
	Need(t, "openssl")
	pki := NewPKI(t.TempDir())
	pair := pki.Issue(t, RSA2048)

	t.Run("openssl", func(t *testing.T) {
		s := OpenSSL(t, "-cert", pair.Cert, "-key", pair.Key, "-rev", "-no_dhe")
		r := SClient(t, s.Addr, "-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA", "-curves", "P-384", "-CAfile", pki.Root(t))
		if r.Version != "TLSv1.2" || r.CipherSuite != "ECDHE-RSA-AES128-SHA" || !strings.Contains(r.Group, "secp384r1") || r.Verify != "0" ||
			r.ExtendedMasterSecret == nil || !*r.ExtendedMasterSecret || !*r.EncryptThenMAC {
			t.Errorf("unexpected report: %+v", r)
		}
		r = SClient(t, s.Addr, "-tls1_3")
		if r.Version != "TLSv1.3" || r.CipherSuite != "TLS_AES_256_GCM_SHA384" || !strings.HasPrefix(r.Group, "X25519") || r.Verify == "0" {
			t.Errorf("unexpected report: %+v", r)
		}
	})
	t.Run("gnutls-serv", func(t *testing.T) {
		s := GnuTLS(t, "--echo", "--disable-client-cert", "--x509certfile", pair.Cert, "--x509keyfile", pair.Key)
		r := GnuTLSCli(t, s, "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-RSA:-CIPHER-ALL:+AES-128-CBC:-MAC-ALL:+SHA1:-GROUP-ALL:+GROUP-SECP384R1")
		if r.Version != "TLSv1.2" || r.CipherSuite != "AES-128-CBC SHA1" || r.Group != "ECDHE-SECP384R1" ||
			r.ExtendedMasterSecret == nil || !*r.ExtendedMasterSecret || !*r.EncryptThenMAC {
			t.Errorf("unexpected report: %+v", r)
		}
		r = GnuTLSCli(t, s, "NORMAL")
		if r.Version != "TLSv1.3" || r.Code != 0 {
			t.Errorf("unexpected report: %+v", r)
		}
		if r := SClient(t, s.Addr, "-CAfile", pki.Root(t)); r.Code != 0 || r.Verify != "0" {
			t.Errorf("unexpected report: %+v", r)
		}
	})
	t.Run("nginx", func(t *testing.T) {
		s := Nginx(t, "ssl_certificate "+pair.Cert+";\nssl_certificate_key "+pair.Key+";\nreturn 200 hello;")
		if r := SClient(t, s.Addr, "-CAfile", pki.Root(t)); r.Code != 0 || r.Verify != "0" {
			t.Errorf("unexpected report: %+v", r)
		}
	})
}

func TestServerThatCanNotStartIsReportedWithItsWords(t *testing.T) {
	path := Need(t, "openssl")
	s := launch(t, "openssl", command{path: path, args: []string{"s_server", "-cert", "no-such-file"}})
	if _, ok := s.SoonLine("ACCEPT"); ok || !strings.Contains(s.Log(), "no-such-file") {
		t.Errorf("its log: %s", s.Log())
	}
}
