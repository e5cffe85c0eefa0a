package finding

import (
	"strings"
	"testing"
)

func TestEveryIDHasOneRowAndLookupFindsIt(t *testing.T) {
	seen := make(map[ID]bool)
	for _, row := range append(append([]Row{}, Rules()...), Checks()...) {
		found, ok := Lookup(row.ID)
		if !ok || found != row || seen[row.ID] {
			t.Errorf("%s: found %v, twice %v, %+v", row.ID, ok, seen[row.ID], found)
		}
		seen[row.ID] = true
	}
	for _, id := range []ID{"", "lint.", "lint.nothing", "nothing"} {
		if row, ok := Lookup(id); ok {
			t.Errorf("%q: %+v", id, row)
		}
	}
}

func TestLintsAreChecksByThatName(t *testing.T) {
	n := 0
	for _, row := range Checks() {
		if strings.HasPrefix(string(row.ID), "lint.") {
			n++
		}
	}
	if n != len(Lints()) || n == 0 {
		t.Errorf("%d of %d lints are checks", n, len(Lints()))
	}
	for _, l := range Lints() {
		if !strings.HasPrefix(string(l.ID), "lint.") || l.Severity != Low && l.Severity != Medium || l.HasAlert {
			t.Errorf("%+v", l)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	for b.Loop() {
		Lookup(LintURLScheme)
	}
}
