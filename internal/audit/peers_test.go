package audit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// oneAtATime is for servers that serve one connection after the other.
func oneAtATime(o *audit.Options) { o.PerHost = 1 }

func TestOpenSSLIsFoundAsItIsConfigured(t *testing.T) {
	pki := testpeer.NewPKI(t.TempDir())
	rsa, ecdsa := pki.Issue(t, testpeer.RSA2048), pki.Issue(t, testpeer.ECDSAP256)
	for name, c := range map[string]struct {
		args    []string
		ciphers string
		groups  []string
		prefers audit.Preference
		old     []iana.Version
	}{
		"the server's order": {[]string{"-serverpref", "-groups", "X448:P-521"}, "DHE-RSA-AES128-SHA256:ECDHE-RSA-AES128-GCM-SHA256:AES128-GCM-SHA256", []string{"x448", "secp521r1"},
			audit.PreferServer, []iana.Version{iana.TLS12}},
		"the client's order": {[]string{"-groups", "P-256"}, "ECDHE-RSA-AES256-SHA384:AES256-SHA256:ECDHE-RSA-CHACHA20-POLY1305", []string{"secp256r1"},
			audit.PreferClient, []iana.Version{iana.TLS12}},
		"nothing but old versions": {[]string{"-serverpref", "-min_protocol", "TLSv1", "-max_protocol", "TLSv1.1", "-groups", "P-384:P-256"}, "AES128-SHA:ECDHE-RSA-AES256-SHA:CAMELLIA256-SHA:@SECLEVEL=0", []string{"secp384r1", "secp256r1"},
			audit.PreferServer, []iana.Version{iana.TLS11, iana.TLS10}},
		"export, no encryption, no authentication": {[]string{"-serverpref", "-max_protocol", "TLSv1.2"}, "ADH-AES128-SHA:NULL-SHA256:AECDH-NULL-SHA:@SECLEVEL=0", nil,
			audit.PreferServer, []iana.Version{iana.TLS12}},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"-cipher", c.ciphers, "-cert", rsa.Cert, "-key", rsa.Key, "-dcert", ecdsa.Cert, "-dkey", ecdsa.Key}, c.args...)
			d := enumerate(t, testpeer.OpenSSL(t, args...).Addr, oneAtATime)
			complete(t, d)
			for _, v := range c.old {
				want := slices.DeleteFunc(strings.Split(c.ciphers, ":"), func(s string) bool {
					suite, _ := iana.ParseCipherSuite(s)
					p, _ := suite.Params()
					return strings.HasPrefix(s, "@") || p.MinVersion > v
				})
				got := opensslNames(t, d, v)
				if p := protocol(t, d, uint16(v)); p.Preference != c.prefers {
					t.Errorf("%s: the order is that of %s, not %s", v, p.Preference, c.prefers)
				}
				if c.prefers == audit.PreferClient {
					slices.Sort(got)
					slices.Sort(want)
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s: %v, want %v", v, got, want)
				}
			}
			for _, since13 := range []bool{false, true} {
				got := groupNames(groups(d, since13))
				if c.groups == nil || since13 && protocol(t, d, uint16(iana.TLS13)).Support.Status != audit.Yes {
					continue
				}
				if !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(c.groups))) {
					t.Errorf("since TLS 1.3 %t: %v, want %v", since13, got, c.groups)
				}
			}
		})
	}
}

func TestSuitesBeyondWhatMustBeNegotiatedAreFindings(t *testing.T) {
	pki := testpeer.NewPKI(t.TempDir())
	rsa := pki.Issue(t, testpeer.RSA2048)
	d := enumerate(t, testpeer.OpenSSL(t, "-max_protocol", "TLSv1.2", "-cipher", "NULL-SHA256:@SECLEVEL=0", "-cert", rsa.Cert, "-key", rsa.Key).Addr, oneAtATime)
	if !hasFinding(d, "endpoint.suite_forbidden") {
		t.Errorf("findings %+v", d.Findings)
	}
}

func hasFinding(d *audit.Document, id string) bool {
	for _, f := range d.Findings {
		if f.ID == id {
			return true
		}
	}
	return false
}

func TestGnuTLSIsFoundAsItIsConfigured(t *testing.T) {
	pki := testpeer.NewPKI(t.TempDir())
	rsa := pki.Issue(t, testpeer.RSA2048)
	const priority = "NONE:+VERS-TLS1.3:+VERS-TLS1.2:+AES-128-GCM:+AES-256-CCM:+AEAD:+ECDHE-RSA:+RSA:+GROUP-X25519:+GROUP-FFDHE2048:+SIGN-RSA-PSS-RSAE-SHA256:+SIGN-RSA-SHA256:+COMP-NULL:%SERVER_PRECEDENCE"
	d := enumerate(t, testpeer.GnuTLS(t, "--quiet", "--priority", priority, "--x509certfile", rsa.Cert, "--x509keyfile", rsa.Key).Addr, oneAtATime)
	complete(t, d)
	for v, want := range map[iana.Version][]string{
		iana.TLS13: {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_CCM_SHA384"},
		iana.TLS12: {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_CCM"},
	} {
		var got []string
		for _, s := range suites(t, d, uint16(v)) {
			got = append(got, iana.CipherSuite(s).Name())
		}
		t.Logf("%s: %v, want %v", v, got, want)
	}
	t.Logf("%v %v", groupNames(groups(d, true)), groupNames(groups(d, false)))
}
