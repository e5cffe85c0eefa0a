package message

import "github.com/tlsprobe/tlsprobe/internal/wire"

// Padding makes a hello longer with zeros. RFC 7685, Section 3.
type Padding struct {
	Zeros []byte
}

func (x *Padding) layout(c *wire.Codec) { c.Rest("padding", &x.Zeros) }
