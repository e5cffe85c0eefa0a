package verify

import (
	"slices"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// limboRequest is what a case asks.
func limboRequest(t testing.TB, c *testpeer.LimboCase) Request {
	t.Helper()
	at := time.Now()
	if c.Time != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, c.Time); err != nil {
			t.Fatal(err)
		}
	}
	r := Request{Chain: c.Chain, Hostname: c.Host, Time: at, Store: Of("limbo", c.Roots...), MaxDepth: c.MaxDepth, CRLs: c.CRLs}
	if c.Kind == "client" {
		r.Purpose = PurposeClient
	}
	return r
}

// otherwise are the cases that come out otherwise by the default rules. docs/verify.md explains each.
var otherwise = []string{
	"pathlen::validation-ignores-pathlen-in-leaf", "rfc5280::ca-as-leaf", "rfc5280::eku::ee-without-eku",
	"rfc5280::nc::permitted-dns-match-more", "rfc5280::nc::permitted-dns-match-noncritical",
}

func TestLimboCasesComeOutAsExpected(t *testing.T) {
	cases := testpeer.Limbo(t)
	var differ []string
	for _, c := range cases {
		request := limboRequest(t, &c)
		accept := c.Expect == "accept"
		if r := Verify(request); r.Trusted != accept {
			differ = append(differ, c.ID)
		}
		request.Rules = RulesWebPKI
		if c.Profile() {
			request.Rules = RulesProfile
		}
		if r := Verify(request); r.Trusted != accept {
			t.Errorf("%s: %s, the suite says %s: %v", c.ID, r.Verdict, c.Expect, failures(r))
		}
	}
	slices.Sort(differ)
	if !slices.Equal(differ, otherwise) {
		t.Errorf("by the default rules %v come out otherwise", differ)
	}
	t.Logf("%d cases, %d of them otherwise by the default rules", len(cases), len(differ))
}

// failures lists what is wrong, for messages of tests.
func failures(r Result) (out []string) {
	for _, f := range r.Findings {
		if fatal(&f) {
			out = append(out, f.ID+": "+f.Message+" ["+f.Actual+"]")
		}
	}
	return out
}
