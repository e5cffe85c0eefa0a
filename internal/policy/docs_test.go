package policy_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/policy"
)

func TestTheDocumentationListsEveryBuiltInPolicy(t *testing.T) {
	doc, err := os.ReadFile("../../docs/audit.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, full := range policy.Builtins() {
		p := builtin(t, full)
		row := fmt.Sprintf("| `%s` | %s | %s | %d | %s |", p.Name, p.Version, p.Date, len(p.Rules), p.Source)
		if !strings.Contains(string(doc), row+"\n") {
			t.Errorf("docs/audit.md lacks the row\n%s", row)
		}
	}
}
