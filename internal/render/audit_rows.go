package render

import (
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/policy"
)

// stateStyles says how the word of a state looks, which is never all that tells it.
var stateStyles = map[ruleState]style{
	stateFail: bad, stateUnknown: dubious, stateWarn: dubious, stateNote: notable, stateWaived: notable, stateKnown: notable,
	stateSkip: faint, statePass: good,
}

// auditColumns are how wide the columns of the rules of a target are. Those after rule are 0 where they stand on lines of their own.
type auditColumns struct {
	word, severity, rule, found, want, ref int
}

func (w auditColumns) indent() int { return w.word + w.severity + w.rule }

// The bounds of the columns; what is wider is cut in the column of rules, and moves what follows in the others.
const (
	auditGap       = 2
	maxAuditRule   = 32
	maxAuditColumn = 64
)

// auditRows writes the rules of a target, and of those that passed how many they are.
func (c *canvas) auditRows(r *policy.Report, all bool) {
	rows := auditRowsOf(r)
	passed := 0
	shown := rows[:0:0]
	for _, row := range rows {
		if row.state == statePass && !all {
			passed++
			continue
		}
		shown = append(shown, row)
	}
	w := c.auditColumns(shown)
	for i := range shown {
		c.auditRow(&shown[i], w, all)
	}
	if passed > 0 {
		c.print(span{c.pad("PASS", w.word), good}, plain(count(passed, "rule", "rules")), span{" (-v lists)", faint})
	}
}

// auditColumns measures the rows. Where a line takes more than there is, what is wanted and the references go below what was found.
func (c *canvas) auditColumns(rows []auditRow) auditColumns {
	w := auditColumns{word: len("PASS")}
	place := 0
	for i := range rows {
		row := &rows[i]
		w.word = max(w.word, len(row.state))
		w.severity = max(w.severity, len(severityText(row.v.Severity)))
		w.rule = max(w.rule, min(c.columns(row.v.Rule), maxAuditRule))
		if !row.detailed() {
			continue
		}
		w.found = max(w.found, min(c.columns(row.found()), maxAuditColumn))
		w.want = max(w.want, min(c.columns(row.want()), maxAuditColumn))
		w.ref = max(w.ref, min(c.columns(section(row.v.Ref)), maxAuditColumn))
		place = max(place, c.columns(placeText(row.v.Position)))
	}
	for _, column := range []*int{&w.word, &w.severity, &w.rule, &w.found, &w.want, &w.ref} {
		if *column > 0 {
			*column += auditGap
		}
	}
	if total := w.indent() + w.found + w.want + w.ref + place; c.width > 0 && total > c.width {
		w.found, w.want, w.ref = 0, 0, 0
	}
	return w
}

// detailed tells the rows that say more than what was found.
func (row *auditRow) detailed() bool { return row.state != statePass && row.state != stateSkip }

func (row *auditRow) found() string {
	text := foundText(row.v.Message, row.v.Actual, row.v.Title)
	if row.state == statePass {
		text = titled(row.v, foundText(row.v.Message, row.v.Actual, ""))
	}
	if len(row.at) > 0 {
		const most = 3
		var at []string
		for _, address := range row.at {
			at = append(at, bareAddress(address))
		}
		text = "at " + joined(at, ", ", most) + ": " + text
	}
	return text
}

func (row *auditRow) want() string { return prefixed("want ", row.v.Expected) }

// auditRow writes a rule: on one line where all rows of the target fit on one.
func (c *canvas) auditRow(row *auditRow, w auditColumns, all bool) {
	head := []span{
		{c.pad(strings.ToUpper(string(row.state)), w.word), stateStyles[row.state]},
		plain(c.pad(severityText(row.v.Severity), w.severity) + c.pad(row.v.Rule, w.rule)),
	}
	ref, place := section(row.v.Ref), placeText(row.v.Position)
	switch {
	case row.detailed() && w.found > 0:
		c.print(append(head, plain(c.columnOf(row.found(), w.found)), plain(c.columnOf(row.want(), w.want)),
			span{c.columnOf(ref, w.ref), faint}, span{place, faint})...)
	default:
		for i, line := range c.wrapped(row.found(), w.indent()) {
			if i > 0 {
				head = []span{plain(strings.Repeat(" ", w.indent()))}
			}
			c.print(append(head, plain(line))...)
		}
		if row.detailed() {
			c.auditReferences(w, row.want(), ref, place)
		}
	}
	c.auditFindings(row, w, all)
}

// auditReferences writes what is wanted, and where that stands, below what was found.
func (c *canvas) auditReferences(w auditColumns, want, ref, place string) {
	references := strings.TrimPrefix(prefixed("  ", ref)+prefixed("  ", place), "  ")
	if want != "" && w.indent()+c.columns(want+"  "+references) <= c.width {
		c.print(plain(strings.Repeat(" ", w.indent())+want), span{prefixed("  ", references), faint})
		return
	}
	c.auditDetail(w, "", want, ordinary)
	c.auditDetail(w, "", references, faint)
}

// columnOf fills a column, unless the target has none.
func (c *canvas) columnOf(text string, n int) string {
	if n == 0 {
		return ""
	}
	if c.columns(text) >= n {
		return text + strings.Repeat(" ", auditGap)
	}
	return c.pad(text, n)
}

// auditDetail writes a line, or what it takes, below what was found.
func (c *canvas) auditDetail(w auditColumns, label, text string, st style) {
	if text == "" {
		return
	}
	for i, line := range c.wrapped(text, w.indent()+len(label)) {
		if i > 0 {
			label = strings.Repeat(" ", len(label))
		}
		c.print(plain(strings.Repeat(" ", w.indent())+label), span{line, st})
	}
}

// auditFindings says what of the findings the line of the rule does not: which are let pass and why, whose waivers are over, and with
// -v where each is and what to do.
func (c *canvas) auditFindings(row *auditRow, w auditColumns, all bool) {
	const most, mostOfAll = 8, 200
	limit := most
	if all {
		limit = mostOfAll
	}
	seen := map[string]bool{}
	written, left := 0, 0
	for i := range row.v.Findings {
		text := findingLine(&row.v.Findings[i], all)
		if text == "" || seen[text] {
			continue
		}
		if seen[text] = true; written == limit {
			left++
			continue
		}
		written++
		c.auditDetail(w, "· ", text, faint)
	}
	if left > 0 {
		c.auditDetail(w, "· ", "and "+strconv.Itoa(left)+" more", faint)
	}
	if all && row.state != statePass && row.state != stateSkip {
		if row.v.Actual != "" && !strings.Contains(row.v.Message, row.v.Actual) {
			c.auditDetail(w, "found  ", row.v.Actual, ordinary)
		}
		c.auditDetail(w, "rule   ", row.v.Title, ordinary)
		c.auditDetail(w, "fix    ", row.v.Fix, ordinary)
	}
}

// findingLine is what there is to say of a finding below the line of its rule; empty for nothing.
func findingLine(f *policy.Finding, all bool) string {
	state := findingState(f)
	why := ""
	switch {
	case f.Waived != nil && (state == stateWaived || state.isBreach()):
		why = waiverText(f.Waived)
	case state == stateKnown:
		why = "in the baseline"
	case f.Known && state == stateUnknown:
		why = "unknown before, too"
	}
	where := f.Where.Path
	if f.Connection > 0 {
		where += prefixed(", ", "connection "+strconv.Itoa(f.Connection))
		where = strings.TrimPrefix(where, ", ")
	}
	if all {
		text := where + prefixed(": ", f.Message)
		return strings.TrimPrefix(text+prefixed("; ", why), "; ")
	}
	if why == "" || f.Where.Path == "" {
		return why
	}
	return f.Where.Path + ": " + why
}
