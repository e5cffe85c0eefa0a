package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// MaxFragmentLength asks for records of at most 2^9 to 2^12 bytes. RFC 6066, Section 4.
type MaxFragmentLength struct {
	Code iana.MaxFragmentLength
}

func (x *MaxFragmentLength) layout(c *wire.Codec) { wire.U8(c, "max_fragment_length", &x.Code) }
