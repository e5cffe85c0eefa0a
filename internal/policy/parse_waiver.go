package policy

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// readWaivers reads a list of waivers.
func (f *fileParser) readWaivers(n *yaml.Node) {
	f.list(n, "waivers", maxWaivers, f.readWaiver)
}

// readWaiver reads a waiver. Why and how long it holds has to be said.
func (f *fileParser) readWaiver(n *yaml.Node) {
	w := Waiver{Position: f.at(n)}
	before := len(f.errs)
	f.mapping(n, "a waiver", []field{
		{"rule", true, f.into(&w.Rule, "rule", nil)},
		{"target", false, f.into(&w.Target, "target", nil)},
		{"path", false, f.into(&w.Path, "path", nil)},
		{"reason", true, f.into(&w.Reason, "reason", nil)},
		{"expires", true, func(n *yaml.Node) { w.Expires = f.readTime(n, "expires") }},
	})
	if len(f.errs) == before {
		f.policy.Waivers = append(f.policy.Waivers, w)
	}
}

// readTime reads a day, of which the first moment in UTC is meant, or a moment of RFC 3339.
func (f *fileParser) readTime(n *yaml.Node, what string) time.Time {
	s, ok := f.text(n, what)
	if !ok {
		return time.Time{}
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	f.wrong(n, "as 2027-03-31 or 2027-03-31T12:00:00Z", "%s %q is no day", what, cutText(s, 60))
	return time.Time{}
}

// checkWaivers refuses waivers of rules that there are not: with a slip of the pen they would let nothing pass.
func (f *fileParser) checkWaivers(waivers []Waiver, rules []Rule) {
	ids := make([]string, len(rules))
	for i := range rules {
		ids[i] = rules[i].ID
	}
	for i := range waivers {
		w := &waivers[i]
		if w.Position.File == f.file && !slices.ContainsFunc(ids, w.isAbout) {
			f.wrongAt(w.Position.Line, w.Position.Column, didYouMean(w.Rule, ids), "there is no rule %q to be waived", cutText(w.Rule, 60))
		}
	}
}

// isAbout reports whether a waiver is for a rule.
func (w *Waiver) isAbout(rule string) bool {
	if prefix, open := strings.CutSuffix(w.Rule, "*"); open {
		return strings.HasPrefix(rule, prefix)
	}
	return rule == w.Rule
}
