package wire

import "encoding/binary"

// CodePoint is a registered value: what a field's number means. Name is empty where the registry
// has none.
type CodePoint interface {
	Name() string
	IsGREASE() bool
}

// U8 is a uint8 field. A type that is a [CodePoint] is recorded with its name.
func U8[T ~uint8](c *Codec, name string, p *T) { u8(c, name, -1, p) }

// U16 is a uint16 field. A type that is a [CodePoint] is recorded with its name.
func U16[T ~uint16](c *Codec, name string, p *T) { u16(c, name, -1, p) }

func u8[T ~uint8](c *Codec, name string, index int32, p *T) {
	switch c.mode {
	case writing:
		c.buf = append(c.buf, byte(*p))
	case describing:
		c.paths = append(c.paths, c.path(describedItem(name, index)))
	default:
		if b := c.take(name, index, 1); b != nil {
			*p = T(b[0])
			if c.tree != nil {
				c.number(name, index, 1, uint64(b[0]), any(*p))
			}
			c.off++
		}
	}
}

func u16[T ~uint16](c *Codec, name string, index int32, p *T) {
	switch c.mode {
	case writing:
		c.buf = binary.BigEndian.AppendUint16(c.buf, uint16(*p))
	case describing:
		c.paths = append(c.paths, c.path(describedItem(name, index)))
	default:
		if b := c.take(name, index, 2); b != nil {
			*p = T(binary.BigEndian.Uint16(b))
			if c.tree != nil {
				c.number(name, index, 2, uint64(*p), any(*p))
			}
			c.off += 2
		}
	}
}

// U24 is a uint24 field.
func (c *Codec) U24(name string, p *uint32) { c.uint(name, 3, p) }

// U32 is a uint32 field.
func (c *Codec) U32(name string, p *uint32) { c.uint(name, 4, p) }

func (c *Codec) uint(name string, width int, p *uint32) {
	switch c.mode {
	case writing:
		c.buf = appendUint(c.buf, width, uint64(*p))
	case describing:
		c.paths = append(c.paths, c.path(name))
	default:
		if b := c.take(name, -1, width); b != nil {
			*p = uint32(readUint(b))
			c.number(name, -1, width, uint64(*p), nil)
			c.off += width
		}
	}
}

// U64 is a uint64 field.
func (c *Codec) U64(name string, p *uint64) {
	switch c.mode {
	case writing:
		c.buf = binary.BigEndian.AppendUint64(c.buf, *p)
	case describing:
		c.paths = append(c.paths, c.path(name))
	default:
		if b := c.take(name, -1, 8); b != nil {
			*p = binary.BigEndian.Uint64(b)
			c.number(name, -1, 8, *p, nil)
			c.off += 8
		}
	}
}

// Fixed is an array of fixed length: opaque name[len(p)].
func (c *Codec) Fixed(name string, p []byte) {
	switch c.mode {
	case writing:
		c.buf = append(c.buf, p...)
	case describing:
		c.paths = append(c.paths, c.path(name))
	default:
		if b := c.take(name, -1, len(p)); b != nil {
			copy(p, b)
			c.leaf(name, -1, len(p), Opaque)
			c.off += len(p)
		}
	}
}

// Opaque is n bytes without a prefix, n being known from elsewhere. Reading aliases the input.
func (c *Codec) Opaque(name string, n int, p *[]byte) { c.bytes(name, n, p, Opaque) }

// Rest is whatever is left of the innermost block. Reading aliases the input; nothing is recorded
// when nothing is left.
func (c *Codec) Rest(name string, p *[]byte) {
	if c.mode == reading && c.off >= c.end {
		return
	}
	c.bytes(name, c.end-c.off, p, Opaque)
}

func (c *Codec) bytes(name string, n int, p *[]byte, kind Kind) {
	switch c.mode {
	case writing:
		c.buf = append(c.buf, *p...)
	case describing:
		c.paths = append(c.paths, c.path(name))
	default:
		if b := c.take(name, -1, n); b != nil {
			*p = b
			c.leaf(name, -1, n, kind)
			c.off += n
		}
	}
}

// Leaf records the next n bytes of the block under name and returns them: for readers of other
// encodings, such as DER, that walk by themselves. It returns nil where n bytes are not there.
func (c *Codec) Leaf(name string, n int, kind Kind) []byte {
	if c.mode == describing {
		c.paths = append(c.paths, c.path(name))
		return nil
	}
	if n < 0 {
		n = 0
	}
	b := c.take(name, -1, n)
	if b != nil {
		c.leaf(name, -1, n, kind)
		c.off += n
	}
	return b
}

// LeafNumber records the next n bytes under name as a number, or as a code point where code is one.
func (c *Codec) LeafNumber(name string, n int, value uint64, code any) {
	if c.mode == describing {
		c.paths = append(c.paths, c.path(name))
		return
	}
	if b := c.take(name, -1, n); b != nil {
		c.number(name, -1, n, value, code)
		c.off += n
	}
}

// Peek returns the unread bytes of the innermost block; nil unless reading.
func (c *Codec) Peek() []byte {
	if c.mode != reading || c.failed {
		return nil
	}
	return c.buf[c.off:c.end:c.end]
}

func (c *Codec) number(name string, index int32, n int, v uint64, code any) {
	if node := c.leaf(name, index, n, Uint); node != nil {
		node.Num = v
		if cp, ok := code.(CodePoint); ok {
			node.Kind, node.Code = Code, cp
		}
	}
}

func appendUint(b []byte, width int, v uint64) []byte {
	for i := width - 1; i >= 0; i-- {
		b = append(b, byte(v>>(8*i)))
	}
	return b
}

func readUint(b []byte) uint64 {
	var v uint64
	for _, x := range b {
		v = v<<8 | uint64(x)
	}
	return v
}

func describedItem(name string, index int32) string {
	if index >= 0 {
		return "[i]"
	}
	return name
}
