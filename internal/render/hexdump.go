package render

import (
	"fmt"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// perLine is how many bytes a line of the dump has room for. A field's bytes stand in the columns of
// their offsets, so that the dump read without its names is the message.
const perLine = 16

// The dump of a long field: how many lines make it long, and how many of its beginning and end are shown.
const (
	longLines = 16
	headLines = 8
	tailLines = 2
)

// hexdump writes the bytes from one offset to another (-1: the end), each field on lines of its own
// with its name on the right. Long fields are cut in the middle, unless all is asked for.
func (c *canvas) hexdump(e *trace.Event, from, to int, all bool) {
	if e.Buf == nil || len(e.Buf.Bytes) == 0 {
		return
	}
	d := dumper{c, e.Buf.Bytes, all}
	if to < 0 {
		to = len(d.bytes)
	}
	if e.Tree == nil || len(e.Tree.Nodes) == 0 {
		d.run(from, to, "", ordinary)
		return
	}
	t := e.Tree
	for i := 0; i < len(t.Nodes); i++ {
		n := &t.Nodes[i]
		begin, end := int(n.Off), int(n.Off)+int(n.Len)
		if !t.IsLeaf(i) || n.Len == 0 || begin < from || end > to {
			continue
		}
		label := leafLabel(t, i)
		if isHeader(t, i) { // type and length share a line
			i++
			end += int(t.Nodes[i].Len)
			label = strings.TrimPrefix(fmt.Sprintf("%s type %d, length %d", below(t, int(n.Parent)), n.Num, t.Nodes[i].Num), " ")
		}
		st := ordinary
		if n.Bad {
			st, label = bad, "! "+label
		}
		d.run(begin, min(end, len(d.bytes)), label, st)
	}
}

// isHeader reports whether leaf i is the type of a message or an extension with its length behind it, both without a fault.
func isHeader(t *wire.Tree, i int) bool {
	n := &t.Nodes[i]
	if n.Name != "msg_type" && n.Name != "extension_type" || i+1 >= len(t.Nodes) {
		return false
	}
	next := &t.Nodes[i+1]
	return next.Name == "length" && next.Parent == n.Parent && !n.Bad && !next.Bad
}

// below is the path of a node within its message.
func below(t *wire.Tree, i int) string {
	path := t.Path(i)
	return strings.TrimPrefix(strings.TrimPrefix(path, t.Path(0)), ".")
}

// leafLabel is a leaf's path below its message, and its value where that is short.
func leafLabel(t *wire.Tree, i int) string {
	path := below(t, i)
	n := &t.Nodes[i]
	switch n.Kind {
	case wire.Code:
		return path + " " + codeName(n)
	case wire.Uint:
		return fmt.Sprintf("%s %d", path, n.Num)
	}
	return strings.TrimSuffix(path, ".bytes")
}

type dumper struct {
	c     *canvas
	bytes []byte
	all   bool
}

// run writes the bytes of one field.
func (d *dumper) run(from, to int, label string, st style) {
	if from >= to {
		return
	}
	first, last := from/perLine, (to-1)/perLine
	lines := last - first + 1
	for k := 0; k < lines; k++ {
		if !d.all && lines > longLines && k == headLines {
			skipped := lines - headLines - tailLines
			d.c.print(span{fmt.Sprintf("      … %s not shown (--only has them all) …", count(skipped*perLine, "byte", "bytes")), faint})
			k += skipped
		}
		begin := max(from, (first+k)*perLine)
		end := min(to, (first+k+1)*perLine)
		d.line(begin, end, bracket(k, lines), label, st)
		label = ""
	}
}

func bracket(k, lines int) string {
	switch {
	case lines == 1:
		return ""
	case k == 0:
		return "┐ "
	case k == lines-1:
		return "┘"
	}
	return "│"
}

func (d *dumper) line(from, to int, bracket, label string, st style) {
	const digits = "0123456789abcdef"
	cells := make([]byte, 0, 3*perLine)
	for range from % perLine {
		cells = append(cells, "   "...)
	}
	for _, b := range d.bytes[from:to] {
		cells = append(cells, digits[b>>4], digits[b&15], ' ')
	}
	for len(cells) < 3*perLine {
		cells = append(cells, ' ')
	}
	d.c.print(span{fmt.Sprintf("%04x  ", from), faint}, span{string(cells), st}, span{" " + bracket, faint}, span{label, st})
}
