package policy

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// FileSchema is what the key schema of a policy file may be.
const FileSchema = "tlsprobe.policy/1"

// Limits of a policy.
const (
	maxRules   = 1000
	maxItems   = 1000 // of a list in a rule
	maxWhen    = 16
	maxWaivers = 4096
	maxExtends = 8 // policies above each other
)

// Parse reads a policy as YAML (or JSON, which is YAML), with all that it extends, which open opens. Mistakes are [Errors]; other
// errors are those of open.
func Parse(file string, data []byte, open Opener) (*Policy, error) {
	p := &parser{paths: FactPaths(), open: open}
	return p.policy(file, data)
}

// ParseWaivers reads a file that has waivers alone, under the key waivers as in a policy. Where p is not nil, each has to be of one
// of its rules. Mistakes are [Errors].
func ParseWaivers(file string, data []byte, p *Policy) ([]Waiver, error) {
	f := &fileParser{parser: &parser{}, reader: reader{file: file}}
	if n := f.document(data); n != nil {
		f.mapping(n, "a file of waivers", []field{{"waivers", true, f.readWaivers}})
	}
	if p != nil {
		f.checkWaivers(f.policy.Waivers, p.Rules)
	}
	if len(f.errs) > 0 {
		return nil, f.errs
	}
	return f.policy.Waivers, nil
}

// parser reads a policy and those that it extends.
type parser struct {
	paths []FactPath
	open  Opener
	chain []string // the files that are being read, each extended by the one before it
}

// policy reads a policy, with the rules that are switched off left out.
func (p *parser) policy(file string, data []byte) (*Policy, error) {
	policy, err := p.merged(file, data)
	if err != nil {
		return nil, err
	}
	policy.Rules = withoutOff(policy.Rules)
	if len(policy.Rules) == 0 {
		return nil, Errors{{Position: Position{File: file}, Message: "the policy has no rule, and nothing would ever break it"}}
	}
	return policy, nil
}

func withoutOff(rules []Rule) (list []Rule) {
	for i := range rules {
		if rules[i].Level != LevelOff {
			list = append(list, rules[i])
		}
	}
	return list
}

// merged reads a policy on top of what it extends.
func (p *parser) merged(file string, data []byte) (*Policy, error) {
	f := &fileParser{parser: p, reader: reader{file: file}, ids: make(map[string]int)}
	p.chain = append(p.chain, file)
	defer func() { p.chain = p.chain[:len(p.chain)-1] }()
	if n := f.document(data); n != nil {
		f.read(n)
	}
	if f.err != nil {
		return nil, f.err
	}
	if len(f.errs) > 0 {
		return nil, f.errs
	}
	return &f.policy, nil
}

// fileParser reads one file.
type fileParser struct {
	*parser
	reader
	policy Policy
	base   *Policy        // what it extends; nil for nothing
	ids    map[string]int // the lines of the rules of this file
	err    error          // what is extended could not be read
}

// The forms of names. They are compiled when the first policy is read: that takes longer than the program takes to start.
var (
	nameForm    = form(`^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$`)
	versionForm = form(`^[A-Za-z0-9][A-Za-z0-9.+_-]{0,39}$`)
	pathForm    = form(`^(\*|[A-Za-z0-9_-]+)(\[(\*|\d{1,6})\])*(\.(\*|[A-Za-z0-9_-]+)(\[(\*|\d{1,6})\])*)*$`)
)

func form(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// read reads a whole policy. What it extends comes first, wherever it stands: rules change what is there.
func (f *fileParser) read(n *yaml.Node) {
	p := &f.policy
	var rules, waivers, extends *yaml.Node
	f.mapping(n, "a policy", []field{
		{"schema", false, func(n *yaml.Node) { f.oneOf(n, "schema", []string{FileSchema}) }},
		{"name", true, f.into(&p.Name, "name", nameForm)},
		{"version", false, f.into(&p.Version, "version", versionForm)},
		{"title", false, f.into(&p.Title, "title", nil)},
		{"date", false, f.readDate},
		{"source", false, f.into(&p.Source, "source", nil)},
		{"extends", false, func(n *yaml.Node) { extends = n }},
		{"rules", false, func(n *yaml.Node) { rules = n }},
		{"waivers", false, func(n *yaml.Node) { waivers = n }},
	})
	if extends != nil && !f.extend(extends) {
		return // whether its rules are complete can't be told
	}
	if rules != nil {
		f.list(rules, "rules", maxRules, f.readRule)
	}
	if n := len(p.Rules); n > maxRules {
		f.wrong(rules, "", "with what it extends, the policy has %d rules, and may have %d", n, maxRules)
	}
	if waivers != nil {
		f.readWaivers(waivers)
	}
	if rules == nil && extends == nil && len(f.errs) == 0 {
		f.wrong(n, "", "a policy needs rules, or another one that it extends")
	}
	f.checkWaivers(p.Waivers, p.Rules)
	slices.SortStableFunc(f.errs, func(a, b *Error) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
}

// into reads a text of a form into a place.
func (f *fileParser) into(to *string, what string, form func() *regexp.Regexp) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, ok := f.text(n, what)
		if ok && form != nil && !form().MatchString(s) {
			f.wrong(n, "letters, digits, dots and hyphens", "%s %q is none", what, cutText(s, 60))
			return
		}
		*to = s
	}
}

func (f *fileParser) readDate(n *yaml.Node) {
	s, ok := f.text(n, "date")
	if !ok {
		return
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		f.wrong(n, "as 2026-11-01", "date %q is none", cutText(s, 60))
	}
	f.policy.Date = s
}

// extend reads what a policy extends, and begins with its rules and waivers. It reports whether it could.
func (f *fileParser) extend(n *yaml.Node) bool {
	name, ok := f.text(n, "extends")
	if !ok {
		return false
	}
	f.policy.Extends = name
	if f.open == nil {
		f.wrong(n, "", "nothing can be extended here")
		return false
	}
	file, data, err := f.open(f.file, name)
	if err != nil {
		f.wrong(n, f.nearName(name), "extends %s: %v", cutText(name, 80), err)
		return false
	}
	for i, above := range f.chain {
		if above == file {
			f.wrong(n, "", "it extends itself: %s", strings.Join(append(f.chain[i:len(f.chain):len(f.chain)], file), " extends "))
			return false
		}
	}
	if len(f.chain) >= maxExtends {
		f.wrong(n, "", "more than %d policies extend each other", maxExtends)
		return false
	}
	if f.base, f.err = f.merged(file, data); f.err != nil {
		return false
	}
	f.policy.Rules = append(f.policy.Rules, f.base.Rules...)
	f.policy.Waivers = append(f.policy.Waivers, f.base.Waivers...)
	return true
}

func (f *fileParser) nearName(name string) string {
	if isFile(name) {
		return ""
	}
	return didYouMean(name, builtinNames())
}

var levelWords = []string{string(LevelFail), string(LevelWarn), string(LevelNote), string(LevelOff)}

var severityWords = []string{finding.Low.String(), finding.Medium.String(), finding.High.String(), finding.Critical.String()}

// ParseLevel reads a level for which a run fails: fail, warn or note.
func ParseLevel(s string) (Level, error) {
	switch l := Level(s); l {
	case LevelFail, LevelWarn, LevelNote:
		return l, nil
	}
	return "", fmt.Errorf("%q is none of fail, warn and note", cutText(s, 60))
}
