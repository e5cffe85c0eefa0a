package wire

import (
	"fmt"
	"iter"
	"strconv"
)

// Kind says how a node's bytes are to be read.
type Kind uint8

// The kinds of nodes.
const (
	Struct Kind = iota // has children and no value of its own
	Uint               // a number, in Num
	Code               // a registered number, in Num, with its Code
	Opaque             // bytes
	Text               // bytes that hold words
)

// Node is one field: a name, a range of bytes, and what they mean.
type Node struct {
	Name   string
	Code   CodePoint
	Num    uint64
	Off    int32
	Len    int32
	Index  int32 // place in a list, or -1
	Ord    int32 // occurrence among siblings of the same name; 0 and 1 are the first
	Parent int32 // index of the enclosing node, or -1
	Last   int32 // one past the index of the last node below this one
	Kind   Kind
	Bad    bool // a diagnostic is about this node
}

// Tree is the fields of one buffer in layout order: each node is followed by those below it.
type Tree struct {
	Nodes []Node
	// Shallow leaves out the members of lists of code points, set before anything is recorded: a list is its length then.
	Shallow bool
	top     int32 // index of the innermost open node, plus one
}

// NewTree returns an empty tree with room for n nodes.
func NewTree(n int) *Tree { return &Tree{Nodes: make([]Node, 0, n)} }

// maxNodes bounds a tree: a hostile message of 64 kB could otherwise ask for 200,000 nodes. What comes
// beyond is one leaf named "more" in each block that was open then.
const maxNodes = 1 << 14

func (t *Tree) full() bool { return len(t.Nodes) >= maxNodes }

func (t *Tree) add(name string, index, ord int32, off, n int) *Node {
	i := int32(len(t.Nodes))
	t.Nodes = append(t.Nodes, Node{
		Name: name, Index: index, Ord: ord, Off: int32(off), Len: int32(n), Parent: t.top - 1, Last: i + 1,
	})
	return &t.Nodes[i]
}

func (t *Tree) open(name string, index, ord int32, off int) int32 {
	t.add(name, index, ord, off, 0)
	t.top = int32(len(t.Nodes))
	return t.top - 1
}

func (t *Tree) close(i int32, off int) {
	if t.full() {
		t.fill(i, off)
	}
	n := &t.Nodes[i]
	n.Len = int32(off) - n.Off
	n.Last = int32(len(t.Nodes))
	t.top = n.Parent + 1
}

// fill makes one leaf of what a full tree has left out at the end of node i.
func (t *Tree) fill(i int32, off int) {
	at := t.Nodes[i].Off
	t.Nodes[i].Last = int32(len(t.Nodes))
	for k := range t.Children(int(i)) {
		at = t.Nodes[k].Off + t.Nodes[k].Len
	}
	if int(at) < off {
		t.add("more", -1, 0, int(at), off-int(at)).Kind = Opaque
	}
}

// IsLeaf reports whether node i has nothing below it.
func (t *Tree) IsLeaf(i int) bool { return int(t.Nodes[i].Last) == i+1 }

// Children yields the indexes of the nodes directly below node i; -1 asks for the roots.
func (t *Tree) Children(i int) iter.Seq[int] {
	return func(yield func(int) bool) {
		from, to := i+1, len(t.Nodes)
		if i >= 0 {
			to = int(t.Nodes[i].Last)
		}
		for from < to {
			if !yield(from) {
				return
			}
			from = int(t.Nodes[from].Last)
		}
	}
}

// Path returns the dotted path of node i.
func (t *Tree) Path(i int) string { return string(t.AppendPath(nil, i)) }

// AppendPath appends the dotted path of node i.
func (t *Tree) AppendPath(b []byte, i int) []byte {
	n := &t.Nodes[i]
	if n.Parent >= 0 {
		b = t.AppendPath(b, int(n.Parent))
	}
	return appendStep(b, n.Name, n.Index, n.Ord, false)
}

// Step returns the last step of node i's path: a name or a place in a list.
func (t *Tree) Step(i int) string {
	n := &t.Nodes[i]
	return string(appendStep(nil, n.Name, n.Index, n.Ord, false))
}

// Find returns the node at path, or -1.
func (t *Tree) Find(path string) int {
	for i := range t.Nodes {
		if t.Path(i) == path {
			return i
		}
	}
	return -1
}

func appendStep(b []byte, name string, index, ord int32, described bool) []byte {
	switch {
	case index >= 0 && described:
		return append(b, "[i]"...)
	case index >= 0:
		b = append(b, '[')
		b = strconv.AppendInt(b, int64(index), 10)
		return append(b, ']')
	}
	if len(b) > 0 {
		b = append(b, '.')
	}
	b = append(b, name...)
	if ord > 1 {
		b = append(b, '#')
		b = strconv.AppendInt(b, int64(ord), 10)
	}
	return b
}

// Check returns an error unless every node lies within its parent and the leaves of each root cover
// its bytes once, in order.
func (t *Tree) Check() error {
	for i := range t.Nodes {
		n := &t.Nodes[i]
		if n.Off < 0 || n.Len < 0 {
			return fmt.Errorf("%s: negative range", t.Path(i))
		}
		if t.IsLeaf(i) {
			continue
		}
		at := n.Off
		for k := range t.Children(i) {
			child := &t.Nodes[k]
			if child.Off != at {
				return fmt.Errorf("%s: begins at %d, the one before ended at %d", t.Path(k), child.Off, at)
			}
			at += child.Len
		}
		if at != n.Off+n.Len {
			return fmt.Errorf("%s: children end at %d of %d", t.Path(i), at, n.Off+n.Len)
		}
	}
	return nil
}
