package diff

import (
	"github.com/tlsprobe/tlsprobe/internal/explain"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// messages compares the messages and alerts, aligned by sender, type and occurrence.
func (c *comparison) messages() {
	left, right := stepNames(c.a.steps), stepNames(c.b.steps)
	p := c.part()
	c.doc.Parting = p.said
	for _, at := range pair(left, right).merged(len(left), len(right)) {
		g := &Group{State: StateSame, Changes: []Change{}, Passed: []string{}}
		switch i, j := at[0], at[1]; {
		case i < 0:
			c.loneStep(g, &c.b.steps[j], Added, c.a.failed() && j >= p.atB)
		case j < 0:
			c.loneStep(g, &c.a.steps[i], Removed, c.b.failed() && i >= p.atA)
		default:
			before := c.doc.sum()
			c.pairOfSteps(g, &c.a.steps[i], &c.b.steps[j])
			if p.said != nil && i < p.atA && j < p.atB {
				p.said.Before += c.doc.sum() - before
			}
		}
		c.put(g, g.State != StateNotReached || !c.lateAt(at))
	}
}

// lateAt reports whether what stands at a place came after the handshake: nobody misses that where there was none.
func (c *comparison) lateAt(at [2]int) bool {
	if at[0] >= 0 {
		return c.a.steps[at[0]].late
	}
	return c.b.steps[at[1]].late
}

// sum is how many changes have been counted.
func (d *Document) sum() int { return d.Worse + d.Better + d.Neutral }

// stepNames are the keys that steps are aligned by.
func stepNames(steps []step) []string {
	names := make([]string, len(steps))
	for i := range steps {
		names[i] = string(steps[i].key.dir) + " " + steps[i].key.name()
		if steps[i].late { // a close_notify is no counterpart of an alert that ends the handshake
			names[i] += " late"
		}
	}
	return names
}

// loneStep tells of a message that one of the two does not have.
func (c *comparison) loneStep(g *Group, st *step, kind Kind, notReached bool) {
	g.Name, g.Dir = clip(st.key.name()), st.key.dir
	g.State = StateAdded
	if kind == Removed {
		g.State = StateRemoved
	}
	if notReached && !c.all {
		g.State = StateNotReached
		return
	}
	why := ""
	switch {
	case c.all:
	case st.late:
		why = WhyLate
	case anyCovers(c.follow, []string{st.key.name()}):
		why = WhyFollows
	}
	var told []Change
	if st.key.dir == trace.Received && st.key.n == 1 {
		told = c.facts[g.Name]
		delete(c.facts, g.Name)
	}
	presence := false
	for _, ch := range told {
		ch.A, ch.B = wants(st, ch.A), wants(st, ch.B)
		presence = presence || ch.Path == g.Name
		c.add(g, ch)
	}
	if !presence {
		text := describeStep(st)
		ch := Change{Path: g.Name, Label: g.Name, Kind: kind, Counts: why == "", Why: why}
		if kind == Added {
			ch.B = &text
		} else {
			ch.A = &text
		}
		c.add(g, ch)
	}
}

// wants says of a HelloRetryRequest what it is for; of all else it leaves the text as it is.
func wants(st *step, text *string) *string {
	group := st.event.Fields().At("extensions", "key_share", "selected_group").Code()
	if st.key.kind != helloRetryRequest || text == nil || *text != yes || group == nil {
		return text
	}
	word := "yes, wants " + clip(codeWord(group))
	return &word
}

// pairOfSteps compares two messages.
func (c *comparison) pairOfSteps(g *Group, a, b *step) {
	g.Name, g.Dir = clip(b.key.name()), b.key.dir
	m := &comparer{comparison: c, group: g}
	if b.key.dir == trace.Received && b.key.n == 1 {
		m.told = c.told[g.Name]
		for _, ch := range c.facts[g.Name] {
			c.add(g, ch)
		}
		delete(c.facts, g.Name)
	}
	x, y := a.event.Fields(), b.event.Fields()
	switch {
	case a.late && b.late && !c.all && b.key.kind != newSessionTicket && b.key.kind != alertKind:
	case x.OK() && y.OK():
		m.fields(x, y, b.key.name())
	case x.OK() != y.OK():
		g.State = StateChanged
		p, q := describeStep(a), describeStep(b)
		m.change(b.key.name(), Changed, explain.Stable, p, q)
	default:
		m.details(a, b)
	}
}

// details compares events that have no tree.
func (c *comparer) details(a, b *step) {
	if p, q := describeStep(a), describeStep(b); p != q {
		c.change(b.key.name(), Changed, explain.Negotiated, p, q)
	}
	if x, y := a.event.Buf, b.event.Buf; x != nil && y != nil && c.all && string(x.Bytes) != string(y.Bytes) {
		c.change(b.key.name(), Changed, explain.Stable, bytesWord(x.Bytes), bytesWord(y.Bytes))
	}
}
