package diff

import (
	"slices"
	"testing"
)

// rows has a case for each row of the table of meanings: what changes from a to b, and what that means. Where b is empty, it was lost.
var rows = []struct {
	fact, a, b string
	verdict    Verdict
	words      string
}{
	{"version", "TLS 1.3", "TLS 1.2", Worse, "version lowered"},
	{"cipher_suite", "TLS_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256", Worse, "forward secrecy lost"},
	{"cipher_suite", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "TLS_DH_anon_WITH_AES_128_CBC_SHA", Worse, "authentication lost"},
	{"cipher_suite", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", Worse, "AEAD lost"},
	{"cipher_suite", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", Worse, "cipher weaker"},
	{"group", "X25519MLKEM768", "secp256r1", Worse, "post-quantum lost"},
	{"group", "x25519", "DHE 1024 bits", Worse, "group weaker"},
	{"signature_scheme", "ecdsa_secp256r1_sha256", "rsa_pkcs1_sha1", Worse, "signature algorithm weaker"},
	{"compression", "NULL", "DEFLATE", Worse, "compression on"},
	{"alpn", "h2", "", Worse, "ALPN lost"},
	{"alpn", "h2", "http/1.1", Neutral, "ALPN changed"},
	{"hello_retry_request", no, yes, Worse, "extra round trip"},
	{"resumed", yes, no, Neutral, "session not resumed"},
	{"extended_master_secret", yes, no, Worse, "extended master secret lost"},
	{"encrypt_then_mac", yes, no, Worse, "encrypt-then-MAC lost"},
	{"secure_renegotiation", yes, no, Worse, "secure renegotiation lost"},
	{"client_certificate", no, yes, Neutral, "client certificate asked for now"},
	{"ocsp_staple", yes, no, Worse, "OCSP staple lost"},
	{"scts", "2", "0", Worse, "certificate timestamps lost"},
	{"ticket_lifetime", "7200", "604800", Neutral, "ticket lifetime longer"},
	{"certificate.names", "DNS:example.com", "", Worse, "name lost"},
	{"certificate.issuer", "CN=One", "CN=Other", Neutral, "issuer changed"},
	{"certificate.not_after", "2027-02-26T00:00:00Z", "2026-12-01T00:00:00Z", Worse, "expires sooner"},
	{"certificate.key", "RSA 3072 bits", "RSA 2048 bits", Worse, "key weaker"},
	{"certificate.pin", "32B 00…00", "32B 01…01", Neutral, "another key"},
	{"certificate.signature", "sha256WithRSAEncryption", "sha1WithRSAEncryption", Worse, "signature algorithm weaker"},
	{"failing", "", "validity", Worse, "check fails now"},
	{"outcome", "ok", "network", Worse, "doesn't answer any more"},
	{"outcome", "ok", "handshake_failed", Worse, "handshake fails now"},
	{"outcome", "ok", "untrusted", Worse, "not trusted any more"},
}

func TestEveryRowOfTheTableOfMeaningsHasACase(t *testing.T) {
	for _, r := range rows {
		found := meaningsOf(r.fact, r.a, r.b)
		if !slices.ContainsFunc(found, func(m Meaning) bool { return m.Verdict == r.verdict && m.Words == r.words }) {
			t.Errorf("%s from %q to %q: %v, and not %s: %s", r.fact, r.a, r.b, found, r.verdict, r.words)
		}
	}
	for _, m := range meanings {
		if !slices.ContainsFunc(rows, func(r struct {
			fact, a, b string
			verdict    Verdict
			words      string
		}) bool {
			return r.fact == m.fact && (r.words == m.up || r.words == m.down)
		}) {
			t.Errorf("no case for %s: %s, %s", m.fact, m.up, m.down)
		}
	}
}

func TestAnUnchangedFactMeansNothing(t *testing.T) {
	for _, m := range meanings {
		for _, v := range values() {
			if found := meaningsOf(m.fact, v, v); len(found) > 0 {
				t.Errorf("%s %q: %v", m.fact, v, found)
			}
		}
	}
}

// values are all of the cases, and some that nobody knows.
func values() []string {
	list := []string{"", "0x1234", "nonsense", "DHE 99999999999999999999 bits", "RSA -1 bits", "GREASE", "\xff"}
	for _, r := range rows {
		list = append(list, r.a, r.b)
	}
	return list
}

func opposite(v Verdict) Verdict {
	switch v {
	case Better:
		return Worse
	case Worse:
		return Better
	}
	return Neutral
}

func TestTheOrderOfArgumentsSwapsBetterAndWorse(t *testing.T) {
	for i := range meanings {
		m := &meanings[i]
		for _, a := range values() {
			for _, b := range values() {
				there, back := meaningsOf(m.fact, a, b), meaningsOf(m.fact, b, a)
				if len(there) != len(back) {
					t.Fatalf("%s: %q and %q: %v, but the other way round %v", m.fact, a, b, there, back)
				}
				for k := range there {
					if there[k].Verdict != opposite(back[k].Verdict) {
						t.Errorf("%s: %q and %q: %v, but the other way round %v", m.fact, a, b, there, back)
					}
				}
			}
		}
	}
}

func TestCiphersOfTheSameClassHaveNoOrder(t *testing.T) {
	for _, pair := range [][2]string{
		{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"}, {"TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"},
	} {
		if m := meaningsOf("cipher_suite", pair[0], pair[1]); len(m) > 0 {
			t.Errorf("%v: %v", pair, m)
		}
	}
	if m := meaningsOf("group", "x25519", "secp384r1"); len(m) > 0 {
		t.Errorf("groups: %v", m)
	}
}

func TestChecksHaveWordsOfTheirOwn(t *testing.T) {
	for _, c := range []struct {
		id, a, b string
		verdict  Verdict
		words    string
	}{
		{"validity", "pass", "fail", Worse, "certificate expired, or not yet valid"},
		{"hostname", "pass", "fail", Worse, "certificate is not for this name"},
		{"chain.complete", "fail", "pass", Better, "chain complete"},
		{"chain.root_trust", "pass", "unknown", Worse, "root not trusted"},
		{"revocation.ocsp", "pass", "fail", Worse, "certificate revoked"},
		{"revocation.crl", "fail", "pass", Better, "certificate not revoked any more"},
		{"key_strength", "pass", "fail", Worse, "check fails now"},
		{"session.cipher", "warn", "pass", Better, "check passes now"},
		{"rule.message.unexpected", "", "fail", Worse, "rule broken now"},
		{"rule.message.unexpected", "fail", "", Better, "rule kept now"},
	} {
		if m := meaningOfCheck(c.id, c.a, c.b, ""); len(m) != 1 || m[0].Verdict != c.verdict || m[0].Words != c.words {
			t.Errorf("%s from %s to %s: %v", c.id, c.a, c.b, m)
		}
	}
	if m := meaningOfCheck("validity", "pass", "skip", ""); m != nil {
		t.Errorf("what does not apply any more is %v", m)
	}
}
