package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// TestRuleIsNotExplainedAsAPathToo has ids whose last word is a field's name.
func TestRuleIsNotExplainedAsAPathToo(t *testing.T) {
	for _, r := range append(finding.Rules(), finding.Checks()...) {
		var b strings.Builder
		if err := explainWord(&b, string(r.ID)); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(b.String(), string(r.ID)+"\n"); n != 1 || strings.Contains(b.String(), "  class ") {
			t.Errorf("%d entries:\n%s", n, b.String())
		}
	}
	var b strings.Builder
	if err := explainWord(&b, "rule.key_exchange.nothing.length"); err == nil {
		t.Errorf("no such rule, and yet:\n%s", b.String())
	}
}

// TestEveryOutcomeAndKindOfErrorIsExplained takes the words out of the page that promises them.
func TestEveryOutcomeAndKindOfErrorIsExplained(t *testing.T) {
	page, err := os.ReadFile("../../" + exitCodesPage)
	if err != nil {
		t.Fatal(err)
	}
	_, page2, _ := strings.Cut(string(page), "## Outcomes")
	found := 0
	for _, m := range regexp.MustCompile("(?m)^\\|(?: [^|`]* \\|)? `([a-z_]+)` \\|").FindAllStringSubmatch(page2, -1) {
		if m[1] == "outcome" {
			continue // the head of a column
		}
		found++
		var b strings.Builder
		if err := explainWord(&b, m[1]); err != nil || !strings.Contains(b.String(), exitCodesPage) {
			t.Errorf("%s: %v %s", m[1], err, b.String())
		}
	}
	if found < 20 {
		t.Errorf("%d words in the page, expected more", found)
	}
}
