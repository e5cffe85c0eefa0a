package render

import (
	"html"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
)

// maxMarkdown is how many bytes are written, and maxMarkdownCell how many of one text: a comment on GitHub takes 65,536 characters.
const (
	maxMarkdown     = 60_000
	maxMarkdownCell = 400
)

// markdownReport is a report that stops before it is too long.
type markdownReport struct {
	b    strings.Builder
	left int // lines that had no room any more
}

// line adds a line, and says whether there was room. After the first for which there was none, there is none for any: half a table would
// be none.
func (m *markdownReport) line(s string) bool {
	if m.left > 0 || m.b.Len()+len(s) > maxMarkdown {
		m.left++
		return false
	}
	m.b.WriteString(s + "\n")
	return true
}

// row adds the row of a table, of cells that are Markdown.
func (m *markdownReport) row(cells ...string) { m.line("| " + strings.Join(cells, " | ") + " |") }

// auditMarkdown writes an audit as GitHub Flavored Markdown: a table of the targets, and of each what is not well.
func auditMarkdown(w io.Writer, run *policy.Run) error {
	m := &markdownReport{}
	m.line("## TLS audit: " + runOutcome(run))
	m.line("")
	title := ""
	if run.Policy.Title != "" {
		title = " (" + mdText(run.Policy.Title) + ")"
	}
	m.line("By the policy " + mdCode(policyName(&run.Policy)) + title + ": " + count(run.Policy.Rules, "rule", "rules") + ", of which " +
		decidingLevels(run.FailOn) + ".")
	m.line("")
	m.row("target", "outcome", "fail", "unknown", "warn", "note", "pass", "skip")
	m.row("---", "---", "--:", "--:", "--:", "--:", "--:", "--:")
	for i := range run.Targets {
		m.targetRow(&run.Targets[i])
	}
	for i := range run.Targets {
		m.target(&run.Targets[i])
	}
	end := ""
	if m.left > 0 {
		end += "\n*" + count(m.left, "line", "lines") + " left out, to keep this short enough for a comment.*\n"
	}
	if run.Interrupted {
		end += "\n**Interrupted**: the targets that follow were not audited.\n"
	}
	_, err := io.WriteString(w, m.b.String()+end)
	return err
}

// outcomeWords are the outcomes in words.
var outcomeWords = map[policy.Outcome]string{
	policy.OutcomePass: "pass", policy.OutcomeUnknown: "unknown", policy.OutcomeUnreachable: "not reached", policy.OutcomeFail: "**fail**",
}

// runOutcome says what came of the targets.
func runOutcome(run *policy.Run) string {
	a := AuditWriter{reported: len(run.Targets), outcomes: make(map[policy.Outcome]int)}
	for i := range run.Targets {
		a.outcomes[run.Targets[i].Outcome]++
	}
	return a.closingSum(run.Interrupted).text
}

func (m *markdownReport) targetRow(r *policy.Report) {
	cells := []string{mdCode(r.Target), wordsOr(outcomeWords[r.Outcome], "unknown")}
	n := &r.Counts
	for _, k := range []int{n.Fail, n.Unknown, n.Warn, n.Note} {
		cells = append(cells, strconv.Itoa(k))
	}
	m.row(append(cells, passText(n, ""), strconv.Itoa(n.Skip))...)
}

// target adds what is not well at a target, and folded away what was let pass or does not apply.
func (m *markdownReport) target(r *policy.Report) {
	rows := auditRowsOf(r)
	var open, folded []auditRow
	for _, row := range rows {
		switch {
		case row.state.isBreach() || row.state == stateUnknown:
			open = append(open, row)
		case row.state != statePass:
			folded = append(folded, row)
		}
	}
	troubles := markdownTroubles(r)
	if len(open)+len(folded)+len(troubles) == 0 {
		return
	}
	m.line("")
	m.line("### " + mdCode(r.Target))
	m.line("")
	for _, line := range troubles {
		m.line("- " + line)
	}
	if len(open) > 0 {
		if len(troubles) > 0 {
			m.line("")
		}
		m.rules(open)
	}
	if len(folded) > 0 {
		m.line("")
		opened := m.line("<details><summary>" + count(len(folded), "rule", "rules") + " let pass or without a subject</summary>")
		m.line("")
		m.rules(folded)
		if opened { // what was opened is closed, whatever was left out
			m.b.WriteString("\n</details>\n")
		}
	}
}

// markdownTroubles lists what was not reached, and in what addresses differ.
func markdownTroubles(r *policy.Report) (lines []string) {
	if len(r.Endpoints) == 0 {
		lines = append(lines, mdCode(unreachedText(r.Error)))
	}
	for i := range r.Endpoints {
		if e := &r.Endpoints[i]; unjudged(e) != "" {
			lines = append(lines, mdCode(e.Address)+": "+mdCode(unjudged(e)))
		}
	}
	for _, d := range r.Differences {
		lines = append(lines, "the addresses differ: "+mdCode(d))
	}
	if len(r.Endpoints) > 1 && r.Same.Status == audit.Unknown {
		lines = append(lines, "whether the addresses differ is unknown"+prefixed(": ", mdCode(r.Same.Reason)))
	}
	return lines
}

func (m *markdownReport) rules(rows []auditRow) {
	m.row("", "severity", "rule", "found", "wanted", "see")
	m.row("---", "---", "---", "---", "---", "---")
	for i := range rows {
		row := &rows[i]
		state := string(row.state)
		if row.state == stateFail {
			state = "**fail**"
		}
		found := mdCode(row.bare()) // the title is in the cell before
		seen := map[string]bool{}
		for k := range row.v.Findings {
			if line := findingLine(&row.v.Findings[k], false); line != "" && !seen[line] {
				seen[line] = true
				found += "<br>" + mdText(line)
			}
		}
		if row.state != stateSkip && row.v.Fix != "" {
			found += "<br>fix: " + mdText(row.v.Fix)
		}
		see := mdText(row.v.Ref)
		if link := rfcURL(row.v.Ref); link != "" {
			see = "[" + see + "](" + link + ")"
		}
		if place := placeText(row.v.Position); place != "" {
			see = strings.TrimPrefix(see+"<br>"+mdCode(place), "<br>")
		}
		m.row(state, severityText(row.v.Severity), mdCode(row.v.Rule)+prefixed("<br>", mdText(row.v.Title)), found, mdCode(row.v.Expected), see)
	}
}

// mdText makes a text plain words in Markdown, in a cell of a table, too: nothing in it is markup, HTML, a link or a mention. It must
// not stand at the beginning of a line, where a dash or a number would begin a list.
func mdText(s string) string {
	var b strings.Builder
	runes := []rune(safetext.VisibleCut(s, maxMarkdownCell, "…"))
	for i, r := range runes {
		last, next := ' ', ' '
		if i > 0 {
			last = runes[i-1]
		}
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		switch {
		case r == '@' || r == '#':
			b.WriteString("<span>" + string(r) + "</span>") // what follows is in another text then: no mention, no number of an issue
		case strings.ContainsRune(`&<>"'`, r):
			b.WriteString(html.EscapeString(string(r)))
		case isMarkup(last, r, next):
			b.WriteString("&#" + strconv.Itoa(int(r)) + ";")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isMarkup tells what may mean something in GitHub Flavored Markdown, between two other characters: emphasis, code, links, cells,
// formulas, emoji, and the addresses that become links by themselves.
func isMarkup(last, r, next rune) bool {
	switch r {
	case '_':
		return !isAlphanumeric(last) || !isAlphanumeric(next) // within a word it is only itself
	case ':':
		return !unicode.IsDigit(next) && next != ' '
	case '.':
		return last == 'w' || last == 'W'
	}
	return strings.ContainsRune("\\`*{}[]()~|$", r)
}

func isAlphanumeric(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// mdCode is mdText in the letters of code, in which GitHub sees no mentions, numbers of issues or hashes of commits either.
func mdCode(s string) string {
	if s == "" {
		return ""
	}
	return "<code>" + mdText(s) + "</code>"
}
