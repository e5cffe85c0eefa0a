package policy_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/policy"
)

// endpoint is what enumeration finds out about a server of crypto/tls that is in good order, and has DHE besides.
func endpoint(t *testing.T) *audit.Document {
	t.Helper()
	d := goodServer(t)
	c := clone(d)
	all(
		chains(leaf{issuer: keys.p384, key: keys.rsa3072}.chain, leaf{issuer: keys.p384, key: keys.p256}.chain),
		certificates(func(_ testing.TB, c *audit.Certificate) {
			c.Stapled, c.Verdict = true, "accept"
			c.Checks = []finding.Finding{finding.Passed(finding.ChainOrder, "in order")}
		}),
		dhe(3072, "safe prime"), answers("extension.encrypt_then_mac", audit.Yes),
	)(t, c)
	return c
}

var once struct {
	sync.Once
	document *audit.Document
}

func goodServer(t *testing.T) *audit.Document {
	once.Do(func() {
		a := newAuthority(t, keys.p384())
		once.document = enumerate(t, serve(t, &tls.Config{
			Certificates: []tls.Certificate{a.issue(t, keys.rsa2048(), nil), a.issue(t, keys.p256(), nil)},
			CipherSuites: []uint16{
				tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
				tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
			},
			CurvePreferences: []tls.CurveID{tls.X25519MLKEM768, tls.X25519, tls.CurveP256, tls.CurveP384},
			NextProtos:       []string{"h2", "http/1.1"},
		}), a, nil)
	})
	if once.document == nil {
		t.Fatal("the server could not be asked")
	}
	return once.document
}

// profiles make the endpoint one that a policy lets pass, by the name of the policy with or without its version.
var profiles = map[string]change{
	"default": chains(leaf{issuer: keys.p384, key: keys.p256, change: mustStaple}.chain),
	"mozilla-modern": all(mute("tls1.2"), preferring("suites.tls1.3", audit.PreferClient), groups("X25519MLKEM768", "x25519", "secp256r1", "secp384r1"),
		chains(leaf{issuer: keys.p384, key: keys.p256}.chain)),
	"mozilla-modern@5.7":       groups("x25519", "secp256r1", "secp384r1"),
	"mozilla-intermediate":     preferring("suites.tls1.2", audit.PreferClient),
	"mozilla-intermediate@5.7": groups("x25519", "secp256r1", "secp384r1"),
	"mozilla-old": all(preferring("suites.tls1.2", audit.PreferServer),
		chains(leaf{issuer: keys.rsa2048, by: x509.SHA256WithRSA, key: keys.rsa2048}.chain)),
	"mozilla-old@5.7": groups("x25519", "secp256r1", "secp384r1"),
	"nist-sp800-52r2": all(suites("tls1.3", "TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"), also("tls1.2", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
		preferring("suites.tls1.2", audit.PreferServer)),
	"bsi-tr02102-2": all(suites("tls1.3", "TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"), also("tls1.2", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
		groups("X25519MLKEM768", "secp256r1", "secp384r1"), schemes("RSA", "rsa_pss_rsae_sha256"), schemes("ECDSA", "ecdsa_secp256r1_sha256")),
	"cnsa-1.0": all(suites("tls1.3", "TLS_AES_256_GCM_SHA384"), suites("tls1.2", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
		groups("secp384r1"), schemes("RSA", "rsa_pss_rsae_sha384"), schemes("ECDSA", "ecdsa_secp384r1_sha384"),
		chains(leaf{issuer: keys.p384, key: keys.p384}.chain, leaf{issuer: keys.p384, key: keys.rsa3072}.chain)),
	"cnsa-2.0": all(mute("tls1.2"), suites("tls1.3", "TLS_AES_256_GCM_SHA384"), groups("MLKEM1024"),
		chains(ofMLDSA(mldsa87, mldsa87, 2592)), onlyMLDSA),
}

// onlyMLDSA leaves one list of schemes, of ML-DSA in TLS 1.3.
func onlyMLDSA(t testing.TB, d *audit.Document) {
	d.Signatures = slices.DeleteFunc(d.Signatures, func(l audit.SchemeList) bool { return l.Version.Name != "TLS 1.3" || l.Key != "ECDSA" })
	d.Signatures[0].Key = "ML-DSA"
	schemes("ML-DSA", "mldsa87")(t, d)
}

func verdict(word string) change {
	return certificates(func(_ testing.TB, c *audit.Certificate) { c.Verdict = word })
}

// ruleCase is one change that breaks one rule, and others that can't but break with it.
type ruleCase struct {
	change change
	too    string // their ids, by blanks
}

func certificate(l leaf) ruleCase { return ruleCase{change: chains(l.chain)} }

// mustStaple adds the demand of RFC 7633 for status_request.
func mustStaple(c *x509.Certificate) {
	c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24}, Value: []byte{0x30, 3, 2, 1, 5}})
}

// ruleCases has a case for each rule, by its id, or by the policy and its id where the change is another one.
var ruleCases = map[string]ruleCase{
	"protocols":      {change: all(speaks("tls1.0"))},
	"protocol.tls11": {change: speaks("tls1.1")},
	"protocol.tls12": {change: mute("tls1.2")},
	"protocol.tls13": {change: mute("tls1.3")},
	"suites":         {change: first("tls1.2", "TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256")},
	"suites.order":   {change: all(preferring("suites.tls1.2", audit.PreferServer), preferring("suites.tls1.3", audit.PreferServer))},
	"groups":         {change: groups("secp256r1", "secp384r1", "x448", "X25519MLKEM768")},
	"groups.hybrid":  {change: groups("x25519", "secp256r1")},
	"dh":             {change: dhe(1024, "safe prime")},
	"staple":         {change: certificates(func(_ testing.TB, c *audit.Certificate) { c.Stapled = false })},
	"compression":    {change: answers("compression", audit.Yes)},
	"early_data":     {change: answers("early_data.offered", audit.Yes)},
	"hsts":           {change: hsts(63071999)},
	"default/hsts":   {change: hsts()},

	"certificate.curve":     certificate(leaf{issuer: keys.p384, key: keys.p521}),
	"certificate.type":      certificate(leaf{issuer: keys.p384, key: keys.ed25519}),
	"certificate.rsa_size":  certificate(leaf{issuer: keys.p384, key: rsa1024()}),
	"certificate.signature": certificate(leaf{issuer: keys.rsa2048, by: x509.SHA384WithRSA, key: keys.p256}),
	"certificate.lifetime":  certificate(leaf{issuer: keys.p384, key: keys.p256, days: 1097}),

	"extension.renegotiation_info":     {change: answers("extension.renegotiation_info", audit.No)},
	"extension.extended_master_secret": {change: answers("extension.extended_master_secret", audit.No)},
	"extension.encrypt_then_mac":       {change: answers("extension.encrypt_then_mac", audit.No)},
	"extension.heartbeat":              {change: answers("extension.heartbeat", audit.Yes)},

	"chain.hash":     certificate(leaf{issuer: keys.rsa2048, by: x509.SHA1WithRSA, key: keys.p256}),
	"chain.strength": certificate(leaf{issuer: keys.p384, key: rsa1024()}),

	"bsi-tr02102-2/suites.static":    {change: also("tls1.2", "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256")},
	"bsi-tr02102-2/signatures":       {change: schemes("RSA", "rsa_pss_rsae_sha256", "rsa_pkcs1_sha256")},
	"bsi-tr02102-2/chain.hash":       certificate(leaf{issuer: keys.p384, by: x509.ECDSAWithSHA1, key: keys.p256}),
	"bsi-tr02102-2/chain.pkcs1":      certificate(leaf{issuer: keys.rsa2048, by: x509.SHA256WithRSA, key: keys.p256}),
	"bsi-tr02102-2/chain.rsa_size":   certificate(leaf{issuer: keys.p384, key: keys.rsa2048}),
	"bsi-tr02102-2/chain.ecdsa_size": {change: chains(leaf{issuer: keys.p384, key: keys.p224}.chain), too: "chain.curve"}, // there is no smaller curve that is recommended
	"bsi-tr02102-2/chain.curve":      {change: chains(func(t testing.TB) [][]byte { return onCurve(t, secp256k1) })},

	"cnsa-1.0/groups":         {change: groups("secp384r1", "secp521r1")},
	"cnsa-1.0/signatures":     {change: schemes("RSA", "rsa_pss_rsae_sha384", "rsa_pss_rsae_sha256")},
	"cnsa-1.0/chain.curve":    certificate(leaf{issuer: keys.p384, key: keys.p521}),
	"cnsa-1.0/chain.rsa_size": certificate(leaf{issuer: keys.p384, key: keys.rsa2048}),
	"cnsa-1.0/chain.hash":     certificate(leaf{issuer: keys.p384, by: x509.ECDSAWithSHA512, key: keys.p384}),

	"cnsa-2.0/suites":          {change: also("tls1.3", "TLS_AES_128_GCM_SHA256")},
	"cnsa-2.0/groups":          {change: groups("MLKEM1024", "SecP384r1MLKEM1024")},
	"cnsa-2.0/signatures":      {change: schemes("ML-DSA", "mldsa87", "mldsa65")},
	"cnsa-2.0/chain.key":       {change: chains(ofMLDSA(mldsa65, mldsa87, 1952))},
	"cnsa-2.0/chain.signature": {change: chains(ofMLDSA(mldsa87, mldsa65, 2592))},

	"default/protocol.tls13":      {change: mute("tls1.3"), too: "groups.hybrid"},
	"default/suites.broken":       {change: also("tls1.2", "TLS_ECDHE_RSA_WITH_NULL_SHA")},
	"default/suites.weak":         {change: also("tls1.2", "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"), too: "suites.cbc"},
	"default/suites.static":       {change: also("tls1.2", "TLS_RSA_WITH_AES_128_GCM_SHA256")},
	"default/suites.dhe":          {change: also("tls1.2", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256")},
	"default/suites.cbc":          {change: also("tls1.2", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256")},
	"default/dh.size":             {change: dhe(2047, "safe prime")},
	"default/dh.prime":            {change: dhe(3072, "prime")},
	"default/key_exchange.reuse":  {change: answers("key_exchange.reuse", audit.Yes)},
	"default/groups.hybrid_first": {change: finds(finding.EndpointHybridPassedOver)},
	"default/certificate.trusted": {change: verdict("reject")},
	"default/certificate.expires": {
		change: chains(leaf{issuer: keys.p384, key: keys.p256, days: 60, change: func(c *x509.Certificate) { mustStaple(c); c.NotAfter = now.AddDate(0, 0, 6) }}.chain),
		too:    "certificate.expires_soon",
	},
	"default/certificate.expires_soon": certificate(leaf{issuer: keys.p384, key: keys.p256, days: 60, change: func(c *x509.Certificate) { mustStaple(c); c.NotAfter = now.AddDate(0, 0, 13) }}),
	"default/certificate.order": {change: certificates(func(_ testing.TB, c *audit.Certificate) {
		c.Checks = []finding.Finding{finding.Of(finding.ChainOrder)}
	})},
	"default/downgrade":  {change: answers("robust.downgrade_sentinel", audit.No)},
	"default/fallback":   {change: answers("robust.fallback_scsv", audit.No)},
	"default/robust":     {change: answers("robust.large_segment", audit.No)},
	"default/consistent": {change: func(_ testing.TB, d *audit.Document) { d.Cost.Unreliable = "it closes the connection" }},

	"nist-sp800-52r2/negotiation.supported_versions": {change: answers("robust.unknown_version", audit.No)},
	"nist-sp800-52r2/negotiation.legacy_version":     {change: answers("robust.legacy_version", audit.No)},
	"nist-sp800-52r2/certificate.responder":          certificate(leaf{issuer: keys.p384, key: keys.p256, change: func(c *x509.Certificate) { c.OCSPServer = nil }}),
	"nist-sp800-52r2/certificate.key_usage":          certificate(leaf{issuer: keys.p384, key: keys.p256, change: func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyAgreement }}),
	"nist-sp800-52r2/certificate.ext_key_usage": certificate(leaf{issuer: keys.p384, key: keys.p256, change: func(c *x509.Certificate) {
		c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageAny)
	}}),
	"nist-sp800-52r2/certificate.names":    certificate(leaf{issuer: keys.p384, key: keys.p256, change: func(c *x509.Certificate) { c.DNSNames = nil }}),
	"nist-sp800-52r2/suites.rsa_transport": {change: first("tls1.2", "TLS_RSA_WITH_AES_128_GCM_SHA256")},
	"nist-sp800-52r2/suites.aead_first":    {change: first("tls1.2", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384")},
	"nist-sp800-52r2/groups.strength":      {change: groups("secp256r1", "secp192r1")},
	"nist-sp800-52r2/groups.approved":      {change: groups("x25519")},

	"pci-dss-4.0/suites.strength":            {change: also("tls1.2", "TLS_ECDH_anon_WITH_AES_128_CBC_SHA")},
	"pci-dss-4.0/suites.weak":                {change: also("tls1.2", "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA")},
	"pci-dss-4.0/groups.strength":            {change: groups("secp256r1", "sect163k1")},
	"pci-dss-4.0/chain.strength":             {change: chains(leaf{issuer: keys.p384, key: rsa1024()}.chain), too: "chain.strength_recommended"},
	"pci-dss-4.0/chain.strength_recommended": certificate(leaf{issuer: keys.p384, key: keys.rsa2048}),
	"pci-dss-4.0/certificate.trusted":        {change: verdict("reject")},

	"mozilla-intermediate/certificate.lifetime":             {change: chains(leaf{issuer: keys.p384, key: keys.p256, days: 367}.chain), too: "certificate.lifetime_recommended"},
	"mozilla-intermediate/certificate.lifetime_recommended": certificate(leaf{issuer: keys.p384, key: keys.p256, days: 91}),
	"mozilla-old/protocols":                                 {change: speaks("ssl3.0")},
	"mozilla-old/suites.order":                              {change: preferring("suites.tls1.2", audit.PreferClient)},
	"mozilla-old/certificate.lifetime":                      {change: chains(leaf{issuer: keys.rsa2048, by: x509.SHA256WithRSA, key: keys.rsa2048, days: 367}.chain), too: "certificate.lifetime_recommended"},
	"mozilla-old/certificate.lifetime_recommended":          certificate(leaf{issuer: keys.rsa2048, by: x509.SHA256WithRSA, key: keys.rsa2048, days: 91}),
	"mozilla-old/certificate.type":                          {change: chains(leaf{issuer: keys.rsa2048, by: x509.SHA256WithRSA, key: keys.p256}.chain)},
	"mozilla-old/certificate.curve":                         {change: chains(leaf{issuer: keys.rsa2048, by: x509.SHA256WithRSA, key: keys.p521}.chain), too: "certificate.type"},
	"mozilla-old/certificate.rsa_size":                      certificate(leaf{issuer: keys.rsa2048, by: x509.SHA256WithRSA, key: rsa1024()}),
	"mozilla-old/certificate.signature":                     certificate(leaf{issuer: keys.rsa2048, by: x509.SHA384WithRSA, key: keys.rsa2048}),
	"mozilla-old@5.7/dh":                                    {change: dhe(1023, "safe prime")},
	"mozilla-modern/suites":                                 {change: also("tls1.3", "TLS_AES_128_CCM_SHA256")},
	"mozilla-modern/protocols":                              {change: speaks("tls1.2")},
}

func TestOneChangeForEachRuleBreaksExactlyThatRule(t *testing.T) {
	used := make(map[string]bool)
	for _, full := range policy.Builtins() {
		name, _, _ := strings.Cut(full, "@")
		p, err := policy.Builtin(full)
		if err != nil {
			t.Fatal(err)
		}
		good := endpoint(t)
		for _, key := range []string{name, full} {
			if c := profiles[key]; c != nil {
				c(t, good)
			}
		}
		conforms(t, full, p, good)
		for i := range p.Rules {
			rule := &p.Rules[i]
			key, c, ok := caseOf(full, rule.ID)
			if used[key] = true; !ok {
				t.Errorf("%s: nothing breaks %s", full, rule.ID)
				continue
			}
			d := clone(good)
			c.change(t, d)
			got := brokenRules(p, d)
			want := map[string]finding.Status{rule.ID: statusOf(rule.Level)}
			for _, id := range strings.Fields(c.too) {
				if at := slices.IndexFunc(p.Rules, func(r policy.Rule) bool { return r.ID == id }); at >= 0 {
					want[id] = statusOf(p.Rules[at].Level)
				}
			}
			if !maps.Equal(got, want) {
				t.Errorf("%s: the change for %s breaks %v, want %v", full, rule.ID, got, want)
			}
		}
	}
	for key := range ruleCases {
		if !used[key] {
			t.Errorf("no rule has the case %s", key)
		}
	}
}

func TestARuleForOtherKeysIsSkippedThoughTheSizeOfTheKeyIsNotKnown(t *testing.T) {
	d := endpoint(t)
	chains(func(t testing.TB) [][]byte {
		gost := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 643, 7, 1, 1, 1, 1}}
		return byHand(t, gost, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}, make([]byte, 64))
	})(t, d)
	for _, v := range policy.Judge(builtin(t, "bsi-tr02102-2"), policy.FactsOf(d, now), policy.JudgeOptions{At: now}) {
		if v.Rule == "chain.rsa_size" && v.Status != finding.Skip {
			t.Errorf("it is %s: %s", v.Status, v.Message)
		}
	}
	for _, v := range policy.Judge(builtin(t, "nist-sp800-52r2"), policy.FactsOf(d, now), policy.JudgeOptions{At: now}) {
		if v.Rule == "chain.strength" && v.Status != finding.Unknown {
			t.Errorf("what is asked of each key is %s: %s", v.Status, v.Message)
		}
	}
}

// caseOf finds the case for a rule, the closest first.
func caseOf(full, id string) (key string, c ruleCase, ok bool) {
	name, _, _ := strings.Cut(full, "@")
	for _, key = range []string{full + "/" + id, name + "/" + id, id} {
		if c, ok = ruleCases[key]; ok {
			return key, c, true
		}
	}
	return key, c, false
}

// conforms fails the test for rules that the endpoint of a profile does not pass. Those that it has nothing for are skipped.
func conforms(t *testing.T, full string, p *policy.Policy, d *audit.Document) {
	t.Helper()
	for _, v := range policy.Judge(p, policy.FactsOf(d, now), policy.JudgeOptions{Target: "example.test:443", At: now}) {
		if v.Status != finding.Pass && !(v.Status == finding.Skip && mayBeSkipped[full+"/"+v.Rule]) {
			t.Errorf("%s: %s is %s: %s", full, v.Rule, v.Status, v.Message)
		}
	}
}

// mayBeSkipped are the rules about what an endpoint of a profile need not have.
var mayBeSkipped = map[string]bool{"mozilla-old@5.7/certificate.curve": true, "mozilla-old@5.8/certificate.curve": true} // its keys are RSA

func statusOf(l policy.Level) finding.Status {
	switch l {
	case policy.LevelWarn:
		return finding.Warn
	case policy.LevelNote:
		return finding.Info
	}
	return finding.Fail
}
