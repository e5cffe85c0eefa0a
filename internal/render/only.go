package render

import (
	"errors"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// ErrNothingSelected is returned by [Text] when [Options.Only] and [Options.Message] select nothing of a trace.
var ErrNothingSelected = errors.New("nothing in this trace is called that")

// pattern is a path prefix, split into steps: an index in brackets is a step of its own. A message may also be given
// by the name that the RFC has for it.
type pattern []string

func newPattern(path string) pattern {
	if path != "" && 'A' <= path[0] && path[0] <= 'Z' {
		path = snake(path)
	}
	return strings.FieldsFunc(strings.ReplaceAll(path, "[", ".["), func(r rune) bool { return r == '.' })
}

// fits reports whether a step of the pattern stands for a node. A name without #n stands for every
// occurrence; #1 for the first alone.
func fits(step string, n *wire.Node, name string) bool {
	switch {
	case step == "*" || step == "[*]" && n.Index >= 0, step == name:
		return true
	case n.Index >= 0:
		return false
	}
	if base, ok := strings.CutSuffix(step, "#1"); ok {
		return base == n.Name && n.Ord <= 1
	}
	return step == n.Name
}

// matches reports whether the pattern, as a whole, is the path of node i.
func (p pattern) matches(t *wire.Tree, i int) bool {
	for k := len(p) - 1; k >= 0; k-- {
		if i < 0 || !fits(p[k], &t.Nodes[i], t.Step(i)) {
			return false
		}
		i = int(t.Nodes[i].Parent)
	}
	return i < 0
}

// selected is one part of the trace that was asked for.
type selected struct {
	event *trace.Event
	node  int
}

// selection returns what the patterns select, each part once, in the order of the trace: of all of it, or of one event.
func selection(t *trace.Trace, o Options) []selected {
	var patterns []pattern
	for _, path := range o.Only {
		patterns = append(patterns, newPattern(path))
	}
	var parts []selected
	for _, e := range t.Events {
		if e.Tree == nil || o.Message != 0 && o.Message != e.N {
			continue
		}
		for i := 0; i < len(e.Tree.Nodes); i++ {
			for _, p := range patterns {
				if p.matches(e.Tree, i) {
					parts = append(parts, selected{e, i})
					i = int(e.Tree.Nodes[i].Last) - 1 // what is below is shown with it
					break
				}
			}
		}
	}
	return parts
}

// only writes what was asked for: the bare value where that is a single leaf, and otherwise trees.
func (c *canvas) only(v *view, o Options) error {
	parts := selection(v.Trace, o)
	if len(parts) == 0 {
		return ErrNothingSelected
	}
	if len(parts) == 1 && len(o.Only) == 1 && o.Verbosity < 2 {
		if f, ok := root(parts[0].event); ok {
			f = f.at(parts[0].node).core()
			word, ok := f.element()
			if !ok && f.isValue() {
				word, ok = f.whole(), true
			}
			if ok {
				c.value(word)
				return nil
			}
		}
	}
	for len(parts) > 0 {
		n := 1
		for n < len(parts) && parts[n].event == parts[0].event {
			n++
		}
		c.blank()
		c.parts(v, parts[:n], o)
		parts = parts[n:]
	}
	return nil
}

// value writes a leaf's value alone and whole: for a script, or to copy.
func (c *canvas) value(whole string) {
	s := safetext.Visible(whole)
	if c.ascii {
		s = toASCII(s)
	}
	c.put(s + "\n")
}

// parts writes the selected parts of one message, under its line.
func (c *canvas) parts(v *view, parts []selected, o Options) {
	e := parts[0].event
	f, ok := root(e)
	if !ok {
		return
	}
	m := newTreeMaker(v, e, true)
	ref := explainPath(f.path(), m.before13).ref
	c.messageLine(v, e, section(ref))
	for k, p := range parts {
		branch, further := "├ ", "│ "
		if k == len(parts)-1 {
			branch, further = "└ ", "  "
		}
		if p.node == 0 {
			m.below(f.parts(), "", ref)
			m.trailing(f)
			continue
		}
		at := len(m.rows)
		m.field(f.at(p.node), branch, further, ref)
		m.rows[at].name = branch + below(f.tree, p.node)
	}
	c.treeRows(m.rows, document(ref))
	if o.Verbosity < 2 {
		return
	}
	c.blank()
	for _, p := range parts {
		n := f.at(p.node).node()
		c.hexdump(e, int(n.Off), int(n.Off+n.Len), true)
	}
}
