package testpeer

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// LimboCase is one case of x509-limbo. Certificates and lists are in DER.
type LimboCase struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind"` // server or client
	Host     string   `json:"host"`
	Time     string   `json:"time"` // RFC 3339; empty: now
	Chain    [][]byte `json:"chain"`
	Roots    [][]byte `json:"roots"`
	CRLs     [][]byte `json:"crls"`
	Expect   string   `json:"expect"` // accept or reject
	MaxDepth *int     `json:"max_depth"`
}

// Limbo reads the cases, one JSON object a line, from the file that TLSPROBE_LIMBO names. Where it names none the test is skipped.
func Limbo(t testing.TB) (cases []LimboCase) {
	t.Helper()
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
	for lines.Buffer(nil, 1<<26); lines.Scan(); {
		var c LimboCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return cases
}

// Profile reports whether a case is of the families that are about RFC 5280 alone; the others are about the CA/Browser Forum's rules
// as well, and the two contradict each other.
func (c *LimboCase) Profile() bool {
	return strings.HasPrefix(c.ID, "rfc5280::") || strings.HasPrefix(c.ID, "pathlen::")
}
