package interop

import (
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// credentialOf reads a pair of files.
func credentialOf(t *testing.T, pair testpeer.Pair) *handshake.Credential {
	t.Helper()
	der := func(name string) []byte {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(b)
		return block.Bytes
	}
	key, err := x509.ParsePKCS8PrivateKey(der(pair.Key))
	if err != nil {
		t.Fatal(err)
	}
	return &handshake.Credential{Chain: [][]byte{der(pair.Cert)}, Key: key.(crypto.Signer)}
}

// present probes a server with a credential, and says something over the session.
func present(t *testing.T, addr string, offer handshake.Offer, c *handshake.Credential, say talk) *trace.Trace {
	t.Helper()
	target, err := dial.ParseTarget(addr)
	if err != nil {
		t.Fatal(err)
	}
	return probe.Run(t.Context(), probe.Options{
		Target: target, Input: addr, Offer: offer, Credential: c, Insecure: true,
		Timeout: 20 * time.Second, Linger: 50 * time.Millisecond, Rand: rand.Reader, Now: time.Now, Exchange: say,
	})
}

// clientCheck is what the trace says of the client's certificate.
func clientCheck(tr *trace.Trace) finding.Finding {
	for _, f := range tr.Summary.Checks {
		if f.ID == string(finding.HandshakeClientCertificate) {
			return f
		}
	}
	return finding.Finding{}
}

// clientKeys are the keys that clients prove themselves with, and the oldest version that has a way to.
var clientKeys = []struct {
	kind testpeer.KeyKind
	from uint16
}{
	{testpeer.RSA2048, tls.VersionTLS10}, {testpeer.ECDSAP256, tls.VersionTLS10}, {testpeer.ECDSAP384, tls.VersionTLS10},
	{testpeer.ECDSAP521, tls.VersionTLS10}, {testpeer.Ed25519, tls.VersionTLS12},
}

var allVersions = []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13}

// offerOf is a version and whatever it can be negotiated with.
func offerOf(version uint16) handshake.Offer {
	o := handshake.DefaultOffer(iana.Version(version), iana.Version(version))
	o.ServerName = "localhost"
	return o
}

func TestCryptoTLSTakesClientCertificatesOfEveryKeyInEveryVersion(t *testing.T) {
	serving, err := tls.LoadX509KeyPair(pki.Issue(t, testpeer.RSA2048).Cert, pki.Issue(t, testpeer.RSA2048).Key)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	root, err := os.ReadFile(pki.Root(t))
	if err != nil || !roots.AppendCertsFromPEM(root) {
		t.Fatal(err)
	}
	for _, key := range clientKeys {
		c := credentialOf(t, pki.Issue(t, key.kind))
		for _, version := range allVersions {
			t.Run(fmt.Sprintf("%s, %s", tls.VersionName(version), key.kind), func(t *testing.T) {
				t.Parallel()
				config := &tls.Config{
					Certificates: []tls.Certificate{serving}, MinVersion: version, MaxVersion: version,
					ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: roots,
				}
				addr, seen := serveOnce(t, config)
				tr := present(t, addr, offerOf(version), c, ask("who am I?\n", "who am I?\n"))
				server := <-seen
				check := clientCheck(tr)
				if version < key.from {
					if server.err == nil || check.Status != finding.Warn || tr.Error == nil || !strings.Contains(tr.Error.Hint, "could not be used here") {
						t.Errorf("the server: %v; the trace: %+v %+v", server.err, check, tr.Error)
					}
					return
				}
				if tr.Error != nil || server.err != nil || check.Status != finding.Pass {
					t.Fatalf("%+v, the server: %v, %+v\n%s", tr.Error, server.err, check, story(tr))
				}
				if got := server.state.PeerCertificates; len(got) != 1 || string(got[0].Raw) != string(c.Chain[0]) {
					t.Errorf("the server got %d certificates", len(got))
				}
			})
		}
	}
}

func TestOpenSSLTakesClientCertificatesOfEveryKeyInEveryVersion(t *testing.T) {
	own := pki.Issue(t, testpeer.RSA2048)
	kinds := append(clientKeys[:len(clientKeys):len(clientKeys)], struct {
		kind testpeer.KeyKind
		from uint16
	}{testpeer.RSA1024, tls.VersionTLS10})
	for _, version := range allVersions {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			t.Parallel()
			srv := testpeer.OpenSSL(t, "-cert", own.Cert, "-key", own.Key, opensslVersions[version], "-cipher", "ALL:@SECLEVEL=0", "-rev",
				"-CAfile", pki.Root(t), "-Verify", "2", "-verify_return_error", "-naccept", "100")
			for _, key := range kinds {
				t.Run(string(key.kind), func(t *testing.T) {
					c := credentialOf(t, pki.Issue(t, key.kind))
					tr := present(t, srv.Addr, offerOf(version), c, ask("ABC\n", "CBA\n"))
					check := clientCheck(tr)
					if version < key.from {
						if check.Status != finding.Warn || tr.Error == nil {
							t.Errorf("%+v %+v", check, tr.Error)
						}
						return
					}
					if tr.Error != nil || check.Status != finding.Pass {
						t.Fatalf("%+v %+v\n%s\n%s", tr.Error, check, story(tr), srv.Log())
					}
				})
			}
		})
	}
}

func TestGnuTLSTakesAClientCertificate(t *testing.T) {
	own := pki.Issue(t, testpeer.RSA2048)
	srv := testpeer.GnuTLS(t, "--echo", "--require-client-cert", "--verify-client-cert", "--x509cafile", pki.Root(t),
		"--x509certfile", own.Cert, "--x509keyfile", own.Key, "--priority", "NORMAL:+VERS-TLS1.0:+VERS-TLS1.1:+SHA1:%VERIFY_ALLOW_SIGN_WITH_SHA1:+SIGN-RSA-SHA1:+SIGN-ECDSA-SHA1")
	for _, version := range allVersions {
		for _, key := range clientKeys {
			if version < key.from {
				continue
			}
			t.Run(fmt.Sprintf("%s, %s", tls.VersionName(version), key.kind), func(t *testing.T) {
				c := credentialOf(t, pki.Issue(t, key.kind))
				tr := present(t, srv.Addr, offerOf(version), c, ask("echo\n", "echo\n"))
				if check := clientCheck(tr); tr.Error != nil || check.Status != finding.Pass {
					t.Fatalf("%+v %+v\n%s\n%s", tr.Error, check, story(tr), srv.Log())
				}
			})
		}
	}
}

func TestNginxTakesAClientCertificateAndRefusesAStrangers(t *testing.T) {
	own := pki.Issue(t, testpeer.ECDSAP256)
	srv := testpeer.Nginx(t, fmt.Sprintf(`ssl_certificate %s;
ssl_certificate_key %s;
ssl_client_certificate %s;
ssl_verify_client on;
ssl_protocols TLSv1.2 TLSv1.3;
location / { return 200 "$ssl_client_verify $ssl_client_s_dn\n"; }`, own.Cert, own.Key, pki.Root(t)))
	stranger := credentialOf(t, testpeer.NewPKI(t.TempDir()).Issue(t, testpeer.ECDSAP256))
	for _, version := range allVersions[2:] {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			offer := offerOf(version)
			offer.ALPN = []string{"http/1.1"}
			get := "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"
			tr := present(t, srv.Addr, offer, credentialOf(t, pki.Issue(t, testpeer.ECDSAP384)), askTo(get, "SUCCESS CN=p384,O=tlsprobe"))
			if check := clientCheck(tr); tr.Error != nil || check.Status != finding.Pass {
				t.Errorf("%+v %+v\n%s", tr.Error, check, story(tr))
			}
			// nginx completes the handshake and says no by HTTP.
			tr = present(t, srv.Addr, offer, stranger, askTo(get, "400 The SSL certificate error"))
			if check := clientCheck(tr); tr.Error != nil || check.Status != finding.Pass {
				t.Errorf("a stranger: %+v %+v\n%s", tr.Error, check, story(tr))
			}
		})
	}
}
