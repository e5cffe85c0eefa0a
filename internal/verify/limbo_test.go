package verify

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"
)

// limboFloor is how many cases of x509-limbo at least must come out as the suite expects.
const limboFloor = 203

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

// underRFC5280 are the cases that the suite itself calls incompatible with the browsers' rules, or whose leaf is an authority, which
// no browser takes: they ask for path validation alone.
var underRFC5280 = []string{"rfc5280::ca-as-leaf", "pathlen::validation-ignores-pathlen-in-leaf"}

// TestLimboCasesComeOutAsExpected runs x509-limbo by the default rules, but for the cases that ask for others.
func TestLimboCasesComeOutAsExpected(t *testing.T) {
	right, web := 0, 0
	cases := limboCases(t)
	for _, c := range cases {
		request := c.request(t)
		accept := c.Expect == "accept"
		if r := Verify(request); r.Trusted == accept {
			web++
		}
		if slices.Contains(underRFC5280, c.ID) {
			request.Rules = RulesRFC5280
		}
		r := Verify(request)
		if r.Trusted == accept {
			right++
			continue
		}
		t.Logf("%s: %s, the suite says %s: %v", c.ID, r.Verdict, c.Expect, failures(r))
	}
	t.Logf("%d of %d right; %d by the default rules for all", right, len(cases), web)
	if right < limboFloor {
		t.Errorf("%d right, expected at least %d", right, limboFloor)
	}
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
