package cert

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// comparedWithStandardLibrary compares a certificate of a test suite: one that crypto/x509 reads is read alike, though oddities
// that it lets pass may be noted; one that it refuses doesn't stop us.
func comparedWithStandardLibrary(t *testing.T, der []byte) (refused bool) {
	t.Helper()
	c, problems := Parse(der)
	touch(c)
	checkTree(t, der)
	want, err := x509.ParseCertificate(der)
	if err != nil {
		t.Logf("refused: %v; ours: %s, %v", err, c.Subject, problems)
		if len(c.Raw) != len(der) || len(c.Signature) == 0 || c.NotAfter.IsZero() {
			t.Errorf("little was read: %v", problems)
		}
		return true
	}
	if len(problems) > 0 {
		t.Logf("accepted: %s: %v", c.Subject, problems)
	}
	same(t, "tbs", c.RawTBS, want.RawTBSCertificate)
	same(t, "subject", c.Subject.Raw, want.RawSubject)
	if want.SignatureAlgorithm != 0 && der[len(der)-len(c.Signature)-1] == 0 { // with unused bits it shifts them out
		same(t, "signature", c.Signature, want.Signature)
	}
	same(t, "not before", c.NotBefore.Time, want.NotBefore)
	same(t, "not after", c.NotAfter.Time, want.NotAfter)
	if want.PublicKey != nil {
		sameKey(t, &c.PublicKey, want.PublicKey)
	}
	samePolicies(t, c, want)
	return false
}

func TestLimboCertificatesAreRead(t *testing.T) {
	seen := map[string]bool{}
	refused := 0
	for _, c := range testpeer.Limbo(t) {
		for _, der := range append(c.Chain, c.Roots...) {
			if !seen[string(der)] {
				seen[string(der)] = true
				t.Run(c.ID, func(t *testing.T) {
					if comparedWithStandardLibrary(t, der) {
						refused++
					}
				})
			}
		}
	}
	t.Logf("%d certificates, of which crypto/x509 refuses %d", len(seen), refused)
}

func TestPKITSCertificatesAreRead(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(testpeer.GoSource(t, "crypto/x509/testdata/nist-pkits/certs"), "*"))
	refused := 0
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if block, _ := pem.Decode(data); block != nil {
			data = block.Bytes
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			if comparedWithStandardLibrary(t, data) {
				refused++
			}
		})
	}
	t.Logf("%d certificates, of which crypto/x509 refuses %d", len(files), refused)
}
