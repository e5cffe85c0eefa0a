package revocation

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ocsp"

	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// vectors reads files by name out of the vectors of Debian.
func vectors(t *testing.T, patterns ...string) map[string][]byte {
	t.Helper()
	dir := testpeer.NeedFile(t, testpeer.Vectors)
	files := map[string][]byte{}
	for _, pattern := range patterns {
		list, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, path := range list {
			der, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if block, _ := pem.Decode(der); block != nil {
				der = block.Bytes
			}
			files[filepath.Base(path)] = der
		}
	}
	return files
}

// whyNot says why something can't be relied on, "" if it can.
func whyNot(f *fault) string {
	if f == nil {
		return ""
	}
	return f.message
}

// listsOnlyGoTakes are the lists that crypto/x509 reads and that must not be relied on, as their names say.
var listsOnlyGoTakes = map[string]string{
	"crl_md2_unknown_crit_entry_ext.pem":  "an entry of it has a critical extension",
	"UnknownCRLExtensionCACRL.crl":        "critical extension",
	"UnknownCRLEntryExtensionCACRL.crl":   "an entry of it has a critical extension",
	"crl_inval_cert_issuer_entry_ext.pem": "names no issuer",
	"crl_dup_entry_ext.pem":               "an extension twice",
	"BadCRLSignatureCACRL.crl":            "signatureValue", // its bits aren't whole octets
}

func TestListsOfOthersAreReadAsTheStandardLibraryReadsThem(t *testing.T) {
	files := vectors(t, "custom/crl_*", "PKITS_data/crls/*.crl")
	for name, der := range files {
		l, problems := ParseCRL(der)
		want, err := x509.ParseRevocationList(der)
		why := whyNot(l.fault)
		switch says, known := listsOnlyGoTakes[name]; {
		case known:
			if !strings.Contains(why, says) {
				t.Errorf("%s: %q", name, why)
			}
		case (err != nil) != (why != ""):
			t.Errorf("%s: %q, %v; crypto/x509: %v", name, why, problems, err)
		}
		if err == nil && len(want.RevokedCertificateEntries) != l.Len() {
			t.Errorf("%s: %d entries, crypto/x509: %d", name, l.Len(), len(want.RevokedCertificateEntries))
		}
	}
	if len(files) < 150 {
		t.Errorf("only %d lists", len(files))
	}
}

// responsesOnlyWeTake are the responses that x/crypto doesn't read; about its reasons there is nothing to be relied on yet.
var responsesOnlyWeTake = map[string]string{
	"resp-unknown-extension.der":  "bad signature on embedded certificate", // we look at signatures when we know the issuer
	"ocsp-army.deps.mil-resp.der": "bad number of responses",
	"resp-unknown-hash-alg.der":   "unsupported issuer hash algorithm",
}

func TestResponsesOfOthersAreReadAsXCryptoReadsThem(t *testing.T) {
	files := vectors(t, "ocsp/*resp*.der")
	for name, der := range files {
		p := parseResponse(der)
		_, err := ocsp.ParseResponse(der, nil)
		if says, known := responsesOnlyWeTake[name]; known && err != nil && strings.Contains(err.Error(), says) {
			err = nil
		}
		if why := whyNot(p.fault); (err != nil) != (why != "") {
			t.Errorf("%s: %q; x/crypto: %v", name, why, err)
		}
	}
	if len(files) < 15 {
		t.Errorf("only %d responses", len(files))
	}
}
