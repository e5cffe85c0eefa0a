package message

import "github.com/tlsprobe/tlsprobe/internal/wire"

// RenegotiationInfo ties a handshake to the one before it on the same connection; empty in the first. RFC 5746, Section 3.2.
type RenegotiationInfo struct {
	RenegotiatedConnection []byte
}

func (x *RenegotiationInfo) layout(c *wire.Codec) {
	c.Opaque8("renegotiated_connection", &x.RenegotiatedConnection, 0, 1<<8-1)
}
