package message

import "github.com/tlsprobe/tlsprobe/internal/wire"

// Cookie is state that the server gives out in a HelloRetryRequest and wants back. RFC 8446, Section 4.2.2.
type Cookie struct {
	Cookie []byte
}

func (x *Cookie) layout(c *wire.Codec) { c.Opaque16("cookie", &x.Cookie, 1, 1<<16-1) }
