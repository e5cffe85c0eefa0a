package verify

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// limboCase is one line of the suite's cases.
type limboCase struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind"`
	Host     string   `json:"host"`
	Time     string   `json:"time"` // empty: now
	Chain    []string `json:"chain"`
	Roots    []string `json:"roots"`
	CRLs     []string `json:"crls"`
	Expect   string   `json:"expect"`
	MaxDepth *int     `json:"max_depth"`
	EKU      []string `json:"eku"`
}

func limboCases(t testing.TB) (cases []limboCase) {
	path := os.Getenv("TLSPROBE_LIMBO")
	if path == "" {
		t.Skip("TLSPROBE_LIMBO names no file of x509-limbo cases")
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var c limboCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	return cases
}

func (c *limboCase) request(t testing.TB) Request {
	decode := func(list []string) (out [][]byte) {
		for _, text := range list {
			der, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, der)
		}
		return out
	}
	r := Request{Chain: decode(c.Chain), Hostname: c.Host, Time: c.when(t), Store: Of("limbo", decode(c.Roots)...), MaxDepth: c.MaxDepth, CRLs: decode(c.CRLs)}
	if c.Kind == "client" {
		r.Purpose = PurposeClient
	}
	return r
}

// rules returns the rules that a family of cases is about: RFC 5280 says that a name constraint must be critical, for example,
// and the CA/Browser Forum that it need not be.
func (c *limboCase) rules() Rules {
	if strings.HasPrefix(c.ID, "rfc5280::") || strings.HasPrefix(c.ID, "pathlen::") {
		return RulesProfile
	}
	return RulesWebPKI
}

// otherwise are the cases that come out otherwise by the default rules. docs/verify.md explains each.
var otherwise = []string{
	"pathlen::validation-ignores-pathlen-in-leaf", "rfc5280::ca-as-leaf", "rfc5280::eku::ee-without-eku",
	"rfc5280::nc::permitted-dns-match-more", "rfc5280::nc::permitted-dns-match-noncritical",
}

func TestLimboCasesComeOutAsExpected(t *testing.T) {
	cases := limboCases(t)
	var differ []string
	for _, c := range cases {
		request := c.request(t)
		accept := c.Expect == "accept"
		if r := Verify(request); r.Trusted != accept {
			differ = append(differ, c.ID)
		}
		request.Rules = c.rules()
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

func (c *limboCase) when(t testing.TB) time.Time {
	if c.Time == "" {
		return time.Now()
	}
	at, err := time.Parse(time.RFC3339, c.Time)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
