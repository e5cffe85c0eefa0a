package render

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
)

// ruleValues are the values of tlsprobe_audit_rule. They rise with what a state counts for, so that the maximum of several is the worst.
var ruleValues = map[ruleState]int{
	stateSkip: 0, statePass: 1, stateWaived: 1, stateKnown: 1, stateNote: 2, stateWarn: 3, stateUnknown: 4, stateFail: 5,
}

// outcomeValues are the values of tlsprobe_audit_outcome.
var outcomeValues = map[policy.Outcome]int{
	policy.OutcomePass: 0, policy.OutcomeUnknown: 1, policy.OutcomeUnreachable: 2, policy.OutcomeFail: 3,
}

// metric is a family of series in the text format of Prometheus.
type metric struct {
	name, help string
	lines      []string
	seen       map[string]bool // the labels that there are: a series must not come twice
}

func newMetric(name, help string) *metric {
	return &metric{name: name, help: help, seen: make(map[string]bool)}
}

// add adds a series with pairs of labels and values. Of several with the same labels the first stays.
func (m *metric) add(value string, labels ...string) {
	var parts []string
	for i := 0; i+1 < len(labels); i += 2 {
		parts = append(parts, labels[i]+`="`+labelValue(labels[i+1])+`"`)
	}
	series := m.name
	if len(parts) > 0 {
		series += "{" + strings.Join(parts, ",") + "}"
	}
	if !m.seen[series] {
		m.seen[series] = true
		m.lines = append(m.lines, series+" "+value)
	}
}

// labelValue makes a text fit for the quotes of a label.
func labelValue(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(safetext.Visible(s))
}

// auditPrometheus writes an audit as metrics that node_exporter's textfile collector reads.
func auditPrometheus(w io.Writer, run *policy.Run) error {
	m := auditMetrics{
		started:     newMetric("tlsprobe_audit_timestamp_seconds", "When the audit began, in seconds since 1970."),
		complete:    newMetric("tlsprobe_audit_complete", "Whether the audit went through all of its targets: 1, or 0 where it was interrupted."),
		outcome:     newMetric("tlsprobe_audit_outcome", "What came of a target: 0 pass, 1 unknown, 2 not reached, 3 fail."),
		up:          newMetric("tlsprobe_audit_up", "Whether an address was asked: 1, or 0 where it was not reached, or no rule was judged."),
		rule:        newMetric("tlsprobe_audit_rule", "What came of a rule at an address: 0 does not apply, 1 pass, 2 note, 3 warn, 4 unknown, 5 fail."),
		letPass:     newMetric("tlsprobe_audit_let_pass", "How many findings at an address are let pass, by a waiver or since they are in the baseline."),
		notAfter:    newMetric("tlsprobe_audit_certificate_not_after_seconds", "When a certificate of an address expires, in seconds since 1970."),
		duration:    newMetric("tlsprobe_audit_duration_seconds", "How long it took to ask an address."),
		connections: newMetric("tlsprobe_audit_connections", "How many connections it took to ask an address."),
	}
	m.started.add(seconds(run.Started))
	m.complete.add(map[bool]string{false: "1", true: "0"}[run.Interrupted])
	for _, i := range worstOfEach(run.Targets) {
		m.target(&run.Targets[i])
	}
	var b strings.Builder
	for _, family := range []*metric{m.started, m.complete, m.outcome, m.up, m.rule, m.letPass, m.notAfter, m.duration, m.connections} {
		if len(family.lines) > 0 {
			b.WriteString("# HELP " + family.name + " " + family.help + "\n# TYPE " + family.name + " gauge\n" + strings.Join(family.lines, "\n") + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// worstOfEach lists the targets in their order. Of one that comes twice, which can't have two series, it is the one that came out worse.
func worstOfEach(targets []policy.Report) (list []int) {
	worst := make(map[string]int)
	for i := range targets {
		if at, ok := worst[targets[i].Target]; !ok || outcomeValues[targets[i].Outcome] > outcomeValues[targets[at].Outcome] {
			worst[targets[i].Target] = i
		}
	}
	for i := range targets {
		if worst[targets[i].Target] == i {
			list = append(list, i)
		}
	}
	return list
}

// auditMetrics are the families of an audit.
type auditMetrics struct {
	started, complete, outcome, up, rule, letPass, notAfter, duration, connections *metric
}

func (m *auditMetrics) target(r *policy.Report) {
	m.outcome.add(strconv.Itoa(outcomeValues[r.Outcome]), "target", r.Target, "policy", policyName(&r.Policy))
	if len(r.Endpoints) == 0 {
		m.up.add("0", "target", r.Target, "address", "")
	}
	for i := range r.Endpoints {
		m.endpoint(r, &r.Endpoints[i])
	}
}

func (m *auditMetrics) endpoint(r *policy.Report, e *policy.Endpoint) {
	labels := []string{"target", r.Target, "address", e.Address}
	if unjudged(e) != "" {
		m.up.add("0", labels...)
		return
	}
	m.up.add("1", labels...)
	let := map[ruleState]int{}
	for i := range e.Verdicts {
		v := &e.Verdicts[i]
		m.rule.add(strconv.Itoa(ruleValues[verdictState(v)]), append(labels, "policy", policyName(&r.Policy), "rule", v.Rule,
			"level", string(v.Level), "severity", v.Severity.String())...)
		for k := range v.Findings {
			let[findingState(&v.Findings[k])]++
		}
	}
	for _, s := range []ruleState{stateWaived, stateKnown} {
		m.letPass.add(strconv.Itoa(let[s]), append(labels, "why", string(s))...)
	}
	d := e.Enumeration
	if d == nil {
		return
	}
	for i := range d.Certificates {
		if c := &d.Certificates[i]; c.NotAfter != nil {
			m.notAfter.add(seconds(*c.NotAfter), append(labels, "sha256", c.SHA256)...)
		}
	}
	m.duration.add(strconv.FormatFloat(float64(d.Cost.Ms)/1000, 'f', -1, 64), labels...)
	m.connections.add(strconv.Itoa(d.Cost.Connections), labels...)
}

func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
