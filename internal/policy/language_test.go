package policy_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/policy"
)

func policiesDocument(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "policies.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTheExamplesInTheDocumentAreRight(t *testing.T) {
	schema := fileSchema(t)
	used := make(map[string]bool)
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(policiesDocument(t), -1)
	for _, b := range blocks {
		text := b[1]
		switch {
		case strings.HasPrefix(text, "- "):
			text = "name: example\nrules:\n" + text
		case strings.HasPrefix(text, "waivers:"):
			if _, err := policy.ParseWaivers("docs/policies.md", []byte(text), nil); err != nil {
				t.Error(err)
			}
			continue
		}
		p := parse(t, text)
		if err := schema.Validate(asJSON(t, text)); err != nil {
			t.Error(err)
		}
		for _, r := range p.Rules {
			for _, op := range r.Expect {
				used[op.Name] = true
			}
		}
	}
	for name := range operatorMeanings(t) {
		if !used[name] {
			t.Errorf("there is no example of %s", name)
		}
	}
	if len(blocks) < 3 {
		t.Errorf("only %d examples were found", len(blocks))
	}
}

// operatorMeanings are the operators with their meanings, as the schema has them.
func operatorMeanings(t *testing.T) map[string]string {
	t.Helper()
	var s struct {
		Defs struct {
			Expect struct {
				Properties map[string]struct{ Description string }
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(policy.FileSchemaJSON(), &s); err != nil {
		t.Fatal(err)
	}
	list := make(map[string]string)
	for name, p := range s.Defs.Expect.Properties {
		list[name] = p.Description
	}
	if len(list) < 14 {
		t.Fatalf("only %d operators were found", len(list))
	}
	return list
}

func TestTheTableOfOperatorsInTheDocumentIsThatOfTheProgram(t *testing.T) {
	text := policiesDocument(t)
	for name, meaning := range operatorMeanings(t) {
		row := "| `" + name + "` | " + strings.ToLower(meaning[:1]) + strings.TrimSuffix(meaning[1:], ".") + " |\n"
		if strings.Count(text, row) != 1 {
			t.Errorf("the document lacks %q", row)
		}
	}
}
