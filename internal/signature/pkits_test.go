package signature

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// Every certificate of NIST's PKITS, with every key that its issuer's name may stand for: crypto/x509 and we agree on which
// signatures are right. DSA, which it doesn't know, is right where PKITS says so.
func TestSignaturesOfPKITSAreJudgedAsTheStandardLibraryJudgesThem(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(testpeer.GoSource(t, "crypto/x509/testdata/nist-pkits/certs"), "*"))
	bySubject := map[string][]*cert.Certificate{}
	var all []*cert.Certificate
	names := map[*cert.Certificate]string{}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if block, _ := pem.Decode(data); block != nil {
			data = block.Bytes
		}
		c, _ := cert.Parse(data)
		all, names[c] = append(all, c), filepath.Base(name)
		bySubject[c.Subject.Canonical()] = append(bySubject[c.Subject.Canonical()], c)
	}
	right, wrong, dsa := 0, 0, 0
	for _, c := range all {
		alg, ok := FromOID(c.SignatureAlgorithm)
		if !ok {
			t.Fatalf("%s: no algorithm", names[c])
		}
		for _, issuer := range bySubject[c.Issuer.Canonical()] {
			key := &issuer.PublicKey
			for _, above := range bySubject[issuer.Issuer.Canonical()] {
				key = key.WithParamsOf(&above.PublicKey)
			}
			err := Verify(key, alg, c.RawTBS, c.Signature)
			if key.Kind == cert.KeyDSA {
				if dsa++; (err != nil) != strings.HasPrefix(names[c], "InvalidDSASignature") {
					t.Errorf("%s: %v", names[c], err)
				}
				continue
			}
			parsed, parseErr := x509.ParseCertificate(issuer.Raw)
			child, childErr := x509.ParseCertificate(c.Raw)
			if parseErr != nil || childErr != nil {
				if err != nil {
					t.Errorf("%s: %v", names[c], err)
				}
				continue
			}
			want := parsed.CheckSignature(child.SignatureAlgorithm, child.RawTBSCertificate, child.Signature)
			if (err == nil) != (want == nil) {
				t.Errorf("%s: %v, crypto/x509: %v", names[c], err, want)
			}
			if err == nil {
				right++
			} else if wrong++; !errors.Is(err, ErrBad) {
				t.Errorf("%s: %v", names[c], err)
			}
		}
	}
	if right < 380 || wrong == 0 || dsa < 4 {
		t.Errorf("%d right, %d wrong, %d of DSA", right, wrong, dsa)
	}
}
