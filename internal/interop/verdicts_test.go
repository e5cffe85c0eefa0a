package interop

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/demo"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// chain is a server's certificates, and who asks for them.
type chain struct {
	name    string
	host    string // the name that the client wants
	leaf    demo.LeafOptions
	ca      demo.KeyType // of root and intermediate
	trusted bool
	// roots is what the client trusts, the root above the chain if nil.
	roots func(*testing.T, tls.Certificate) []byte
}

const (
	ourHost = "demo.tlsprobe.test"
	day     = 24 * time.Hour
)

func chains() []chain {
	now := time.Now()
	usage := func(u ...x509.ExtKeyUsage) demo.LeafOptions { return demo.LeafOptions{Usage: u} }
	return []chain{
		{name: "good", host: ourHost, trusted: true},
		{name: "good, for an address", host: "127.0.0.1", trusted: true},
		{name: "good, RSA throughout", host: ourHost, leaf: demo.LeafOptions{Key: demo.RSA2048}, ca: demo.RSA2048, trusted: true},
		{name: "good, Ed25519 throughout", host: ourHost, leaf: demo.LeafOptions{Key: demo.Ed25519}, ca: demo.Ed25519, trusted: true},
		{name: "good, P-521 throughout", host: ourHost, leaf: demo.LeafOptions{Key: demo.ECDSAP521}, ca: demo.ECDSAP521, trusted: true},
		{name: "expired", host: ourHost, leaf: demo.LeafOptions{NotBefore: now.Add(-9 * day), NotAfter: now.Add(-day)}},
		{name: "not yet valid", host: ourHost, leaf: demo.LeafOptions{NotBefore: now.Add(day), NotAfter: now.Add(9 * day)}},
		{name: "wrong host", host: "other.tlsprobe.test"},
		{name: "wrong address", host: "127.0.0.2"},
		{name: "wildcard", host: "a.tlsprobe.test", leaf: demo.LeafOptions{Names: []string{"*.tlsprobe.test"}}, trusted: true},
		{name: "wildcard, a label too many", host: "a.b.tlsprobe.test", leaf: demo.LeafOptions{Names: []string{"*.tlsprobe.test"}}},
		{name: "wildcard, a label too few", host: "tlsprobe.test", leaf: demo.LeafOptions{Names: []string{"*.tlsprobe.test"}}},
		{name: "host in capitals", host: ourHost, leaf: demo.LeafOptions{Names: []string{"DEMO.tlsprobe.TEST"}}, trusted: true},
		{name: "self-signed", host: ourHost, leaf: demo.LeafOptions{SelfSigned: true}},
		{name: "unknown authority", host: ourHost, roots: strangerRoots},
		{name: "missing intermediate", host: ourHost, leaf: demo.LeafOptions{OmitChain: true}},
		{name: "for clients", host: ourHost, leaf: usage(x509.ExtKeyUsageClientAuth)},
		{name: "for servers and clients", host: ourHost, leaf: usage(x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth), trusted: true},
	}
}

func strangerRoots(t *testing.T, _ tls.Certificate) []byte {
	t.Helper()
	stranger, err := demo.NewCA(demo.CAOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return stranger.PEM()
}

func TestVerdictIsThatOfEveryOtherClient(t *testing.T) {
	testpeer.Need(t, "openssl")
	testpeer.Need(t, "gnutls-cli")
	for _, c := range chains() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server, roots := c.serve(t)
			if got := verdict(t, server.Addr, c.host, roots); got != c.trusted {
				t.Errorf("our verdict: trusted is %v", got)
			}
			name := "-verify_hostname"
			if isAddress(c.host) {
				name = "-verify_ip"
			}
			openssl := testpeer.SClient(t, server.Addr, "-CAfile", roots, "-no-CApath", "-no-CAstore", name, c.host, "-verify_return_error")
			if got := openssl.Verify == "0" && openssl.Code == 0; got != c.trusted {
				t.Errorf("the verdict of s_client: trusted is %v\n%s", got, openssl.Output)
			}
			gnutls := testpeer.Run(t, "", "gnutls-cli", "--x509cafile", roots, "--verify-hostname", c.host, "--port", server.Port(), "127.0.0.1")
			if got := gnutls.Code == 0; got != c.trusted {
				t.Errorf("the verdict of gnutls-cli: trusted is %v\n%s", got, gnutls.Output())
			}
		})
	}
}

func isAddress(host string) bool {
	target, err := dial.ParseTarget(host)
	return err == nil && target.IsAddr()
}

// serve starts s_server with the chain and writes the client's roots.
func (c chain) serve(t *testing.T) (server *testpeer.Server, roots string) {
	t.Helper()
	root, err := demo.NewCA(demo.CAOptions{Key: c.ca})
	if err != nil {
		t.Fatal(err)
	}
	middle, err := root.Intermediate(pkix.Name{CommonName: "tlsprobe interop intermediate"}, c.ca)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := middle.Issue(c.leaf)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(leaf.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, ders ...[]byte) string {
		var text []byte
		for _, der := range ders {
			text = append(text, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})...)
		}
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	args := []string{"-rev", "-cert", write("leaf.pem", "CERTIFICATE", leaf.Certificate[0]), "-key", write("leaf.key", "PRIVATE KEY", key)}
	if len(leaf.Certificate) > 1 {
		args = append(args, "-cert_chain", write("chain.pem", "CERTIFICATE", leaf.Certificate[1:]...))
	}
	roots = write("roots.pem", "CERTIFICATE", root.Certificate.Raw)
	if c.roots != nil {
		if err := os.WriteFile(roots, c.roots(t, leaf), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return testpeer.OpenSSL(t, args...), roots
}

// verdict is that of a whole probe: data is exchanged only with whom it trusts.
func verdict(t *testing.T, addr, host, roots string) bool {
	t.Helper()
	target, err := dial.ParseTarget(addr)
	if err != nil {
		t.Fatal(err)
	}
	store, err := verify.File(roots)
	if err != nil {
		t.Fatal(err)
	}
	said := false
	tr := probe.Run(t.Context(), probe.Options{
		Target: target, Offer: every(iana.TLS12, iana.TLS13), Timeout: 20 * time.Second, Linger: 50 * time.Millisecond,
		Rand: rand.Reader, Now: time.Now,
		Verify: func(v *handshake.VerifyChain) ([]finding.Finding, bool) {
			r := verify.Verify(verify.Request{Chain: v.Chain, Hostname: host, Time: time.Now(), Store: store, Staples: v.Staples})
			return r.Findings, r.Trusted
		},
		Exchange: func(ctx context.Context, session *conn.Conn) error {
			said = true
			return reversed(ctx, session)
		},
	})
	if tr.Error != nil {
		t.Fatalf("%s: %s\n%s", tr.Error.Kind, tr.Error.Message, story(tr))
	}
	trusted := tr.Outcome == trace.OK
	if said != trusted || !trusted && tr.Outcome != trace.Untrusted {
		t.Errorf("the outcome is %s, and data was exchanged: %v", tr.Outcome, said)
	}
	return trusted
}
