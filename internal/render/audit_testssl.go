package render

import (
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// testsslFinding is a line of what testssl.sh writes with --jsonfile. The ids are those of our rules, but for scanTime and scanProblem,
// which pipelines know from there.
type testsslFinding struct {
	ID       string `json:"id"`
	IP       string `json:"ip"` // the name, a slash, and the address
	Port     string `json:"port"`
	Severity string `json:"severity"`
	Finding  string `json:"finding"`
}

// The words for severities. A check that could not be made is WARN there, a host that could not be asked FATAL.
var testsslSeverities = map[finding.Severity]string{
	finding.None: "LOW", finding.Low: "LOW", finding.Medium: "MEDIUM", finding.High: "HIGH", finding.Critical: "CRITICAL",
}

// auditTestssl writes an audit as a list of flat findings.
func auditTestssl(w io.Writer, run *policy.Run) error {
	var list []testsslFinding
	for i := range run.Targets {
		r := &run.Targets[i]
		if len(r.Endpoints) == 0 {
			list = append(list, testsslLine(r, "", "scanProblem", "FATAL", unreachedText(r.Error)))
		}
		for k := range r.Endpoints {
			list = append(list, testsslFindings(r, &r.Endpoints[k])...)
		}
	}
	var b []byte
	for i := range list {
		lead := "[\n"
		if i > 0 {
			lead = ",\n"
		}
		line, err := trace.AppendDocument(nil, list[i])
		if err != nil {
			return err
		}
		b = append(append(b, lead...), line...)
	}
	if len(list) == 0 {
		b = append(b, '[')
	}
	_, err := w.Write(append(b, "\n]\n"...))
	return err
}

func testsslLine(r *policy.Report, address, id, severity, text string) testsslFinding {
	host, port, err := net.SplitHostPort(r.Target)
	if err != nil {
		host = r.Target
	}
	return testsslFinding{
		ID: safetext.Visible(id), IP: safetext.Visible(host + "/" + bareAddress(address)), Port: safetext.Visible(port), Severity: severity,
		Finding: safetext.Visible(text),
	}
}

func testsslFindings(r *policy.Report, e *policy.Endpoint) (list []testsslFinding) {
	if why := unjudged(e); why != "" {
		return []testsslFinding{testsslLine(r, e.Address, "scanProblem", "FATAL", why)}
	}
	for i := range e.Verdicts {
		v := &e.Verdicts[i]
		findings := findingsOf(r, e, v)
		for k := range findings {
			f := &findings[k]
			state := findingState(f)
			text := titled(v, foundText(f.Message, v.Message, ""))
			if state != stateUnknown {
				text += prefixed(", want ", wordsOr(f.Expected, v.Expected))
			}
			list = append(list, testsslLine(r, e.Address, v.Rule, testsslSeverity(state, v.Severity), testsslNote(f, state)+text))
		}
		if len(findings) == 0 {
			state := verdictState(v)
			text := titled(v, foundText(v.Message, v.Actual, ""))
			list = append(list, testsslLine(r, e.Address, v.Rule, testsslSeverity(state, v.Severity), string(state)+": "+text))
		}
	}
	if d := e.Enumeration; d != nil {
		list = append(list, testsslLine(r, e.Address, "scanTime", "INFO", strconv.FormatInt((d.Cost.Ms+999)/1000, 10)))
	}
	return list
}

// testsslSeverity is what a state is called there. A note, and what is let pass, is information.
func testsslSeverity(s ruleState, severity finding.Severity) string {
	switch s {
	case stateFail, stateWarn:
		return testsslSeverities[severity]
	case stateUnknown:
		return "WARN"
	case statePass:
		return "OK"
	}
	return "INFO"
}

// testsslNote is why a finding is less than it seems.
func testsslNote(f *policy.Finding, state ruleState) string {
	switch {
	case state == stateUnknown:
		return "unknown: "
	case f.Waived != nil:
		return strings.TrimSpace(waiverText(f.Waived)) + "; "
	case state == stateKnown:
		return "in the baseline; "
	}
	return ""
}
