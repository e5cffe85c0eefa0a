package render

import (
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// field is a node of an event's tree with its bytes, for the views that walk the whole tree and need
// its nodes. What a message says is asked of [trace.Fields].
type field struct {
	tree *wire.Tree
	buf  []byte
	i    int
}

// root returns the message itself, and whether there is a tree.
func root(e *trace.Event) (field, bool) {
	if e.Tree == nil || len(e.Tree.Nodes) == 0 || e.Buf == nil {
		return field{}, false
	}
	return field{e.Tree, e.Buf.Bytes, 0}, true
}

func (f field) node() *wire.Node { return &f.tree.Nodes[f.i] }

func (f field) at(i int) field { return field{f.tree, f.buf, i} }

func (f field) path() string { return f.tree.Path(f.i) }

func (f field) isLeaf() bool { return f.tree.IsLeaf(f.i) }

// isItem reports whether the field is an item of a list.
func (f field) isItem() bool { return f.node().Index >= 0 }

// header returns the type that an extension begins with.
func (f field) header() (*wire.Node, bool) {
	if f.isLeaf() || f.tree.Nodes[f.i+1].Name != "extension_type" {
		return nil, false
	}
	return &f.tree.Nodes[f.i+1], true
}

// bytes returns the content: of a vector what follows its length.
func (f field) bytes() []byte {
	from, to := int(f.node().Off), int(f.node().Off+f.node().Len)
	if !f.isLeaf() && f.tree.Nodes[f.i+1].Name == "length" {
		from += int(f.tree.Nodes[f.i+1].Len)
	}
	to = max(0, min(to, len(f.buf)))
	return f.buf[max(0, min(from, to)):to]
}
