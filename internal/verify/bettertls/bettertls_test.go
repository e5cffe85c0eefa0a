// Package bettertls runs Netflix's BetterTLS test suites, of name constraints and of path building, against internal/verify.
package bettertls

import (
	"fmt"
	"testing"
	"time"

	"github.com/Netflix/bettertls/test-suites/certutil"
	"github.com/Netflix/bettertls/test-suites/nameconstraints"
	"github.com/Netflix/bettertls/test-suites/pathbuilding"
	suite "github.com/Netflix/bettertls/test-suites/test-case"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// cases is how many cases the suites have at the version of go.mod: a suite that got smaller would pass unnoticed.
const cases = 9572

func TestEveryCaseOfBetterTLSComesOutAsExpected(t *testing.T) {
	root, key, err := certutil.GenerateSelfSignedCert("bettertls_trust_root")
	if err != nil {
		t.Fatal(err)
	}
	store := verify.Of("BetterTLS", root.Raw)
	now := time.Now()
	var ran, soft, differs uint
	for _, provider := range []suite.TestCaseProvider{nameconstraints.NewTestCaseProvider(), pathbuilding.NewTestCaseProvider()} {
		count, err := provider.GetTestCaseCount()
		if err != nil {
			t.Fatal(err)
		}
		ran += count
		for i := range count {
			c, err := provider.GetTestCase(i)
			if err != nil {
				t.Fatal(err)
			}
			chain, err := c.GetCertificates(root, key)
			if err != nil {
				t.Fatal(err)
			}
			r := verify.Verify(verify.Request{Chain: chain.Certificate, Hostname: c.GetHostname(), Time: now, Store: store, Rules: verify.RulesClient})
			want := c.ExpectedResult()
			accept := want == suite.EXPECTED_RESULT_PASS || want == suite.EXPECTED_RESULT_SOFT_PASS
			if want == suite.EXPECTED_RESULT_SOFT_PASS || want == suite.EXPECTED_RESULT_SOFT_FAIL {
				soft++
			}
			if r.Trusted == accept {
				continue
			}
			if differs++; differs < 20 {
				t.Errorf("%s %d, host %s: trusted %v, the suite says %v\n%s", provider.Name(), i, c.GetHostname(), r.Trusted, want, faults(r))
			}
		}
	}
	t.Logf("%d cases, %d of them soft; %d come out otherwise", ran, soft, differs)
	if ran != cases || differs > 0 {
		t.Errorf("%d cases, expected %d; %d come out otherwise", ran, cases, differs)
	}
}

// faults lists what was found wrong.
func faults(r verify.Result) (text string) {
	for _, f := range r.Findings {
		if f.Status == finding.Fail || f.Status == finding.Unknown {
			text += fmt.Sprintf("  %s: %s [%s]\n", f.ID, f.Message, f.Actual)
		}
	}
	return text
}
