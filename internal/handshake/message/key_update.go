package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// KeyUpdate announces that its sender moves to its next traffic key. RFC 8446, Section 4.6.3.
type KeyUpdate struct {
	RequestUpdate iana.KeyUpdateRequest
}

// The requests of a KeyUpdate.
const (
	UpdateNotRequested iana.KeyUpdateRequest = 0
	UpdateRequested    iana.KeyUpdateRequest = 1
)

// Type implements Message.
func (*KeyUpdate) Type() iana.HandshakeType { return iana.KeyUpdate }

// Name implements Message.
func (*KeyUpdate) Name() string { return "key_update" }

func (m *KeyUpdate) layout(c *wire.Codec) { wire.U8(c, "request_update", &m.RequestUpdate) }
