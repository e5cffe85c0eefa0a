package audit_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// opinion is what another scanner says of a server.
type opinion struct {
	suites  map[iana.Version][]iana.CipherSuite // as it lists them; no entry: it does not speak the version
	prefers map[iana.Version]audit.Preference   // no entry: it does not say
}

// scanner is another program that enumerates suites.
type scanner struct {
	name string
	ask  func(t testing.TB, addr string) opinion
}

// difference is one that there is by nature: suites that a scanner lists apart from the others, or not at all.
type difference struct {
	scanner string
	last    bool     // it lists them after the others; otherwise it doesn't
	parts   []string // of their names
	reason  string
}

// differences are all that are known; docs/audit.md explains the same, under "Second opinions".
var differences = []difference{
	{"sslscan", true, []string{"_RC4_", "_3DES_", "_CAMELLIA_128_GCM_", "_CAMELLIA_256_GCM_"},
		"it asks for what its OpenSSL has, and then, by hellos of its own, for what that does not have: two lists, each in the server's order"},
}

// scanned are the servers that all scanners are sent to.
var scanned = []struct {
	name  string
	start func(t testing.TB) *testpeer.Server
	slow  bool // testssl.sh, which takes long, is sent to it, too
}{
	{"nginx, all suites", func(t testing.TB) *testpeer.Server { return nginxOfMany(t) }, true},
	{"nginx, an order of its own", func(t testing.TB) *testpeer.Server {
		return nginx(t, `
ssl_protocols TLSv1.2 TLSv1.3;
ssl_ciphers CAMELLIA128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES128-GCM-SHA256:AES256-CCM8:ECDHE-ECDSA-ARIA128-GCM-SHA256:NULL-SHA256:AECDH-AES128-SHA:@SECLEVEL=0;
ssl_prefer_server_ciphers on;
`)
	}, false},
	{"openssl, all suites", func(t testing.TB) *testpeer.Server {
		return opensslOf(t, "-min_protocol", "TLSv1", "-cipher", "ALL:eNULL:@SECLEVEL=0", "-serverpref")
	}, false},
	{"openssl, the client's order", func(t testing.TB) *testpeer.Server {
		return opensslOf(t, "-min_protocol", "TLSv1", "-cipher", "ECDHE-RSA-AES128-SHA:AES256-SHA:DHE-RSA-CAMELLIA128-SHA:ECDHE-ECDSA-AES256-GCM-SHA384:NULL-SHA256:ADH-AES128-SHA:@SECLEVEL=0")
	}, false},
	{"gnutls-serv", func(t testing.TB) *testpeer.Server {
		return gnutlsOf(t, "NORMAL:+VERS-ALL:-VERS-DTLS-ALL:+ANON-ECDH:+ANON-DH:+ARCFOUR-128:+3DES-CBC:+AES-128-CCM-8:+AES-256-CCM-8:"+
			"+CAMELLIA-128-GCM:+CAMELLIA-256-GCM:+CAMELLIA-128-CBC:+CAMELLIA-256-CBC:+MAC-ALL:%SERVER_PRECEDENCE")
	}, false},
}

func opensslOf(t testing.TB, args ...string) *testpeer.Server {
	pki := testpeer.NewPKI(t.TempDir())
	rsa, ecdsa := pki.Issue(t, testpeer.RSA2048), pki.Issue(t, testpeer.ECDSAP256)
	return testpeer.OpenSSL(t, append([]string{"-cert", rsa.Cert, "-key", rsa.Key, "-dcert", ecdsa.Cert, "-dkey", ecdsa.Key}, args...)...)
}

func gnutlsOf(t testing.TB, priority string) *testpeer.Server {
	pki := testpeer.NewPKI(t.TempDir())
	rsa, ecdsa := pki.Issue(t, testpeer.RSA2048), pki.Issue(t, testpeer.ECDSAP256)
	return testpeer.GnuTLS(t, "--quiet", "--priority", priority,
		"--x509certfile", rsa.Cert, "--x509keyfile", rsa.Key, "--x509certfile", ecdsa.Cert, "--x509keyfile", ecdsa.Key)
}

// Protocols, suites, and the server's order where it has one, are the same to everybody who asks, but for the differences above.
// testssl.sh, a shell script that takes some 30 s of CPU, is sent to one of the servers; TLSPROBE_OPINIONS=all sends it to all, which takes minutes.
func TestOtherScannersFindTheSame(t *testing.T) {
	all := os.Getenv("TLSPROBE_OPINIONS") == "all"
	for _, s := range scanned {
		t.Run(s.name, func(t *testing.T) {
			srv := s.start(t)
			d := enumerate(t, srv.Addr, func(o *audit.Options) { o.PerHost, o.Basics = 1, true })
			complete(t, d)
			for _, other := range []scanner{{"nmap", nmap}, {"sslscan", sslscan}, {"testssl.sh", testssl}} {
				if other.name == "testssl.sh" && !all && (!s.slow || testing.Short()) {
					continue
				}
				t.Run(other.name, func(t *testing.T) { compare(t, d, other.name, other.ask(t, srv.Addr)) })
			}
		})
	}
}

// compare holds an opinion against ours. Every difference must be a known one.
func compare(t testing.TB, d *audit.Document, by string, theirs opinion) {
	t.Helper()
	for _, version := range []iana.Version{iana.SSL30, iana.TLS10, iana.TLS11, iana.TLS12, iana.TLS13} {
		p := protocol(t, d, uint16(version))
		var ours []iana.CipherSuite
		for _, s := range p.Suites {
			ours = append(ours, iana.CipherSuite(s.Suite.Value))
		}
		list := theirs.suites[version]
		if p.Preference == audit.PreferServer {
			ours = asListedBy(by, ours)
		} else { // their order is that of their offers
			slices.Sort(ours)
			slices.Sort(list)
		}
		if !slices.Equal(ours, list) {
			t.Errorf("%s:\nwe      %s\n%s %s\nit lacks %s\nwe lack %s",
				version, suiteNames(ours), by, suiteNames(list), suiteNames(lacking(ours, list)), suiteNames(lacking(list, ours)))
		}
		if said := theirs.prefers[version]; said != "" && len(list) > 1 && said != p.Preference {
			t.Errorf("%s: the order is that of %s, and for %s that of %s", version, p.Preference, by, said)
		}
	}
}

// asListedBy is a list of ours as a scanner has it, with the known differences.
func asListedBy(scanner string, ours []iana.CipherSuite) []iana.CipherSuite {
	for _, d := range differences {
		if d.scanner != scanner {
			continue
		}
		theirs := func(s iana.CipherSuite) bool {
			return slices.ContainsFunc(d.parts, func(part string) bool { return strings.Contains(s.Name(), part) })
		}
		rest := slices.DeleteFunc(slices.Clone(ours), theirs)
		if d.last {
			rest = append(rest, lacking(ours, rest)...)
		}
		ours = rest
	}
	return ours
}

// lacking are those of a list that another does not have.
func lacking(list, other []iana.CipherSuite) []iana.CipherSuite {
	return slices.DeleteFunc(slices.Clone(list), func(s iana.CipherSuite) bool { return slices.Contains(other, s) })
}

func suiteNames(list []iana.CipherSuite) string {
	var words []string
	for _, s := range list {
		words = append(words, s.Name())
	}
	return strings.Join(words, " ")
}
