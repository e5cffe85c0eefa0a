package policy_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v3"

	"github.com/tlsprobe/tlsprobe/internal/policy"
)

// fileSchema is the schema of policy files.
func fileSchema(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	var s jsonschema.Schema
	if err := json.Unmarshal(policy.FileSchemaJSON(), &s); err != nil {
		t.Fatal(err)
	}
	r, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// asJSON is what a validator of JSON sees of a policy in YAML.
func asJSON(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return plain(v)
}

// plain makes texts of what YAML knows beyond JSON.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case time.Time:
		return v.Format(time.DateOnly)
	case int:
		return float64(v)
	}
	return v
}

func TestTheSchemaTakesWhatTheProgramTakes(t *testing.T) {
	schema := fileSchema(t)
	texts := map[string]string{"corp": corp, "strange": strange, "change": "name: a\nextends: default\nrules: [{id: suites.weak, level: off}]\n"}
	for _, name := range policy.Builtins() {
		b, err := os.ReadFile(filepath.Join("policies", name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(b)
	}
	for _, c := range cases {
		texts[c.name] = rule(ruleOf(c.rule))
	}
	for name, text := range texts {
		parse(t, text)
		if err := schema.Validate(asJSON(t, text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// shapes are the messages about the shape of a file; the others are about names and what goes together.
var shapes = regexp.MustCompile(`has no key|lacks|should be|is none|has no operator|is empty|true or false|min, max or both|no number of things|needs rules|no day|more than 1000 bytes|the policy has no rule|is no path`)

func TestTheSchemaRefusesWhatHasAnotherShape(t *testing.T) {
	schema := fileSchema(t)
	shaped := 0
	for _, m := range mistakes {
		if !shapes.MatchString(m.message) || strings.Contains(m.message, "values here") || strings.Contains(m.message, "date") {
			continue
		}
		shaped++
		if err := schema.Validate(asJSON(t, m.text)); err == nil {
			t.Errorf("the schema takes %q: %s", m.text, m.message)
		}
	}
	if shaped < 25 {
		t.Errorf("only %d mistakes are about the shape", shaped)
	}
}

// TestTheSchemaHasTheKeysThatTheProgramReads learns the keys from what the program suggests for one that there is not.
func TestTheSchemaHasTheKeysThatTheProgramReads(t *testing.T) {
	var s map[string]any
	if err := json.Unmarshal(policy.FileSchemaJSON(), &s); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"":          "name: a\nxxxxxxxxxxxxxxxx: 1\nrules: []\n",
		"rule":      rule(`id: x, xxxxxxxxxxxxxxxx: 1, where: alpn, expect: {in: a}`),
		"condition": rule(`id: x, where: alpn, expect: {in: a}, when: [{xxxxxxxxxxxxxxxx: 1, where: alpn, expect: {in: a}}]`),
		"expect":    rule(`id: x, where: alpn, expect: {xxxxxxxxxxxxxxxx: a}`),
		"waiver":    rule(`id: x, where: alpn, expect: {in: a}`) + "waivers: [{xxxxxxxxxxxxxxxx: 1, rule: x, reason: r, expires: 2027-01-01}]\n",
	} {
		part := s
		if name != "" {
			part = s["$defs"].(map[string]any)[name].(map[string]any)
		}
		var inSchema []string
		for key := range part["properties"].(map[string]any) {
			inSchema = append(inSchema, key)
		}
		_, err := policy.Parse("x.yaml", []byte(text), nil)
		var e *policy.Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		read := strings.Split(strings.TrimPrefix(e.Hint, "there is "), ", ")
		slices.Sort(inSchema)
		slices.Sort(read)
		if !slices.Equal(inSchema, read) {
			t.Errorf("%q: the schema has\n%q\nand what is read are\n%q", name, inSchema, read)
		}
	}
}
