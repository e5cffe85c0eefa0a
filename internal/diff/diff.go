// Package diff says what differs between two traces, and whether it got better or worse; it clusters the traces of many servers, and
// writes and checks locks. A field's class (package explain) decides whether a difference counts; what it means stands in tables here.
//
// What is compared may come from a hostile peer or file: work grows as n log n with its size, and what is listed is bounded.
package diff

import (
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Options say what counts.
type Options struct {
	// All compares everything: also what is fresh each time, what follows from the rest, records, addresses, and what came late.
	All      bool
	Selector Selector
	// NameA and NameB are what the two sides are called: a file or a target.
	NameA, NameB string
}

// The groups that are no messages.
const (
	groupConnection = "connection"
	groupChecks     = "checks"
	groupOutcome    = "outcome"
)

// GroupNames returns the first steps of paths that are no message of a trace.
func GroupNames() []string { return []string{groupConnection, groupChecks, groupOutcome} }

// maxChanges bounds the changes that are listed; all are counted.
const maxChanges = 10_000

// maxGroups bounds the messages that are listed without a change.
const maxGroups = 1_000

// comparison is one under way.
type comparison struct {
	a, b     *side
	doc      *Document
	all      bool
	selector *Selector
	listed   int
	told     map[string][]string // by the name of the group: paths that facts stand for
	facts    map[string][]Change // by the name of the group
	follow   []pathPattern       // paths whose differences follow from facts that differ
}

// Compare says what differs between two traces.
func Compare(a, b *trace.Trace, o Options) *Document {
	return compareSides(newSide(a, o.All), newSide(b, o.All), o)
}

func compareSides(a, b *side, o Options) *Document {
	c := &comparison{
		a: a, b: b, all: o.All, selector: &o.Selector, told: make(map[string][]string), facts: make(map[string][]Change),
		doc: &Document{Schema: DocumentSchema, Result: Same, A: a.describe(o.NameA), B: b.describe(o.NameB)},
	}
	c.compareFacts()
	c.connection()
	c.messages()
	c.rest()
	c.checks()
	c.outcome()
	c.timing()
	return c.doc
}

// add counts a change and lists it in its group, if its path is selected.
func (c *comparison) add(g *Group, ch Change) {
	if !c.selector.selects(ch.Path) {
		return
	}
	if ch.Meanings == nil {
		ch.Meanings = []Meaning{}
	}
	if ch.Counts && g.State == StateSame {
		g.State = StateChanged
	}
	c.doc.count(&ch)
	if c.listed == maxChanges {
		c.doc.Omitted++
		return
	}
	c.listed++
	g.Changes = append(g.Changes, ch)
}

// put lists a group. One without a change is worth a line if it is a message.
func (c *comparison) put(g *Group, always bool) {
	if len(g.Changes) == 0 && (!always || len(c.doc.Groups) >= maxGroups || !c.selector.selectsGroup(g.Name)) {
		return
	}
	c.doc.Groups = append(c.doc.Groups, *g)
}

// compareFacts finds the facts that differ, so that each is told in its message.
func (c *comparison) compareFacts() {
	for i := range facts {
		f := &facts[i]
		x, ok1 := f.of(c.a)
		y, ok2 := f.of(c.b)
		if !ok1 || !ok2 || !differs(x, y, f.set) || f.key == "chain" {
			continue
		}
		for _, row := range followers {
			if row.fact == f.key {
				c.follow = append(c.follow, patternsOf(row.paths)...)
			}
		}
		home := f.homeOf(c.b, c.a)
		group, _ := cutStep(home)
		c.told[group] = append(c.told[group], f.homes...)
		for _, other := range f.homes {
			if name, _ := cutStep(other); name != group {
				c.told[name] = append(c.told[name], other)
			}
		}
		m := comparer{comparison: c, group: &Group{}}
		c.facts[group] = append(c.facts[group], m.changesOf(f.key, f.label, home, x, y, f.set, "")...)
	}
}

// changesOf are the changes that the change of a fact is: one, or for a set one for what was lost and one for what was gained.
func (c *comparer) changesOf(key, label, path string, a, b []string, set bool, better string) []Change {
	base := Change{Fact: key, Path: path, Label: label, Class: classOf(path).String(), Counts: true}
	if !set {
		base.Kind, base.A, base.B = kindOf(a, b), textOf(a), textOf(b)
		base.Meanings = meaningsOf(key, first(a), first(b))
		for i := range base.Meanings {
			if better != "" && base.Meanings[i].Verdict == Better {
				base.Meanings[i].Words = better
			}
		}
		return []Change{base}
	}
	lost, gained := lostAndGained(a, b)
	var list []Change
	if len(lost) > 0 {
		ch := base
		ch.Kind, ch.A, ch.Meanings = Removed, textOf(lost), meaningsOf(key, first(lost), "")
		list = append(list, ch)
	}
	if len(gained) > 0 {
		ch := base
		ch.Kind, ch.B, ch.Meanings = Added, textOf(gained), meaningsOf(key, "", first(gained))
		list = append(list, ch)
	}
	return list
}

func kindOf(a, b []string) Kind {
	switch {
	case len(a) == 0:
		return Added
	case len(b) == 0:
		return Removed
	}
	return Changed
}

func (c *comparer) factChange(key, label, path string, a, b []string, set bool, better string) {
	for _, ch := range c.changesOf(key, label, path, a, b, set, better) {
		c.comparison.add(c.group, ch)
	}
}

// connection compares what was asked for and where it led. The address is told; it counts only where everything does.
func (c *comparison) connection() {
	g := &Group{Name: groupConnection, Dir: trace.None, State: StateSame, Changes: []Change{}, Passed: []string{}}
	x, y := c.a.Summary.Address, c.b.Summary.Address
	if x != nil && y != nil && *x != *y {
		p, q := clip(*x), clip(*y)
		c.add(g, Change{Path: groupConnection + ".address", Label: "address", Kind: Changed, A: &p, B: &q, Counts: c.all, Why: unless(c.all, WhyPlace)})
	}
	c.put(g, false)
}

// unless is the reason why something doesn't count, unless it does.
func unless(counts bool, why string) string {
	if counts {
		return ""
	}
	return why
}

// rest tells the facts whose message is in neither trace.
func (c *comparison) rest() {
	for i := range facts {
		for _, home := range facts[i].homes {
			name, _ := cutStep(home)
			list := c.facts[name]
			if len(list) == 0 {
				continue
			}
			delete(c.facts, name)
			g := &Group{Name: name, Dir: trace.Received, State: StateSame, Changes: []Change{}, Passed: []string{}}
			for _, ch := range list {
				c.add(g, ch)
			}
			c.put(g, false)
		}
	}
}

// checks compares checks and broken rules by id and status.
func (c *comparison) checks() {
	g := &Group{Name: groupChecks, Dir: trace.None, State: StateSame, Changes: []Change{}, Passed: []string{}}
	ids := append([]string(nil), c.a.checkIDs...)
	for _, id := range c.b.checkIDs {
		if _, there := c.a.checks[id]; !there {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		x, ok1 := c.a.checks[id]
		y, ok2 := c.b.checks[id]
		if ok1 && ok2 && x.Status == y.Status || (!ok1 || !ok2) && !isRule(id) {
			continue // one that only one of them made is one that the other did not come to
		}
		p, q := statusOf(x, ok1), statusOf(y, ok2)
		if m, _ := rankStatus(p); !c.all && ok1 && ok2 {
			if n, _ := rankStatus(q); m == n {
				continue // fine either way, or not applicable in one of the two
			}
		}
		ch := Change{Path: groupChecks + "." + clip(id), Label: clip(id), Kind: Changed, Counts: true}
		ch.Meanings = meaningOfCheck(id, p, q, refOf(x, y))
		ch.A, ch.B = checkText(x, p), checkText(y, q)
		c.add(g, ch)
	}
	c.put(g, false)
}

func isRule(id string) bool { return strings.HasPrefix(id, "rule.") }

// statusOf is the word for a result; empty for a rule that nobody broke.
func statusOf(f finding.Finding, there bool) string {
	if !there {
		return ""
	}
	return f.Status.String()
}

func refOf(a, b finding.Finding) string {
	if b.Ref != "" {
		return clip(b.Ref)
	}
	return clip(a.Ref)
}

// checkText is a result with what was found where something was.
func checkText(f finding.Finding, status string) *string {
	if status == "" {
		return nil
	}
	text := status
	if (f.Status == finding.Fail || f.Status == finding.Warn || f.Status == finding.Unknown) && f.Message != "" {
		text += ": " + f.Message
	}
	text = clip(text)
	return &text
}

// outcome compares how it ended.
func (c *comparison) outcome() {
	g := &Group{Name: groupOutcome, Dir: trace.None, State: StateSame, Changes: []Change{}, Passed: []string{}}
	if x, y := string(c.a.Outcome), string(c.b.Outcome); x != y {
		p, q := endText(c.a), endText(c.b)
		c.add(g, Change{Path: groupOutcome, Label: groupOutcome, Kind: Changed, A: &p, B: &q, Counts: true, Meanings: meaningsOf(groupOutcome, x, y)})
	} else if x, y := errorKind(c.a), errorKind(c.b); x != y {
		p, q := endText(c.a), endText(c.b)
		c.add(g, Change{Path: groupOutcome + ".error", Label: "error", Kind: Changed, A: &p, B: &q, Counts: true})
	}
	c.put(g, false)
}

func errorKind(s *side) string {
	if s.Error == nil {
		return ""
	}
	return s.Error.Kind
}

// endText is how a side ended, in words.
func endText(s *side) string {
	if s.Error == nil {
		return clip(string(s.Outcome))
	}
	return clip(string(s.Outcome) + ": " + s.Error.Message)
}

// timing tells how long the steps took.
func (c *comparison) timing() {
	x, y := &c.a.Summary.Timing, &c.b.Summary.Timing
	for _, t := range [...]Timing{{"dns", x.DNSMs, y.DNSMs}, {"tcp", x.TCPMs, y.TCPMs}, {"tls", x.TLSMs, y.TLSMs}, {"rtt", x.RTTMs, y.RTTMs}} {
		if t.AMs != nil || t.BMs != nil {
			c.doc.Timing = append(c.doc.Timing, t)
		}
	}
}
