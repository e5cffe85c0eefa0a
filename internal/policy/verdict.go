package policy

import (
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// verdict sums a rule up. A breach that counts is the gravest, whatever else is not known; then what is not known; then what passed.
func (r *ruling) verdict() Verdict {
	rule := r.rule
	v := Verdict{
		Rule: rule.ID, Title: rule.Heading(), Level: rule.Level, Severity: rule.Severity, Expected: Expected(rule.Expect),
		Ref: rule.Ref, Fix: rule.Fix, Where: rule.Where, Position: rule.Position, Findings: r.findings,
	}
	unknown := r.reasons()
	switch {
	case r.broken:
		v.Status = rule.Level.status()
		v.Actual = r.actual(func(x *Finding) bool { return x.Status != finding.Unknown && x.counts() }, nil)
		v.Message = v.Actual
	case len(unknown) > 0:
		v.Status, v.Message = finding.Unknown, enumerated(unknown, len(unknown))
	case r.passed:
		v.Status = finding.Pass
		v.Actual = r.actual(func(*Finding) bool { return true }, r.seen) // what is let pass, too
		v.Message = v.Actual
	default:
		v.Status, v.Message = finding.Skip, enumerated(distinct(r.skips), len(distinct(r.skips)))
	}
	return v
}

// reasons are why it is not known whether the rule holds, each once.
func (r *ruling) reasons() []string {
	list := slices.Clone(r.open)
	for i := range r.findings {
		if r.findings[i].Status == finding.Unknown {
			list = append(list, r.findings[i].Message)
		}
	}
	return distinct(list)
}

func distinct(texts []string) (list []string) {
	for _, t := range texts {
		if !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return list
}

// actual lists what findings of a sort say is there, and more.
func (r *ruling) actual(of func(*Finding) bool, more []string) string {
	var list []string
	for i := range r.findings {
		if of(&r.findings[i]) {
			list = append(list, r.findings[i].Actual)
		}
	}
	list = append(list, more...)
	return enumerated(list, len(list)+r.unsaid)
}
