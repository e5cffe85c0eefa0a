package main

import (
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/safetext"
)

func TestTheCaretStandsUnderItsColumn(t *testing.T) {
	long := strings.Repeat("a", 150) + "X" + strings.Repeat("b", 150)
	for _, c := range []struct {
		text   string
		column int
		under  string // what the caret stands under, and what follows; empty for no caret
	}{
		{"where: protocol", 8, "protocol"},
		{"    where: protocol", 12, "protocol"},
		{"中文: protocol", 5, "protocol"},
		{"\x1b[31m: \tprotocol", 9, "protocol"},
		{"é\u202e protocol", 4, "protocol"},
		{long, 151, "X" + strings.Repeat("b", 39) + "…"},
		{long, 1, strings.Repeat("a", 100) + "…"},
		{"where:", 7, ""},
		{"where:", 0, "-"},
		{"where:", 99, "-"},
		{"    where:", 2, "-"},
	} {
		line, caret := marked(c.text, c.column)
		if c.under == "-" {
			if caret != "" || line == "" {
				t.Errorf("%q has a caret in column %d", c.text, c.column)
			}
			continue
		}
		i := strings.LastIndex(line, c.under)
		if i < 0 || caret != strings.Repeat(" ", safetext.Width(line[:i]))+"^" || safetext.Visible(line) != line || safetext.Width(line) > 110 {
			t.Errorf("column %d of %q:\n%s\n%s", c.column, c.text, line, caret)
		}
	}
}
