package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Head is what a run and all its reports have in common.
type Head struct {
	Tool    trace.Tool
	Started time.Time
	Policy  Reference
	FailOn  Level // fail, warn or note; empty: fail
}

func (h *Head) failOn() Level {
	if h.FailOn == "" {
		return LevelFail
	}
	return h.FailOn
}

// Reference says which policy this is; file is what it was read from, empty for a built-in one.
func (p *Policy) Reference(file string) Reference {
	return Reference{Name: p.Name, Version: p.Version, Title: p.Title, File: file, Rules: len(p.Rules), SHA256: p.digest()}
}

// digest is the SHA-256 of what decides verdicts: the rules, without where they stand. Hexadecimal.
func (p *Policy) digest() string {
	rules := slices.Clone(p.Rules)
	for i := range rules {
		r := &rules[i]
		r.Position, r.Base = Position{}, Position{}
		r.Expect = unplaced(r.Expect)
		r.When = slices.Clone(r.When)
		for j := range r.When {
			r.When[j].Expect = unplaced(r.When[j].Expect)
		}
	}
	b, err := json.Marshal(rules)
	if err != nil {
		return "" // of strings and numbers there is none
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func unplaced(expect []Operator) []Operator {
	list := slices.Clone(expect)
	for i := range list {
		list[i].Position = Position{}
	}
	return list
}

// Asked is what is known of a target beside the verdicts.
type Asked struct {
	Target      string       // as host:port
	Input       string       // as it was given
	Position    Position     // of Input in a list of targets
	Error       *trace.Error // why no address could be asked; nil otherwise
	Same        audit.Answer // whether all addresses answer alike; without a status it is skip
	Differences []string     // the questions that they answer differently
}

// NewReport makes the report of a target from what came of its addresses, with the sums and the outcome.
func NewReport(h *Head, a *Asked, endpoints []Endpoint) Report {
	r := Report{
		Schema: ReportSchema, Tool: h.Tool, Started: h.Started, Policy: h.Policy, FailOn: h.failOn(),
		Target: a.Target, Input: a.Input, Position: a.Position, Error: a.Error,
		Counts: Summarise(endpoints), Endpoints: endpoints, Same: a.Same, Differences: a.Differences,
	}
	if r.Same.Status == "" {
		r.Same = audit.Answer{Status: audit.Skip, Reason: "one address was asked"}
	}
	r.Outcome = r.outcome()
	return r
}

// NewRun makes the document of a run. Interrupted: not all targets were audited.
func NewRun(h *Head, reports []Report, interrupted bool) *Run {
	return &Run{
		Schema: ReportSchema, Tool: h.Tool, Started: h.Started, Policy: h.Policy, FailOn: h.failOn(),
		Targets: reports, Interrupted: interrupted,
	}
}

// Reaches reports whether a level is as grave as another, or graver.
func (l Level) Reaches(other Level) bool { return l.rank() >= other.rank() && l.rank() > 0 }

func (l Level) rank() int {
	return 1 + slices.Index([]Level{LevelNote, LevelWarn, LevelFail}, l)
}

// outcome is what came of a target. Where some addresses could be asked and others could not, what those would have said is unknown.
func (r *Report) outcome() Outcome {
	reached := false
	best := OutcomePass
	for i := range r.Endpoints {
		e := &r.Endpoints[i]
		if e.Error != nil {
			best = worseOutcome(best, OutcomeUnknown)
			continue
		}
		reached = true
		for j := range e.Verdicts {
			best = worseOutcome(best, e.Verdicts[j].outcome(r.FailOn))
		}
		if len(e.Verdicts) == 0 {
			best = worseOutcome(best, OutcomeUnknown) // nothing was judged
		}
	}
	if !reached {
		return OutcomeUnreachable
	}
	return best
}

// outcome is what a verdict means to a run that fails on a level: what is below it may be as it will.
func (v *Verdict) outcome(failOn Level) Outcome {
	switch {
	case !v.Level.Reaches(failOn):
		return OutcomePass
	case v.Status == finding.Unknown:
		return OutcomeUnknown
	case v.Status == finding.Pass, v.Status == finding.Skip:
		return OutcomePass
	}
	return OutcomeFail
}

func worseOutcome(a, b Outcome) Outcome {
	order := []Outcome{OutcomePass, OutcomeUnknown, OutcomeUnreachable, OutcomeFail}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}

// Decision is what came of all targets, for the exit code: fail is 1, unknown and unreachable are 6, pass is 0. A run that was
// interrupted or has no target does not pass.
func (r *Run) Decision() Outcome {
	worst := OutcomePass
	if r.Interrupted || len(r.Targets) == 0 {
		worst = OutcomeUnknown
	}
	for i := range r.Targets {
		worst = worseOutcome(worst, r.Targets[i].Outcome)
	}
	return worst
}

// Summarise counts what rules came to at one or several addresses of a target: each once, by the worst.
func Summarise(endpoints []Endpoint) Counts {
	worst := make(map[string]*Verdict)
	waived, known := make(map[string]bool), make(map[string]bool)
	for i := range endpoints {
		for j := range endpoints[i].Verdicts {
			v := &endpoints[i].Verdicts[j]
			if w := worst[v.Rule]; w == nil || standing(v.Status) > standing(w.Status) {
				worst[v.Rule] = v
			}
			for k := range v.Findings {
				x := &v.Findings[k]
				waived[v.Rule] = waived[v.Rule] || x.Waived != nil && !x.Waived.Expired
				known[v.Rule] = known[v.Rule] || x.Known
			}
		}
	}
	var c Counts
	for rule, v := range worst {
		*c.of(v.Status)++
		if v.Status == finding.Pass && waived[rule] {
			c.Waived++
		}
		if v.Status == finding.Pass && known[rule] {
			c.Known++
		}
	}
	return c
}

// standing orders what comes of one rule: a breach goes before what is not known, whatever its level.
func standing(s finding.Status) int {
	return slices.Index([]finding.Status{finding.Skip, finding.Pass, finding.Unknown, finding.Info, finding.Warn, finding.Fail}, s)
}

// of is the count of a status.
func (c *Counts) of(s finding.Status) *int {
	switch s {
	case finding.Fail:
		return &c.Fail
	case finding.Warn:
		return &c.Warn
	case finding.Info:
		return &c.Note
	case finding.Pass:
		return &c.Pass
	case finding.Skip:
		return &c.Skip
	}
	return &c.Unknown
}
