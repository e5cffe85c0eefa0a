package iana

import (
	"crypto/tls"
	"strings"
	"testing"
	"unicode"
)

func TestNamesAndAliasesAreUniqueInTheirRegistry(t *testing.T) {
	for _, r := range registries() {
		seen := map[string]uint16{}
		for i, e := range r.table {
			names := []string{e.name}
			if r.aliases != nil && r.aliases(i) != "" {
				for alias := range strings.SplitSeq(r.aliases(i), ",") {
					if !strings.EqualFold(alias, e.name) {
						names = append(names, alias)
					}
				}
			}
			for _, name := range names {
				if other, twice := seen[strings.ToLower(name)]; twice {
					t.Errorf("%s: %q is %#x and %#x", r.name, name, other, e.value)
				}
				seen[strings.ToLower(name)] = e.value
			}
			if i > 0 && r.table[i-1].value >= e.value {
				t.Errorf("%s: %q is not in order", r.name, e.name)
			}
			if r.grease != nil && r.grease(e.value) {
				t.Errorf("%s: %q has a GREASE value", r.name, e.name)
			}
		}
	}
}

// RFC 8701, Section 2.
func TestGREASEValuesAreThoseOfTheRFC(t *testing.T) {
	wide := map[uint16]bool{0x0A0A: true, 0x1A1A: true, 0x2A2A: true, 0x3A3A: true, 0x4A4A: true, 0x5A5A: true, 0x6A6A: true,
		0x7A7A: true, 0x8A8A: true, 0x9A9A: true, 0xAAAA: true, 0xBABA: true, 0xCACA: true, 0xDADA: true, 0xEAEA: true, 0xFAFA: true}
	for v := range 1 << 16 {
		v := uint16(v)
		for _, is := range []bool{CipherSuite(v).IsGREASE(), Group(v).IsGREASE(), SignatureScheme(v).IsGREASE(),
			ExtensionType(v).IsGREASE(), Version(v).IsGREASE(), ALPNProtocol([]byte{byte(v >> 8), byte(v)}).IsGREASE()} {
			if is != wide[v] {
				t.Fatalf("%#04x: %t", v, is)
			}
		}
	}
	modes := map[uint8]bool{0x0B: true, 0x2A: true, 0x49: true, 0x68: true, 0x87: true, 0xA6: true, 0xC5: true, 0xE4: true}
	for v := range 1 << 8 {
		if PSKKeyExchangeMode(v).IsGREASE() != modes[uint8(v)] {
			t.Errorf("mode %#02x: %t", v, PSKKeyExchangeMode(v).IsGREASE())
		}
		if AlertDescription(v).IsGREASE() || HandshakeType(v).IsGREASE() {
			t.Errorf("%#02x is GREASE in a registry without", v)
		}
	}
}

func TestUnknownValuesAreShownAsNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{CipherSuite(0x1301).String(), "TLS_AES_128_GCM_SHA256"},
		{CipherSuite(0x1A1A).String(), "0x1a1a GREASE"},
		{CipherSuite(0x13FF).String(), "0x13ff"},
		{Group(0x0A0A).String(), "0x0a0a GREASE"},
		{Version(0x0304).String(), "TLS 1.3"},
		{Version(0x7F1C).String(), "0x7f1c"},
		{AlertDescription(40).String(), "handshake_failure"},
		{AlertDescription(2).String(), "0x02"},
		{PSKKeyExchangeMode(0x2A).String(), "0x2a GREASE"},
		{HandshakeType(4).String(), "new_session_ticket"},
		{ExtensionType(51).String(), "key_share"},
		{ExtensionType(0xFAFA).String(), "0xfafa GREASE"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestVersionsHaveTheNamesOfCryptoTLS(t *testing.T) {
	for _, v := range []Version{TLS10, TLS11, TLS12, TLS13} {
		if want := tls.VersionName(uint16(v)); v.Name() != want {
			t.Errorf("%#04x is %q, want %q", uint16(v), v.Name(), want)
		}
	}
	if want := tls.VersionName(uint16(SSL30)); want != "SSLv3" || SSL30.Name() != "SSL 3.0" {
		t.Errorf("SSL 3.0 is %q", SSL30.Name())
	}
}

func TestAlertsAreThoseOfCryptoTLS(t *testing.T) {
	// crypto/tls words its alerts freely; these say the name in other words.
	for v := range AllAlerts() {
		text := strings.TrimPrefix(tls.AlertError(v).Error(), "tls: ")
		known := !strings.HasPrefix(text, "alert(")
		words := strings.ReplaceAll(v.Name(), "_", " ")
		if known && !strings.Contains(text, strings.Fields(words)[0]) && !differentlyWorded[v] {
			t.Errorf("%v: crypto/tls says %q", v, text)
		}
	}
}

var differentlyWorded = map[AlertDescription]bool{
	AlertBadCertificate: true, AlertUnsupportedCertificate: true, AlertCertificateRevoked: true, AlertCertificateExpired: true,
	AlertCertificateUnknown: true, AlertUnknownCA: true, AlertDecodeError: true, AlertDecryptError: true,
	AlertProtocolVersion: true, AlertUnknownPSKIdentity: true, AlertDecryptionFailed: true, AlertECHRequired: true,
	AlertDecompressionFailure: true, AlertExportRestriction: true,
}

func TestTitlesAreTheNamesInCamelCase(t *testing.T) {
	for v := range AllHandshakeTypes() {
		var words []string
		for word := range strings.FieldsFuncSeq(v.Name(), func(r rune) bool { return !unicode.IsLetter(r) }) {
			words = append(words, word)
		}
		if !strings.EqualFold(strings.Join(words, ""), v.Title()) {
			t.Errorf("%v has the title %q", v, v.Title())
		}
	}
	if got := HandshakeType(99).Title(); got != "0x63" {
		t.Errorf("an unknown type has the title %q", got)
	}
}

func TestHandwrittenConstantsAreInTheTables(t *testing.T) {
	for _, v := range []interface{ Name() string }{SSL20, SSL30, TLS10, TLS13, ChangeCipherSpec, Alert, Handshake, ApplicationData,
		Heartbeat, HelloRequest, ClientHello, HelloVerifyRequest, EndOfEarlyData, EncryptedExtensions, CertificateURL,
		CompressedCertificate, MessageHash, Warning, Fatal} {
		if v.Name() == "" {
			t.Errorf("%v has no name", v)
		}
	}
	if Heartbeat.Name() != "heartbeat" || CertificateVerify.Name() != "certificate_verify" || Warning.Name() != "warning" {
		t.Error("a constant has another's name")
	}
}

func TestDiscouragedValuesAreMarked(t *testing.T) {
	for _, v := range []interface{ Recommended() Recommended }{TLS_RSA_WITH_AES_128_GCM_SHA256, TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, // RFC 10015
		TLS_ECDHE_RSA_WITH_RC4_128_SHA, TLS_PSK_WITH_NULL_SHA, Sect163k1, Secp224r1, HashAlgorithmMD5, ExtTruncatedHMAC} { // RFC 9847
		if v.Recommended() != RecommendedDiscouraged {
			t.Errorf("%v: %q", v, v.Recommended())
		}
	}
	for _, v := range []interface{ Recommended() Recommended }{TLS_AES_128_GCM_SHA256, X25519, X25519MLKEM768, Ed25519, ExtKeyShare} {
		if v.Recommended() != RecommendedYes {
			t.Errorf("%v: %q", v, v.Recommended())
		}
	}
}

func TestALPNProtocolsAreFound(t *testing.T) {
	if p := ALPNProtocol("h2"); p.Name() != "HTTP/2 over TLS" || p.Reference() != "RFC 9113" || !p.Registered() {
		t.Errorf("h2: %q, %q", p.Name(), p.Reference())
	}
	if p := ALPNProtocol("h2x"); p.Name() != "" || p.Registered() {
		t.Errorf("h2x: %q", p.Name())
	}
	n := 0
	last := ALPNProtocol("")
	for p := range AllALPNProtocols() {
		if p <= last {
			t.Errorf("%q is not in order", p)
		}
		if last = p; p.Registered() {
			n++
		}
	}
	if n != 42 { // 2026-09-29
		t.Errorf("%d protocols, want 42", n)
	}
}
