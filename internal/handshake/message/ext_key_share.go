package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// KeyShares is the client's key shares in order of preference; none asks for a HelloRetryRequest.
//
//	struct {
//	    KeyShareEntry client_shares<0..2^16-1>;
//	} KeyShareClientHello;                            RFC 8446, Section 4.2.8
type KeyShares struct {
	Shares []KeyShareEntry
}

// KeyShareEntry is a public value in a group.
type KeyShareEntry struct {
	Group       iana.Group
	KeyExchange []byte
	fromServer  bool
}

func (x *KeyShares) layout(c *wire.Codec) {
	wire.List(c, "client_shares", 2, 0, 1<<16-1, &x.Shares, (*KeyShareEntry).layout)
}

func (e *KeyShareEntry) layout(c *wire.Codec) {
	wire.U16(c, "group", &e.Group)
	if c.Recording() {
		wire.Vector(c, "key_exchange", 2, 1, 1<<16-1, e, (*KeyShareEntry).parts)
	} else {
		c.Opaque16("key_exchange", &e.KeyExchange, 1, 1<<16-1)
	}
}

// ServerKeyShare is the server's key share. RFC 8446, Section 4.2.8.
type ServerKeyShare struct {
	Share KeyShareEntry
}

func (x *ServerKeyShare) layout(c *wire.Codec) {
	x.Share.fromServer = true
	wire.Group(c, "server_share", &x.Share, (*KeyShareEntry).layout)
}

// SelectedGroup is the group that a HelloRetryRequest asks for. RFC 8446, Section 4.2.8.
type SelectedGroup struct {
	Group iana.Group
}

func (x *SelectedGroup) layout(c *wire.Codec) { wire.U16(c, "selected_group", &x.Group) }
