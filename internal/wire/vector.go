package wire

import "fmt"

// Opaque8 is opaque name<min..max> with a length of one byte. Reading aliases the input.
func (c *Codec) Opaque8(name string, p *[]byte, min, max int) { c.opaque(name, 1, p, min, max, Opaque) }

// Opaque16 is opaque name<min..max> with a length of two bytes. Reading aliases the input.
func (c *Codec) Opaque16(name string, p *[]byte, min, max int) {
	c.opaque(name, 2, p, min, max, Opaque)
}

// Opaque24 is opaque name<min..max> with a length of three bytes. Reading aliases the input.
func (c *Codec) Opaque24(name string, p *[]byte, min, max int) {
	c.opaque(name, 3, p, min, max, Opaque)
}

// Text8 is an [Codec.Opaque8] that holds words, such as a protocol name.
func (c *Codec) Text8(name string, p *[]byte, min, max int) { c.opaque(name, 1, p, min, max, Text) }

// Text16 is an [Codec.Opaque16] that holds words, such as a host name.
func (c *Codec) Text16(name string, p *[]byte, min, max int) { c.opaque(name, 2, p, min, max, Text) }

func (c *Codec) opaque(name string, width int, p *[]byte, min, max int, kind Kind) {
	if c.mode == reading && c.tree == nil { // nobody looks: no block, no nodes
		if b, ok := c.quick(width, min, max); ok {
			*p = b
			return
		}
	}
	if c.failed {
		return
	}
	c.push(name, -1, 0)
	if node := c.node(); node != nil {
		node.Kind = kind
	}
	at := c.enter(width, min, max)
	if c.mode == reading && !c.failed {
		*p = c.buf[c.off:c.off:c.off] // present, if empty
	}
	if c.mode != reading || c.More() {
		c.bytes("bytes", c.end-c.off, p, kind)
	}
	c.exit(at, width, max)
}

// quick reads an opaque vector that has nothing wrong with it.
func (c *Codec) quick(width, min, max int) ([]byte, bool) {
	if c.failed || c.end-c.off < width {
		return nil, false
	}
	n := int(readUint(c.buf[c.off : c.off+width]))
	if n < min || n > max || n > c.end-c.off-width {
		return nil, false
	}
	from := c.off + width
	c.off = from + n
	return c.buf[from:c.off:c.off], true
}

// Vector is a block with a length prefix of width bytes, whose content body lays out.
func Vector[T any](c *Codec, name string, width, min, max int, v *T, body func(*T, *Codec)) {
	if c.failed {
		return
	}
	c.push(name, -1, 0)
	at := c.enter(width, min, max)
	if !c.failed {
		body(v, c)
	}
	c.exit(at, width, max)
}

// Group is a block without a prefix: a struct within a struct.
func Group[T any](c *Codec, name string, v *T, body func(*T, *Codec)) {
	if c.failed {
		return
	}
	c.group(name, 0)
	body(v, c)
	c.ungroup()
}

// Entry is a block whose name is found while reading, such as an extension: ord tells repeated
// siblings apart (from 1). Its own header is laid out by body before the length is entered.
func Entry[T any](c *Codec, name string, ord int, v *T, body func(*T, *Codec)) {
	if c.failed {
		return
	}
	c.group(name, ord)
	body(v, c)
	c.ungroup()
}

func (c *Codec) group(name string, ord int) { c.push(name, -1, int32(ord)) }

// ungroup leaves a block without an end of its own: what spoils it spoils what encloses it.
func (c *Codec) ungroup() {
	failed := c.failed
	c.pop()
	c.failed = failed
}

// Body is the length-prefixed rest of an [Entry]: the prefix is a field, the content is not a block
// of its own in the tree.
func Body[T any](c *Codec, width, min, max int, v *T, body func(*T, *Codec)) {
	if c.failed {
		return
	}
	end := c.end
	at := c.enter(width, min, max)
	short := c.failed
	if !short {
		body(v, c)
	}
	c.leave(at, width, max)
	c.end, c.failed = end, short
}

// List is a vector of structs with a length prefix of width bytes: T name<min..max>.
func List[T any](c *Codec, name string, width, min, max int, list *[]T, elem func(*T, *Codec)) {
	if c.failed {
		return
	}
	c.push(name, -1, 0)
	at := c.enter(width, min, max)
	Items(c, list, elem)
	c.exit(at, width, max)
}

// Items is a run of structs that fills the innermost block.
func Items[T any](c *Codec, list *[]T, elem func(*T, *Codec)) {
	switch c.mode {
	case reading:
		*list = (*list)[:0]
		for i := int32(0); c.More(); i++ {
			var zero T
			*list = append(*list, zero)
			from := c.off
			oneItem(c, i, &(*list)[i], elem)
			if c.off == from { // a layout that takes nothing would repeat for ever
				c.spoil("trailing", -1)
			}
		}
	case writing:
		for i := range *list {
			elem(&(*list)[i], c)
		}
	default:
		oneItem(c, 0, new(T), elem)
	}
}

func oneItem[T any](c *Codec, i int32, v *T, elem func(*T, *Codec)) {
	c.push("", i, 0)
	elem(v, c)
	c.ungroup()
}

// Codes8 is a vector of one-byte values with a length prefix of width bytes.
func Codes8[T ~uint8](c *Codec, name string, width, min, max int, list *[]T) {
	codes(c, name, width, min, max, list, 1, u8[T])
}

// Codes16 is a vector of two-byte values with a length prefix of width bytes.
func Codes16[T ~uint16](c *Codec, name string, width, min, max int, list *[]T) {
	codes(c, name, width, min, max, list, 2, u16[T])
}

// codes is a vector of values of size bytes, each of which one lays out.
func codes[T any](c *Codec, name string, width, min, max int, list *[]T, size int, one func(*Codec, string, int32, *T)) {
	if c.failed {
		return
	}
	c.push(name, -1, 0)
	at := c.enter(width, min, max)
	switch c.mode {
	case reading:
		tree := c.tree
		if tree != nil && tree.Shallow {
			c.Record(nil)
		}
		*list = make([]T, 0, c.Remaining()/size)
		for i := int32(0); c.More(); i++ {
			var zero T
			*list = append(*list, zero) // laid out in its place: a variable of its own would be an allocation each
			one(c, "", i, &(*list)[i])
			if c.failed {
				*list = (*list)[:i]
			}
		}
		c.Record(tree)
	case writing:
		for i := range *list {
			one(c, "", int32(i), &(*list)[i])
		}
	default:
		one(c, "", 0, new(T))
	}
	c.exit(at, width, max)
}

// enter reads, reserves or names a length prefix and narrows the block to what it says. It returns
// what leave wants.
func (c *Codec) enter(width, min, max int) int {
	switch c.mode {
	case writing:
		for range width {
			c.buf = append(c.buf, 0)
		}
		return len(c.buf)
	case describing:
		c.paths = append(c.paths, c.path("length"))
		return 0
	}
	b := c.take("length", -1, width)
	if b == nil {
		return -1
	}
	n := int(readUint(b))
	c.number("length", -1, width, uint64(n), nil)
	at := c.off
	c.off += width
	if left := c.end - c.off; n > left {
		c.markBad()
		if c.remembers() {
			c.diagnose(LengthOverrun, "length", at, width, "at most "+count(left), count(n))
		}
		n = left
	} else if n < min || n > max {
		c.markBad()
		if c.remembers() {
			c.diagnose(LengthOutOfBounds, "length", at, width, fmt.Sprintf("%d to %d bytes", min, max), count(n))
		}
	}
	c.end = c.off + n
	return 0
}

// leave ends what enter began: trailing bytes are accounted for, a reserved length is filled in.
func (c *Codec) leave(at, width, max int) {
	switch c.mode {
	case reading:
		c.finishBlock()
	case writing:
		n := len(c.buf) - at
		if n > max || n >= 1<<(8*width) {
			c.diagnose(LengthOutOfBounds, "length", at-width, width, "at most "+count(max), count(n))
		}
		for i := range width {
			c.buf[at-1-i] = byte(n >> (8 * i))
		}
	}
}

// exit is leave and pop. A block that could not be entered for want of bytes spoils what encloses it.
func (c *Codec) exit(at, width, max int) {
	c.leave(at, width, max)
	c.pop()
	if at < 0 {
		c.failed = true
	}
}

// node returns the innermost block's node, nil where it is not recorded.
func (c *Codec) node() *Node {
	i := c.stack[len(c.stack)-1].node
	if i < 0 {
		return nil
	}
	return &c.tree.Nodes[i]
}

// markBad flags the node recorded last.
func (c *Codec) markBad() {
	if c.tree != nil && !c.tree.full() {
		c.tree.Nodes[len(c.tree.Nodes)-1].Bad = true
	}
}
