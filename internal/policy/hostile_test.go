package policy_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/policy"
)

func TestManyMistakesAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("name: a\nrules:\n")
	for i := range 500 {
		fmt.Fprintf(&b, "  - {id: r%d, level: x, where: y, expect: {z: 1}}\n", i)
	}
	_, err := policy.Parse("x.yaml", []byte(b.String()), nil)
	var list policy.Errors
	if !errors.As(err, &list) || len(list) != 20 {
		t.Fatalf("%d mistakes: %v", len(list), err)
	}
	for i := 1; i < len(list); i++ {
		if list[i].Line < list[i-1].Line {
			t.Error("they are in no order")
		}
	}
	if got := list.Error(); got != list[0].Error()+" (and 19 more)" || len(list.Unwrap()) != 20 {
		t.Error(got)
	}
}

// bombs are small files that would be large.
var bombs = map[string]string{
	"aliases of aliases": func() string {
		var b strings.Builder
		b.WriteString("name: a\nrules:\n  - id: x\n    where: alpn\n    expect:\n      in: &a0 [h2, h2, h2, h2, h2, h2, h2, h2]\n    when:\n")
		for i := 1; i < 12; i++ {
			fmt.Fprintf(&b, "      - &a%d [%s]\n", i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 8), ", "))
		}
		return b.String()
	}(),
	"a rule many times": func() string {
		var b strings.Builder
		b.WriteString("name: a\nrules:\n  - {id: x, where: alpn, expect: {in: &l [" + strings.TrimSuffix(strings.Repeat("h2, ", 999), ", ") + "]}}\n")
		for i := range 900 {
			fmt.Fprintf(&b, "  - {id: r%d, where: alpn, expect: {in: *l, not_in: *l}}\n", i)
		}
		return b.String()
	}(),
	"an alias of itself":   "name: a\nrules: &r [*r]\n",
	"a mapping in itself":  "name: a\nrules:\n  - &r {id: x, where: alpn, expect: *r}\n",
	"nested lists":         "name: a\nrules: " + strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
	"nested too deeply":    "name: a\nrules: " + strings.Repeat("[", 200000),
	"nested mappings":      "name: " + strings.Repeat("{a: ", 5000) + strings.Repeat("}", 5000),
	"nested block":         "name:\n" + nested(3000),
	"too many rules":       "name: a\nrules: [" + strings.Repeat("{},", 2000) + "]\n",
	"a large file":         "name: a\n#" + strings.Repeat("x", 2<<20),
	"a long text":          "name: a\ntitle: " + strings.Repeat("x", 100000) + "\nrules: []\n",
	"keys of keys":         "? {a: b}\n: c\n",
	"a merge":              "name: a\n<<: {title: b}\nrules: []\n",
	"tags":                 "name: !!binary aGVsbG8=\nrules: !!set {a}\n",
	"an expensive regexp":  rule(`id: x, where: alpn, expect: {matches: "(((a{30}){30}){30}){30}"}`),
	"UTF-16":               "\xff\xfen\x00a\x00m\x00e\x00:\x00 \x00a\x00",
	"control characters":   "name: a\x00b\n",
	"carriage returns":     "name: a\rrules: []\r",
	"anchors that clash":   "name: &a a\ntitle: &a b\nrules: *a\n",
	"a document and dots":  "name: a\nrules: []\n...\n...\n",
	"a directive":          "%YAML 9.9\n---\nname: a\n",
	"a number as a key":    "1: a\n",
	"a list as name":       "name: [a]\nrules: []\n",
	"an alias as a key":    "name: &k rules\n*k : []\n",
	"nothing but comments": "# a\n# b",
}

func nested(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", min(i+1, 200)) + "a:\n")
	}
	return b.String()
}

func TestAHostileFileIsAnError(t *testing.T) {
	for name, text := range bombs {
		p, err := policy.Parse("x.yaml", []byte(text), policy.OpenBuiltin)
		var list policy.Errors
		if err == nil || p != nil || !errors.As(err, &list) || len(list) == 0 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, e := range list {
			if len(e.Message) > 1000 || len(e.Text) > 500 || e.File != "x.yaml" {
				t.Errorf("%s: %.200s", name, e.Message)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, m := range mistakes {
		f.Add([]byte(m.text))
	}
	for _, text := range bombs {
		if len(text) < 1000 {
			f.Add([]byte(text))
		}
	}
	for _, c := range cases {
		f.Add([]byte(rule(ruleOf(c.rule))))
	}
	f.Add([]byte(corp))
	f.Add([]byte(strange))
	for _, name := range policy.Builtins() {
		if b, err := os.ReadFile(filepath.Join("policies", name+".yaml")); err == nil {
			f.Add(b)
		}
	}
	facts := factsOf("protocols = tls1.2 tls1.0", "alpn = h2 …", "suites = TLS_RSA_WITH_AES_128_CBC_SHA", "certificates[0].key.bits = 1024", "dh[*].bits = ?")
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := policy.Parse("x.yaml", data, policy.OpenBuiltin)
		if err != nil {
			var list policy.Errors
			if p != nil || !errors.As(err, &list) || len(list) == 0 || len(list) > 20 {
				t.Fatal(err)
			}
			return
		}
		if len(p.Rules) == 0 {
			t.Fatal("a policy without rules")
		}
		verdicts := policy.Judge(p, facts, policy.JudgeOptions{Target: "a:1", At: now})
		if len(verdicts) != len(p.Rules) {
			t.Fatal("a rule without a verdict")
		}
		var b bytes.Buffer
		if err := policy.WriteYAML(&b, p); err != nil {
			t.Fatal(err)
		}
		back, err := policy.Parse("y.yaml", b.Bytes(), nil)
		if err != nil || back.Reference("") != p.Reference("") {
			t.Fatalf("%v\n%s", err, &b)
		}
	})
}

func FuzzReadBaseline(f *testing.F) {
	for _, c := range broken {
		if len(c.text) < 1000 {
			f.Add([]byte(c.text))
		}
	}
	f.Add([]byte(`{"schema":"tlsprobe.audit/1","targets":[{"endpoints":[{"verdicts":[{"findings":[{"fingerprint":"0","status":"fail","waived":{"expired":true}}]}]}]}]}`))
	f.Add([]byte(`{"schema":"tlsprobe.audit/1","endpoints":[{"verdicts":[{"findings":[{"fingerprint":"0","status":"unknown","waived":null}]}]}]}` + "\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := policy.ReadBaseline(bytes.NewReader(data))
		if (b == nil) != (err != nil) || err != nil && !errors.Is(err, policy.ErrNotReport) && !errors.Is(err, policy.ErrNewerReport) {
			t.Fatal(err)
		}
	})
}
