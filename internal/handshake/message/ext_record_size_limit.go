package message

import "github.com/tlsprobe/tlsprobe/internal/wire"

// RecordSizeLimit is the largest plaintext, in bytes, that its sender will read. RFC 8449, Section 4.
type RecordSizeLimit struct {
	Limit uint16
}

func (x *RecordSizeLimit) layout(c *wire.Codec) { wire.U16(c, "record_size_limit", &x.Limit) }
