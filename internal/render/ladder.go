package render

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// The columns of the ladder: how wide each is.
const (
	timeColumn  = 9
	arrowColumn = 3
	bytesColumn = 6
	nameColumn  = 19
)

// rung is one line of the ladder: an event, or a run of data in one direction.
type rung struct {
	event *trace.Event
	bytes int
	says  []string
}

// ladder writes a line or more for each thing that passed.
func (c *canvas) ladder(v *view) {
	rungs := 0
	for i := 0; i < len(v.Events); i++ {
		e := v.Events[i]
		if r, more, ok := v.rung(i); ok {
			if rungs == 0 {
				c.ladderHead()
			}
			c.rung(v, r)
			i += more
			rungs++
			continue
		}
		switch d := e.Detail.(type) {
		case *trace.Keys:
			i += c.keyChange(v, v.Events[i:], betweenRungs)
		case *trace.Foreign:
			c.between(betweenRungs, "!! "+foreignWords(d)+" !!")
		case *trace.Closed:
			c.between(betweenRungs, "·· closed: "+v.closedWords(d.How)+" ··")
		case *trace.Opaque, *trace.Segment:
			c.between(betweenRungs, "·· "+v.captureWords(e)+" ··")
		}
		if e.Layer != trace.LayerCheck {
			c.brokenRules(e.Findings, c.besideMessages())
		}
	}
}

func (c *canvas) ladderHead() {
	c.print(span{c.padLeft("+ms", timeColumn) + "  " + c.pad("dir", arrowColumn) + c.padLeft("bytes", bytesColumn) + "  " +
		c.pad("message", nameColumn) + "  what it says", faint})
}

// besideMessages is where the names of messages begin.
func (c *canvas) besideMessages() string {
	return strings.Repeat(" ", timeColumn+2+arrowColumn+bytesColumn+2)
}

// rung returns the line for the event at i, and how many events after it belong to it as well.
func (v *view) rung(i int) (r rung, more int, ok bool) {
	e := v.Events[i]
	r = rung{event: e}
	if e.Buf != nil {
		r.bytes = len(e.Buf.Bytes)
	}
	switch e.Layer {
	case trace.LayerMessage:
		r.says = v.says(e)
	case trace.LayerAlert:
		r.says = saysAlert(e)
	case trace.LayerStartTLS:
		r.says = []string{opening(e)}
	case trace.LayerData:
		more = r.data(v.Events[i:])
	default:
		return rung{}, 0, false
	}
	return r, more, true
}

// data gathers what follows of application data in the same direction, with nothing to see between.
func (r *rung) data(events []*trace.Event) (more int) {
	r.bytes = 0
	pieces, early := 0, false
	for i, e := range events {
		if e.Layer == trace.LayerRecord && len(e.Findings) == 0 {
			continue
		}
		d, ok := e.Detail.(*trace.Data)
		if !ok || e.Dir != r.event.Dir || i > 0 && len(e.Findings) > 0 {
			break
		}
		r.bytes += d.Length
		early = early || d.Early
		pieces++
		more = i
	}
	in := ""
	if pieces > 1 {
		in = "in " + count(pieces, "piece", "pieces")
	}
	if early {
		in = sentence("early data", in)
	}
	r.says = []string{sentence(opening(r.event), in)}
	return more
}

// opening is the first line of the bytes of an event, in quotes, where they are words: peer text.
func opening(e *trace.Event) string {
	if e.Buf == nil {
		return ""
	}
	line, _, _ := bytes.Cut(e.Buf.Bytes[:min(len(e.Buf.Bytes), maxName)], []byte("\n"))
	line = bytes.TrimRight(line, "\r")
	for _, b := range line {
		if b < ' ' && b != '\t' || b > '~' {
			return ""
		}
	}
	if len(line) == 0 {
		return ""
	}
	return `"` + string(line) + `"`
}

// rung writes a line of the ladder, the lines that go on from it, and what was wrong with it.
func (c *canvas) rung(v *view, r rung) {
	e := r.event
	name := strong
	if e.Layer == trace.LayerAlert && isFatal(e) {
		name = bad
	}
	indent := strings.Repeat(" ", timeColumn+2+arrowColumn+bytesColumn+2+nameColumn+2)
	says := c.broken(r.says, len(indent))
	first := ""
	if len(says) > 0 {
		first = says[0]
	}
	c.print(
		span{c.padLeft(since(v.start, e.T), timeColumn) + "  ", faint},
		span{c.pad(arrow(e.Dir, v.protected[e]), arrowColumn), arrowStyle(e.Dir)},
		plain(c.padLeft(bytesText(r.bytes), bytesColumn)+"  "),
		span{c.pad(messageName(e), nameColumn) + "  ", name},
		plain(first),
	)
	for i := 1; i < len(says); i++ {
		c.print(plain(indent + says[i]))
	}
	c.brokenRules(e.Findings, indent)
	for _, f := range v.about[e.N] {
		if ofProtocol(f.ID) { // what is wrong with the chain stands in the verdict
			c.brokenRules([]finding.Finding{f}, indent)
		}
	}
}

// The lines that what a message says is broken into: how wide they must be for that, and how many they may be.
const (
	minBrokenWidth = 20
	maxBrokenLines = 6
)

// broken breaks lines that are too wide for the columns right of indent between their parts, and a part that
// is itself too wide between its words. What is still too wide is cut when it is printed.
func (c *canvas) broken(says []string, indent int) []string {
	room := c.width - indent
	if c.width == 0 || room < minBrokenWidth {
		return says
	}
	var lines []string
	for _, line := range says {
		begun := ""
		add := func(next, part string) {
			if begun != "" && c.columns(next) > room && len(lines) < maxBrokenLines {
				lines = append(lines, begun)
				next = part
			}
			begun = next
		}
		for part := range strings.SplitSeq(line, " · ") {
			if c.columns(part) <= room {
				add(sentence(begun, part), part)
				continue
			}
			for i, word := range strings.Fields(part) { // a list, as a rule
				if i == 0 {
					add(sentence(begun, word), word)
				} else {
					add(prefixedBy(begun, word), word)
				}
			}
		}
		lines = append(lines, begun)
	}
	return lines
}

// maxBroken is how many findings a rung shows.
const maxBroken = 4

// brokenRules writes what a peer did wrong under the line that shows it.
func (c *canvas) brokenRules(findings []finding.Finding, indent string) {
	shown := 0
	for _, f := range findings {
		if f.Status != finding.Fail && f.Status != finding.Warn {
			continue
		}
		if shown++; shown > maxBroken {
			continue
		}
		c.print(plain(indent), findingMark(f), plain(findingText(f)), span{prefixed("  ", section(f.Ref)), faint})
	}
	if shown > maxBroken {
		c.print(plain(indent + fmt.Sprintf("! and %d more", shown-maxBroken)))
	}
}

func findingMark(f finding.Finding) span {
	if f.Status == finding.Fail {
		return span{"! ", bad}
	}
	return span{"! ", dubious}
}

// findingText is a finding in a line: what is wrong, and what was there instead of what, unless that is said already.
func findingText(f finding.Finding) string {
	if saysAll(f) {
		return f.Message
	}
	switch {
	case f.Expected != "" && f.Actual != "" && f.ID != string(finding.Hostname):
		return fmt.Sprintf("%s (%s, not %s)", f.Message, shortened(f.Actual), shortened(f.Expected))
	case f.Actual != "":
		return fmt.Sprintf("%s (%s)", f.Message, shortened(f.Actual))
	}
	return f.Message
}

// saysAll reports whether the message of a finding is a whole sentence. Those of rules come from a table and know
// nothing of what was there; those of the checks on a chain are made for the case, but for two: one has no room for the
// names of a certificate, the other for what a field should be.
func saysAll(f finding.Finding) bool {
	const word = 3 // shorter ones stand in other words by chance
	switch {
	case isRule(f):
		return false
	case f.ID == string(finding.Hostname):
		return strings.Contains(f.Message, "subjectAltName") || strings.Contains(f.Message, f.Actual)
	case f.ID == string(finding.Encoding), ofProtocol(f.ID), strings.HasPrefix(f.ID, "session."):
		return len(f.Actual) >= word && strings.Contains(f.Message, f.Actual)
	}
	return true
}

// keyChange writes one line for the installs of an epoch that stand together, and returns how many
// events after the first it has dealt with.
func (c *canvas) keyChange(v *view, events []*trace.Event, indent int) (more int) {
	first := events[0].Detail.(*trace.Keys)
	way := direction(first.Direction)
	for i, e := range events[1:] {
		if e.Layer == trace.LayerState {
			continue
		}
		if len(e.Findings) > 0 {
			break
		}
		k, ok := e.Detail.(*trace.Keys)
		if _, secret := e.Detail.(*trace.Secret); !ok && secret {
			continue
		}
		if !ok || k.Epoch != first.Epoch {
			break
		}
		if k.Direction != first.Direction {
			way = ""
		}
		more = i + 1
	}
	c.between(indent, "·· "+v.epochName(first.Epoch)+"keys installed"+way+" ··")
	return more
}

func direction(d string) string {
	switch d {
	case "read":
		return " to read"
	case "write":
		return " to write"
	}
	return ""
}

// epochName is what keys are called: those of TLS 1.2 and before are the only ones of their connection.
func (v *view) epochName(epoch string) string {
	if epoch == "" || v.Summary.Version != nil && !v.isTLS13() {
		return ""
	}
	if name, generation, ok := strings.Cut(epoch, "#"); ok {
		return name + " (generation " + generation + ") "
	}
	return epoch + " "
}

// betweenRungs is where lines of the ladder begin that are no messages.
const betweenRungs = timeColumn + 2

// between writes a line that is no message.
func (c *canvas) between(indent int, s string) {
	c.print(span{strings.Repeat(" ", indent) + s, faint})
}

func foreignWords(d *trace.Foreign) string {
	said := "this is not TLS"
	if d.Protocol != "" {
		said += " but " + strings.ToUpper(d.Protocol)
	}
	if d.FirstLine != "" {
		said += `: "` + shortened(d.FirstLine) + `"`
	}
	return said
}

// closedWords says how it ended. Once we have said close_notify, that the peer says none can't hide anything: we would not
// read on. RFC 8446, Section 6.1.
func (v *view) closedWords(how string) string {
	switch how {
	case "eof":
		ours, theirs := v.saidClose[trace.Sent], v.saidClose[trace.Received]
		if ours && !theirs {
			return "end of stream without close_notify, after ours: harmless"
		}
		return "end of stream"
	case "reset":
		return "reset by the peer"
	case "local":
		return "by us"
	case "alert":
		return "after an alert"
	}
	return how
}
