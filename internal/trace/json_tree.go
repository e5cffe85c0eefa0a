package trace

import (
	"encoding/hex"
	"strconv"

	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// The names of the parts of a length-prefixed vector, as package wire records them.
const (
	stepLength = "length"
	stepBytes  = "bytes"
)

// appendTree appends the key "tree" with the first root, and "trailing" with what the reader found
// after it. A tree without nodes appends nothing.
func appendTree(b []byte, t *wire.Tree, buf []byte) []byte {
	if t == nil || len(t.Nodes) == 0 {
		return b
	}
	var space [160]byte
	w := treeWriter{t.Nodes, buf, space[:0]}
	b = w.node(appendKey(b, "tree"), 0)
	if i := int(t.Nodes[0].Last); i < len(t.Nodes) {
		b = append(appendKey(b, "trailing"), '[')
		for ; i < len(t.Nodes); i = int(t.Nodes[i].Last) {
			b = w.node(appendComma(b), i)
		}
		b = append(b, ']')
	}
	return b
}

// treeWriter keeps the path of the node that is being written, already escaped, so that each node
// costs one copy of it.
type treeWriter struct {
	nodes []wire.Node
	buf   []byte
	path  []byte
}

func (w *treeWriter) node(b []byte, i int) []byte {
	n := &w.nodes[i]
	mark := len(w.path)
	w.path = appendPathStep(w.path, n)
	b = append(b, `{"path":"`...)
	b = append(b, w.path...)
	b = append(b, `","off":`...)
	b = strconv.AppendInt(b, int64(n.Off), 10)
	b = append(b, `,"len":`...)
	b = strconv.AppendInt(b, int64(n.Len), 10)
	b = w.value(b, i)
	if n.Bad {
		b = append(b, `,"bad":true`...)
	}
	if k, last := i+1, int(n.Last); k < last {
		b = append(b, `,"children":[`...)
		for ; k < last; k = int(w.nodes[k].Last) {
			b = w.node(appendComma(b), k)
		}
		b = append(b, ']')
	}
	w.path = w.path[:mark]
	return append(b, '}')
}

// value appends the keys that say what a node means: nothing for a struct, and nothing for the bytes
// of a vector, whose value stands with the vector.
func (w *treeWriter) value(b []byte, i int) []byte {
	n := &w.nodes[i]
	switch n.Kind {
	case wire.Uint:
		return strconv.AppendUint(append(b, `,"value":`...), n.Num, 10)
	case wire.Code:
		b = append(b, `,"value":`...)
		if n.Code == nil {
			return appendCodeValue(b, "", n.Num, false)
		}
		return appendCodeValue(b, n.Code.Name(), n.Num, n.Code.IsGREASE())
	case wire.Opaque, wire.Text:
		if n.Name == stepBytes && n.Parent >= 0 && isBytes(w.nodes[n.Parent].Kind) {
			return b
		}
		content := contentOf(w.nodes, i, w.buf)
		b = append(b, `,"value":"`...)
		if n.Kind == wire.Text {
			b = appendText(b, content)
			return append(b, `","kind":"text"`...)
		}
		return append(hex.AppendEncode(b, content), '"')
	}
	return b
}

func isBytes(k wire.Kind) bool { return k == wire.Opaque || k == wire.Text }

// contentOf returns the bytes of node i without the length prefix where it has one. A range that is
// not in buf gives what is.
func contentOf(nodes []wire.Node, i int, buf []byte) []byte {
	n := &nodes[i]
	from, to := int(n.Off), int(n.Off)+int(n.Len)
	if i+1 < int(n.Last) && nodes[i+1].Name == stepLength {
		from = int(nodes[i+1].Off) + int(nodes[i+1].Len)
	}
	to = max(0, min(to, len(buf)))
	from = max(0, min(from, to))
	return buf[from:to:to]
}

// appendPathStep appends a node's step to its parent's path, escaped for a JSON string.
func appendPathStep(path []byte, n *wire.Node) []byte {
	if n.Index >= 0 {
		path = strconv.AppendInt(append(path, '['), int64(n.Index), 10)
		return append(path, ']')
	}
	if len(path) > 0 {
		path = append(path, '.')
	}
	path = appendText(path, n.Name)
	if n.Ord > 1 {
		path = strconv.AppendInt(append(path, '#'), int64(n.Ord), 10)
	}
	return path
}
