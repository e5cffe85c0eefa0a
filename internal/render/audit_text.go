package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/policy"
)

// exitColumn is where the last line says the exit code.
const exitColumn = 52

// textReport writes what came of a target. The last line of the only target waits for the exit code.
func (a *AuditWriter) textReport(r *policy.Report) error {
	if a.o.Targets == 1 {
		a.last = r
	}
	if a.o.Quiet {
		return nil
	}
	c := newCanvas(a.w, a.o.Options)
	if a.reported > 1 {
		c.put("\n")
	}
	c.auditHead(r)
	c.auditRows(r, a.o.Verbosity > 0)
	c.auditAddresses(r)
	c.auditEvidence(r, a.o.Options)
	if a.o.Targets != 1 {
		c.print(auditSum(r))
	}
	return c.close()
}

// textEnd writes the last line: what it all comes to, and the exit code.
func (a *AuditWriter) textEnd(run *policy.Run, exit int) error {
	c := newCanvas(a.w, a.o.Options)
	sum := a.closingSum(run.Interrupted)
	if a.last != nil && !run.Interrupted {
		sum = auditSum(a.last)
	} else if !a.o.Quiet && a.reported > 0 {
		if a.last != nil {
			c.print(auditSum(a.last))
		}
		c.put("\n")
	}
	code := "exit " + strconv.Itoa(exit)
	if text := c.atLeast(sum.text+"  ", exitColumn) + " "; c.width == 0 || c.columns(text+code) <= c.width {
		c.print(span{text, sum.style}, span{code, faint})
	} else {
		c.prose("", sum.style, sum.text)
		c.print(span{code, faint})
	}
	return c.close()
}

// closingSum says what came of all targets.
func (a *AuditWriter) closingSum(interrupted bool) span {
	sum := span{count(a.reported, "target", "targets"), good}
	for _, n := range []struct {
		outcome policy.Outcome
		word    string
		st      style
	}{{policy.OutcomePass, "pass", good}, {policy.OutcomeUnknown, "unknown", dubious}, {policy.OutcomeUnreachable, "not reached", dubious}, {policy.OutcomeFail, "fail", bad}} {
		if k := a.outcomes[n.outcome]; k > 0 {
			sum.text += ", " + strconv.Itoa(k) + " " + n.word
			sum.style = n.st
		}
	}
	if interrupted {
		sum.text += "; interrupted, the rest was not audited"
		if sum.style == good {
			sum.style = dubious
		}
	}
	return sum
}

// auditSum says how many rules came to what at a target.
func auditSum(r *policy.Report) span {
	if len(r.Endpoints) == 0 || r.Outcome == policy.OutcomeUnreachable {
		return span{"not reached", dubious}
	}
	var parts []string
	for _, n := range []struct {
		n    int
		text string
	}{
		{r.Counts.Fail, strconv.Itoa(r.Counts.Fail) + " fail"}, {r.Counts.Unknown, strconv.Itoa(r.Counts.Unknown) + " unknown"},
		{r.Counts.Warn, strconv.Itoa(r.Counts.Warn) + " warn"}, {r.Counts.Note, strconv.Itoa(r.Counts.Note) + " note"},
		{r.Counts.Pass, passText(&r.Counts, "pass")}, {r.Counts.Skip, strconv.Itoa(r.Counts.Skip) + " skip"},
	} {
		if n.n > 0 {
			parts = append(parts, n.text)
		}
	}
	text := wordsOr(strings.Join(parts, ", "), "no rule")
	styles := map[policy.Outcome]style{policy.OutcomePass: good, policy.OutcomeFail: bad}
	st, ok := styles[r.Outcome]
	if !ok {
		st = dubious
	}
	return span{text, st}
}

// auditHead says what was audited, by what, and what it took.
func (c *canvas) auditHead(r *policy.Report) {
	cost := auditCost(r)
	facts := []string{policyName(&r.Policy), count(r.Policy.Rules, "rule", "rules")}
	if n := len(r.Endpoints); n > 1 {
		facts = append(facts, count(n, "address", "addresses"))
	}
	if cost.Connections > 0 {
		facts = append(facts, count(cost.Connections, "connection", "connections"), fmt.Sprintf("%.1fs", float64(cost.Ms)/1000))
	}
	c.print(span{r.Target, strong}, plain("   "+strings.Join(facts, ", ")))
	if r.Error != nil {
		c.prose("UNREACHED  ", dubious, r.Error.Message)
		if r.Error.Hint != "" {
			c.prose("hint: ", strong, r.Error.Hint)
		}
	}
	for i := range r.Endpoints {
		e := &r.Endpoints[i]
		switch {
		case e.Error != nil && r.Error == nil:
			c.prose("UNREACHED  ", dubious, e.Address+prefixed(": ", e.Error.Message))
		case e.Error == nil && unjudged(e) != "":
			c.prose("UNKNOWN  ", dubious, e.Address+": "+unjudged(e))
		}
	}
}

// auditCost adds up what the addresses took, which are asked one after the other.
func auditCost(r *policy.Report) (sum audit.Cost) {
	for i := range r.Endpoints {
		if d := r.Endpoints[i].Enumeration; d != nil {
			sum.Connections += d.Cost.Connections
			sum.Ms += d.Cost.Ms
		}
	}
	return sum
}

// auditRow is a rule with what came of it, at the addresses where the same did.
type auditRow struct {
	state ruleState
	v     *policy.Verdict
	at    []string // the addresses; empty: all that were reached
}

// auditRowsOf returns the rules of a target, the gravest first. Verdicts that are alike at several addresses make one row.
func auditRowsOf(r *policy.Report) []auditRow {
	reached := 0
	var order []string
	byRule := map[string][]auditRow{}
	keys := map[string][]string{}
	for i := range r.Endpoints {
		e := &r.Endpoints[i]
		if len(e.Verdicts) > 0 {
			reached++
		}
		for k := range e.Verdicts {
			v := &e.Verdicts[k]
			key := verdictKey(v)
			at := slices.Index(keys[v.Rule], key)
			if at < 0 {
				if len(keys[v.Rule]) == 0 {
					order = append(order, v.Rule)
				}
				at = len(keys[v.Rule])
				keys[v.Rule] = append(keys[v.Rule], key)
				byRule[v.Rule] = append(byRule[v.Rule], auditRow{state: verdictState(v), v: v})
			}
			byRule[v.Rule][at].at = append(byRule[v.Rule][at].at, e.Address)
		}
	}
	var rows []auditRow
	for _, rule := range order {
		for _, row := range byRule[rule] {
			if len(row.at) == reached {
				row.at = nil
			}
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b auditRow) int {
		if n := slices.Index(ruleStates[:], a.state) - slices.Index(ruleStates[:], b.state); n != 0 {
			return n
		}
		return int(b.v.Severity) - int(a.v.Severity)
	})
	return rows
}

// verdictKey is the same for verdicts between which there is nothing to tell: connections and events apart.
func verdictKey(v *policy.Verdict) string {
	parts := []string{v.Status.String(), v.Severity.String(), v.Message, v.Expected, v.Actual}
	for i := range v.Findings {
		f := &v.Findings[i]
		parts = append(parts, f.Where.Path, f.Message, string(findingState(f)))
		if f.Waived != nil {
			parts = append(parts, waiverText(f.Waived))
		}
	}
	return strings.Join(parts, "\x00")
}

// auditAddresses says in what the addresses of a target differ.
func (c *canvas) auditAddresses(r *policy.Report) {
	if len(r.Endpoints) < 2 || r.Same.Status == "" {
		return
	}
	const label = "ADDRESSES  "
	switch {
	case r.Same.Status == audit.Yes:
		c.prose(label, faint, "all answer alike")
	case len(r.Differences) > 0:
		for _, d := range r.Differences {
			c.prose(label, dubious, "differ: "+d)
		}
	default:
		c.prose(label, dubious, string(r.Same.Status)+prefixed(": ", r.Same.Reason))
	}
}

// auditEvidence shows the connections that findings rest on.
func (c *canvas) auditEvidence(r *policy.Report, o Options) {
	for i := range r.Endpoints {
		e := &r.Endpoints[i]
		for k := range e.Evidence {
			ev := &e.Evidence[k]
			if ev.Trace == nil {
				continue
			}
			c.blank()
			c.print(span{"connection " + strconv.Itoa(ev.Connection) + " with " + e.Address, strong}, plain(" shows"))
			const most = 16
			lines := shownBy(e, ev.Connection)
			for _, line := range lines[:min(len(lines), most)] {
				c.prose("  ", ordinary, line)
			}
			if rest := len(lines) - most; rest > 0 {
				c.print(span{"  and " + strconv.Itoa(rest) + " more", faint})
			}
			v := newView(ev.Trace)
			if o.Verbosity > 0 {
				c.trees(v, o)
			} else {
				c.ladder(v)
			}
			c.blank()
		}
	}
}

// shownBy lists the findings that rest on a connection.
func shownBy(e *policy.Endpoint, connection int) (lines []string) {
	for i := range e.Verdicts {
		v := &e.Verdicts[i]
		for k := range v.Findings {
			if f := &v.Findings[k]; f.Connection == connection {
				text := v.Rule + ": " + foundText(f.Message, f.Actual, v.Title)
				if f.Where.Event > 0 {
					text += "  (event " + strconv.Itoa(f.Where.Event) + ")"
				}
				lines = append(lines, text)
			}
		}
	}
	return lines
}

// severityText is a severity in its column.
func severityText(s finding.Severity) string { return wordsOr(s.String(), "-") }
