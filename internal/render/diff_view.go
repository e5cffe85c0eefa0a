package render

import (
	"io"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/diff"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Diff writes what differs between two traces for people. exit is the code that the program is about to end with. With -v it also
// lists what makes no difference. Its errors are those of w.
func Diff(w io.Writer, d *diff.Document, exit int, o Options) error {
	c := newCanvas(w, o)
	if o.Quiet {
		c.print(plain(diffTotals(d)))
		return c.close()
	}
	c.diffHead(d)
	for i := range d.Groups {
		c.diffGroup(&d.Groups[i], o.Verbosity > 0)
	}
	c.diffTiming(d)
	c.diffParting(d)
	c.diffTotals(d, exit)
	return c.close()
}

// diffHead says what is compared.
func (c *canvas) diffHead(d *diff.Document) {
	for _, s := range []struct {
		mark string
		side *diff.Side
		st   style
	}{{"--- ", &d.A, bad}, {"+++ ", &d.B, good}} {
		line := quoted(s.side.Name)
		if target := targetName(s.side.Target); target != s.side.Name {
			line += "  " + quoted(target)
		}
		if !s.side.Started.IsZero() {
			line += "  " + s.side.Started.UTC().Format("2006-01-02T15:04Z")
		}
		c.print(span{s.mark, s.st}, span{line, strong})
	}
}

// The columns of a diff.
const (
	diffGroupColumn = 20
	diffLabelColumn = 24
	diffValueColumn = 44
)

// groupName is a message by the name that RFCs have for it; what is no message keeps its word.
func groupName(name string) string {
	kind, ordinal, again := strings.Cut(name, "#")
	for _, word := range diff.GroupNames() {
		if kind == word {
			return kind
		}
	}
	if again {
		return camel(kind) + " " + ordinal
	}
	return camel(kind)
}

// diffGroup writes a message: a line for it, and one for each change.
func (c *canvas) diffGroup(g *diff.Group, all bool) {
	name := groupName(g.Name)
	changes, hidden := shownChanges(g, all)
	switch g.State {
	case diff.StateNotReached:
		c.print(span{"  " + c.pad(name, diffGroupColumn) + " not reached", faint})
		return
	case diff.StateAdded, diff.StateRemoved:
		c.diffLone(g, name, changes)
		return
	}
	if len(changes) == 0 {
		c.print(plain("  "+c.pad(name, diffGroupColumn)+" same"), span{passedText(g.Passed), faint})
		return
	}
	mark := "~ "
	if g.State == diff.StateSame {
		mark = "  "
	}
	c.print(span{mark, dubious}, plain(name), span{passedText(g.Passed), faint})
	for i := range changes {
		c.diffChange(&changes[i])
	}
	if hidden > 0 {
		c.print(span{"    " + count(hidden, "more follows from these", "more follow from these") + " (-v)", faint})
	}
}

// shownChanges are those that are worth a line, and how many others there are.
func shownChanges(g *diff.Group, all bool) (list []diff.Change, hidden int) {
	for _, ch := range g.Changes {
		if ch.Counts || all || ch.Why == diff.WhyPlace {
			list = append(list, ch)
		} else {
			hidden++
		}
	}
	return list, hidden
}

// diffLone writes a message that only one of the two has.
func (c *canvas) diffLone(g *diff.Group, name string, changes []diff.Change) {
	mark, st, word := "+ ", good, "new"
	if g.State == diff.StateRemoved {
		mark, st, word = "- ", bad, "gone"
	}
	spans := []span{{mark, st}, plain(c.pad(name, diffGroupColumn) + " " + word)}
	for _, ch := range g.Changes {
		if ch.Path == g.Name {
			spans = append(spans, meaningSpans(&ch)...)
		}
		if text := loneText(&ch, g.State); text != "" && text != g.Name {
			spans = append(spans, plain(", "+text))
		}
	}
	c.print(spans...)
	for i := range changes {
		if changes[i].Path != g.Name {
			c.diffChange(&changes[i])
		}
	}
}

// loneText is what a message that only one side has says of itself.
func loneText(ch *diff.Change, s diff.State) string {
	text := ch.B
	if s == diff.StateRemoved {
		text = ch.A
	}
	if text == nil || !strings.Contains(*text, " ") || strings.Contains(ch.Path, ".") {
		return ""
	}
	return strings.TrimPrefix(*text, "yes, ")
}

// passedText names what differs and makes no difference.
func passedText(names []string) string {
	const most = 5
	if len(names) == 0 {
		return ""
	}
	more := ""
	if len(names) > most {
		names, more = names[:most], ", …"
	}
	return " (" + strings.Join(names, ", ") + more + " ignored; --all)"
}

// diffChange writes one change.
func (c *canvas) diffChange(ch *diff.Change) {
	label := c.clean(ch.Label)
	label += strings.Repeat(" ", max(diffLabelColumn-c.columns(label), 0))
	text := changeText(ch)
	st := ordinary
	if !ch.Counts {
		st = faint
	}
	spans := []span{{"    " + label + " ", st}, {text, st}}
	m := meaningSpans(ch)
	if len(m) == 0 {
		c.print(spans...)
		return
	}
	// What a change comes to is never what is cut off: where the line ends before it, the gap is closed, or it has a line of its own.
	gap := max(diffValueColumn-c.columns(text), 0)
	if c.width > 0 {
		over := 5 + c.columns(label) + c.columns(text) + gap - c.width
		for _, s := range m {
			over += c.columns(s.text)
		}
		if over > gap {
			c.print(spans...)
			spans, gap = nil, 4+diffLabelColumn-1
		} else {
			gap -= max(over, 0)
		}
	}
	c.print(append(append(spans, plain(strings.Repeat(" ", gap))), m...)...)
}

// changeText is what was and what is.
func changeText(ch *diff.Change) string {
	a, b := "absent", "absent"
	if ch.A != nil {
		a = quoted(*ch.A)
	}
	if ch.B != nil {
		b = quoted(*ch.B)
	}
	if ch.Kind == diff.Moved {
		return "order: " + a + " → " + b
	}
	return a + " → " + b
}

// meaningSpans say what a change comes to: a glyph, and always words.
func meaningSpans(ch *diff.Change) []span {
	var list []span
	for _, m := range ch.Meanings {
		glyph, st := "· ", faint
		switch m.Verdict {
		case diff.Better:
			glyph, st = "▲ better: ", good
		case diff.Worse:
			glyph, st = "▼ worse: ", bad
		}
		list = append(list, span{"  " + glyph + m.Words, st})
	}
	if !ch.Counts && ch.Why != "" {
		list = append(list, span{"  · " + whyText(ch.Why), faint})
	}
	return list
}

func whyText(why string) string {
	switch why {
	case diff.WhyFollows:
		return "follows from another difference"
	case diff.WhyLate:
		return "after the handshake"
	case diff.WhyOrder:
		return "the order means nothing"
	}
	return "informational"
}

// diffTiming tells how long the steps took, which is no difference.
func (c *canvas) diffTiming(d *diff.Document) {
	for _, t := range d.Timing {
		c.print(span{"  " + c.pad("timing "+t.Step, diffGroupColumn) + " " + msOrNone(t.AMs) + " → " + msOrNone(t.BMs) + "  · informational", faint})
	}
}

func msOrNone(v *float64) string {
	if v == nil {
		return "none"
	}
	return ms(*v)
}

// diffParting tells where a handshake that failed left the way of the other one.
func (c *canvas) diffParting(d *diff.Document) {
	p := d.Parting
	if p == nil {
		return
	}
	c.blank()
	after := "they part at once"
	if p.After != "" {
		after = "they part after " + stepText(p.After)
	}
	c.prose("", ordinary, after+": "+quoted(d.A.Name)+" "+goesOn(p.A)+", "+quoted(d.B.Name)+" "+goesOn(p.B))
	switch {
	case p.Before > 0:
		c.prose("", ordinary, "likeliest cause: the "+count(p.Before, "difference", "differences")+" before that")
	case d.A.Last != "" && d.B.Last != "":
		c.prose("", ordinary, "nothing differs before that: the cause is not in what was offered")
	}
}

func goesOn(step string) string {
	if step == "" {
		return "has nothing more"
	}
	return "goes on with " + stepText(step)
}

// stepText is a step of a handshake in the words of RFCs.
func stepText(step string) string {
	if kind, rest, alert := strings.Cut(step, " "); alert {
		return kind + " " + rest
	}
	return groupName(step)
}

func diffTotals(d *diff.Document) string {
	if d.Result == diff.Same {
		return "same"
	}
	var parts []string
	for _, n := range []struct {
		n    int
		word string
	}{{d.Worse, "worse"}, {d.Better, "better"}, {d.Neutral, "neither"}} {
		if n.n > 0 {
			parts = append(parts, strconv.Itoa(n.n)+" "+n.word)
		}
	}
	return strings.Join(parts, ", ")
}

func (c *canvas) diffTotals(d *diff.Document, exit int) {
	if d.Omitted > 0 {
		c.print(span{"  " + count(d.Omitted, "more difference is", "more differences are") + " counted and not listed", faint})
	}
	st := good
	switch {
	case d.Worse > 0:
		st = bad
	case d.Result == diff.Differs:
		st = dubious
	}
	c.print(span{c.pad(diffTotals(d), 52), st}, span{" exit " + strconv.Itoa(exit), faint})
}

// Unified writes what differs in the form of a unified diff, for the comment of a review: plain text in which every line but the heads
// begins with a sign, so that no text of a peer can end the block that it stands in.
func Unified(w io.Writer, d *diff.Document, o Options) error {
	o.Color, o.Width = false, 0
	c := newCanvas(w, o)
	c.diffHead(d)
	for i := range d.Groups {
		g := &d.Groups[i]
		changes, _ := shownChanges(g, o.Verbosity > 0)
		if len(changes) == 0 {
			continue
		}
		c.print(plain("@@ " + groupName(g.Name) + whoseMessage(g.Dir) + " @@"))
		for k := range changes {
			c.unifiedChange(&changes[k])
		}
	}
	if d.Parting != nil {
		c.print(plain("@@ parting @@"))
		c.print(plain("-" + goesOn(d.Parting.A)))
		c.print(plain("+" + goesOn(d.Parting.B)))
	}
	c.print(plain("# " + diffTotals(d)))
	return c.close()
}

func whoseMessage(d trace.Dir) string {
	if d == trace.None {
		return ""
	}
	return " " + string(d)
}

func (c *canvas) unifiedChange(ch *diff.Change) {
	if ch.A != nil {
		c.print(plain("-" + ch.Label + ": " + quoted(*ch.A)))
	}
	if ch.B != nil {
		c.print(plain("+" + ch.Label + ": " + quoted(*ch.B)))
	}
	for _, m := range ch.Meanings {
		c.print(plain("# " + string(m.Verdict) + ": " + m.Words))
	}
}
