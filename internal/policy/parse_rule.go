package policy

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// readRule reads a rule: a new one, or a change of one of what is extended.
func (f *fileParser) readRule(n *yaml.Node) {
	rule := Rule{Level: LevelFail, Severity: finding.Medium, Position: f.at(n)}
	id, ok := f.idOf(n)
	if !ok {
		return
	}
	if line, twice := f.ids[id]; twice {
		f.wrong(n, "", "a rule %s stands in line %d already", id, line)
		return
	}
	f.ids[id] = n.Line
	old := slices.IndexFunc(f.policy.Rules, func(r Rule) bool { return r.ID == id })
	if old >= 0 {
		rule = f.policy.Rules[old]
		if rule.Base.File == "" {
			rule.Base = rule.Position
		}
		rule.Position = f.at(n)
	}
	if !f.ruleFields(n, &rule, old < 0) {
		return
	}
	if old >= 0 {
		f.policy.Rules[old] = rule
		return
	}
	f.policy.Rules = append(f.policy.Rules, rule)
}

// idOf finds the id of a rule before the rest of it is read: it says whether the rest has to be complete.
func (f *fileParser) idOf(n *yaml.Node) (id string, ok bool) {
	m := follow(n)
	if m.Kind != yaml.MappingNode {
		f.wrong(n, "", "a rule should be keys with values, and is %s", kindOf(n))
		return "", false
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value != "id" {
			continue
		}
		if id, ok = f.text(m.Content[i+1], "id"); ok && !nameForm().MatchString(id) {
			f.wrong(m.Content[i+1], "letters, digits, dots and hyphens", "id %q is none", cutText(id, 60))
			ok = false
		}
		return id, ok
	}
	f.wrong(n, "", "a rule lacks id")
	return "", false
}

// ruleFields reads the keys of a rule over what it has already, and reports whether it was without a mistake.
func (f *fileParser) ruleFields(n *yaml.Node, r *Rule, isNew bool) bool {
	mistakes := len(f.errs)
	var where, expect, when *yaml.Node
	f.mapping(n, "a rule", []field{
		{"id", true, f.into(&r.ID, "id", nameForm)},
		{"title", false, f.into(&r.Title, "title", nil)},
		{"level", false, func(n *yaml.Node) {
			if s, ok := f.oneOf(n, "level", levelWords); ok {
				r.Level = Level(s)
			}
		}},
		{"severity", false, func(n *yaml.Node) {
			if s, ok := f.oneOf(n, "severity", severityWords); ok {
				r.Severity = finding.Severity(slices.Index(severityWords, s) + 1) // none is before them
			}
		}},
		{"where", isNew, func(n *yaml.Node) { where = n }},
		{"expect", isNew, func(n *yaml.Node) { expect = n }},
		{"when", false, func(n *yaml.Node) { when = n }},
		{"ref", false, f.into(&r.Ref, "ref", nil)},
		{"fix", false, f.into(&r.Fix, "fix", nil)},
		{"from", false, func(n *yaml.Node) { f.text(n, "from") }},
	})
	if !isNew || where != nil && expect != nil { // otherwise it was said that one is missing
		f.demand(n, r, where, expect)
	}
	if when != nil {
		r.When = nil
		f.list(when, "when", maxWhen, func(n *yaml.Node) { f.readWhen(n, r) })
	}
	return len(f.errs) == mistakes
}

// demand reads what a rule is about and what it expects of it. Where one of the two is changed, the other has to fit it still.
func (f *fileParser) demand(n *yaml.Node, r *Rule, where, expect *yaml.Node) {
	if where != nil {
		r.Where, _ = f.text(where, "where")
	} else {
		where = n
	}
	s, ok := f.where(where, r.Where)
	if !ok {
		return
	}
	if expect != nil {
		r.Expect = f.readExpect(expect, &s)
		return
	}
	for i := range r.Expect {
		f.fits(n, &r.Expect[i], &s)
	}
}

// where looks a path up.
func (f *fileParser) where(n *yaml.Node, path string) (spoken, bool) {
	switch {
	case path == "": // said already
		return spoken{}, false
	case !pathForm().MatchString(path) || len(path) > maxPath:
		f.wrong(n, "as in certificates[*].key.bits", "%q is no path", cutText(path, 60))
		return spoken{}, false
	}
	s, ok := speak(splitPath(path), f.paths)
	if !ok {
		f.wrong(n, f.nearPath(path), "there is nothing under the path %q", cutText(path, 80))
	}
	return s, ok
}

// maxPath bounds a path of a policy, in bytes.
const maxPath = 200

func (f *fileParser) nearPath(path string) string {
	names := make([]string, len(f.paths))
	for i := range f.paths {
		names[i] = f.paths[i].Path
	}
	if best := closest(path, names); best != "" {
		return "did you mean " + best + "?"
	}
	return "tlsprobe policy paths lists them all"
}

// readWhen reads a condition.
func (f *fileParser) readWhen(n *yaml.Node, r *Rule) {
	var w When
	var where, expect *yaml.Node
	f.mapping(n, "a condition", []field{
		{"where", true, func(n *yaml.Node) { where = n }},
		{"expect", true, func(n *yaml.Node) { expect = n }},
	})
	if where == nil || expect == nil {
		return
	}
	w.Where, _ = f.text(where, "where")
	if s, ok := f.where(where, w.Where); ok {
		w.Expect = f.readExpect(expect, &s)
		r.When = append(r.When, w)
	}
}

// readExpect reads operators with their operands.
func (f *fileParser) readExpect(n *yaml.Node, s *spoken) (list []Operator) {
	fields := make([]field, len(operators))
	for i := range operators {
		row := &operators[i]
		fields[i] = field{row.name, false, func(n *yaml.Node) {
			before := len(f.errs)
			op := Operator{Name: row.name, Position: f.at(n)}
			f.operands(n, row, &op, s)
			if len(f.errs) == before && f.fits(n, &op, s) {
				list = append(list, op)
			}
		}}
	}
	keys := f.mapping(n, "expect", fields)
	if keys != nil && len(follow(n).Content) == 0 {
		f.wrong(n, strings.Join(operatorNames(), ", "), "expect has no operator, and anything would do")
	}
	return list
}

// fits reports whether an operator can be held against all facts that it may be held against, and takes down why not.
func (f *fileParser) fits(n *yaml.Node, op *Operator, s *spoken) bool {
	for _, kind := range s.kinds {
		if _, err := ready(op, kind); err != nil {
			f.wrong(n, "", "%s: %v", op.Name, err)
			return false
		}
	}
	return true
}

// operands reads what an operator is given.
func (f *fileParser) operands(n *yaml.Node, row *operatorRow, op *Operator, s *spoken) {
	switch row.takes {
	case takesList:
		op.Operands = f.names(n, row, s)
	case takesBefore:
		f.mapping(n, row.name, []field{
			{"these", true, func(n *yaml.Node) { op.Operands = f.names(n, row, s) }},
			{"those", true, func(n *yaml.Node) { op.Those = f.names(n, row, s) }},
		})
	case takesCount:
		op.Operands = []string{"", ""}
		bound := func(i int) func(n *yaml.Node) {
			return func(n *yaml.Node) { op.Operands[i], _ = f.text(n, row.name) }
		}
		f.mapping(n, row.name, []field{{"min", false, bound(0)}, {"max", false, bound(1)}})
	case takesOne:
		if o, ok := f.operand(n, row, s); ok {
			op.Operands = []string{o}
		}
	case takesFlag, takesRegexp:
		if o, ok := f.text(n, row.name); ok {
			op.Operands = []string{o}
		}
	}
}

// names reads a list of values. A single one may stand without the brackets.
func (f *fileParser) names(n *yaml.Node, row *operatorRow, s *spoken) (list []string) {
	if follow(n).Kind == yaml.ScalarNode {
		if o, ok := f.operand(n, row, s); ok {
			list = append(list, o)
		}
		return list
	}
	f.list(n, row.name, maxItems, func(n *yaml.Node) {
		if o, ok := f.operand(n, row, s); ok {
			list = append(list, o)
		}
	})
	return list
}

// operand reads one value.
func (f *fileParser) operand(n *yaml.Node, row *operatorRow, s *spoken) (string, bool) {
	o, ok := f.text(n, row.name)
	if !ok {
		return "", false
	}
	name, hint, problem := s.name(o, row.globs)
	if problem != "" {
		f.wrong(n, hint, "%s: %q %s", row.name, cutText(o, 80), problem)
		return "", false
	}
	return name, true
}
