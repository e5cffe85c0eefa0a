package diff

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of docs/diff.md again")

// TestTheDocumentHasTheTables holds docs/diff.md to the tables of this package.
func TestTheDocumentHasTheTables(t *testing.T) {
	name := filepath.Join("..", "..", "docs", "diff.md")
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for head, rows := range map[string]string{"| fact | when it rises |": meaningRows(), "| check | passes now |": checkRows()} {
		table := regexp.MustCompile(`(?m)(^` + regexp.QuoteMeta(head) + `.*\n\|[-|]+\|\n)((?:^\|.*\n|^@@[A-Z]+@@\n)*)`)
		m := table.FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("docs/diff.md has no table %s", head)
		}
		if m[2] != rows {
			if !*update {
				t.Errorf("docs/diff.md: the table %s is not that of the code; go test ./internal/diff -run Document -update writes it", head)
			}
			text = strings.Replace(text, m[0], m[1]+rows, 1)
		}
	}
	facts := regexp.MustCompile(`(?m)^The facts: [^\n]*\.\n`)
	if want := factLine(); facts.FindString(text) != want {
		if !*update {
			t.Error("docs/diff.md: the facts are not those of the code")
		}
		text = facts.ReplaceAllLiteralString(text, want)
	}
	if *update {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func meaningRows() string {
	var b strings.Builder
	for _, m := range meanings {
		better := "the first"
		down := m.down
		switch {
		case m.rank == nil:
			better, down = "neither", "the same"
		case m.neutral:
			better = "neither"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", m.fact, m.up, down, better, m.ref)
	}
	return b.String()
}

func checkRows() string {
	var b strings.Builder
	for _, m := range checkMeanings {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", m.id, m.up, m.down)
	}
	return b.String()
}

func factLine() string {
	var keys []string
	for _, r := range lockRows() {
		keys = append(keys, "`"+r.key+"`")
	}
	return "The facts: " + strings.Join(keys, ", ") + ".\n"
}
