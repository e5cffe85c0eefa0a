package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// ECPointFormats lists the point formats that can be read. RFC 8422, Section 5.1.2.
type ECPointFormats struct {
	Formats []iana.ECPointFormat
}

func (x *ECPointFormats) layout(c *wire.Codec) {
	wire.Codes8(c, "ec_point_format_list", 1, 1, 1<<8-1, &x.Formats)
}
