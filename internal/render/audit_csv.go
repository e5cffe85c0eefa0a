package render

import (
	"encoding/csv"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
)

// auditCSVHeader names the columns.
func auditCSVHeader() []string {
	return []string{"target", "address", "policy", "rule", "title", "level", "severity", "state", "message", "expected", "actual", "path",
		"connection", "note", "ref", "fix", "position", "fingerprint"}
}

func (a *AuditWriter) csvBegin() error { return a.csvWrite([][]string{auditCSVHeader()}) }

// csvReport writes a line for each finding of a target, and one for each rule without any. RFC 4180.
func (a *AuditWriter) csvReport(r *policy.Report) error {
	var lines [][]string
	lone := func(address, why string) {
		line := make([]string, len(auditCSVHeader()))
		line[0], line[1], line[2], line[7], line[8] = r.Target, address, policyName(&r.Policy), "unreached", why
		lines = append(lines, line)
	}
	if len(r.Endpoints) == 0 {
		lone("", unreachedText(r.Error))
	}
	for i := range r.Endpoints {
		e := &r.Endpoints[i]
		if why := unjudged(e); why != "" {
			lone(e.Address, why)
		}
		for k := range e.Verdicts {
			lines = append(lines, csvLines(r, e, &e.Verdicts[k])...)
		}
	}
	return a.csvWrite(lines)
}

func csvLines(r *policy.Report, e *policy.Endpoint, v *policy.Verdict) (lines [][]string) {
	line := func(state ruleState, message, expected, actual, path, connection, note, fingerprint string) {
		lines = append(lines, []string{r.Target, e.Address, policyName(&r.Policy), v.Rule, v.Title, string(v.Level), v.Severity.String(), string(state),
			message, expected, actual, path, connection, note, v.Ref, v.Fix, placeText(v.Position), fingerprint})
	}
	findings := findingsOf(r, e, v)
	for i := range findings {
		f := &findings[i]
		note, connection := "", ""
		if f.Waived != nil {
			note = waiverText(f.Waived)
		} else if f.Known {
			note = "in the baseline"
		}
		if f.Connection > 0 {
			connection = strconv.Itoa(f.Connection)
		}
		line(findingState(f), foundText(f.Message, v.Message, ""), wordsOr(f.Expected, v.Expected), wordsOr(f.Actual, v.Actual), f.Where.Path, connection, note, f.Fingerprint)
	}
	if len(findings) == 0 {
		line(verdictState(v), v.Message, v.Expected, v.Actual, v.Where, "", "", "")
	}
	return lines
}

func (a *AuditWriter) csvWrite(lines [][]string) error {
	w := csv.NewWriter(a.w)
	w.UseCRLF = true
	for _, line := range lines {
		for i := range line {
			line[i] = csvCell(line[i])
		}
		if err := w.Write(line); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// csvCell makes a text visible, and one that a spreadsheet would take for a formula plain text. The characters are those of OWASP's
// page on CSV injection; the wide forms are what East Asian spreadsheets take, too.
func csvCell(s string) string {
	s = safetext.Visible(s)
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " "))
	if s != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", first) {
		return "'" + s
	}
	return s
}
