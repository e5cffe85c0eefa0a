package iana

import (
	"errors"
	"strings"
	"testing"
)

func TestVersionsAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]Version{
		"TLS 1.3": TLS13, "tls1.3": TLS13, "TLSv1.3": TLS13, "tls13": TLS13, "1.3": TLS13, "0x0304": TLS13, "tls_1_3": TLS13,
		"TLS 1.0": TLS10, "TLSv1": TLS10, "tls1": TLS10, "1.0": TLS10, "tls1.2": TLS12, "tls1.1": TLS11,
		"ssl3.0": SSL30, "SSLv3": SSL30, "ssl3": SSL30, "SSL 2.0": SSL20, "sslv2": SSL20, "DTLS 1.2": 0xFEFD, "dtlsv1.3": 0xFEFC,
		"0x7f1c": 0x7F1C,
	} {
		if got, err := ParseVersion(text); err != nil || got != want {
			t.Errorf("ParseVersion(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "tls", "1.4", "tls1.4", "ssl1", "3", "772", "0x0", "v"} {
		if got, err := ParseVersion(text); err == nil {
			t.Errorf("ParseVersion(%q) = %v", text, got)
		}
	}
}

func TestCodesAndNamesAreRead(t *testing.T) {
	for _, text := range []string{"TLS_AES_128_GCM_SHA256", "tls_aes_128_gcm_sha256", "0x1301", "0X1301", "0x13,0x01", "0x13, 0x01", "4865"} {
		if got, err := ParseCipherSuite(text); err != nil || got != TLS_AES_128_GCM_SHA256 {
			t.Errorf("ParseCipherSuite(%q) = %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]Group{"x25519": X25519, "X25519": X25519, "P-256": Secp256r1, "prime256v1": Secp256r1,
		"secp256r1": Secp256r1, "x25519mlkem768": X25519MLKEM768, "29": X25519, "0x001d": X25519, "0x1a1a": 0x1A1A} {
		if got, err := ParseGroup(text); err != nil || got != want {
			t.Errorf("ParseGroup(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]ExtensionType{"key_share": ExtKeyShare, "alpn": ExtALPN, "51": ExtKeyShare, "65037": ExtEncryptedClientHello,
		"extended_main_secret": ExtExtendedMasterSecret, "ech": ExtEncryptedClientHello, "0xff01": ExtRenegotiationInfo} {
		if got, err := ParseExtensionType(text); err != nil || got != want {
			t.Errorf("ParseExtensionType(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]AlertDescription{"handshake_failure": AlertHandshakeFailure, "40": AlertHandshakeFailure,
		"0x28": AlertHandshakeFailure, "255": 255} {
		if got, err := ParseAlert(text); err != nil || got != want {
			t.Errorf("ParseAlert(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestWhatIsNoNameIsAnError(t *testing.T) {
	for _, text := range []string{"", " ", "TLS_FOO", "0x", "0x13011", "65536", "-1", "0x13,0x011", "0x13,", "0x13,0x01,0x02", "1e3", "0x+1", "1_0"} {
		got, err := ParseCipherSuite(text)
		var unknown *UnknownNameError
		if !errors.As(err, &unknown) || unknown.Text != text || !strings.HasPrefix(err.Error(), "unknown cipher suite ") {
			t.Errorf("ParseCipherSuite(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"256", "0x100", "0x0028", "0x00,0x28"} {
		if got, err := ParseAlert(text); err == nil {
			t.Errorf("ParseAlert(%q) = %v", text, got)
		}
	}
}

func TestEveryNameIsReadBack(t *testing.T) {
	for v := range AllCipherSuites() {
		readBack(t, ParseCipherSuite, v, v.Name(), v.OpenSSLName())
	}
	for v := range AllGroups() {
		readBack(t, ParseGroup, v, v.Name(), v.OpenSSLName())
	}
	for v := range AllSignatureSchemes() {
		readBack(t, ParseSignatureScheme, v, v.Name(), v.OpenSSLName())
	}
	for v := range AllExtensionTypes() {
		readBack(t, ParseExtensionType, v, v.Name(), "")
	}
	for v := range AllAlerts() {
		readBack(t, ParseAlert, v, v.Name(), "")
	}
	for v := range AllVersions() {
		readBack(t, ParseVersion, v, v.Name(), "")
	}
}

func readBack[T comparable](t *testing.T, parse func(string) (T, error), want T, names ...string) {
	t.Helper()
	for _, name := range names {
		if name == "" {
			continue
		}
		for _, text := range []string{name, strings.ToLower(name), strings.ToUpper(name)} {
			if got, err := parse(text); err != nil || got != want {
				t.Errorf("%q is read as %v, %v; want %v", text, got, err, want)
			}
		}
	}
}

func TestLookupFindsEveryRegistry(t *testing.T) {
	for text, want := range map[string][]string{
		"0x1301":                      {"TLS Cipher Suites: TLS_AES_128_GCM_SHA256"},
		"0x13,0x01":                   {"TLS Cipher Suites: TLS_AES_128_GCM_SHA256"},
		"ECDHE-RSA-AES128-GCM-SHA256": {"TLS Cipher Suites: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
		"40":                          {"TLS Alerts: handshake_failure", "TLS Supported Groups: GC512C"},
		"51":                          {"TLS Alerts: decrypt_error", "TLS ExtensionType Values: key_share"},
		"0x0033":                      {"TLS ExtensionType Values: key_share", "TLS Cipher Suites: TLS_DHE_RSA_WITH_AES_128_CBC_SHA"},
		"certificate":                 {"TLS HandshakeType: certificate"},
		"channel_id":                  {"TLS ExtensionType Values: channel_id", "TLS HandshakeType: channel_id"},
		"heartbeat":                   {"TLS ContentType: heartbeat", "TLS ExtensionType Values: heartbeat"},
		"prime256v1":                  {"TLS Supported Groups: secp256r1"},
		"RSA+SHA256":                  {"TLS SignatureScheme: rsa_pkcs1_sha256"},
		"tls1.3":                      {"TLS ProtocolVersion: TLS 1.3"},
		"h2":                          {"ALPN Protocol IDs: HTTP/2 over TLS"},
		"0x1a1a":                      {"TLS Cipher Suites: GREASE", "TLS Supported Groups: GREASE", "TLS ExtensionType Values: GREASE"},
		"0x2a":                        {"TLS PskKeyExchangeMode: GREASE", "TLS Alerts: bad_certificate"},
		"X509":                        {"TLS Certificate Types: X509"},
	} {
		got := map[string]bool{}
		for _, e := range Lookup(text) {
			got[e.Registry+": "+e.Name] = true
			if e.Code == "" || e.Reference == "" {
				t.Errorf("Lookup(%q): %+v", text, e)
			}
		}
		for _, w := range want {
			if !got[w] {
				t.Errorf("Lookup(%q) has no %q, only %v", text, w, got)
			}
		}
	}
	for _, e := range Lookup("0x0033") {
		if e.Registry == "TLS Alerts" {
			t.Error("a code of two bytes is found among the alerts")
		}
	}
	for _, text := range []string{"", " ", "no such name", "0xZZ"} {
		if got := Lookup(text); len(got) != 0 {
			t.Errorf("Lookup(%q) = %v", text, got)
		}
	}
}

func FuzzLookupNeverPanics(f *testing.F) {
	for _, s := range []string{"0x1301", "0x13,0x01", "51", "TLS 1.3", "x25519", "", ",", "0x", "v", "tlsv"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, e := range Lookup(s) {
			if e.Name == "" || e.Registry == "" {
				t.Errorf("Lookup(%q): %+v", s, e)
			}
		}
		if v, err := ParseCipherSuite(s); err == nil && v.Name() != "" && len(Lookup(s)) == 0 {
			t.Errorf("%q is %v, but not found", s, v)
		}
	})
}
