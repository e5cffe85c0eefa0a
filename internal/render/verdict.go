package render

import (
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// row is a line of the table of results.
type row struct {
	status finding.Status
	label  string
	text   string
	about  finding.ID // what explain can say more of; empty for none
}

// The columns of the table; labels may make theirs wider.
const (
	statusColumn   = 4
	labelColumn    = 12
	maxLabelColumn = 32
)

// verdict writes the table of results, what it comes to, where the blame lies, and what to try.
func (c *canvas) verdict(v *view) {
	rows := v.rows()
	label := labelColumn
	for _, r := range rows {
		label = max(label, min(len(r.label), maxLabelColumn))
	}
	for _, r := range rows {
		word, st := statusWord(r.status)
		c.print(plain("    "), span{c.pad(word, statusColumn) + "  ", st}, span{c.pad(r.label, label) + "  ", ordinary}, plain(r.text))
	}
	c.verdictLine(v)
	if blame := v.blame(); blame != "" {
		c.prose("blame: ", strong, blame)
	}
	if hint := v.hint(); hint != "" {
		c.prose("hint: ", strong, hint)
	}
}

// verdictLine writes what it all comes to, and where to read on: behind it, or on a line of its own where that fits better.
func (c *canvas) verdictLine(v *view) {
	spans := []span{{"verdict ", strong}}
	rows := v.rows()
	more := ""
	switch v.Outcome {
	case trace.OK:
		spans = append(spans, span{"ok", good}, plain(prefixed(" · ", tally(rows))))
		more = readOn(rows)
	case trace.Untrusted:
		spans = append(spans, span{"untrusted", bad}, plain(": "+v.distrust()), plain(prefixed(" · ", tally(rows))))
		more = readOn(rows)
		if f, ok := v.gravest(); ok {
			more = explainMore(f.ID)
		}
	case trace.Unknown:
		spans = append(spans, span{"unknown", dubious}, plain(prefixed(" · ", tally(rows))))
		more = readOn(rows)
	default:
		spans = append(spans, span{failureWord(v.Outcome), bad}, plain(prefixed(": ", v.failure())))
	}
	total := c.columns(" · " + more)
	for _, s := range spans {
		total += c.columns(s.text)
	}
	if c.width == 0 || total <= c.width {
		c.print(append(spans, plain(prefixed(" · ", more)))...)
		return
	}
	c.print(spans...)
	if more != "" {
		c.print(plain(more))
	}
}

// failureWord is the outcome of a connection that came to nothing.
func failureWord(o trace.Outcome) string {
	switch o {
	case trace.Interrupted, trace.Internal:
		return string(o)
	case "":
		return "not known"
	}
	return "failed"
}

// tally counts what is not plainly well.
func tally(rows []row) string {
	counts := make(map[finding.Status]int)
	for _, r := range rows {
		counts[r.status]++
	}
	said := ""
	for _, s := range []struct {
		status    finding.Status
		one, many string
	}{
		{finding.Fail, "failure", "failures"},
		{finding.Warn, "warning", "warnings"},
		{finding.Unknown, "unanswered", "unanswered"},
		{finding.Info, "note", "notes"},
	} {
		if n := counts[s.status]; n > 0 {
			said = sentence(said, count(n, s.one, s.many))
		}
	}
	return said
}

// readOn says where to read about the worst of what is not plainly well.
func readOn(rows []row) string {
	var worst row
	for _, r := range rows {
		plainly := r.status == finding.Pass || r.status == finding.Skip
		if r.about != "" && !plainly && (worst.about == "" || finding.Worse(r.status, worst.status)) {
			worst = r
		}
	}
	return explainMore(string(worst.about))
}

func explainMore(id string) string { return prefixed("explain: tlsprobe explain ", id) }
