package message

import "github.com/tlsprobe/tlsprobe/internal/wire"

// MaxEarlyData is how many bytes of 0-RTT data a ticket allows. RFC 8446, Section 4.2.10.
type MaxEarlyData struct {
	Size uint32
}

func (x *MaxEarlyData) layout(c *wire.Codec) { c.U32("max_early_data_size", &x.Size) }
