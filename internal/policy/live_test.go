package policy_test

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// nginxConfig is the directives of an nginx, and the certificates that it has.
type nginxConfig struct {
	directives map[string]string // without ssl_ before them; conf is ssl_conf_command, hsts a header
	leaves     []leaf
}

// with returns the configuration with some directives changed. An empty one is left out.
func (c nginxConfig) with(directives map[string]string, leaves ...leaf) nginxConfig {
	n := nginxConfig{directives: maps.Clone(c.directives), leaves: c.leaves}
	maps.Copy(n.directives, directives)
	if len(leaves) > 0 {
		n.leaves = leaves
	}
	return n
}

// enumerate starts the nginx and asks it everything.
func (c nginxConfig) enumerate(t *testing.T) *audit.Document {
	t.Helper()
	testpeer.Need(t, "nginx")
	var b strings.Builder
	for _, l := range c.leaves {
		key := l.key.(func() crypto.Signer)()
		certificate, private := files(t, tls.Certificate{Certificate: l.chain(t), PrivateKey: key})
		b.WriteString("ssl_certificate " + certificate + ";\nssl_certificate_key " + private + ";\n")
	}
	for _, name := range slices.Sorted(maps.Keys(c.directives)) {
		if value := c.directives[name]; name == "hsts" && value != "" {
			b.WriteString("add_header Strict-Transport-Security max-age=" + value + " always;\n")
		} else if value != "" {
			b.WriteString("ssl_" + strings.Replace(name, "conf ", "conf_command ", 1) + " " + value + ";\n")
		}
	}
	s := testpeer.Nginx(t, b.String())
	return enumerate(t, s.Addr, newAuthority(t, c.leaves[0].issuer()), nil)
}

// staple is a file with an OCSP response that says nothing: unauthorized. RFC 6960, Section 4.2.1.
func staple(t *testing.T) string {
	file := filepath.Join(t.TempDir(), "ocsp.der")
	if err := os.WriteFile(file, []byte{0x30, 3, 0x0a, 1, 6}, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// dhParameters makes a file with a group for DHE.
func dhParameters(t *testing.T, group string) string {
	file := filepath.Join(t.TempDir(), group)
	r := testpeer.Run(t, "", testpeer.Need(t, "openssl"), "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:"+group, "-out", file)
	if r.Code != 0 {
		t.Fatal(r.Output())
	}
	return file
}

// The servers that are made to profiles.
func intermediate() nginxConfig {
	return nginxConfig{
		directives: map[string]string{
			"protocols":             "TLSv1.2 TLSv1.3",
			"ciphers":               "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305",
			"prefer_server_ciphers": "off",
			"ecdh_curve":            "X25519:prime256v1:secp384r1",
			"hsts":                  "63072000",
		},
		leaves: []leaf{{issuer: keys.p384, key: keys.rsa2048, change: noResponder}, {issuer: keys.p384, key: keys.p256, change: noResponder}},
	}
}

func modern() nginxConfig {
	return intermediate().with(map[string]string{"protocols": "TLSv1.3"}, leaf{issuer: keys.p384, key: keys.p256, change: noResponder})
}

func old() nginxConfig {
	return intermediate().with(map[string]string{
		"protocols":             "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3",
		"ciphers":               "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-SHA256:ECDHE-RSA-AES128-SHA:AES128-GCM-SHA256:AES256-SHA:@SECLEVEL=0",
		"prefer_server_ciphers": "on",
	}, leaf{issuer: keys.rsa2048, by: x509.SHA256WithRSA, key: keys.rsa2048, change: noResponder})
}

func nist(t *testing.T) nginxConfig {
	return intermediate().with(map[string]string{
		"ciphers":               "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-SHA256",
		"prefer_server_ciphers": "on", "conf Ciphersuites": "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256",
		"stapling": "on", "stapling_file": staple(t),
	}, leaf{issuer: keys.p384, key: keys.rsa2048}, leaf{issuer: keys.p384, key: keys.p256})
}

func bsi() nginxConfig {
	return intermediate().with(map[string]string{
		"ciphers":                  "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-SHA256",
		"conf Ciphersuites":        "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256",
		"conf SignatureAlgorithms": "RSA-PSS+SHA256:RSA-PSS+SHA384:ECDSA+SHA256:ECDSA+SHA384",
		"ecdh_curve":               "prime256v1:secp384r1:secp521r1",
	}, leaf{issuer: keys.p384, key: keys.rsa3072}, leaf{issuer: keys.p384, key: keys.p256})
}

func cnsa() nginxConfig {
	return intermediate().with(map[string]string{
		"ciphers":                  "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384",
		"conf Ciphersuites":        "TLS_AES_256_GCM_SHA384",
		"conf SignatureAlgorithms": "RSA-PSS+SHA384:ECDSA+SHA384",
		"ecdh_curve":               "secp384r1",
	}, leaf{issuer: keys.p384, key: keys.rsa3072}, leaf{issuer: keys.p384, key: keys.p384})
}

func noResponder(c *x509.Certificate) { c.OCSPServer = nil }

// liveCase is a change to the configuration of a server, and the rules that it breaks.
type liveCase struct {
	breaks     string // ids, by blanks; the first is the one that is meant, the others can't but break with it
	has        string // of what the server lacks, what the rule does not ask for any more
	directives map[string]string
	leaves     []leaf
}

// set is one directive.
func set(name, value string) map[string]string { return map[string]string{name: value} }

func TestAnNginxMadeToAProfilePassesItAndOneChangeBreaksOneRule(t *testing.T) {
	gcm := intermediate().directives["ciphers"]
	dhe := intermediate().with(set("ciphers", gcm+":DHE-RSA-AES128-GCM-SHA256"))
	for full, profile := range map[string]struct {
		server nginxConfig
		lacks  string // what this nginx can't have
		cases  []liveCase
	}{
		"mozilla-modern@5.7": {server: modern(), cases: []liveCase{
			{breaks: "protocols suites", directives: set("protocols", "TLSv1.2 TLSv1.3")},
			{breaks: "suites", directives: set("conf Ciphersuites", "TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256")},
		}},
		"mozilla-modern@6.0": {server: modern(), lacks: "groups.hybrid"},
		"mozilla-intermediate@5.7": {server: dhe.with(set("dhparam", dhParameters(t, "ffdhe2048"))), cases: []liveCase{
			{breaks: "suites", directives: set("ciphers", gcm+":DHE-RSA-AES128-SHA256")},
			{breaks: "dh", directives: map[string]string{"ciphers": dhe.directives["ciphers"] + ":@SECLEVEL=0", "dhparam": dhParameters(t, "modp_1536")}},
		}},
		"mozilla-intermediate@6.0": {server: intermediate(), lacks: "groups.hybrid", cases: []liveCase{
			{breaks: "protocols suites", directives: map[string]string{"protocols": "TLSv1.1 TLSv1.2 TLSv1.3", "ciphers": gcm + ":ECDHE-RSA-AES128-SHA:@SECLEVEL=0"}},
			{breaks: "protocol.tls13", has: "groups.hybrid", directives: set("protocols", "TLSv1.2")}, // before TLS 1.3 there are no hybrids to ask for
			{breaks: "suites", directives: set("ciphers", gcm+":AES128-GCM-SHA256")},
			{breaks: "suites.order", directives: set("prefer_server_ciphers", "on")},
			{breaks: "groups", directives: set("ecdh_curve", "X25519:prime256v1:secp521r1")},
			{breaks: "certificate.type", leaves: []leaf{{issuer: keys.p384, key: keys.ed25519, change: noResponder}}},
			{breaks: "certificate.curve", leaves: []leaf{{issuer: keys.p384, key: keys.p521, change: noResponder}}},
			{breaks: "certificate.signature", leaves: []leaf{{issuer: keys.rsa2048, by: x509.SHA512WithRSA, key: keys.p256, change: noResponder}}},
			{breaks: "certificate.lifetime certificate.lifetime_recommended", leaves: []leaf{{issuer: keys.p384, key: keys.p256, days: 367, change: noResponder}}},
			{breaks: "certificate.lifetime_recommended", leaves: []leaf{{issuer: keys.p384, key: keys.p256, days: 100, change: noResponder}}},
			{breaks: "staple", leaves: []leaf{{issuer: keys.p384, key: keys.p256}}},
			{breaks: "hsts", directives: set("hsts", "3600")},
		}},
		"mozilla-old@5.8": {server: old(), lacks: "groups.hybrid", cases: []liveCase{
			{breaks: "suites.order", directives: set("prefer_server_ciphers", "off")},
			{breaks: "suites", directives: set("ciphers", "ECDHE-RSA-AES128-SHA:CAMELLIA128-SHA:@SECLEVEL=0")},
			{breaks: "certificate.type", leaves: []leaf{{issuer: keys.rsa2048, by: x509.SHA256WithRSA, key: keys.p256, change: noResponder}}},
		}},
		"nist-sp800-52r2@2019.08": {server: nist(t), cases: []liveCase{
			{breaks: "suites", directives: set("conf Ciphersuites", "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256")},
			{breaks: "suites.rsa_transport", directives: set("ciphers", "ECDHE-RSA-AES128-GCM-SHA256:AES128-GCM-SHA256")},
			{breaks: "suites.aead_first", directives: set("ciphers", "ECDHE-RSA-AES128-SHA256:ECDHE-RSA-AES128-GCM-SHA256")},
			{breaks: "protocol.tls12", directives: set("protocols", "TLSv1.3")},
			{breaks: "groups.approved", directives: set("ecdh_curve", "X25519:X448")},
			{breaks: "staple", directives: set("stapling", "")},
			{breaks: "early_data", directives: set("early_data", "on")},
			{breaks: "certificate.curve", leaves: []leaf{{issuer: keys.p384, key: keys.p521}}},
			{breaks: "certificate.responder", leaves: []leaf{{issuer: keys.p384, key: keys.rsa2048, change: noResponder}}},
			{breaks: "extension.encrypt_then_mac", directives: set("conf Options", "-EncryptThenMac")},
			{breaks: "extension.extended_master_secret", directives: set("conf Options", "-ExtendedMasterSecret")},
		}},
		"bsi-tr02102-2@2026.01": {server: bsi(), cases: []liveCase{
			{breaks: "groups", directives: set("ecdh_curve", "X25519:prime256v1")},
			{breaks: "signatures", directives: set("conf SignatureAlgorithms", "RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA256")},
			{breaks: "chain.rsa_size", leaves: []leaf{{issuer: keys.p384, key: keys.rsa2048}}},
			{breaks: "chain.pkcs1", leaves: []leaf{{issuer: keys.rsa2048, by: x509.SHA256WithRSA, key: keys.p256}}},
		}},
		"cnsa-1.0@2022.04": {server: cnsa(), cases: []liveCase{
			{breaks: "suites", directives: set("ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305")},
			{breaks: "groups", directives: set("ecdh_curve", "secp384r1:X25519")},
			{breaks: "signatures", directives: set("conf SignatureAlgorithms", "RSA-PSS+SHA384:RSA-PSS+SHA512:ECDSA+SHA384")},
			{breaks: "chain.rsa_size", leaves: []leaf{{issuer: keys.p384, key: keys.rsa2048}}},
			{breaks: "early_data", directives: set("early_data", "on")},
		}},
		"pci-dss-4.0@2022.03": {server: intermediate().with(nil, leaf{issuer: keys.p384, key: keys.p256, change: noResponder}), cases: []liveCase{
			{breaks: "suites.strength", directives: set("ciphers", gcm+":NULL-SHA256:@SECLEVEL=0"), leaves: []leaf{{issuer: keys.p384, key: keys.rsa3072, change: noResponder}}},
			{breaks: "chain.strength_recommended", leaves: []leaf{{issuer: keys.p384, key: keys.rsa2048, change: noResponder}}},
			{breaks: "certificate.trusted", leaves: []leaf{{issuer: keys.p384, key: keys.p256, change: func(c *x509.Certificate) { c.DNSNames = []string{"other.test"} }}}},
		}},
	} {
		t.Run(full, func(t *testing.T) {
			t.Parallel()
			liveProfile(t, full, profile.server, strings.Fields(profile.lacks))
			for _, c := range profile.cases {
				p := builtin(t, full)
				d := profile.server.with(c.directives, c.leaves...).enumerate(t)
				sameRules(t, full+" with "+c.breaks+" broken", p, d, append(strings.Fields(c.breaks), strings.Fields(strings.ReplaceAll(profile.lacks, c.has, ""))...))
			}
		})
	}
}

func builtin(t testing.TB, full string) *policy.Policy {
	t.Helper()
	p, err := policy.Builtin(full)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func liveProfile(t *testing.T, full string, c nginxConfig, lacks []string) {
	t.Helper()
	sameRules(t, full, builtin(t, full), c.enumerate(t), lacks)
}

func TestAnECDSACertificateAloneLeavesNoRuleOnGroupsOpen(t *testing.T) {
	server := intermediate().with(map[string]string{
		"ciphers": "ECDHE-ECDSA-AES128-GCM-SHA256", "prefer_server_ciphers": "on", // of groups, too
	}, leaf{issuer: keys.p384, key: keys.p256, change: noResponder})
	sameRules(t, "with ECDSA alone", builtin(t, "mozilla-intermediate@5.7"), server.enumerate(t), nil)
}

// sameRules fails the test unless exactly these rules do not hold.
func sameRules(t *testing.T, what string, p *policy.Policy, d *audit.Document, ids []string) {
	t.Helper()
	want := make(map[string]finding.Status)
	for i := range p.Rules {
		if r := &p.Rules[i]; slices.Contains(ids, r.ID) {
			want[r.ID] = statusOf(r.Level)
		}
	}
	if got := brokenRules(p, d); !maps.Equal(got, want) {
		t.Errorf("%s: broken are %v, want %v", what, got, want)
		for _, v := range policy.Judge(p, policy.FactsOf(d, now), policy.JudgeOptions{Target: "example.test:443", At: now}) {
			if _, ok := want[v.Rule]; v.Status != finding.Pass && v.Status != finding.Skip && !ok {
				t.Logf("%s: %s", v.Rule, v.Message)
			}
		}
	}
}
