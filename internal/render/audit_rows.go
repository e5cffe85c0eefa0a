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

// auditColumns are how wide the columns of the rules of a target are, with the gap after them.
type auditColumns struct{ word, severity, rule, found, want, ref int }

// indent is where what was found begins, where it stands on the line of its rule.
func (w auditColumns) indent() int { return w.word + w.severity + w.rule }

// The bounds of the columns: of rules, which are cut to theirs, and of the others, of which what is wider stands elsewhere.
const (
	auditGap       = 2
	maxAuditRule   = 32
	maxAuditColumn = 44
	auditWidth     = 140 // of the line of a rule where there is no terminal: what goes beyond stands below it, whole
)

// auditWidth is how wide the line of a rule may be.
func (c *canvas) auditWidth() int {
	if c.width == 0 {
		return auditWidth
	}
	return c.width
}

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

// auditColumns measures the rows. What does not fit into the line of its rule has no say in how wide the columns are.
func (c *canvas) auditColumns(rows []auditRow) auditColumns {
	w := auditColumns{word: len("PASS")}
	for i := range rows {
		row := &rows[i]
		w.word = max(w.word, len(row.state))
		w.severity = max(w.severity, len(severityText(row.v.Severity)))
		w.rule = max(w.rule, min(c.columns(row.v.Rule), maxAuditRule))
	}
	w.word, w.severity, w.rule = w.word+auditGap, w.severity+auditGap, w.rule+auditGap
	for i := range rows {
		if row := &rows[i]; row.detailed() {
			c.widen(&w.found, row.found(), w.indent())
			c.widen(&w.want, row.want(), w.indent())
			c.widen(&w.ref, section(row.v.Ref), w.indent())
		}
	}
	return w
}

// widen makes a column as wide as a text, if that is one that a column after indent may have.
func (c *canvas) widen(column *int, text string, indent int) {
	if n := c.columns(text); n > 0 && n <= maxAuditColumn && n <= c.auditWidth()-indent {
		*column = max(*column, n+auditGap)
	}
}

// detailed tells the rows that say more than what was found.
func (row *auditRow) detailed() bool { return row.state != statePass && row.state != stateSkip }

// found is what the line of a rule says: which rule that is, and what was found. Of what does not apply the reason says enough.
func (row *auditRow) found() string {
	bare := foundText(row.v.Message, row.v.Actual, "")
	if bare == "" || row.state != stateSkip {
		bare = strings.TrimSuffix(row.heading()+" · "+bare, " · ")
	}
	return row.located(bare)
}

// heading is the title of the rule. Of one without it is what the rule is about: what it wants stands beside it anyhow.
func (row *auditRow) heading() string {
	if row.v.Title == "" || row.v.Title == row.v.Where+": "+row.v.Expected {
		return wordsOr(row.v.Where, row.v.Rule)
	}
	return row.v.Title
}

// bare is what was found, where the rule stands above it.
func (row *auditRow) bare() string { return row.located(foundText(row.v.Message, row.v.Actual, "")) }

// located says at which addresses that is, unless it is at all.
func (row *auditRow) located(text string) string {
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

// auditRow writes a rule on one line, or as much of it as fits; the rest stands below.
func (c *canvas) auditRow(row *auditRow, w auditColumns, all bool) {
	head := []span{
		{c.pad(strings.ToUpper(string(row.state)), w.word), stateStyles[row.state]},
		plain(c.pad(severityText(row.v.Severity), w.severity) + c.pad(row.v.Rule, w.rule)),
	}
	found := row.found()
	inLine := c.columns(found) <= c.auditWidth()-w.indent()
	switch {
	case !inLine:
		c.print(append(head, plain(row.heading()))...)
		c.auditDetail(w, "", wordsOr(row.bare(), found), ordinary)
		if row.detailed() {
			c.auditReferences(w, row.want(), row.references())
		}
	case !row.detailed():
		c.print(append(head, plain(found))...)
	default:
		c.auditLine(row, w, head)
	}
	c.auditFindings(row, w, all)
}

// auditLine writes a rule of which what was found is on the line: what is wanted and where that stands go there too where there is room,
// in columns or without.
func (c *canvas) auditLine(row *auditRow, w auditColumns, head []span) {
	found, want := c.columnOf(row.found(), w.found), c.columnOf(row.want(), w.want)
	inColumns := c.columnOf(section(row.v.Ref), w.ref) + placeText(row.v.Position)
	fits := func(texts ...string) bool {
		total := w.indent() + c.columns(found)
		for _, t := range texts {
			total += c.columns(t)
		}
		return total <= c.auditWidth()
	}
	switch {
	case fits(want, inColumns):
		c.print(append(head, plain(found+want), span{inColumns, faint})...)
	case fits(want, row.references()):
		c.print(append(head, plain(found+want), span{row.references(), faint})...)
	case fits(row.want()):
		c.print(append(head, plain(found+row.want()))...)
		c.auditDetail(w, "", row.references(), faint)
	default:
		c.print(append(head, plain(row.found()))...)
		c.auditReferences(w, row.want(), row.references())
	}
}

// references are where a demand stands: the document that it is taken from, and the policy.
func (row *auditRow) references() string {
	return strings.TrimPrefix(prefixed("  ", section(row.v.Ref))+prefixed("  ", placeText(row.v.Position)), "  ")
}

// auditReferences writes what is wanted, and where that stands, below what was found.
func (c *canvas) auditReferences(w auditColumns, want, references string) {
	if want != "" && w.word+c.columns(want+"  "+references) <= c.auditWidth() {
		c.print(plain(strings.Repeat(" ", w.word)+want), span{prefixed("  ", references), faint})
		return
	}
	c.auditDetail(w, "", want, ordinary)
	c.auditDetail(w, "", references, faint)
}

// columnOf fills a column, unless the target has none. What is wider moves what follows.
func (c *canvas) columnOf(text string, n int) string {
	if n == 0 && text == "" {
		return ""
	}
	if c.columns(text)+auditGap > n {
		return text + strings.Repeat(" ", auditGap)
	}
	return c.pad(text, n)
}

// auditDetail writes a line, or what it takes, below what was found.
func (c *canvas) auditDetail(w auditColumns, label, text string, st style) {
	if text == "" {
		return
	}
	for i, line := range c.wrapped(text, w.word+len(label)) {
		if i > 0 {
			label = strings.Repeat(" ", len(label))
		}
		c.print(plain(strings.Repeat(" ", w.word)+label), span{line, st})
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
