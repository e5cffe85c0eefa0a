package render

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// ruleState is what there is to say of a rule or a finding of an audit, in one word.
type ruleState string

// The states. Those of breaches are what the rule's level makes of them; waived and known ones are let pass.
const (
	stateFail    ruleState = "fail"
	stateUnknown ruleState = "unknown"
	stateWarn    ruleState = "warn"
	stateNote    ruleState = "note"
	stateWaived  ruleState = "waived"
	stateKnown   ruleState = "known"
	stateSkip    ruleState = "skip"
	statePass    ruleState = "pass"
)

// ruleStates lists the states, the gravest first.
var ruleStates = [...]ruleState{stateFail, stateUnknown, stateWarn, stateNote, stateWaived, stateKnown, stateSkip, statePass}

// isBreach tells a state of a rule that is broken, and not let pass.
func (s ruleState) isBreach() bool { return s == stateFail || s == stateWarn || s == stateNote }

// stateOf is the state that a status of the document stands for. What this version does not know is unknown.
func stateOf(s finding.Status) ruleState {
	switch s {
	case finding.Pass:
		return statePass
	case finding.Fail:
		return stateFail
	case finding.Warn:
		return stateWarn
	case finding.Info:
		return stateNote
	case finding.Skip:
		return stateSkip
	}
	return stateUnknown
}

// findingState is the state of one finding. Only a breach can be waived or known: what is unknown stays so.
func findingState(f *policy.Finding) ruleState {
	s := stateOf(f.Status)
	switch {
	case !s.isBreach():
		return s
	case f.Waived != nil && !f.Waived.Expired:
		return stateWaived
	case f.Known:
		return stateKnown
	}
	return s
}

// verdictState is the state of a rule at an address: that of its verdict, or why what breaks it is let pass.
func verdictState(v *policy.Verdict) ruleState {
	s := stateOf(v.Status)
	if s != statePass {
		return s
	}
	for i := range v.Findings {
		switch findingState(&v.Findings[i]) {
		case stateWaived:
			return stateWaived
		case stateKnown:
			s = stateKnown
		}
	}
	return s
}

// findingsOf returns the findings of a verdict; a breach or an unknown that names none is one itself.
func findingsOf(r *policy.Report, e *policy.Endpoint, v *policy.Verdict) []policy.Finding {
	if s := stateOf(v.Status); len(v.Findings) > 0 || !s.isBreach() && s != stateUnknown {
		return v.Findings
	}
	f := policy.Finding{Address: e.Address, Fingerprint: v.Rule + " " + r.Target + " " + v.Where}
	f.ID, f.Status, f.Severity, f.Message, f.Expected, f.Actual = v.Rule, v.Status, v.Severity, v.Message, v.Expected, v.Actual
	f.Where.Path, f.Ref, f.Fix = v.Where, v.Ref, v.Fix
	return []policy.Finding{f}
}

// counts tells whether breaches of a level, and rules of it that are unknown, decide about the exit code.
func counts(failOn, level policy.Level) bool {
	rank := map[policy.Level]int{policy.LevelFail: 1, policy.LevelWarn: 2, policy.LevelNote: 3}
	return rank[level] > 0 && rank[level] <= max(rank[failOn], 1)
}

// decidingLevels says which breaches decide about the exit code.
func decidingLevels(failOn policy.Level) string {
	switch failOn {
	case policy.LevelNote:
		return "levels fail, warn and note decide"
	case policy.LevelWarn:
		return "levels fail and warn decide"
	}
	return "level fail decides"
}

// foundText is what a verdict or a finding says was found, in one line.
func foundText(message, actual, otherwise string) string {
	if message != "" {
		return message
	}
	return wordsOr(actual, otherwise)
}

// titled puts the title of a rule before what was found, where whoever reads it sees no rule beside it.
func titled(v *policy.Verdict, found string) string {
	if found == "" || found == v.Title {
		return wordsOr(v.Title, v.Rule)
	}
	return wordsOr(v.Title, v.Rule) + ": " + found
}

// unreachedText says that no address of a target could be asked, and why.
func unreachedText(e *trace.Error) string { return "not reached" + prefixed(": ", errorText(e)) }

// unjudged says why nothing is known of an address; empty where its rules were judged.
func unjudged(e *policy.Endpoint) string {
	switch {
	case e.Error != nil:
		return unreachedText(e.Error)
	case len(e.Verdicts) == 0:
		return "reached, and no rule was judged"
	}
	return ""
}

// policyName is a policy with its version.
func policyName(p *policy.Reference) string { return p.Name + prefixed(" ", p.Version) }

// placeText is a position as editors and compilers write it; empty for none.
func placeText(p policy.Position) string {
	switch {
	case p.File == "":
		return ""
	case p.Line > 0:
		return p.File + ":" + strconv.Itoa(p.Line)
	}
	return p.File
}

// passText says how many rules passed, and how many of these are broken and let pass.
func passText(n *policy.Counts, word string) string {
	text := strconv.Itoa(n.Pass) + prefixed(" ", word)
	switch {
	case n.Waived > 0 && n.Known > 0:
		return text + fmt.Sprintf(" (%d waived, %d known)", n.Waived, n.Known)
	case n.Waived > 0:
		return text + fmt.Sprintf(" (%d waived)", n.Waived)
	case n.Known > 0:
		return text + fmt.Sprintf(" (%d known)", n.Known)
	}
	return text
}

// waiverText says by what a finding is let pass, or was.
func waiverText(w *policy.Waived) string {
	until := w.Expires.UTC().Format(time.RFC3339)
	day, midnight := strings.CutSuffix(until, "T00:00:00Z")
	text := "waived until " + day
	if w.Expired {
		text = "its waiver expired " + map[bool]string{true: "on ", false: "at "}[midnight] + day
	}
	if place := placeText(w.Position); place != "" {
		text += " (" + place + ")"
	}
	return text + prefixed(": ", w.Reason)
}
