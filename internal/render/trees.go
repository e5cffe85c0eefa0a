package render

import (
	"fmt"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// trees writes the field tree of each message, and between them what the messages brought about: keys, and at
// the second level states and records.
func (c *canvas) trees(v *view, o Options) {
	for i := 0; i < len(v.Events); i++ {
		i += c.event(v, v.Events[i:], o)
	}
	c.blank()
}

// event writes the first of some events, and returns how many after it it has dealt with.
func (c *canvas) event(v *view, events []*trace.Event, o Options) (more int) {
	e := events[0]
	switch e.Layer {
	case trace.LayerMessage, trace.LayerAlert, trace.LayerData, trace.LayerStartTLS:
		c.blank()
		c.message(v, e, o)
		return 0
	case trace.LayerKey:
		more = c.keyEvents(v, events)
	case trace.LayerState:
		if o.Verbosity > 1 {
			c.state(e)
		}
	case trace.LayerRecord:
		if o.Verbosity > 1 {
			c.record(v, e)
		}
	case trace.LayerNet:
		c.netEvent(v, e)
	}
	if e.Layer != trace.LayerCheck {
		c.brokenRules(e.Findings, "")
	}
	return more
}

// one writes the event that was asked for by its number: a message as among the others, its bytes at the second level; of
// the rest, what the second level has of it.
func (c *canvas) one(v *view, o Options) error {
	e := v.event(o.Message)
	if e == nil {
		return ErrNothingSelected
	}
	switch e.Layer {
	case trace.LayerCheck:
		c.checked(e.Findings)
		return nil
	case trace.LayerState, trace.LayerRecord:
		bytes := o.Verbosity > 1 && e.Buf != nil
		o.Verbosity = 2
		if c.event(v, []*trace.Event{e}, o); bytes {
			c.blank()
			c.hexdump(e, 0, -1, false)
		}
		return nil
	case trace.LayerNet:
		c.print(plain(e.Kind))
	}
	c.event(v, []*trace.Event{e}, o)
	return nil
}

// message writes one message: its line, its fields, what was checked of it, its bytes.
func (c *canvas) message(v *view, e *trace.Event, o Options) {
	m := newTreeMaker(v, e, false)
	home := ""
	if f, ok := root(e); ok {
		ref := explainPath(f.path(), m.before13).ref
		home = document(ref)
		c.messageLine(v, e, section(ref))
		m.below(f.parts(), "", ref)
		m.trailing(f)
	} else {
		c.messageLine(v, e, "")
	}
	c.treeRows(m.rows, home)
	c.fingerprints(e, o.Verbosity > 1)
	c.brokenRules(m.rest(), "")
	c.checked(v.about[e.N])
	if o.Verbosity > 1 {
		c.blank()
		c.hexdump(e, 0, -1, false)
	}
}

// trailing adds rows for what was found after the message.
func (m *treeMaker) trailing(f field) {
	for i := range f.tree.Children(-1) {
		if i != f.i {
			m.field(f.at(i), "└ ", "  ", "")
		}
	}
}

// document is the part of a reference before the section.
func document(ref string) string {
	doc, _, _ := strings.Cut(ref, ",")
	return doc
}

// messageLine writes who sent what and when, and where that stands in the RFC.
func (c *canvas) messageLine(v *view, e *trace.Event, ref string) {
	n := 0
	said := ""
	if e.Buf != nil {
		n = len(e.Buf.Bytes)
	}
	if e.Layer == trace.LayerData || e.Layer == trace.LayerStartTLS {
		said = prefixed("  ", opening(e))
	}
	c.withRef(ref,
		span{arrow(e.Dir, v.protected[e]) + " ", arrowStyle(e.Dir)},
		plain(fmt.Sprintf("#%d ", e.N)),
		span{messageName(e), strong},
		plain(fmt.Sprintf(" %dB", n)),
		span{" +" + since(v.start, e.T) + "ms", faint},
		span{v.carriers(e), faint},
		plain(said),
	)
}

// carriers says in which records a message came, unless it is the whole of one.
func (v *view) carriers(e *trace.Event) string {
	if e.Buf == nil || len(e.Buf.From) == 0 {
		return ""
	}
	var names []string
	for _, s := range e.Buf.From {
		for _, r := range v.records[s.Buf] {
			if d, ok := r.Detail.(*trace.Record); ok {
				names = append(names, fmt.Sprintf("#%d", d.Number))
			}
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return "  record " + names[0]
	}
	return "  records " + joined(names, ", ", 4)
}

// checked writes the results of the checks on a message.
func (c *canvas) checked(findings []finding.Finding) {
	for _, f := range findings {
		word, st := statusWord(f.Status)
		c.withRef(section(f.Ref), span{c.pad(word, statusColumn) + "  ", st}, plain(f.ID+": "), plain(findingText(f)))
	}
}

func (c *canvas) state(e *trace.Event) {
	ref := ""
	if d, ok := e.Detail.(*trace.State); ok {
		ref = section(d.Ref)
	}
	c.withRef(ref, span{"·· state " + e.Kind + " ··", faint})
}

func (c *canvas) record(v *view, e *trace.Event) {
	d, ok := e.Detail.(*trace.Record)
	if !ok {
		return
	}
	said := fmt.Sprintf("·· record #%d %s, %s, %dB", d.Number, codeText(d.ContentType), codeText(d.Version), d.Length)
	if d.Protected {
		how := "protected"
		if !v.protected[e] {
			how = "authenticated, not encrypted,"
		}
		said += fmt.Sprintf(", %s by the %skeys, sequence %d", how, v.epochName(d.Epoch), d.Sequence)
		if d.InnerType != nil {
			said += ", inside " + codeText(d.InnerType)
		}
		if d.Padding > 0 {
			said += fmt.Sprintf(", %dB padding", d.Padding)
		}
	}
	c.print(span{arrow(e.Dir, v.protected[e]) + " ", arrowStyle(e.Dir)}, span{said + " ··", faint})
}

func (c *canvas) netEvent(v *view, e *trace.Event) {
	switch d := e.Detail.(type) {
	case *trace.Foreign:
		c.between(0, "!! "+foreignWords(d)+" !!")
	case *trace.Opaque, *trace.Segment:
		c.print(plain(v.captureWords(e)))
	case *trace.Closed:
		c.blank()
		c.print(span{"·· closed: " + v.closedWords(d.How) + " ··", faint})
	}
}
