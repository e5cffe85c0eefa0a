package cert

import (
	"bytes"
	"encoding/pem"
	"testing"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

func TestPEMStoreIsReadAsTheStandardLibraryReadsIt(t *testing.T) {
	var store bytes.Buffer
	var want [][]byte
	for root := range bundle.Roots() {
		store.WriteString("# a comment\n")
		_ = pem.Encode(&store, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate, Headers: map[string]string{"A": "b"}})
		want = append(want, root.Certificate)
	}
	for name, data := range map[string][]byte{"LF": store.Bytes(), "CRLF": bytes.ReplaceAll(store.Bytes(), []byte("\n"), []byte("\r\n"))} {
		got, problems := ParsePEMCertificates(data)
		if len(problems) > 0 || len(got) != len(want) {
			t.Fatalf("%s: %d certificates, %v", name, len(got), problems)
		}
		for i := range got {
			same(t, name, got[i], want[i])
		}
	}
	got, problems := ParseCertificates(bytes.Join(want, nil))
	if len(problems) > 0 || len(got) != len(want) {
		t.Errorf("DER: %d certificates, %v", len(got), problems)
	}
}

func TestFaultsInAPEMFileAreNotedAndPassedOver(t *testing.T) {
	good := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: fullCertificate(t)}))
	for name, c := range map[string]struct {
		data     string
		found    int
		problems int
		line     int
	}{
		"nothing":          {"", 0, 0, 0},
		"text alone":       {"hello\n", 0, 0, 0},
		"byte order mark":  {"\xef\xbb\xbf" + good, 1, 0, 0},
		"indented":         {"  " + good, 1, 0, 0},
		"a key among them": {good + "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n" + good, 2, 1, 0},
		"not ended":        {"-----BEGIN CERTIFICATE-----\nMAA=\n" + good, 1, 1, 1},
		"not ended at all": {good + "-----BEGIN CERTIFICATE-----\nMAA=\n", 1, 1, 0},
		"not base64":       {"x\n-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n" + good, 1, 1, 2},
		"not DER":          {"-----BEGIN CERTIFICATE-----\nMAI=\n-----END CERTIFICATE-----\n" + good, 1, 1, 1},
		"another end":      {"-----BEGIN CERTIFICATE-----\nMAA=\n-----END X509 CERTIFICATE-----\n" + good, 2, 1, 3},
		"bytes after DER":  {"-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n", 1, 1, 1},
		"OpenSSL's trust":  {"-----BEGIN TRUSTED CERTIFICATE-----\nMAAwAA==\n-----END TRUSTED CERTIFICATE-----\n", 1, 0, 0},
	} {
		got, problems := ParsePEMCertificates([]byte(c.data))
		if len(got) != c.found || len(problems) != c.problems || c.line > 0 && problems[0].Line != c.line {
			t.Errorf("%s: %d certificates, %v", name, len(got), problems)
		}
	}
}

func FuzzPEM(f *testing.F) {
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{0x30, 0}}))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nMAA=\n-----END X-----\n-----BEGIN CERTIFICATE-----\nA: b\n\nMAA="))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, _ := ParseCertificates(data)
		size := 0
		for _, der := range got {
			size += len(der)
		}
		if size > len(data) {
			t.Fatalf("%d bytes of DER out of %d", size, len(data))
		}
		rest := data
		for {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				return
			}
			if block.Type == "CERTIFICATE" && bytes.HasPrefix(block.Bytes, []byte{0x30, 0}) && len(got) == 0 {
				t.Fatal("encoding/pem finds a certificate, we don't")
			}
		}
	})
}
