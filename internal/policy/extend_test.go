package policy_test

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/policy"
)

// policyFiles are policies by their paths.
type policyFiles map[string]string

func (f policyFiles) read(name string) ([]byte, error) {
	if text, ok := f[filepath.ToSlash(name)]; ok {
		return []byte(text), nil
	}
	return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
}

const base = `name: base
rules:
  - {id: a, title: one, level: warn, severity: low, where: protocols, expect: {min: tls1.2}, when: [{where: alpn, expect: {present: true}}], ref: R, fix: F}
  - {id: b, where: alpn, expect: {in: [h2]}}
  - {id: c, where: alpn, expect: {present: true}}
waivers: [{rule: a, reason: r, expires: 2027-01-01}]
`

func TestARuleWithTheSameIDChangesWhatItGives(t *testing.T) {
	f := policyFiles{"dir/base.yaml": base, "dir/corp.yaml": `name: corp
extends: base.yaml
rules:
  - {id: a, level: fail}
  - {id: c, level: off}
  - {id: d, where: alpn, expect: {in: [h2]}}
  - {id: b, expect: {in: [h3]}}
waivers: [{rule: d, reason: r, expires: 2027-01-01}]
`, "top.yaml": `name: top
extends: dir/corp.yaml
rules:
  - {id: c, level: note}
  - {id: a, when: []}
`}
	p, file, err := policy.Load("top.yaml", f.read)
	if err != nil || file != "top.yaml" {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range p.Rules {
		ids = append(ids, r.ID)
	}
	if got := strings.Join(ids, " "); got != "a b c d" {
		t.Errorf("the order is %s", got)
	}
	a := p.Rules[0]
	if a.Level != policy.LevelFail || a.Severity != finding.Low || a.Title != "one" || a.Ref != "R" || a.Fix != "F" || len(a.When) != 0 || len(a.Expect) != 1 {
		t.Errorf("%+v", a)
	}
	if a.Position.String() != "top.yaml:5:5" || filepath.ToSlash(a.Base.String()) != "dir/base.yaml:3:5" {
		t.Errorf("it is from %s, and was from %s", a.Position, a.Base)
	}
	if b := p.Rules[1]; fmt.Sprint(b.Expect[0].Operands) != "[h3]" || b.Where != "alpn" {
		t.Errorf("%+v", b)
	}
	if c := p.Rules[2]; c.Level != policy.LevelNote || c.Expect[0].Name != "present" {
		t.Errorf("what was switched off can be switched on again: %+v", c)
	}
	if len(p.Waivers) != 2 || p.Extends != "dir/corp.yaml" {
		t.Errorf("%+v", p.Waivers)
	}
	p, _, err = policy.Load("dir/corp.yaml", f.read)
	if err != nil || len(p.Rules) != 3 {
		t.Errorf("a rule that is off is no rule: %v, %v", p, err)
	}
}

func TestWhatIsChangedHasToFitWhatStays(t *testing.T) {
	f := policyFiles{"base.yaml": base, "corp.yaml": "name: corp\nextends: base.yaml\nrules:\n  - {id: a, where: alpn}\n"}
	_, _, err := policy.Load("corp.yaml", f.read)
	if err == nil || err.Error() != "corp.yaml:4:5: min: these values have no order" {
		t.Error(err)
	}
}

func TestBuiltInPoliciesCanBeExtended(t *testing.T) {
	p := parse(t, "name: corp\nextends: mozilla-intermediate@5.7\nrules: [{id: protocols, level: note}]\n")
	built, err := policy.Builtin("mozilla-intermediate@5.7")
	if err != nil || len(p.Rules) != len(built.Rules) || p.Rules[0].Level != policy.LevelNote || p.Rules[0].Base.File != "mozilla-intermediate@5.7" {
		t.Errorf("%v, %+v", err, p)
	}
}

func TestANameWithoutVersionIsTheNewest(t *testing.T) {
	for name, want := range map[string]string{"mozilla-intermediate": "6.0", "mozilla-old": "5.8", "mozilla-old@5.7": "5.7"} {
		if p, err := policy.Builtin(name); err != nil || p.Version != want {
			t.Errorf("%s is %v, %v", name, p, err)
		}
	}
	if _, err := policy.Builtin("mozilla"); !errors.Is(err, policy.ErrNotFound) {
		t.Error(err)
	}
	for _, full := range policy.Builtins() {
		p, err := policy.Builtin(full)
		if err != nil || p.Name+"@"+p.Version != full || p.Date == "" || p.Source == "" || p.Title == "" {
			t.Errorf("%s: %v, %+v", full, err, p)
		}
		if notes := policy.Notes(p, now); len(notes) > 0 {
			t.Errorf("%s: %q", full, notes)
		}
	}
}

func TestWhatExtendsItselfIsRefused(t *testing.T) {
	chain := policyFiles{}
	for i := range 20 {
		chain[fmt.Sprintf("%d.yaml", i)] = fmt.Sprintf("name: a\nextends: %d.yaml\n", i+1)
	}
	for _, c := range []struct {
		files         policyFiles
		first, place  string
		says, instead string
	}{
		{policyFiles{"a.yaml": "name: a\nextends: a.yaml\n"}, "a.yaml", "a.yaml:2:10", "it extends itself: a.yaml extends a.yaml", ""},
		{policyFiles{"a.yaml": "name: a\nextends: d/b.yaml\n", "d/b.yaml": "name: b\nextends: ../a.yaml\n"}, "a.yaml", "d/b.yaml:2:10",
			"it extends itself: a.yaml extends d/b.yaml extends a.yaml", ""},
		{chain, "0.yaml", "7.yaml:2:10", "more than 8 policies extend each other", ""},
		{policyFiles{"a.yaml": "name: a\nextends: nowhere.yaml\n"}, "a.yaml", "a.yaml:2:10", "extends nowhere.yaml: nowhere.yaml: file does not exist", ""},
		{policyFiles{"a.yaml": "name: a\nextends: mozila-old\n"}, "a.yaml", "a.yaml:2:10", "there is no such policy", "did you mean mozilla-old?"},
		{policyFiles{"a.yaml": "name: a\nextends: b.yaml\nrules: 7\n", "b.yaml": "name: b\nrules: [x]\n"}, "a.yaml", "b.yaml:2:9", "a rule should be", ""},
	} {
		_, _, err := policy.Load(c.first, c.files.read)
		var e *policy.Error
		if !errors.As(err, &e) || filepath.ToSlash(e.String()) != c.place || !strings.Contains(filepath.ToSlash(e.Message), c.says) || e.Hint != c.instead {
			t.Errorf("%v: %v", c.files, err)
		}
	}
}
