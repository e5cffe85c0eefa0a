package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// PSKKeyExchangeModes says how a pre-shared key may be used. RFC 8446, Section 4.2.9.
type PSKKeyExchangeModes struct {
	Modes []iana.PSKKeyExchangeMode
}

func (x *PSKKeyExchangeModes) layout(c *wire.Codec) {
	wire.Codes8(c, "ke_modes", 1, 1, 255, &x.Modes)
}
