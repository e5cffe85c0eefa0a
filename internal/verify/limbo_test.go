package verify

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// limboFloor is how many cases of x509-limbo at least must come out as the suite expects.
const limboFloor = 159

// limboCase is one line of the suite's cases.
type limboCase struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind"`
	Host     string   `json:"host"`
	Time     string   `json:"time"` // empty: now
	Chain    []string `json:"chain"`
	Roots    []string `json:"roots"`
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
	r := Request{Chain: decode(c.Chain), Hostname: c.Host, Time: c.when(t), Store: Of("limbo", decode(c.Roots)...), MaxDepth: c.MaxDepth}
	if c.Kind == "client" {
		r.Purpose = PurposeClient
	}
	if strings.HasPrefix(c.ID, "rfc5280::") || strings.HasPrefix(c.ID, "pathlen::") {
		r.Rules = RulesRFC5280
	}
	return r
}

// TestLimboCasesComeOutAsExpected counts the cases of x509-limbo that we agree with, its families rfc5280 and pathlen by
// the rules of RFC 5280.
func TestLimboCasesComeOutAsExpected(t *testing.T) {
	right, accepts, rejects, web := 0, 0, 0, 0
	cases := limboCases(t)
	for _, c := range cases {
		request := c.request(t)
		r := Verify(request)
		request.Rules = RulesWebPKI
		if Verify(request).Trusted == (c.Expect == "accept") {
			web++
		}
		switch {
		case r.Trusted == (c.Expect == "accept"):
			right++
		case r.Trusted:
			accepts++
			t.Logf("accepted: %s", c.ID)
		default:
			rejects++
			t.Logf("rejected: %s: %v", c.ID, failures(r))
		}
	}
	t.Logf("%d of %d right, %d wrongly accepted, %d wrongly rejected; %d right with the default rules for all",
		right, len(cases), accepts, rejects, web)
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
