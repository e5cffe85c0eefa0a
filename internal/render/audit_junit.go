package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
)

// auditJUnit writes an audit as JUnit's XML: a suite for each address, a case for each rule. A breach that counts is a failure, an
// unknown that counts an error; what does not apply or is let pass is skipped, and says why.
func auditJUnit(w io.Writer, run *policy.Run) error {
	out := junitSuites{Name: "tlsprobe audit " + safetext.Visible(policyName(&run.Policy))}
	for i := range run.Targets {
		r := &run.Targets[i]
		if len(r.Endpoints) == 0 {
			out.Suites = append(out.Suites, unreachedSuite(r, safetext.Visible(r.Target), unreachedText(r.Error)))
		}
		for k := range r.Endpoints {
			out.Suites = append(out.Suites, auditSuite(run, r, &r.Endpoints[k]))
		}
	}
	if run.Interrupted {
		message := "interrupted, the rest was not audited"
		out.Suites = append(out.Suites, junitSuite{Name: "interrupted", Tests: 1, Errors: 1, Cases: []junitCase{{
			Class: "tlsprobe", Name: "complete", Error: &junitMessage{Message: message, Type: "interrupted", Text: message}}}})
	}
	return writeJUnit(w, &out)
}

// suiteName is the target, and of several addresses which.
func suiteName(r *policy.Report, e *policy.Endpoint) string {
	name := safetext.Visible(r.Target)
	if len(r.Endpoints) > 1 {
		name += " at " + safetext.Visible(e.Address)
	}
	return name
}

func unreachedSuite(r *policy.Report, name, why string) junitSuite {
	message := safetext.Visible(why)
	return junitSuite{Name: name, Tests: 1, Errors: 1, Timestamp: junitTime(r), Cases: []junitCase{{
		Class: name, Name: "reached", Error: &junitMessage{Message: message, Type: "unreachable", Text: message}}}}
}

// junitTime is when a target was begun with, in the form that JUnit has: UTC, without saying so.
func junitTime(r *policy.Report) string {
	if r.Started.IsZero() {
		return ""
	}
	return r.Started.UTC().Format("2006-01-02T15:04:05")
}

func auditSuite(run *policy.Run, r *policy.Report, e *policy.Endpoint) junitSuite {
	name := suiteName(r, e)
	if why := unjudged(e); why != "" {
		return unreachedSuite(r, name, why)
	}
	s := junitSuite{Name: name, Timestamp: junitTime(r), Properties: &junitProperties{[]junitProperty{
		{"policy", safetext.Visible(policyName(&run.Policy))}, {"address", safetext.Visible(e.Address)},
	}}}
	if d := e.Enumeration; d != nil {
		s.Time = fmt.Sprintf("%.3f", float64(d.Cost.Ms)/1000)
	}
	for i := range e.Verdicts {
		c := auditCase(run.FailOn, r, e, &e.Verdicts[i])
		c.Class = name
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
		s.Cases = append(s.Cases, c)
	}
	s.Tests = len(s.Cases)
	return s
}

// auditCase is a rule at an address. An unknown that does not count is skipped: it is no error, and no pass.
func auditCase(failOn policy.Level, r *policy.Report, e *policy.Endpoint, v *policy.Verdict) junitCase {
	state := verdictState(v)
	said := &junitMessage{
		Message: safetext.Visible(caseMessage(state, v)), Type: string(state),
		Text: strings.Join(caseLines(state, findingsOf(r, e, v), v), "\n"),
	}
	c := junitCase{Name: safetext.Visible(v.Rule)}
	decides := counts(failOn, v.Level)
	switch {
	case state.isBreach() && decides:
		c.Failure = said
	case state == stateUnknown && decides:
		c.Error = said
	case state == statePass:
	case state.isBreach():
		c.Out = said.Message + "\n" + said.Text
	default:
		c.Skipped = said
	}
	return c
}

// caseMessage is what became of a rule in one line.
func caseMessage(state ruleState, v *policy.Verdict) string {
	text := foundText(v.Message, v.Actual, "")
	if state != stateSkip {
		text = string(state) + ": " + titled(v, text)
	}
	if state != stateSkip && state != stateUnknown {
		text += prefixed(", want ", v.Expected)
	}
	return text
}

// caseLines tell everything else there is to know about a rule that did not pass.
func caseLines(state ruleState, findings []policy.Finding, v *policy.Verdict) []string {
	var lines []string
	add := func(label, text string) {
		if text != "" {
			lines = append(lines, label+safetext.Visible(text))
		}
	}
	if state == stateSkip {
		add("", v.Title)
	}
	for i := range findings {
		f := &findings[i]
		add("", strings.TrimPrefix(f.Where.Path+prefixed(": ", f.Message), ": "))
		if f.Waived != nil {
			add("  ", waiverText(f.Waived))
		} else if findingState(f) == stateKnown {
			add("  ", "in the baseline")
		}
	}
	if state == stateSkip {
		return lines
	}
	if !strings.Contains(v.Message, v.Actual) {
		add("found: ", v.Actual)
	}
	add("fix: ", v.Fix)
	add("see: ", v.Ref)
	add("rule: ", placeText(v.Position))
	return lines
}
