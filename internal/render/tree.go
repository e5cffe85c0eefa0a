package render

import (
	"fmt"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// treeRow is one line of a field tree.
type treeRow struct {
	name  string // with the branches in front
	value string
	text  string
	ref   string
	bad   bool
	after []finding.Finding // findings about this field, or about one that it shows
	under string            // what stands in front of those
}

// maxItems is how many items of one list are shown as rows, unless they were asked for.
const maxItems = 64

// treeMaker makes the rows of one event's tree.
type treeMaker struct {
	findings []finding.Finding
	used     []bool
	rows     []treeRow
	all      bool   // long lists are shown whole
	before13 bool   // the references are to be those of TLS 1.2 and before
	said     string // the explanation of the row before
	view     *view
	event    *trace.Event
}

func newTreeMaker(v *view, e *trace.Event, all bool) *treeMaker {
	return &treeMaker{findings: e.Findings, used: make([]bool, len(e.Findings)), all: all, before13: v.isBefore13(e), view: v, event: e}
}

// below adds rows for fields that stand side by side; ref is the reference that the row above them has shown.
func (m *treeMaker) below(fields []field, prefix, ref string) {
	shown := fields
	if !m.all && len(fields) > maxItems {
		shown = fields[:maxItems]
	}
	for k, f := range shown {
		branch, further := "├ ", "│ "
		if k == len(fields)-1 {
			branch, further = "└ ", "  "
		}
		m.field(f, prefix+branch, prefix+further, ref)
	}
	if n := len(fields) - len(shown); n > 0 {
		m.rows = append(m.rows, treeRow{name: prefix + "└ …", value: fmt.Sprintf("%d more", n)})
	}
}

// field adds the row of one field and those below it.
func (m *treeMaker) field(f field, branch, further, ref string) {
	value, below := f.outlined()
	n := f.node()
	what := explainPath(f.path(), m.before13)
	if n.Index >= 0 { // the same for every item: said above already
		what = meaning{ref: ref}
		if n.Code != nil && n.Parent >= 0 {
			what.text = itemText(f.tree.Nodes[n.Parent].Name, n)
		}
	}
	if x, ok := f.header(); ok && x.Code != nil && x.Code.IsGREASE() {
		value = "GREASE, " + value
	}
	r := treeRow{name: branch + f.label(), value: value, text: what.text, bad: n.Bad, under: further}
	if what.ref != ref {
		r.ref = what.ref
	}
	if what.text != "" && what.text == m.said { // of a family of fields that one explanation covers
		r.text, r.ref = "", ""
	}
	m.said = what.text
	r.text = sentence(m.note(f, below == nil), r.text)
	if below == nil {
		r.after = m.about(f, true)
	} else {
		r.after = m.about(f, false)
	}
	r.bad = r.bad || len(r.after) > 0
	m.rows = append(m.rows, r)
	if what.ref == "" {
		what.ref = ref
	}
	m.below(below, further, what.ref)
}

// about takes the findings on a field, and on those below it where they have no rows.
func (m *treeMaker) about(f field, inside bool) []finding.Finding {
	if len(m.findings) == 0 {
		return nil
	}
	path := f.path()
	var list []finding.Finding
	for i, found := range m.findings {
		rest, ok := strings.CutPrefix(found.Where.Path, path)
		if m.used[i] || !ok || found.Where.Path == "" {
			continue
		}
		if rest == "" || rest == ".length" || inside && (rest[0] == '.' || rest[0] == '[') {
			m.used[i] = true
			list = append(list, found)
		}
	}
	return list
}

// rest returns the findings that no row has taken.
func (m *treeMaker) rest() []finding.Finding {
	var list []finding.Finding
	for i, f := range m.findings {
		if !m.used[i] {
			list = append(list, f)
		}
	}
	return list
}

// The limits of the columns of a tree; a longer field moves what is right of it.
const (
	maxNameColumn  = 36
	maxValueColumn = 40
	minTextColumn  = 24  // a narrower explanation gets a line of its own
	fullWidth      = 120 // where the references end, without a terminal
)

// rows writes the rows of a tree; home is the document that the message's own reference names.
func (c *canvas) treeRows(rows []treeRow, home string) {
	names, values := 0, 0
	for _, r := range rows {
		names = max(names, min(c.columns(r.name), maxNameColumn))
		if w := c.columns(r.value); w <= maxValueColumn {
			values = max(values, w)
		}
	}
	for _, r := range rows {
		st := ordinary
		if r.bad {
			st = bad
		}
		name, value := c.atLeast(r.name, names)+"  ", c.atLeast(r.value, values)
		beside := prefixed("  ", r.text)
		if c.width > 0 && c.width-c.columns(name)-c.columns(value)-2 < minTextColumn {
			value, beside = c.clean(r.value), ""
		}
		c.withRef(sectionIn(home, r.ref), plain(name), span{value, st}, span{beside, faint})
		if beside == "" && r.text != "" {
			c.print(plain(r.under+"  "), span{r.text, faint})
		}
		c.brokenRules(r.after, r.under)
	}
}

// atLeast is a text with blanks up to n columns, or longer.
func (c *canvas) atLeast(s string, n int) string {
	s = c.clean(s)
	return c.pad(s, max(n, c.columns(s)))
}

// sectionIn shortens a reference within the document named home.
func sectionIn(home, ref string) string {
	short := section(ref)
	if rest, ok := strings.CutPrefix(short, home+" "); ok && home != "" {
		return rest
	}
	return short
}

// withRef writes a line with a reference at the right edge. Where both don't fit, the text before it is cut; where that would
// leave nothing of the last span, the reference is left out.
func (c *canvas) withRef(ref string, spans ...span) {
	if ref == "" {
		c.print(spans...)
		return
	}
	edge := c.width
	if edge == 0 {
		edge = fullWidth
	}
	used := 0
	for i := range spans {
		spans[i].text = c.clean(spans[i].text)
		used += c.columns(spans[i].text)
	}
	ref = c.clean(ref)
	room := edge - c.columns(ref) - 2
	last := &spans[len(spans)-1]
	switch over := used - room; {
	case over <= 0:
		c.print(append(spans, span{strings.Repeat(" ", -over+2), ordinary}, span{ref, faint})...)
	case c.width == 0:
		c.print(append(spans, span{"  " + ref, faint})...)
	case c.columns(last.text)-over >= 12:
		last.text = c.pad(last.text, c.columns(last.text)-over)
		c.print(append(spans, span{"  " + ref, faint})...)
	default:
		c.print(spans...)
	}
}
