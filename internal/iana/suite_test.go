package iana

import (
	"bytes"
	"crypto/tls"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// registryCSV is a copy of the registry of January 2023, beside the repository.
const registryCSV = "../../../shared/iana/tls-parameters-4.csv"

func TestEverySuiteOfTheRegistryHasItsName(t *testing.T) {
	text, err := os.ReadFile(registryCSV)
	if err != nil {
		t.Skip("no copy of the registry:", err)
	}
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, record := range records {
		if !strings.HasPrefix(record[1], "TLS_") {
			continue
		}
		seen++
		v, err := ParseCipherSuite(record[0])
		if err != nil {
			t.Errorf("%s: %v", record[0], err)
			continue
		}
		want := strings.Replace(record[1], "TLS_AEGIS_256_SHA384", "TLS_AEGIS_256_SHA512", 1) // renamed since
		if v.Name() != want || !v.Registered() {
			t.Errorf("%s is %q, the registry says %q", record[0], v.Name(), want)
		}
		if got := v.DTLS().String(); got != record[2] {
			t.Errorf("%v: DTLS-OK is %q, the registry says %q", v, got, record[2])
		}
		if got := v.Recommended().String(); got != record[3] && got != "D" { // D is younger
			t.Errorf("%v: recommended is %q, the registry says %q", v, got, record[3])
		}
		first := regexp.MustCompile(`RFC\d+`).FindString(record[4])
		if first != "" && first != "RFC8126" && !strings.Contains(strings.ReplaceAll(v.Reference(), " ", ""), first) {
			t.Errorf("%v: reference is %q, the registry says %q", v, v.Reference(), record[4])
		}
	}
	if seen != 352 {
		t.Errorf("read %d suites, the copy has 352", seen)
	}
}

// As counted in the registries of 2026-09-29.
func TestTheTablesAreAsLargeAsTheRegistries(t *testing.T) {
	for _, c := range []struct {
		name string
		got  int
		want int
	}{
		{"cipher suites", registered(cipherSuiteTable[:]), 356},
		{"groups", registered(groupTable[:]), 59},
		{"signature schemes", registered(signatureSchemeTable[:]), 49},
		{"extensions", registered(extensionTypeTable[:]), 64},
	} {
		if c.got != c.want {
			t.Errorf("%d %s, want %d", c.got, c.name, c.want)
		}
	}
}

func registered(t table) int {
	n := 0
	for _, e := range t {
		if e.flags&unregistered == 0 {
			n++
		}
	}
	return n
}

func TestSuitesHaveTheNamesOfCryptoTLS(t *testing.T) {
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		v := CipherSuite(s.ID)
		if v.Name() != s.Name {
			t.Errorf("%#04x is %q, crypto/tls says %q", s.ID, v.Name(), s.Name)
		}
		p, ok := v.Params()
		if !ok {
			t.Errorf("%v has no params", v)
			continue
		}
		for version := TLS10; version <= TLS13; version++ {
			supported := false
			for _, w := range s.SupportedVersions {
				supported = supported || Version(w) == version
			}
			if in := p.MinVersion <= version && version <= p.MaxVersion; in != supported {
				t.Errorf("%v in %v: %t, crypto/tls says %t", v, version, in, supported)
			}
		}
	}
}

// opensslSuite is a line of openssl ciphers -V.
type opensslSuite struct {
	suite                           CipherSuite
	name, version, kx, au, enc, mac string
}

func opensslSuites(t *testing.T) []opensslSuite {
	t.Helper()
	out, err := exec.Command("openssl", "ciphers", "-V", "ALL:COMPLEMENTOFALL@SECLEVEL=0").Output()
	if err != nil {
		t.Skip("no openssl:", err)
	}
	line := regexp.MustCompile(`0x(..),0x(..) - (\S+)\s+(\S+)\s+Kx=(\S+)\s+Au=(\S+)\s+Enc=(\S+)\s+Mac=(\S+)`)
	var suites []opensslSuite
	for _, m := range line.FindAllStringSubmatch(string(out), -1) {
		var code uint16
		if _, err := fmt.Sscanf(m[1]+m[2], "%04X", &code); err != nil {
			t.Fatal(err)
		}
		suites = append(suites, opensslSuite{CipherSuite(code), m[3], m[4], m[5], m[6], m[7], m[8]})
	}
	if len(suites) < 30 {
		t.Fatalf("only %d suites from openssl", len(suites))
	}
	return suites
}

func TestOpenSSLKnowsTheSuitesByOurNames(t *testing.T) {
	for _, s := range opensslSuites(t) {
		if got := s.suite.OpenSSLName(); got != s.name {
			t.Errorf("%v: OpenSSL name %q, openssl says %q", s.suite, got, s.name)
		}
		for _, name := range []string{s.name, strings.ToLower(s.name), s.suite.Name()} {
			if v, err := ParseCipherSuite(name); err != nil || v != s.suite {
				t.Errorf("ParseCipherSuite(%q) = %v, %v; want %v", name, v, err, s.suite)
			}
		}
	}
}

func TestOpenSSLTakesTheSuitesApartAsWeDo(t *testing.T) {
	for _, s := range opensslSuites(t) {
		p, ok := s.suite.Params()
		if !ok {
			t.Errorf("%v has no params", s.suite)
			continue
		}
		if got := opensslKx(p); got != s.kx {
			t.Errorf("%v: key exchange %v is Kx=%s, openssl says %s", s.suite, p.KeyExchange, got, s.kx)
		}
		if got := opensslAu(p); got != s.au {
			t.Errorf("%v: authentication %v is Au=%s, openssl says %s", s.suite, p.Authentication, got, s.au)
		}
		if got := opensslEnc[p.Cipher]; got != s.enc {
			t.Errorf("%v: cipher %v is Enc=%s, openssl says %s", s.suite, p.Cipher, got, s.enc)
		}
		if got := p.MAC.String(); got != s.mac {
			t.Errorf("%v: Mac=%s, openssl says %s", s.suite, got, s.mac)
		}
		from := map[string]Version{"SSLv3": SSL30, "TLSv1": TLS10, "TLSv1.0": TLS10, "TLSv1.2": TLS12, "TLSv1.3": TLS13}[s.version]
		if p.MinVersion != from {
			t.Errorf("%v: from %v, openssl says %s", s.suite, p.MinVersion, s.version)
		}
	}
}

func opensslKx(p SuiteParams) string {
	return map[KeyExchange]string{KeyExchangeAny: "any", KeyExchangeRSA: "RSA", KeyExchangeDHE: "DH", KeyExchangeECDHE: "ECDH",
		KeyExchangePSK: "PSK", KeyExchangeRSAPSK: "RSAPSK", KeyExchangeDHEPSK: "DHEPSK", KeyExchangeECDHEPSK: "ECDHEPSK",
		KeyExchangeSRP: "SRP"}[p.KeyExchange]
}

func opensslAu(p SuiteParams) string {
	return map[Authentication]string{AuthenticationAny: "any", AuthenticationRSA: "RSA", AuthenticationDSS: "DSS",
		AuthenticationECDSA: "ECDSA", AuthenticationPSK: "PSK", AuthenticationSRP: "SRP", AuthenticationAnon: "None"}[p.Authentication]
}

var opensslEnc = map[Cipher]string{
	CipherNULL: "None", CipherAES128CBC: "AES(128)", CipherAES256CBC: "AES(256)",
	CipherAES128GCM: "AESGCM(128)", CipherAES256GCM: "AESGCM(256)", CipherAES128CCM: "AESCCM(128)", CipherAES256CCM: "AESCCM(256)",
	CipherAES128CCM8: "AESCCM8(128)", CipherAES256CCM8: "AESCCM8(256)", CipherChaCha20Poly1305: "CHACHA20/POLY1305(256)",
	CipherCAMELLIA128CBC: "Camellia(128)", CipherCAMELLIA256CBC: "Camellia(256)", CipherARIA128GCM: "ARIAGCM(128)",
	CipherARIA256GCM: "ARIAGCM(256)", CipherSEED: "SEED(128)", Cipher3DES: "3DES(168)", CipherRC4_128: "RC4(128)",
	CipherIDEA: "IDEA(128)", CipherDES: "DES(56)",
}

func TestSuitesThatOpenSSLNoLongerKnowsAreTakenApart(t *testing.T) {
	for _, c := range []struct {
		suite CipherSuite
		want  SuiteParams
	}{
		{TLS_NULL_WITH_NULL_NULL, SuiteParams{KeyExchangeNULL, AuthenticationNULL, CipherNULL, MACNULL, HashLegacy, false, SSL30, TLS12}},
		{TLS_RSA_EXPORT_WITH_RC4_40_MD5, SuiteParams{KeyExchangeRSA, AuthenticationRSA, CipherRC4_40, MACMD5, HashLegacy, true, SSL30, TLS10}},
		{TLS_RSA_WITH_IDEA_CBC_SHA, SuiteParams{KeyExchangeRSA, AuthenticationRSA, CipherIDEA, MACSHA1, HashLegacy, false, SSL30, TLS11}},
		{TLS_DHE_RSA_WITH_DES_CBC_SHA, SuiteParams{KeyExchangeDHE, AuthenticationRSA, CipherDES, MACSHA1, HashLegacy, false, SSL30, TLS11}},
		{TLS_DH_anon_EXPORT_WITH_DES40_CBC_SHA, SuiteParams{KeyExchangeDHE, AuthenticationAnon, CipherDES40, MACSHA1, HashLegacy, true, SSL30, TLS10}},
		{TLS_ECDH_anon_WITH_RC4_128_SHA, SuiteParams{KeyExchangeECDHE, AuthenticationAnon, CipherRC4_128, MACSHA1, HashLegacy, false, TLS10, TLS12}},
		{TLS_DH_RSA_WITH_AES_128_CBC_SHA, SuiteParams{KeyExchangeDH, AuthenticationRSA, CipherAES128CBC, MACSHA1, HashLegacy, false, SSL30, TLS12}},
		{TLS_ECDH_ECDSA_WITH_AES_256_GCM_SHA384, SuiteParams{KeyExchangeECDH, AuthenticationECDSA, CipherAES256GCM, MACAEAD, HashSHA384, false, TLS12, TLS12}},
		{TLS_RSA_WITH_AES_256_CBC_SHA256, SuiteParams{KeyExchangeRSA, AuthenticationRSA, CipherAES256CBC, MACSHA256, HashSHA256, false, TLS12, TLS12}},
		{TLS_KRB5_EXPORT_WITH_RC2_CBC_40_MD5, SuiteParams{KeyExchangeKRB5, AuthenticationKRB5, CipherRC2_40, MACMD5, HashLegacy, true, SSL30, TLS10}},
		{TLS_SHA384_SHA384, SuiteParams{KeyExchangeAny, AuthenticationAny, CipherNULL, MACSHA384, HashSHA384, false, TLS13, TLS13}},
		{TLS_SM4_CCM_SM3, SuiteParams{KeyExchangeAny, AuthenticationAny, CipherSM4CCM, MACAEAD, HashSM3, false, TLS13, TLS13}},
		{TLS_AEGIS_256_SHA512, SuiteParams{KeyExchangeAny, AuthenticationAny, CipherAEGIS256, MACAEAD, HashSHA512, false, TLS13, TLS13}},
		{TLS_ASCONAEAD128_ASCONHASH256, SuiteParams{KeyExchangeAny, AuthenticationAny, CipherAsconAEAD128, MACAEAD, HashAsconHash256, false, TLS13, TLS13}},
		{TLS_GOSTR341112_256_WITH_KUZNYECHIK_CTR_OMAC, SuiteParams{KeyExchangeGOST, AuthenticationGOST, CipherKuznyechik, MACOther, HashOther, false, TLS12, TLS12}},
		{TLS_GOSTR341112_256_WITH_MAGMA_MGM_S, SuiteParams{KeyExchangeAny, AuthenticationAny, CipherMagma, MACAEAD, HashOther, false, TLS13, TLS13}},
		{TLS_ECCPWD_WITH_AES_128_CCM_SHA256, SuiteParams{KeyExchangeECCPWD, AuthenticationECCPWD, CipherAES128CCM, MACAEAD, HashSHA256, false, TLS12, TLS13}},
		{OLD_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, SuiteParams{KeyExchangeECDHE, AuthenticationRSA, CipherChaCha20Poly1305Draft, MACAEAD, HashSHA256, false, TLS12, TLS12}},
		{TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA, SuiteParams{KeyExchangeRSA, AuthenticationRSA, CipherDES56Export, MACSHA1, HashLegacy, true, SSL30, TLS10}},
		{SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA_2, SuiteParams{KeyExchangeRSA, AuthenticationRSA, Cipher3DES, MACSHA1, HashLegacy, false, SSL30, TLS12}},
	} {
		if got, ok := c.suite.Params(); !ok || got != c.want {
			t.Errorf("%v: %+v, want %+v", c.suite, got, c.want)
		}
	}
}

func TestSignallingValuesAndUnknownSuitesHaveNoParams(t *testing.T) {
	for _, v := range []CipherSuite{TLS_FALLBACK_SCSV, TLS_EMPTY_RENEGOTIATION_INFO_SCSV, 0x1A1A, 0x1399} {
		if p, ok := v.Params(); ok {
			t.Errorf("%v has params %+v", v, p)
		}
	}
}

func TestEverySuiteIsTakenApartAsItsNameSays(t *testing.T) {
	for v := range AllCipherSuites() {
		p, ok := v.Params()
		name := v.Name()
		if !ok {
			if !strings.HasSuffix(name, "_SCSV") {
				t.Errorf("%v has no params", v)
			}
			continue
		}
		if cipher, _, _ := strings.Cut(p.Cipher.String(), " "); !strings.Contains(name, cipher) &&
			!strings.Contains(name, "DES_CBC_40") && !strings.HasPrefix(name, "TLS_SHA") {
			t.Errorf("%v has the cipher %v", v, p.Cipher)
		}
		if p.Export != strings.Contains(name, "EXPORT") {
			t.Errorf("%v: export is %t", v, p.Export)
		}
		if p.MinVersion > p.MaxVersion {
			t.Errorf("%v: from %v to %v", v, p.MinVersion, p.MaxVersion)
		}
		if tls13 := p.MaxVersion == TLS13 && p.MinVersion == TLS13; tls13 != (p.KeyExchange == KeyExchangeAny) {
			t.Errorf("%v: key exchange %v in %v", v, p.KeyExchange, p.MaxVersion)
		}
		for _, text := range []string{p.KeyExchange.String(), p.Authentication.String(), p.MAC.String(), p.Hash.String()} {
			if text == "" || strings.Trim(text, "0123456789") == "" {
				t.Errorf("%v: a part without a text: %+v", v, p)
			}
		}
	}
}
