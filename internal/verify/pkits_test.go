package verify

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// pkitsCase is one case of NIST's Public Key Interoperability Test Suite, as Go's source tree describes it. A path begins with the
// trust anchor there.
type pkitsCase struct {
	Name                        string
	CertPath, CRLPath           []string
	ShouldValidate              bool
	InitialPolicySet            []string
	InitialPolicyMappingInhibit bool
	InitialExplicitPolicy       bool
	InitialAnyPolicyInhibit     bool
}

// pkitsPolicies are the policies by the names that the suite has for them: 2.16.840.1.101.3.2.1.48.1 and the next.
var pkitsPolicies = map[string]cert.OID{
	"anyPolicy":          cert.OID(cert.PolicyAny),
	"NIST-test-policy-1": cert.OID("\x60\x86\x48\x01\x65\x03\x02\x01\x30\x01"), "NIST-test-policy-2": cert.OID("\x60\x86\x48\x01\x65\x03\x02\x01\x30\x02"),
	"NIST-test-policy-3": cert.OID("\x60\x86\x48\x01\x65\x03\x02\x01\x30\x03"), "NIST-test-policy-6": cert.OID("\x60\x86\x48\x01\x65\x03\x02\x01\x30\x06"),
}

func pkitsCases(t testing.TB) (dir string, cases []pkitsCase) {
	dir = testpeer.GoSource(t, "crypto/x509/testdata/nist-pkits")
	text, err := os.ReadFile(filepath.Join(dir, "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	return dir, cases
}

func (c *pkitsCase) request(t testing.TB, dir string) Request {
	r := Request{
		Time: time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC), Purpose: PurposeAny, Rules: RulesRFC5280, Revocation: RevocationRequire,
		Policies: Policies{RequireExplicit: c.InitialExplicitPolicy, InhibitMapping: c.InitialPolicyMappingInhibit, InhibitAny: c.InitialAnyPolicyInhibit},
	}
	for i, name := range c.CertPath {
		der, err := os.ReadFile(filepath.Join(dir, "certs", name))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			r.Store = Of("PKITS", der)
			continue
		}
		r.Chain = append([][]byte{der}, r.Chain...)
	}
	for _, name := range c.CRLPath {
		der, err := os.ReadFile(filepath.Join(testpeer.NeedFile(t, testpeer.Vectors+"PKITS_data/crls"), name))
		if err != nil {
			t.Fatal(err)
		}
		r.CRLs = append(r.CRLs, der)
	}
	for _, name := range c.InitialPolicySet {
		id := pkitsPolicies[name]
		if id == nil {
			t.Fatalf("%s: policy %s isn't known", c.Name, name)
		}
		r.Policies.Acceptable = append(r.Policies.Acceptable, id)
	}
	return r
}

func TestPKITSComesOutAsExpected(t *testing.T) {
	dir, cases := pkitsCases(t)
	right := 0
	for _, c := range cases {
		r := Verify(c.request(t, dir))
		if r.Trusted == c.ShouldValidate {
			right++
			continue
		}
		t.Logf("%s: trusted %v, the suite says %v: %v", c.Name, r.Trusted, c.ShouldValidate, failures(r))
	}
	if t.Logf("%d of %d", right, len(cases)); right < len(cases) {
		t.Errorf("%d of %d cases come out right", right, len(cases))
	}
}
