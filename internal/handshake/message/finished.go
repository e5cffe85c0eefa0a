package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// Finished proves that both sides saw the same handshake: 12 bytes before TLS 1.3 (36 in SSL 3.0),
// the length of the hash since. RFC 8446, Section 4.4.4.
type Finished struct {
	VerifyData []byte
}

// Type implements Message.
func (*Finished) Type() iana.HandshakeType { return iana.Finished }

// Name implements Message.
func (*Finished) Name() string { return "finished" }

func (m *Finished) layout(c *wire.Codec) { c.Rest("verify_data", &m.VerifyData) }
