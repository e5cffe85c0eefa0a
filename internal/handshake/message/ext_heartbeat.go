package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// Heartbeat offers or allows heartbeats. RFC 6520, Section 2.
type Heartbeat struct {
	Mode iana.HeartbeatMode
}

func (x *Heartbeat) layout(c *wire.Codec) { wire.U8(c, "mode", &x.Mode) }
