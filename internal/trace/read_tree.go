package trace

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// maxDepth is how deep a tree may go; the fields of certificates, the deepest there are, stay below
// half of it.
const maxDepth = 64

// readCode is a code point as a file names it.
type readCode struct {
	name   string
	grease bool
}

// Name implements wire.CodePoint.
func (c readCode) Name() string { return c.name }

// IsGREASE implements wire.CodePoint.
func (c readCode) IsGREASE() bool { return c.grease }

// readTree reads a tree over buf out of JSON that is known to be well-formed, and holds it to the
// bytes: each node lies within its parent, the roots within buf. Values of bytes and words are not
// read but taken from buf.
func readTree(v *values, root, trailing json.RawMessage, buf []byte, left *int) (*wire.Tree, error) {
	nodes := bytes.Count(root, []byte(`"path"`)) + bytes.Count(trailing, []byte(`"path"`))
	r := treeReader{tree: wire.NewTree(max(0, min(nodes, *left))), s: scanner{b: root}, left: left, values: v}
	if err := r.node(-1, 0); err != nil {
		return nil, err
	}
	if !isNull(trailing) {
		r.s = scanner{b: trailing}
		if err := r.s.array(func() error { return r.node(-1, 0) }); err != nil {
			return nil, err
		}
	}
	return r.tree, r.settle(len(buf))
}

type treeReader struct {
	tree *wire.Tree
	s    scanner
	left *int // nodes that the document may still have

	values *values
}

// node reads a node and those below it. Its name is the whole path until settle, which knows the
// parent's: the keys of an object may come in any order.
func (r *treeReader) node(parent int32, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: deeper than %d", ErrTooLarge, maxDepth)
	}
	if *r.left--; *r.left < 0 {
		return fmt.Errorf("%w: more than %d nodes", ErrTooLarge, maxNodes)
	}
	at := int32(len(r.tree.Nodes))
	r.tree.Nodes = append(r.tree.Nodes, wire.Node{})
	n := wire.Node{Index: -1, Off: -1, Len: -1, Parent: parent}
	err := r.s.object(func(key []byte) (err error) {
		switch string(key) {
		case "path":
			n.Name, err = r.s.text()
		case "off":
			n.Off, err = r.s.int32()
		case "len":
			n.Len, err = r.s.int32()
		case "value":
			err = r.value(&n)
		case "kind":
			if kind, _ := r.s.text(); kind == "text" {
				n.Kind = wire.Text
			}
		case "bad":
			n.Bad = string(r.s.skip()) == "true"
		case "children":
			err = r.s.array(func() error { return r.node(at, depth+1) })
		default:
			r.s.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	if n.Name == "" || n.Off < 0 || n.Len < 0 {
		return errors.New("a node has no path, no off or no len")
	}
	n.Last = int32(len(r.tree.Nodes))
	r.tree.Nodes[at] = n
	return nil
}

// value reads what kind of node it is from the kind of JSON its value is.
func (r *treeReader) value(n *wire.Node) error {
	switch r.s.peek() {
	case '"':
		if n.Kind != wire.Text {
			n.Kind = wire.Opaque
		}
		r.s.skip()
		return nil
	case '{':
		var c Code
		if err := r.values.read(&r.s, &c); err != nil {
			return err
		}
		n.Kind, n.Num, n.Code = wire.Code, c.Value, readCode{c.Name, c.GREASE}
		return nil
	case 'n':
		r.s.skip()
		return nil
	}
	var err error
	n.Kind = wire.Uint
	n.Num, err = strconv.ParseUint(string(r.s.skip()), 10, 64)
	return err
}

// settle turns paths into names, from the last node to the first so that parents still have theirs,
// and checks the ranges.
func (r *treeReader) settle(size int) error {
	nodes := r.tree.Nodes
	for i := len(nodes) - 1; i >= 0; i-- {
		n := &nodes[i]
		parent := wire.Node{Len: int32(min(size, math.MaxInt32))}
		if n.Parent >= 0 {
			parent = nodes[n.Parent]
		}
		if n.Off < parent.Off || int64(n.Off)+int64(n.Len) > int64(parent.Off)+int64(parent.Len) {
			return fmt.Errorf("%.128q: %d bytes at %d are not within what encloses them", n.Name, n.Len, n.Off)
		}
		if err := takeStep(n, parent.Name); err != nil {
			return err
		}
		if n.Name == stepBytes && n.Kind == wire.Struct && isBytes(parent.Kind) {
			n.Kind = parent.Kind
		}
	}
	return nil
}

// takeStep turns a node's path into its name, place and occurrence.
func takeStep(n *wire.Node, parent string) error {
	step, ok := strings.CutPrefix(n.Name, parent)
	if !ok || step == "" {
		return fmt.Errorf("%.128q is no path below %.128q", n.Name, parent)
	}
	if inner, ok := strings.CutPrefix(step, "["); ok {
		i, err := strconv.ParseInt(strings.TrimSuffix(inner, "]"), 10, 32)
		if err != nil || i < 0 || step != "["+strconv.FormatInt(i, 10)+"]" {
			return fmt.Errorf("%.128q is no path", n.Name)
		}
		n.Name, n.Index = "", int32(i)
		return nil
	}
	if parent != "" {
		if step, ok = strings.CutPrefix(step, "."); !ok {
			return fmt.Errorf("%.128q is no path below %.128q", n.Name, parent)
		}
	}
	if at := strings.LastIndexByte(step, '#'); at > 0 {
		ord, err := strconv.ParseInt(step[at+1:], 10, 32)
		if err == nil && ord > 1 && step[at+1:] == strconv.FormatInt(ord, 10) {
			step, n.Ord = step[:at], int32(ord)
		}
	}
	if step == "" {
		return fmt.Errorf("%.128q is no path", n.Name)
	}
	n.Name = step
	return nil
}
