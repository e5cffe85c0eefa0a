package trace

import (
	"iter"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// Fields is a field of a message and what stands below it: a place in a tree together with the bytes
// it is about. The zero value is a field that is not there; everything may be asked of it, so that a
// chain of steps needs no checks in between.
type Fields struct {
	tree *wire.Tree
	buf  []byte
	at   int32 // index of the node plus one; 0: not there
}

// FieldsOf returns the first root of a tree over buf.
func FieldsOf(tree *wire.Tree, buf []byte) Fields {
	if tree == nil || len(tree.Nodes) == 0 {
		return Fields{}
	}
	return Fields{tree, buf, 1}
}

// Fields returns the root of the event's tree: of a message, the message.
func (e *Event) Fields() Fields {
	if e == nil || e.Buf == nil {
		return Fields{}
	}
	return FieldsOf(e.Tree, e.Buf.Bytes)
}

// OK reports whether the field is there.
func (f Fields) OK() bool { return f.at > 0 }

// Index returns the place of the node in its tree, -1 for a field that is not there.
func (f Fields) Index() int { return int(f.at) - 1 }

// Node returns the node; the zero node for a field that is not there.
func (f Fields) Node() wire.Node {
	if f.at == 0 {
		return wire.Node{}
	}
	return f.tree.Nodes[f.at-1]
}

// Path returns the dotted path, empty for a field that is not there.
func (f Fields) Path() string {
	if f.at == 0 {
		return ""
	}
	return f.tree.Path(f.Index())
}

// At follows names downwards. Of siblings with the same name it takes the first.
func (f Fields) At(names ...string) Fields {
	for _, name := range names {
		f = f.child(name, -1)
	}
	return f
}

// Item returns item i of a list, counted from 0.
func (f Fields) Item(i int) Fields { return f.child("", int32(i)) }

func (f Fields) child(name string, index int32) Fields {
	if f.at == 0 {
		return f
	}
	nodes := f.tree.Nodes
	for k, last := f.at, nodes[f.at-1].Last; k < last; k = nodes[k].Last {
		if n := &nodes[k]; n.Index == index && (index >= 0 || n.Name == name) {
			f.at = k + 1
			return f
		}
	}
	return Fields{}
}

// Children yields the fields directly below, a length prefix included.
func (f Fields) Children() iter.Seq[Fields] {
	return func(yield func(Fields) bool) {
		if f.at == 0 {
			return
		}
		nodes := f.tree.Nodes
		for k, last := f.at, nodes[f.at-1].Last; k < last; k = nodes[k].Last {
			if !yield(Fields{f.tree, f.buf, k + 1}) {
				return
			}
		}
	}
}

// Items yields the items of a list in their order.
func (f Fields) Items() iter.Seq[Fields] {
	return func(yield func(Fields) bool) {
		for c := range f.Children() {
			if c.tree.Nodes[c.at-1].Index >= 0 && !yield(c) {
				return
			}
		}
	}
}

// Len returns how many items a list has.
func (f Fields) Len() int {
	n := 0
	for range f.Items() {
		n++
	}
	return n
}

// Num returns the value of a number or a code point.
func (f Fields) Num() (uint64, bool) {
	if f.at == 0 {
		return 0, false
	}
	n := &f.tree.Nodes[f.at-1]
	return n.Num, n.Kind == wire.Uint || n.Kind == wire.Code
}

// Code returns a code point; nil for a field that is none.
func (f Fields) Code() *Code {
	if f.at == 0 {
		return nil
	}
	n := &f.tree.Nodes[f.at-1]
	if n.Kind != wire.Code {
		return nil
	}
	c := &Code{Value: n.Num}
	if n.Code != nil {
		c.Name, c.GREASE = n.Code.Name(), n.Code.IsGREASE()
	}
	return c
}

// Bytes returns the bytes of the field, of a vector those after its length prefix. They alias the
// event's buffer.
func (f Fields) Bytes() []byte {
	if f.at == 0 {
		return nil
	}
	return contentOf(f.tree.Nodes, f.Index(), f.buf)
}

// Raw returns all bytes of the field, its length prefix included. They alias the event's buffer.
func (f Fields) Raw() []byte {
	if f.at == 0 {
		return nil
	}
	n := &f.tree.Nodes[f.at-1]
	to := max(0, min(int(n.Off)+int(n.Len), len(f.buf)))
	from := max(0, min(int(n.Off), to))
	return f.buf[from:to:to]
}

// Text returns the words of a field that holds words. They are the peer's: sinks must escape them.
func (f Fields) Text() (string, bool) {
	if f.at == 0 || f.tree.Nodes[f.at-1].Kind != wire.Text {
		return "", false
	}
	return string(f.Bytes()), true
}

// Find returns the field at a dotted path that begins with the name of the root, as in
// "client_hello.extensions.key_share.client_shares[1].group".
func (f Fields) Find(path string) Fields {
	if f.at == 0 {
		return f
	}
	rest, ok := cutStep(path, &f.tree.Nodes[f.at-1])
	if !ok {
		return Fields{}
	}
	if rest == "" {
		return f
	}
	for c := range f.Children() {
		if found := c.Find(rest); found.OK() {
			return found
		}
	}
	return Fields{}
}

// cutStep takes a node's step off the front of a path, and the dot behind it.
func cutStep(path string, n *wire.Node) (rest string, ok bool) {
	if n.Index >= 0 {
		end := strings.IndexByte(path, ']')
		if end < 2 || path[0] != '[' {
			return "", false
		}
		if i, err := strconv.ParseInt(path[1:end], 10, 32); err != nil || int32(i) != n.Index {
			return "", false
		}
		rest = path[end+1:]
	} else {
		if rest, ok = strings.CutPrefix(path, n.Name); !ok || n.Name == "" {
			return "", false
		}
		if rest, ok = cutOrd(rest, n.Ord); !ok {
			return "", false
		}
	}
	switch {
	case rest == "" || rest[0] == '[':
		return rest, true
	case rest[0] == '.' && len(rest) > 1:
		return rest[1:], true
	}
	return "", false
}

// cutOrd takes "#n" off the front; it may be left out where n is 1.
func cutOrd(rest string, ord int32) (string, bool) {
	if rest == "" || rest[0] != '#' {
		return rest, ord <= 1
	}
	end := 1
	for end < len(rest) && '0' <= rest[end] && rest[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(rest[1:end], 10, 32)
	return rest[end:], err == nil && int32(n) == max(ord, 1)
}
