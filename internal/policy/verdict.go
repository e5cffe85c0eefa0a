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
		breaks := func(x *Finding) bool { return x.Status != finding.Unknown && x.counts() }
		v.Actual = r.each(breaks, func(x *Finding) string { return x.Actual })
		v.Message = r.each(breaks, func(x *Finding) string { return x.Message })
	case len(unknown) > 0:
		v.Status, v.Message = finding.Unknown, enumerated(unknown, len(unknown))
	case r.passed:
		v.Status = finding.Pass
		let := func(x *Finding) string { return x.Actual } // by a waiver or the baseline
		v.Actual = r.each(func(*Finding) bool { return true }, let, r.seen...)
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

// each lists what findings of a sort say, and more.
func (r *ruling) each(of func(*Finding) bool, says func(*Finding) string, more ...string) string {
	var list []string
	for i := range r.findings {
		if of(&r.findings[i]) {
			list = append(list, says(&r.findings[i]))
		}
	}
	list = append(list, more...)
	return enumerated(list, len(list)+r.unsaid)
}
