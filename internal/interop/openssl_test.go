package interop

import (
	"strconv"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// s_server -rev answers each line backwards.
var reversed = ask("stressed\n", "desserts\n")

// anything makes OpenSSL 3 willing to do all that it still can.
const anything = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"

// opensslSuites are the suites that the installed openssl has, by its own account, and that we
// promise to complete.
func opensslSuites(t *testing.T) []iana.CipherSuite {
	t.Helper()
	list := testpeer.Run(t, "", "openssl", "ciphers", "-V", anything)
	if list.Code != 0 {
		t.Fatal(list.Output())
	}
	// "          0xC0,0x2C - ECDHE-ECDSA-AES256-GCM-SHA384 TLSv1.2 Kx=ECDH …"
	var suites []iana.CipherSuite
	for line := range strings.Lines(list.Stdout) {
		code, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		value, err := strconv.ParseUint(strings.NewReplacer("0x", "", ",", "").Replace(code), 16, 16)
		if err != nil {
			t.Fatalf("openssl ciphers: %q: %v", line, err)
		}
		if p, ok := iana.CipherSuite(value).Params(); ok && completable(p) {
			suites = append(suites, iana.CipherSuite(value))
		}
	}
	return suites
}

// opensslVersion is what openssl calls a version: "TLSv1.2" in its output, "tls1_2" as a flag.
func opensslVersion(v iana.Version) (name, flag string) {
	switch v {
	case iana.TLS10:
		return "TLSv1", "-tls1"
	case iana.TLS11:
		return "TLSv1.1", "-tls1_1"
	case iana.TLS12:
		return "TLSv1.2", "-tls1_2"
	}
	return "TLSv1.3", "-tls1_3"
}

// opensslServers are the ways of serving all suites: by certificates, and for CBC both ways round.
func opensslServers(t *testing.T) map[string]*testpeer.Server {
	t.Helper()
	rsa, ecdsa, dsa := pki.Issue(t, testpeer.RSA2048), pki.Issue(t, testpeer.ECDSAP256), pki.Issue(t, testpeer.DSA1024)
	two := []string{"-rev", "-cipher", anything, "-cert", rsa.Cert, "-key", rsa.Key, "-dcert", ecdsa.Cert, "-dkey", ecdsa.Key,
		"-ciphersuites", "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256"}
	one := []string{"-rev", "-cipher", anything, "-cert", dsa.Cert, "-key", dsa.Key}
	return map[string]*testpeer.Server{
		"encrypt-then-mac":     testpeer.OpenSSL(t, two...),
		"mac-then-encrypt":     testpeer.OpenSSL(t, append(two, "-no_etm")...),
		"dsa encrypt-then-mac": testpeer.OpenSSL(t, one...),
		"dsa mac-then-encrypt": testpeer.OpenSSL(t, append(one, "-no_etm")...),
	}
}

func TestSuiteOfEveryPeerIsCompleted(t *testing.T) {
	t.Run("openssl", testOpenSSLSuites)
	t.Run("gnutls-serv", testGnuTLSSuites)
	t.Run("nginx", testNginx)
}

func testOpenSSLSuites(t *testing.T) {
	testpeer.Need(t, "openssl")
	servers := opensslServers(t)
	suites := append(opensslSuites(t), iana.TLS_AES_128_CCM_SHA256, iana.TLS_AES_128_CCM_8_SHA256)
	if len(suites) < 60 {
		t.Errorf("openssl has only %d suites to try", len(suites))
	}
	for _, suite := range suites {
		params, _ := suite.Params()
		for v := max(params.MinVersion, iana.TLS10); v <= params.MaxVersion && v <= iana.TLS13; v++ {
			for _, way := range []string{"encrypt-then-mac", "mac-then-encrypt"} {
				both := orderMatters(params.Cipher)
				if !both && way == "mac-then-encrypt" {
					continue
				}
				server := servers[way]
				if params.Authentication == iana.AuthenticationDSS {
					server = servers["dsa "+way]
				}
				t.Run(v.String()+"/"+suite.Name()+"/"+way, func(t *testing.T) {
					checkOpenSSL(t, server, only(v, suite), both && way == "encrypt-then-mac")
				})
			}
		}
	}
}

// checkOpenSSL holds a session to what s_client says of one with the same restrictions.
func checkOpenSSL(t *testing.T, server *testpeer.Server, offer handshake.Offer, etm bool) {
	t.Helper()
	v, suite := offer.Max, offer.CipherSuites[0]
	tr := completes(t, server.Addr, offer, reversed)
	name, flag := opensslVersion(v)
	want := terms{version: v, suite: suite}
	args := []string{flag, "-ciphersuites", suite.OpenSSLName(), "-sigalgs", opensslSchemes}
	if v < iana.TLS13 {
		args = []string{flag, "-cipher", suite.OpenSSLName() + ":@SECLEVEL=0", "-sigalgs", opensslSchemes}
		want.etm = new(etm)
	}
	other := testpeer.SClient(t, server.Addr, args...)
	if other.Version != name || other.CipherSuite != suite.OpenSSLName() {
		t.Fatalf("s_client has %s with %s:\n%s", other.Version, other.CipherSuite, other.Output)
	}
	if v < iana.TLS13 {
		want.ems = other.ExtendedMasterSecret
		want.secure = new(strings.Contains(other.Output, "Secure Renegotiation IS supported"))
		if *other.EncryptThenMAC != etm {
			t.Errorf("s_client has encrypt-then-mac %v", *other.EncryptThenMAC)
		}
	}
	want.holds(t, tr)
	if got := tr.Summary.Group; !sameGroup(got, other.Group) {
		t.Errorf("our group is %s, that of s_client %q", codeName(got), other.Group)
	}
}

// opensslSchemes are what s_client offers, so that DSA and SHA-1 are found among them.
const opensslSchemes = "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256:RSA+SHA1:ECDSA+SHA1:DSA+SHA256:DSA+SHA1"

// orderMatters tells the ciphers for which encrypt-then-MAC can be negotiated: OpenSSL does so for
// NULL too, where RFC 7366, Section 3, speaks of block ciphers only.
func orderMatters(c iana.Cipher) bool {
	switch c {
	case iana.CipherNULL, iana.Cipher3DES, iana.CipherAES128CBC, iana.CipherAES256CBC:
		return true
	}
	return false
}
