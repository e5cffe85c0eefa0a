// Package wire is the codec: a byte layout written once, in the order of the RFC's presentation
// language, reads bytes into a struct, writes the struct to bytes, lists the paths it knows, and,
// when somebody is looking, records a tree of fields with their byte ranges.
//
// A layout is a function over a [Codec] that names each field and points at where it lives:
//
//	func (m *ServerHello) layout(c *wire.Codec) {
//		wire.U16(c, "legacy_version", &m.LegacyVersion)
//		c.Fixed("random", m.Random[:])
//		c.Opaque8("legacy_session_id_echo", &m.SessionIDEcho, 0, 32)
//		…
//	}
//
// Reading is tolerant: a bad length is clamped to what encloses it, the rest is kept as raw bytes,
// and a [Diagnostic] says where and what. It never panics and never allocates more than its input
// justifies. For input without a diagnostic, writing what was read gives the same bytes.
package wire

import "fmt"

type mode uint8

const (
	reading mode = iota
	writing
	describing
)

// Codec carries a layout over bytes. It is made by [NewReader], [NewWriter] or [Describe], used by
// one goroutine, and good for one pass.
type Codec struct {
	mode   mode
	failed bool // reading: nothing more can be made of the innermost block
	named  bool // reading: layouts name everything, as if a tree were recorded
	buf    []byte
	off    int // reading: the next byte
	end    int // reading: one past the innermost block
	env    any
	tree   *Tree
	diags  []Diagnostic
	stack  []frame
	space  [12]frame // the stack's first home, so that ordinary depth costs no allocation
	paths  []string  // describing: what was found
}

// frame is a block that has been entered and what to go back to.
type frame struct {
	name   string
	index  int32 // place in a list, or -1
	ord    int32 // occurrence among siblings of the same name, from 1
	node   int32 // in the tree
	end    int
	failed bool
}

// NewReader returns a codec that reads buf. With a tree it records every field; env is what
// layouts that depend on their surroundings ask for through [Codec.Env].
func NewReader(buf []byte, env any, tree *Tree) *Codec {
	c := new(Codec)
	c.Reset(buf, env, tree)
	return c
}

// Reset makes a codec ready to read buf, whatever it did before: who reads much keeps one.
func (c *Codec) Reset(buf []byte, env any, tree *Tree) {
	c.mode, c.failed, c.named = reading, false, false
	c.buf, c.off, c.end, c.env, c.tree = buf, 0, len(buf), env, tree
	c.diags, c.paths, c.stack = nil, nil, c.space[:0]
}

// NewWriter returns a codec that appends to dst.
func NewWriter(dst []byte, env any) *Codec {
	c := &Codec{mode: writing, buf: dst, env: env}
	c.stack = c.space[:0]
	return c
}

// Describe runs a layout without input and returns every path that it knows, in layout order. List
// items appear as [i].
func Describe(env any, layout func(*Codec)) []string {
	c := &Codec{mode: describing, env: env}
	c.stack = c.space[:0]
	layout(c)
	return c.paths
}

// Reading reports whether bytes are being read.
func (c *Codec) Reading() bool { return c.mode == reading }

// Writing reports whether bytes are being written.
func (c *Codec) Writing() bool { return c.mode == writing }

// Describing reports whether the layout is run to list its paths: alternatives are then all visited.
func (c *Codec) Describing() bool { return c.mode == describing }

// Recording reports whether a tree is being built; layouts open up opaque values only then.
func (c *Codec) Recording() bool { return c.mode == describing || c.tree != nil || c.named }

// Record makes what is read from here on fields of a tree, of none where it is nil, and returns the tree that it was recorded in
// until now. Between blocks only.
func (c *Codec) Record(t *Tree) *Tree {
	before := c.tree
	c.tree = t
	return before
}

// NameAll makes a reader without a tree name everything that it would name with one, so that its
// diagnostics have the same paths.
func (c *Codec) NameAll() { c.named = true }

// Env returns what the codec was made with, for layouts that depend on version, sender or message.
func (c *Codec) Env() any { return c.env }

// Bytes returns what was written so far.
func (c *Codec) Bytes() []byte { return c.buf }

// Mark returns the current offset: what is signed or truncated by range is cut between marks.
func (c *Codec) Mark() int {
	if c.mode == writing {
		return len(c.buf)
	}
	return c.off
}

// Since returns the bytes from a mark up to the current offset.
func (c *Codec) Since(mark int) []byte {
	if c.mode == writing {
		return c.buf[mark:]
	}
	return c.buf[mark:c.off:c.off]
}

// Remaining returns how many bytes are left in the innermost block; 0 unless reading.
func (c *Codec) Remaining() int {
	if c.mode != reading || c.failed {
		return 0
	}
	return c.end - c.off
}

// More reports whether a repeated layout goes on: reading, while bytes are left in the block.
func (c *Codec) More() bool { return c.mode == reading && !c.failed && c.off < c.end }

// Optional decides about a part that may be missing at the end of a block, such as the extensions
// of a TLS 1.2 hello. It sets or reads *present, so that absent and empty are told apart.
func (c *Codec) Optional(present *bool) bool {
	switch c.mode {
	case reading:
		*present = c.More()
		return *present
	case writing:
		return *present
	default:
		return true
	}
}

// Diagnostics returns what was wrong, in the order met.
func (c *Codec) Diagnostics() []Diagnostic { return c.diags }

// Done ends a read: bytes left over become a leaf and a diagnostic.
func (c *Codec) Done() { c.finishBlock() }

// push enters a block named name; ord above 1 marks a repeated sibling.
func (c *Codec) push(name string, index, ord int32) {
	f := frame{name: name, index: index, ord: ord, node: -1, end: c.end, failed: c.failed}
	if c.tree != nil && !c.tree.full() {
		f.node = c.tree.open(name, index, ord, c.off)
	}
	c.stack = append(c.stack, f)
	if c.mode == describing {
		c.paths = append(c.paths, c.path(""))
	}
}

// pop leaves the innermost block. Reading, the offset is then at its end.
func (c *Codec) pop() {
	f := &c.stack[len(c.stack)-1]
	if f.node >= 0 {
		c.tree.close(f.node, c.off)
	}
	c.end, c.failed = f.end, f.failed
	c.stack = c.stack[:len(c.stack)-1]
}

// finishBlock accounts for what a layout left unread.
func (c *Codec) finishBlock() {
	if c.mode != reading || c.off >= c.end {
		return
	}
	if !c.failed && c.remembers() {
		c.diagnose(Trailing, "", c.off, c.end-c.off, "nothing more", fmt.Sprintf("%d bytes more", c.end-c.off))
	}
	c.leaf("trailing", -1, c.end-c.off, Opaque)
	c.off = c.end
}

// leaf records n bytes at the current offset as a field without children.
func (c *Codec) leaf(name string, index int32, n int, kind Kind) *Node {
	if c.tree == nil || c.tree.full() {
		return nil
	}
	node := c.tree.add(name, index, 0, c.off, n)
	node.Kind = kind
	return node
}

// take returns the next n bytes of the block, or nil and a diagnostic, the rest of the block then
// being one raw leaf.
func (c *Codec) take(name string, index int32, n int) []byte {
	if c.failed {
		return nil
	}
	if left := c.end - c.off; left < n {
		if c.remembers() {
			c.diagnose(Truncated, item(name, index), c.off, left, count(n), count(left))
		}
		c.spoil(name, index)
		return nil
	}
	b := c.buf[c.off : c.off+n : c.off+n]
	return b
}

// spoil makes what is left of the block one raw leaf: nothing after it can be placed.
func (c *Codec) spoil(name string, index int32) {
	if c.off < c.end {
		if node := c.leaf(name, index, c.end-c.off, Opaque); node != nil {
			node.Bad = true
		}
		c.off = c.end
	}
	c.failed = true
}

func count(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

func item(name string, index int32) string {
	if index >= 0 {
		return fmt.Sprintf("[%d]", index)
	}
	return name
}

// path returns the dotted path of the innermost block with name added.
func (c *Codec) path(name string) string {
	var b []byte
	for i := range c.stack {
		f := &c.stack[i]
		b = appendStep(b, f.name, f.index, f.ord, c.mode == describing)
	}
	if name != "" {
		if len(b) > 0 && name[0] != '[' {
			b = append(b, '.')
		}
		b = append(b, name...)
	}
	return string(b)
}
