package ct

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

const vectors = "/usr/lib/python3/dist-packages/cryptography_vectors/x509"

func vector(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(testpeer.NeedFile(t, filepath.Join(vectors, name)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func vectorCertificate(t testing.TB, name string) *cert.Certificate {
	t.Helper()
	list, _ := cert.ParsePEMCertificates(vector(t, name))
	if len(list) == 0 {
		t.Fatalf("%s holds no certificate", name)
	}
	c, _ := cert.Parse(list[0])
	return c
}

// goCertificates are the certificates in the tests of crypto/x509, by subject and issuer.
func goCertificates(t testing.TB) (list []*cert.Certificate) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), testpeer.GoSource(t, "crypto/x509/verify_test.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
			s, _ := strconv.Unquote(text.Value)
			if b, _ := pem.Decode([]byte(s)); b != nil {
				c, _ := cert.Parse(b.Bytes)
				list = append(list, c)
			}
		}
		return true
	})
	return list
}

// checkReal verifies a real certificate shortly after it began.
func checkReal(leaf, issuer *cert.Certificate) Report {
	return Check(Request{Leaf: leaf, Issuer: issuer, Time: leaf.NotBefore.Add(48 * time.Hour)})
}

// www.google.com of 2023 by GTS CA 1C3, and one of 2019 by TrustAsia, with their issuers in Go's own tests: logs of Google,
// Cloudflare and DigiCert in the list that is built in.
func TestRealTimestampsOfCertificatesInGosTestsVerify(t *testing.T) {
	certificates := goCertificates(t)
	verified := 0
	for _, leaf := range certificates {
		if list, _ := leaf.SCTList(); list == nil {
			continue
		}
		for _, issuer := range certificates {
			if !bytes.Equal(issuer.Subject.Raw, leaf.Issuer.Raw) {
				continue
			}
			// One of Go's certificates was changed after it had been signed, so there is nothing that a log could have seen.
			want := finding.Unknown
			if must(x509.ParseCertificate(leaf.Raw)).CheckSignatureFrom(must(x509.ParseCertificate(issuer.Raw))) == nil {
				want = finding.Pass
			}
			for i, v := range checkReal(leaf, issuer).SCTs {
				if v.Status != want {
					t.Errorf("%s, timestamp %d: %s, %s", leaf.Subject, i, v.Status, v.Reason)
				}
				verified++
			}
		}
	}
	if verified < 6 {
		t.Errorf("only %d timestamps", verified)
	}
}

// cryptography.io of 2018, by Let's Encrypt Authority X3.
func TestRealTimestampsInALetsEncryptCertificateVerify(t *testing.T) {
	leaf, issuer := vectorCertificate(t, "cryptography-scts.pem"), vectorCertificate(t, "letsencryptx3.pem")
	r := checkReal(leaf, issuer)
	scts := of(r, finding.CTSCTs)
	if len(scts) != 2 {
		t.Fatalf("%+v", scts)
	}
	for i, want := range []string{"Google 'Icarus' log (Google,", "Sectigo 'Mammoth' CT log (Sectigo,"} {
		if f := scts[i]; f.Status != finding.Pass || !strings.HasPrefix(f.Message, want) {
			t.Errorf("%+v", f)
		}
	}
	// Both logs were rejected much later; what they were in 2018 isn't in the list, and the policies of now weren't then.
	if f := only(t, r, finding.CTPolicy); f.Status != finding.Unknown {
		t.Errorf("%+v", f)
	}
}

// The vector is what python3-cryptography's own code makes of the same certificate.
func TestPrecertificateOfARealCertificateIsThatOfPythonCryptography(t *testing.T) {
	got, err := PrecertificateTBS(vectorCertificate(t, "cryptography-scts.pem"))
	if want := vector(t, "cryptography-scts-tbs-precert.der"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v\n got %x\nwant %x", err, got, want)
	}
}

func TestRealCertificateWithoutItsIssuerIsUnknown(t *testing.T) {
	for _, f := range of(checkReal(vectorCertificate(t, "cryptography-scts.pem"), nil), finding.CTSCTs) {
		if f.Status != finding.Unknown || !strings.Contains(f.Message, "issuer") {
			t.Errorf("%+v", f)
		}
	}
}

// The fields are those that openssl prints.
func TestRealTimestampsInAnOCSPResponseAreRead(t *testing.T) {
	r, err := ocsp.ParseResponse(vector(t, "ocsp/resp-sct-extension.der"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var list []byte
	for _, x := range r.Extensions {
		if cert.ID(mustOID(x.Id)) == cert.ExtOCSPSCTList {
			if list, err = UnwrapList(x.Value); err != nil {
				t.Fatal(err)
			}
		}
	}
	scts, err := SplitList(list)
	if err != nil || len(scts) != 4 {
		t.Fatalf("%d, %v", len(scts), err)
	}
	want := []struct{ id, time, log string }{
		{"4494652eb0eeceafc44007d8a8fe28c0dae682bed8cb31b53fd33396b5b681a8", "2019-11-15T15:51:33.992Z", "Cloudflare 'Nimbus2021' Log"},
		{"6f5376ac31f03119d89900a45115ff77151c11d902c10029068db2089a37d913", "2019-11-15T15:51:33.997Z", "Sectigo 'Mammoth' CT log"},
		{"bbd9dfbc1f8a71b593942397aa927b473857950aab52e81a909664368e1ed185", "2019-11-15T15:51:34.247Z", "Google 'Skydiver' log"},
		{"ee4bbdb775ce60bae142691fabe19e66a30f7e5fb072d88300c47b897aa8fdcb", "2019-11-15T15:51:33.853Z", "Google 'Rocketeer' log"},
	}
	for i, raw := range scts {
		s, err := Parse(raw)
		if err != nil || s.LogID.String() != want[i].id || s.Time().Format(time.RFC3339Nano) != want[i].time {
			t.Errorf("%d: %+v, %v", i, s, err)
		}
		if log := BuiltIn().Lookup(s.LogID); log == nil || log.Description != want[i].log {
			t.Errorf("%d: %+v", i, log)
		}
	}
}

// mustOID gives the content octets of an identifier.
func mustOID(id []int) string {
	var b []byte
	for i, arc := range id {
		if i == 1 {
			arc += 40 * id[0]
		}
		if i == 0 {
			continue
		}
		var group []byte
		for group = []byte{byte(arc & 0x7f)}; arc > 0x7f; {
			arc >>= 7
			group = append([]byte{byte(arc&0x7f) | 0x80}, group...)
		}
		b = append(b, group...)
	}
	return string(b)
}

// Hash and signature algorithm 0 are in SignatureAndHashAlgorithm, and no log may use them.
func TestTimestampsWithAlgorithmsOfNoLogFail(t *testing.T) {
	for _, name := range []string{"badssl-sct-anonymous-sig.der", "badssl-sct-none-hash.der"} {
		leaf, _ := cert.Parse(vector(t, name))
		r := checkReal(leaf, nil)
		if len(r.SCTs) == 0 || r.SCTs[0].Status != finding.Fail || !strings.Contains(r.SCTs[0].Reason, "algorithm") {
			t.Errorf("%s: %+v", name, r.SCTs)
		}
	}
}

func TestVectorsThatArePythonCryptographysIdeaOfWrong(t *testing.T) {
	for name, want := range map[string]finding.Status{
		"custom/invalid-sct-length.der":  finding.Fail,
		"custom/invalid-sct-version.der": finding.Unknown,
	} {
		leaf, _ := cert.Parse(vector(t, name))
		if f := of(checkReal(leaf, nil), finding.CTSCTs)[0]; f.Status != want {
			t.Errorf("%s: %+v", name, f)
		}
	}
}
