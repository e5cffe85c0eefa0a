package audit

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestEveryQuestionIsInTheDocumentation(t *testing.T) {
	page, err := os.ReadFile("../../docs/audit.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range questions() {
		how := q.how
		if q.cannot != "" {
			how = "not yet: " + q.cannot
		}
		if row := fmt.Sprintf("| `%s` | %s | %s |", q.id, q.what, how); !strings.Contains(string(page), row) {
			t.Errorf("docs/audit.md lacks the row\n%s", row)
		}
	}
}
