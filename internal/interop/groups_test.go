package interop

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// opensslGroup is what -groups calls a group.
func opensslGroup(g iana.Group) string {
	switch g {
	case iana.Secp256r1:
		return "P-256"
	case iana.Secp384r1:
		return "P-384"
	case iana.Secp521r1:
		return "P-521"
	case iana.X25519:
		return "X25519"
	case iana.X448:
		return "X448"
	}
	return g.Name()
}

func TestGroupOfEveryPeerIsCompletedWithAndWithoutRetry(t *testing.T) {
	testpeer.Need(t, "openssl")
	rsa := pki.Issue(t, testpeer.RSA2048)
	suite := iana.TLS_AES_128_GCM_SHA256
	for _, g := range allGroups() {
		t.Run("openssl/"+g.Name(), func(t *testing.T) {
			server := testpeer.OpenSSL(t, "-rev", "-cert", rsa.Cert, "-key", rsa.Key, "-tls1_3", "-groups", opensslGroup(g))
			checkGroup(t, server, suite, g, reversed)
			// The server's configuration forces the group; s_client has to find the same.
			other := testpeer.SClient(t, server.Addr, "-groups", opensslGroup(g))
			if !sameGroup(trace.CodeOf(g), other.Group) {
				t.Errorf("s_client has %q", other.Group)
			}
		})
		t.Run("gnutls-serv/"+g.Name(), func(t *testing.T) {
			testpeer.Need(t, "gnutls-serv")
			server := gnutlsServer(t, "NORMAL:-GROUP-ALL:+GROUP-"+gnutlsGroup(uint64(g)), testpeer.RSA2048)
			checkGroup(t, server, suite, g, echoed)
			other := testpeer.GnuTLSCli(t, server, "NORMAL:-GROUP-ALL:+GROUP-"+gnutlsGroup(uint64(g)))
			if !strings.HasSuffix(other.Group, gnutlsGroup(uint64(g))) {
				t.Errorf("gnutls-cli has %q", other.Group)
			}
		})
	}
}

// checkGroup makes the server take the share it is sent, and ask for another.
func checkGroup(t *testing.T, server *testpeer.Server, suite iana.CipherSuite, g iana.Group, say talk) {
	t.Helper()
	want := terms{version: iana.TLS13, suite: suite, group: g, retry: new(false)}
	want.holds(t, completes(t, server.Addr, with(only(iana.TLS13, suite), g), say))

	other := iana.X25519
	if g == other {
		other = iana.Secp256r1
	}
	offer := only(iana.TLS13, suite)
	offer.Groups, offer.KeyShares = []iana.Group{other, g}, []iana.Group{other}
	want.retry = new(true)
	tr := completes(t, server.Addr, offer, say)
	want.holds(t, tr)
	if count(tr, trace.Received, "hello_retry_request") != 1 || count(tr, trace.Sent, "client_hello") != 2 {
		t.Errorf("no retry in the trace\n%s", story(tr))
	}
}

func TestCurveOfEveryPeerIsCompletedInTLS12(t *testing.T) {
	testpeer.Need(t, "openssl")
	rsa := pki.Issue(t, testpeer.RSA2048)
	suite := iana.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
	server := testpeer.OpenSSL(t, "-rev", "-cert", rsa.Cert, "-key", rsa.Key, "-tls1_2", "-groups", "X25519:P-256:P-384:P-521:X448")
	for _, g := range []iana.Group{iana.X25519, iana.Secp256r1, iana.Secp384r1, iana.Secp521r1, iana.X448} {
		t.Run(g.Name(), func(t *testing.T) {
			tr := completes(t, server.Addr, with(only(iana.TLS12, suite), g), reversed)
			terms{version: iana.TLS12, suite: suite, group: g}.holds(t, tr)
		})
	}
}

// dhPrimes are ways to make a group for DHE with openssl.
var dhPrimes = []struct {
	name  string // what the trace knows it as; empty for a prime of our own
	bits  int
	args  []string
	small bool // OpenSSL makes it and doesn't serve it; GnuTLS does
}{
	{"RFC 7919 ffdhe2048", 2048, named("ffdhe2048"), false},
	{"RFC 7919 ffdhe3072", 3072, named("ffdhe3072"), false},
	{"RFC 7919 ffdhe4096", 4096, named("ffdhe4096"), false},
	{"RFC 3526 group 5", 1536, named("modp_1536"), true},
	{"RFC 3526 group 14", 2048, named("modp_2048"), false},
	{"", 768, []string{"dhparam", "768"}, true},
	{"", 512, []string{"dhparam", "512"}, true},
}

func named(group string) []string {
	return []string{"genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:" + group}
}

func TestPrimeOfEverySizeIsCompletedAndMeasured(t *testing.T) {
	testpeer.Need(t, "openssl")
	rsa := pki.Issue(t, testpeer.RSA2048)
	suite := iana.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256
	for _, p := range dhPrimes {
		t.Run(fmt.Sprint(p.bits, " bits ", p.name), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "dh.pem")
			args := append([]string{p.args[0], "-out", file}, p.args[1:]...)
			if r := testpeer.Run(t, "", "openssl", args...); r.Code != 0 {
				t.Fatal(r.Output())
			}
			offer := only(iana.TLS12, suite)
			offer.Groups = nil // or GnuTLS takes one of these: RFC 7919, Section 4
			var tr *trace.Trace
			if p.small {
				testpeer.Need(t, "gnutls-serv")
				server := testpeer.GnuTLS(t, "--echo", "--disable-client-cert", "--priority", everything,
					"--x509certfile", rsa.Cert, "--x509keyfile", rsa.Key, "--dhparams", file)
				tr = completes(t, server.Addr, offer, echoed)
			} else {
				server := testpeer.OpenSSL(t, "-rev", "-cert", rsa.Cert, "-key", rsa.Key, "-tls1_2", "-cipher", anything, "-dhparam", file)
				tr = completes(t, server.Addr, offer, reversed)
				other := testpeer.SClient(t, server.Addr, "-cipher", suite.OpenSSLName()+":@SECLEVEL=0")
				if other.Group != fmt.Sprintf("DH, %d bits", p.bits) {
					t.Errorf("s_client has %q", other.Group)
				}
			}
			terms{version: iana.TLS12, suite: suite}.holds(t, tr)
			if x := exchangeOf(tr); x.Bits != p.bits || x.Known != p.name {
				t.Errorf("a prime of %d bits, %q, by the trace", x.Bits, x.Known)
			}
		})
	}
}

// exchangeOf finds the key agreement of a trace.
func exchangeOf(tr *trace.Trace) trace.Exchange {
	for _, e := range tr.Events {
		if d, ok := e.Detail.(*trace.Exchange); ok {
			return *d
		}
	}
	return trace.Exchange{}
}
