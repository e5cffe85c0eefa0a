package audit_test

import (
	"os/exec"
	"path/filepath"
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
	const priority = "NONE:+VERS-TLS1.3:+VERS-TLS1.2:+AES-128-GCM:+AES-256-CCM:+CHACHA20-POLY1305:+AEAD:+ECDHE-RSA:+RSA:+GROUP-X25519:+GROUP-FFDHE2048:+SIGN-RSA-PSS-RSAE-SHA256:+SIGN-RSA-SHA256:+COMP-NULL:%SERVER_PRECEDENCE"
	d := enumerate(t, testpeer.GnuTLS(t, "--quiet", "--priority", priority, "--x509certfile", rsa.Cert, "--x509keyfile", rsa.Key).Addr, oneAtATime)
	complete(t, d)
	for v, want := range map[iana.Version][]string{
		iana.TLS13: {"TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"},
		iana.TLS12: {
			"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
			"TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_CCM",
		},
	} {
		var got []string
		for _, s := range suites(t, d, uint16(v)) {
			got = append(got, iana.CipherSuite(s).Name())
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", v, got, want)
		}
		if p := protocol(t, d, uint16(v)); p.Preference != audit.PreferServer {
			t.Errorf("%s: the order is that of %s", v, p.Preference)
		}
	}
	if got := groupNames(groups(d, true)); !slices.Equal(got, []string{"x25519", "ffdhe2048"}) {
		t.Errorf("groups of TLS 1.3: %v", got)
	}
	if got := groupNames(groups(d, false)); !slices.Equal(got, []string{"x25519"}) {
		t.Errorf("groups of TLS 1.2: %v", got)
	}
}

func TestAServerWithAnECDSACertificateAloneThatFollowsTheClientShowsAllItsGroups(t *testing.T) {
	pki := testpeer.NewPKI(t.TempDir())
	pair := pki.Issue(t, testpeer.ECDSAP256)
	d := enumerate(t, testpeer.OpenSSL(t, "-cert", pair.Cert, "-key", pair.Key, "-groups", "P-256:P-384:P-521").Addr, oneAtATime)
	complete(t, d)
	if got := groupNames(groups(d, false)); !slices.Equal(got, []string{"secp256r1", "secp384r1", "secp521r1"}) {
		t.Errorf("groups before TLS 1.3: %v", got)
	}
	if q := question(t, d, "groups.tls1.2.order"); !slices.Equal(q.Values, []string{"client"}) {
		t.Errorf("%+v", q)
	}
}

func TestWhatAServerLikesLessThanTheCurveOfItsOnlyCertificateCanNotBeAgreedOn(t *testing.T) {
	pki := testpeer.NewPKI(t.TempDir())
	p256, p384 := pki.Issue(t, testpeer.ECDSAP256), pki.Issue(t, testpeer.ECDSAP384)
	for groupList, c := range map[string]struct {
		pair  testpeer.Pair
		want  []string
		order audit.Status
		why   string
	}{
		"X25519:P-256:P-384": {p256, []string{"x25519", "secp256r1"}, audit.Yes, "secp256r1"},
		"P-256:X25519:P-384": {p256, []string{"secp256r1"}, audit.Skip, "secp256r1"},
		"P-256":              {p256, []string{"secp256r1"}, audit.Skip, "secp256r1"}, // which nobody can tell from the one above
		"X25519:P-384:P-256": {p384, []string{"x25519", "secp384r1"}, audit.Yes, "secp384r1"},
	} {
		d := enumerate(t, testpeer.OpenSSL(t, "-serverpref", "-cert", c.pair.Cert, "-key", c.pair.Key, "-groups", groupList).Addr, oneAtATime)
		complete(t, d)
		q := question(t, d, "groups.tls1.2")
		if !slices.Equal(q.Values, c.want) || q.Answer.Status != audit.Yes || !strings.Contains(q.Answer.Reason, c.why) {
			t.Errorf("%s: %+v", groupList, q)
		}
		q = question(t, d, "groups.tls1.2.order")
		if q.Answer.Status != c.order || c.order == audit.Yes && !slices.Equal(q.Values, []string{"server"}) {
			t.Errorf("%s: %+v", groupList, q)
		}
	}
}

func TestTheGroupOfDHEIsKnownByItsModulus(t *testing.T) {
	pki := testpeer.NewPKI(t.TempDir())
	rsa := pki.Issue(t, testpeer.RSA2048)
	for group, c := range map[string]struct {
		known string
		bits  int
		weak  bool
	}{
		"ffdhe2048": {"RFC 7919 ffdhe2048", 2048, false},
		"modp_1536": {"RFC 3526 group 5", 1536, true},
	} {
		params := filepath.Join(t.TempDir(), group)
		if out, err := exec.Command(testpeer.Need(t, "openssl"), "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:"+group, "-out", params).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		d := enumerate(t, testpeer.OpenSSL(t, "-max_protocol", "TLSv1.2", "-cipher", "DHE:@SECLEVEL=0", "-dhparam", params, "-cert", rsa.Cert, "-key", rsa.Key).Addr, oneAtATime)
		complete(t, d)
		if len(d.DH) == 0 || d.DH[0].Known != c.known || d.DH[0].Bits != c.bits || d.DH[0].Prime != "safe prime" {
			t.Errorf("%s: %+v", group, d.DH)
		}
		if hasFinding(d, "endpoint.dh_weak") != c.weak {
			t.Errorf("%s: findings %+v", group, d.Findings)
		}
	}
}

func TestCertificatesOfEveryKindAreFoundWithWhatTheySignBy(t *testing.T) {
	pki := testpeer.NewPKI(t.TempDir())
	for kind, c := range map[testpeer.KeyKind]struct{ name, scheme string }{
		testpeer.RSA2048: {"RSA", "rsa_pss_rsae_sha256"}, testpeer.ECDSAP256: {"ECDSA", "ecdsa_secp256r1_sha256"},
		testpeer.Ed25519: {"EdDSA", "ed25519"}, testpeer.Ed448: {"EdDSA", "ed448"},
	} {
		pair := pki.Issue(t, kind)
		d := enumerate(t, testpeer.OpenSSL(t, "-cert", pair.Cert, "-key", pair.Key).Addr, oneAtATime)
		complete(t, d)
		if len(d.Certificates) != 1 || !slices.Contains(d.Certificates[0].Asked, "TLS 1.3 "+c.name) || len(d.Certificates[0].Asked) < 3 {
			t.Errorf("%s: %+v", kind, d.Certificates)
		}
		found := false
		for _, l := range d.Signatures {
			for _, s := range l.Schemes {
				found = found || l.Version.Value == uint64(iana.TLS13) && l.Key == c.name && s.Scheme.Name == c.scheme
			}
			if l.Key != c.name {
				t.Errorf("%s: it signs as %s", kind, l.Key)
			}
		}
		if !found {
			t.Errorf("%s: no %s in %+v", kind, c.scheme, d.Signatures)
		}
	}
}
