package policy_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

var index = regexp.MustCompile(`\[\d+\]`)

// pattern is the pattern that a fact's path belongs to.
func pattern(path string) string { return index.ReplaceAllString(path, "[*]") }

// paths are the patterns that there are.
func paths() map[string]policy.FactPath {
	all := make(map[string]policy.FactPath)
	for _, p := range policy.FactPaths() {
		all[p.Path] = p
	}
	return all
}

// fact returns what is known under a path.
func fact(t testing.TB, facts []policy.Fact, path string) policy.Fact {
	t.Helper()
	for _, f := range facts {
		if f.Path == path {
			return f
		}
	}
	t.Fatalf("no fact about %s", path)
	return policy.Fact{}
}

// texts are the values of a fact.
func texts(f policy.Fact) (list []string) {
	for _, v := range f.Values {
		list = append(list, v.Text)
	}
	return list
}

func TestEveryQuestionHasAPathAndEveryPathAMeaning(t *testing.T) {
	all := paths()
	if len(all) != len(policy.FactPaths()) {
		t.Error("a path is there twice")
	}
	for _, q := range audit.Catalogue() {
		if p, ok := all[q.ID]; !ok || p.Askable != q.Askable {
			t.Errorf("%s: %+v", q.ID, p)
		}
	}
	for path, p := range all {
		if p.Meaning == "" || p.Kind == "" || strings.ToLower(path) != path {
			t.Errorf("%+v", p)
		}
	}
}

// everything is a document of a server of crypto/tls with two certificates.
func everything(t *testing.T) *audit.Document {
	a := newAuthority(t, ecKey(t, elliptic.P384()))
	cfg := &tls.Config{
		Certificates: []tls.Certificate{a.issue(t, rsaKey(t), nil), a.issue(t, ecKey(t, elliptic.P256()), func(c *x509.Certificate) {
			c.OCSPServer = []string{"http://ocsp.test"}
			c.CRLDistributionPoints = []string{"http://crl.test"}
		})},
		MinVersion: tls.VersionTLS10, NextProtos: []string{"h2"},
	}
	return enumerate(t, serve(t, cfg), a, nil)
}

func rsaKey(t testing.TB) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func ecKey(t testing.TB, c elliptic.Curve) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// wellFormed fails the test for facts that don't keep to the patterns.
func wellFormed(t *testing.T, facts []policy.Fact) {
	t.Helper()
	all := paths()
	seen := make(map[string]bool)
	for _, f := range facts {
		p, ok := all[pattern(f.Path)]
		if !ok || p.Kind != f.Kind || seen[f.Path] {
			t.Errorf("%s, %s: of pattern %+v, seen %t", f.Path, f.Kind, p, seen[f.Path])
		}
		seen[f.Path] = true
		if (f.State == policy.Unknown || f.State == policy.Skipped) != (len(f.Values) == 0 && f.State != policy.Known) ||
			f.State != policy.Known && f.Reason == "" {
			t.Errorf("%+v", f)
		}
		for _, v := range f.Values {
			if v.Text == "" || len(p.Values) > 0 && !slices.Contains(p.Values, v.Text) {
				t.Errorf("%s: %q is none of %v", f.Path, v.Text, p.Values)
			}
		}
	}
	for path := range all {
		if !slices.ContainsFunc(facts, func(f policy.Fact) bool { return pattern(f.Path) == path }) {
			t.Errorf("no fact about %s", path)
		}
	}
}

func TestFactsOfARealServerKeepToThePatterns(t *testing.T) {
	d := everything(t)
	facts := policy.FactsOf(d, now)
	wellFormed(t, facts)
	for path, want := range map[string][]string{
		"protocols":                        {"tls1.3", "tls1.2", "tls1.1", "tls1.0"},
		"protocol.tls1.1":                  {"yes"},
		"protocol.ssl3.0":                  {"no"},
		"suites.tls1.2.order":              {"server"},
		"suites.broken":                    nil,
		"alpn":                             {"h2"},
		"intolerances":                     nil,
		"consistent":                       {"yes"},
		"findings":                         {"endpoint.version_deprecated", "endpoint.version_deprecated"},
		"signatures.tls1.2.ecdsa":          {"ecdsa_secp256r1_sha256", "ecdsa_secp384r1_sha384", "ecdsa_secp521r1_sha512"},
		"extension.extended_master_secret": {"yes"},
	} {
		if got := fact(t, facts, path); !slices.Equal(texts(got), want) || got.State != policy.Known {
			t.Errorf("%s: %v %s %s, want %v", path, texts(got), got.State, got.Reason, want)
		}
	}
	for _, f := range facts {
		for _, v := range f.Values {
			if what, _, _ := strings.Cut(f.Path, "."); (what == "suites" || what == "groups" || what == "protocol") && v.Connection == 0 {
				t.Errorf("nothing shows that %s is %s", f.Path, v.Text)
			}
		}
	}
	for i := range d.Protocols {
		p := &d.Protocols[i]
		for _, s := range p.Suites {
			path := "suites." + policy.VersionText(p.Version)
			if f := fact(t, facts, path); !slices.ContainsFunc(f.Values, func(v policy.Value) bool { return v.Text == s.Suite.Name && v.Connection == s.Connection }) {
				t.Errorf("%s lacks %s", path, s.Suite.Name)
			}
		}
	}
}

func TestWhatStandsInACertificateIsWhatCryptoX509Reads(t *testing.T) {
	d := everything(t)
	facts := policy.FactsOf(d, now)
	for i := range d.Certificates {
		c, err := x509.ParseCertificate(d.Certificates[i].Chain[0])
		if err != nil {
			t.Fatal(err)
		}
		prefix := "certificates[" + string(rune('0'+i)) + "]."
		want := map[string][]string{
			"names": c.DNSNames, "days_left": {"80"}, "lifetime_days": {"90"}, "ocsp_responders": c.OCSPServer, "crls": c.CRLDistributionPoints,
			"signature_algorithm": {"ecdsa-with-SHA384"}, "signature_hash": {"sha384"}, "verdict": {"accept"}, "stapled": {"no"}, "named": {"yes"},
			"chain_length": {"1"}, "subject": {"CN=" + host}, "issuer": {"CN=Root"}, "self_issued": {"no"}, "must_staple": {"no"},
			"key_usage": {"digitalSignature"}, "ext_key_usage": {"serverAuth"}, "checks.hostname": {"pass"},
		}
		switch key := c.PublicKey.(type) {
		case *rsa.PublicKey:
			want["key.type"], want["key.bits"] = []string{"RSA"}, []string{"2048"}
		case *ecdsa.PublicKey:
			want["key.type"], want["key.bits"], want["key.curve"] = []string{"ECDSA"}, []string{"256"}, []string{key.Params().Name}
		}
		for step, list := range want {
			if got := texts(fact(t, facts, prefix+step)); !slices.Equal(got, list) {
				t.Errorf("%s%s: %v, want %v", prefix, step, got, list)
			}
			if own := prefix + "chain[0]." + step; slices.ContainsFunc(facts, func(f policy.Fact) bool { return f.Path == own }) {
				if got := texts(fact(t, facts, own)); !slices.Equal(got, list) {
					t.Errorf("%s: %v, want %v", own, got, list)
				}
			}
		}
	}
}

func TestKeysAndSignaturesOfOtherKindsAreValuesToo(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	chain := newAuthority(t, ed).issue(t, rsaKey(t), func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, -3) }).Certificate
	pss := newAuthority(t, rsaKey(t)).issue(t, ed, nil).Certificate
	strange := slices.Clone(pss[0]) // an algorithm that nobody knows
	for i := range strange[:len(strange)-11] {
		if string(strange[i:i+9]) == "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b" {
			strange[i+8] = 0x7f
		}
	}
	d := &audit.Document{Certificates: []audit.Certificate{{Chain: append(chain, pss[0])}, {Chain: [][]byte{strange}}, {Chain: [][]byte{{1, 2, 3}}}, {}}}
	facts := policy.FactsOf(d, now)
	for path, want := range map[string]string{
		"certificates[0].signature_algorithm": "id-Ed25519", "certificates[0].signature_hash": "sha512", "certificates[0].days_left": "-3",
		"certificates[0].chain[1].key.type": "Ed25519", "certificates[0].chain[1].signature_hash": "sha256",
		"certificates[1].signature_algorithm": "1.2.840.113549.1.1.127", "certificates[1].signature_hash": "",
		"certificates[2].key.type": "unreadable", "certificates[2].days_left": "", "certificates[3].chain_length": "0",
	} {
		f := fact(t, facts, path)
		if strings.Join(texts(f), " ") != want || (want == "") != (f.State == policy.Unknown) {
			t.Errorf("%s: %v %s %s, want %q", path, texts(f), f.State, f.Reason, want)
		}
	}
}

func TestWhatCouldNotBeFoundOutIsUnknownAndNeverMissing(t *testing.T) {
	wellFormed(t, policy.FactsOf(&audit.Document{}, now))
	for _, f := range policy.FactsOf(&audit.Document{}, now) {
		if f.State == policy.Known && len(f.Values) == 0 && !strings.HasPrefix(f.Path, "findings") && f.Path != "protocols" {
			t.Errorf("%+v", f)
		}
	}
	open := audit.Answer{Status: audit.Unknown, Reason: "no answer in time", Connection: 7}
	d := &audit.Document{
		Protocols: []audit.Protocol{{Version: trace.CodeOf(iana.TLS12), Support: audit.Answer{Status: audit.Yes, Connection: 3}, Complete: open,
			Suites: []audit.Suite{{Suite: trace.CodeOf(iana.TLS_RSA_WITH_NULL_SHA), Strength: audit.Broken, Connection: 5}}},
			{Version: trace.CodeOf(iana.TLS11), Support: open, Complete: open}},
		Questions: []audit.Question{{ID: "suites.tls1.2", Answer: open}, {ID: "suites.tls1.1", Answer: open}, {ID: "robust.grease", Answer: audit.Answer{Status: audit.No}},
			{ID: "robust.session_id", Answer: open}, {ID: "certificates", Answer: open}, {ID: "dh.parameters", Answer: audit.Answer{Status: audit.Skip, Reason: "it has no DHE"}}},
	}
	for i := range d.Questions {
		d.Questions[i].Askable = true
	}
	facts := policy.FactsOf(d, now)
	for path, want := range map[string]policy.State{
		"protocols": policy.Partial, "suites.tls1.2": policy.Partial, "suites.tls1.1": policy.Unknown, "suites": policy.Partial, "suites.broken": policy.Partial,
		"suites.cbc": policy.Unknown, "intolerances": policy.Partial, "findings": policy.Unknown, "robust.session_id": policy.Unknown, "robust.grease": policy.Known,
		"certificates[*].key.bits": policy.Unknown, "certificates[*].chain[*].key.bits": policy.Unknown, "dh[*].bits": policy.Skipped,
		"signatures.tls1.2.rsa": policy.Unknown, "compression": policy.Unknown,
	} {
		f := fact(t, facts, path)
		if f.State != want || want == policy.Unknown && path != "compression" && !strings.Contains(f.Reason, "no answer in time") {
			t.Errorf("%s: %s (%s), want %s", path, f.State, f.Reason, want)
		}
	}
	if f := fact(t, facts, "suites.tls1.2"); f.Connection != 7 || f.Values[0].Connection != 5 {
		t.Errorf("%+v", f)
	}
}

func TestCertificatesThatMayBeMissingAreUnknownBesideThoseThatAreThere(t *testing.T) {
	d := clone(everything(t))
	answers("certificates", audit.Unknown)(t, d)
	facts := policy.FactsOf(d, now)
	for path, want := range map[string]policy.State{
		"certificates": policy.Unknown, "certificates[0].key.bits": policy.Known, "certificates[*].key.bits": policy.Unknown,
		"certificates[*].chain[*].key.bits": policy.Unknown, "key_types": policy.Partial, "signature_schemes": policy.Partial,
	} {
		if f := fact(t, facts, path); f.State != want {
			t.Errorf("%s: %s (%s), want %s", path, f.State, f.Reason, want)
		}
	}
}

func TestWhatIsSaidOverAnOrdinaryHandshakeIsAFactToo(t *testing.T) {
	d := everything(t)
	facts := policy.FactsOf(d, now)
	for path, want := range map[string][]string{
		"handshake": {"yes"}, "handshake.summary.version": {"tls1.3"}, "handshake.summary.group": {"X25519MLKEM768"}, "handshake.tickets": {"1"},
		"handshake.checks.handshake.finished": {"pass"}, "handshake.outcome": {"ok"}, "http.status": {"200"}, "http.hsts.max_age": {"63072000"},
		"http.hsts.preload": {"no"}, "http.location": nil, "early_data.offered": {"no"},
	} {
		if f := fact(t, facts, path); !slices.Equal(texts(f), want) || f.State != policy.Known || path != "http.location" && f.Values[0].Connection == 0 {
			t.Errorf("%s: %v %s (%s), want %v", path, texts(f), f.State, f.Reason, want)
		}
	}
	for name, c := range map[string]struct {
		answer audit.Answer
		page   *audit.HTTP
		want   policy.State
	}{
		"HTTP is not spoken":           {audit.Answer{Status: audit.Skip, Reason: "it speaks SMTP"}, nil, policy.Skipped},
		"nothing came":                 {audit.Answer{Status: audit.Unknown, Reason: "no answer"}, nil, policy.Unknown},
		"the server is in trouble":     {audit.Answer{Status: audit.Unknown, Reason: "status 503"}, &audit.HTTP{Status: 503}, policy.Unknown},
		"there is no such field":       {audit.Answer{Status: audit.No}, &audit.HTTP{Status: 200}, policy.Known},
		"browsers pass over the field": {audit.Answer{Status: audit.No}, &audit.HTTP{Status: 200, HSTS: audit.HSTS{Present: true, MaxAge: new(int64), Why: "twice"}}, policy.Known},
	} {
		d := clone(d)
		answers("http.hsts", c.answer.Status)(t, d)
		d.HTTP = c.page
		facts := policy.FactsOf(d, now)
		if f := fact(t, facts, "http.hsts.max_age"); f.State != c.want || len(f.Values) > 0 {
			t.Errorf("%s: %+v", name, f)
		}
		if f := fact(t, facts, "http.status"); (f.State == policy.Known) != (c.page != nil) {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestALongChainEndsInAnUnknown(t *testing.T) {
	d := &audit.Document{Certificates: []audit.Certificate{{Chain: make([][]byte, 5000)}}}
	facts := policy.FactsOf(d, now)
	if f := fact(t, facts, "certificates[0].chain[16].key.bits"); f.State != policy.Unknown || !strings.Contains(f.Reason, "5000") {
		t.Errorf("%+v", f)
	}
	if len(facts) > 3000 {
		t.Errorf("%d facts", len(facts))
	}
}
