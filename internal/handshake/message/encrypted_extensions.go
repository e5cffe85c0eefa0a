package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// EncryptedExtensions answers the extensions that need not be seen in the clear.
//
//	struct {
//	    Extension extensions<0..2^16-1>;
//	} EncryptedExtensions;                            RFC 8446, Section 4.3.1
type EncryptedExtensions struct {
	Extensions Extensions
}

// Type implements Message.
func (*EncryptedExtensions) Type() iana.HandshakeType { return iana.EncryptedExtensions }

// Name implements Message.
func (*EncryptedExtensions) Name() string { return "encrypted_extensions" }

func (m *EncryptedExtensions) layout(c *wire.Codec) { m.Extensions.layout(c, inEncryptedExtensions) }
