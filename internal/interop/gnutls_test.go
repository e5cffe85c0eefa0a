package interop

import (
	"strconv"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// echoed is what gnutls-serv --echo does.
var echoed = ask("who is there?\n", "who is there?\n")

// everyKX are the key exchanges of GnuTLS that we complete.
const everyKX = "+ECDHE-ECDSA:+ECDHE-RSA:+DHE-RSA:+DHE-DSS:+RSA:+ANON-ECDH:+ANON-DH"

// everything is a priority string that refuses nothing. GnuTLS's CIPHER-ALL and the like leave out
// what is broken or short, so that is named. NULL is left to [withNULL]: with it among the ciphers
// GnuTLS 3.7 refuses all of TLS 1.3.
const everything = "NONE:+VERS-TLS1.3:+VERS-TLS1.2:+VERS-TLS1.1:+VERS-TLS1.0:" + everyKX +
	":+CIPHER-ALL:+AES-128-CCM-8:+AES-256-CCM-8:+ARCFOUR-128:+3DES-CBC:+MAC-ALL:+MD5:+SHA384:+SHA256:+SHA1:+AEAD:+COMP-NULL:+GROUP-ALL:+SIGN-ALL:" +
	"+SIGN-DSA-SHA1:+SIGN-DSA-SHA256:+CTYPE-X509:%SERVER_PRECEDENCE:%VERIFY_ALLOW_SIGN_WITH_SHA1"

const (
	withNULL = everything + ":-VERS-TLS1.3:+NULL"
	// bare is without the two extensions that repair what TLS 1.2 got wrong.
	bare = withNULL + ":%NO_ETM:%NO_SESSION_HASH"
)

// gnutlsSuites are the suites that the installed GnuTLS has, by its own account, and that we promise
// to complete.
func gnutlsSuites(t *testing.T) []iana.CipherSuite {
	t.Helper()
	list := testpeer.Run(t, "", "gnutls-serv", "--list")
	// "TLS_RSA_NULL_MD5                                  	0x00, 0x01	TLS1.0"
	var suites []iana.CipherSuite
	for line := range strings.Lines(list.Stdout) {
		fields := strings.Fields(strings.ReplaceAll(line, ", 0x", ""))
		if len(fields) != 3 || !strings.HasPrefix(fields[1], "0x") || strings.HasPrefix(fields[2], "DTLS") {
			continue
		}
		value, err := strconv.ParseUint(fields[1], 0, 16)
		if err != nil {
			t.Fatalf("gnutls-serv --list: %q: %v", line, err)
		}
		if p, ok := iana.CipherSuite(value).Params(); ok && completable(p) {
			suites = append(suites, iana.CipherSuite(value))
		}
	}
	return suites
}

// gnutlsServer starts gnutls-serv with certificates of these kinds, as an echo.
func gnutlsServer(t *testing.T, priority string, kinds ...testpeer.KeyKind) *testpeer.Server {
	t.Helper()
	testpeer.Need(t, "openssl") // makes the certificates
	args := []string{"--echo", "--disable-client-cert", "--priority", priority}
	for _, kind := range kinds {
		pair := pki.Issue(t, kind)
		args = append(args, "--x509certfile", pair.Cert, "--x509keyfile", pair.Key)
	}
	return testpeer.GnuTLS(t, args...)
}

func testGnuTLSSuites(t *testing.T) {
	testpeer.Need(t, "gnutls-serv")
	kinds := []testpeer.KeyKind{testpeer.RSA2048, testpeer.ECDSAP256, testpeer.DSA1024}
	servers := map[string]*testpeer.Server{
		"usual": gnutlsServer(t, everything, kinds...),
		"NULL":  gnutlsServer(t, withNULL, kinds...),
		"bare":  gnutlsServer(t, bare, kinds...),
	}
	suites := gnutlsSuites(t)
	if len(suites) < 60 {
		t.Errorf("gnutls-serv has only %d suites to try", len(suites))
	}
	for _, suite := range suites {
		params, _ := suite.Params()
		for v := max(params.MinVersion, iana.TLS10); v <= params.MaxVersion && v <= iana.TLS13; v++ {
			ways := []string{"usual", "bare"}
			switch {
			case v == iana.TLS13:
				ways = ways[:1]
			case params.Cipher == iana.CipherNULL:
				ways[0] = "NULL"
			}
			for _, way := range ways {
				t.Run(v.String()+"/"+suite.Name()+"/"+way, func(t *testing.T) {
					checkGnuTLS(t, servers[way], only(v, suite))
				})
			}
		}
	}
}

// checkGnuTLS holds a session to what gnutls-cli says of one with the same restrictions.
func checkGnuTLS(t *testing.T, server *testpeer.Server, offer handshake.Offer) {
	t.Helper()
	v, suite := offer.Max, offer.CipherSuites[0]
	tr := completes(t, server.Addr, offer, echoed)
	priority := gnutlsPriority(v, suite)
	other := testpeer.GnuTLSCli(t, server, priority)
	if other.Version != strings.Replace(v.Name(), "TLS ", "TLSv", 1) {
		t.Fatalf("gnutls-cli --priority %s has %q:\n%s", priority, other.Version, other.Output)
	}
	want := terms{version: v, suite: suite, ems: other.ExtendedMasterSecret, etm: other.EncryptThenMAC}
	want.holds(t, tr)
	if g := tr.Summary.Group; g != nil && other.Group != "ANON-ECDH" && !strings.HasSuffix(other.Group, gnutlsGroup(g.Value)) {
		t.Errorf("our group is %s, that of gnutls-cli %q", codeName(g), other.Group)
	}
}

func gnutlsGroup(value uint64) string {
	for _, n := range groupNames {
		if uint64(n.group) == value {
			return n.gnutls
		}
	}
	return "none"
}

// gnutlsPriority asks for one version and suite.
func gnutlsPriority(v iana.Version, suite iana.CipherSuite) string {
	p, _ := suite.Params()
	kx := everyKX
	if p.KeyExchange != iana.KeyExchangeAny {
		kx = "+" + gnutlsKX(p)
	}
	mac := map[iana.MAC]string{iana.MACAEAD: "AEAD", iana.MACMD5: "MD5", iana.MACSHA1: "SHA1", iana.MACSHA256: "SHA256", iana.MACSHA384: "SHA384"}[p.MAC]
	return "NONE:+VERS-" + strings.ReplaceAll(v.Name(), " ", "") + ":" + kx + ":+" + gnutlsCipher(p.Cipher) + ":+" + mac +
		":+COMP-NULL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-FFDHE2048:+SIGN-ALL:+SIGN-DSA-SHA1:+SIGN-DSA-SHA256:+CTYPE-X509:%VERIFY_ALLOW_SIGN_WITH_SHA1"
}

func gnutlsKX(p iana.SuiteParams) string {
	kx := p.KeyExchange.String()
	switch p.Authentication {
	case iana.AuthenticationAnon:
		return "ANON-" + strings.TrimSuffix(kx, "E")
	case iana.AuthenticationDSS, iana.AuthenticationECDSA:
		return kx + "-" + p.Authentication.String()
	case iana.AuthenticationRSA:
		if p.KeyExchange != iana.KeyExchangeRSA {
			return kx + "-RSA"
		}
	}
	return kx
}

func gnutlsCipher(c iana.Cipher) string {
	switch c {
	case iana.CipherRC4_128:
		return "ARCFOUR-128"
	case iana.Cipher3DES:
		return "3DES-CBC"
	case iana.CipherChaCha20Poly1305:
		return "CHACHA20-POLY1305"
	}
	return strings.ReplaceAll(c.String(), "_", "-")
}
