package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// NewSessionTicket offers a later resumption in TLS 1.3.
//
//	struct {
//	    uint32 ticket_lifetime;
//	    uint32 ticket_age_add;
//	    opaque ticket_nonce<0..255>;
//	    opaque ticket<1..2^16-1>;
//	    Extension extensions<0..2^16-2>;
//	} NewSessionTicket;                               RFC 8446, Section 4.6.1
type NewSessionTicket struct {
	Lifetime   uint32 // seconds
	AgeAdd     uint32
	Nonce      []byte
	Ticket     []byte
	Extensions Extensions
}

// Type implements Message.
func (*NewSessionTicket) Type() iana.HandshakeType { return iana.NewSessionTicket }

// Name implements Message.
func (*NewSessionTicket) Name() string { return "new_session_ticket" }

func (m *NewSessionTicket) layout(c *wire.Codec) {
	c.U32("ticket_lifetime", &m.Lifetime)
	c.U32("ticket_age_add", &m.AgeAdd)
	c.Opaque8("ticket_nonce", &m.Nonce, 0, 255)
	c.Opaque16("ticket", &m.Ticket, 1, 1<<16-1)
	m.Extensions.layout(c, inNewSessionTicket)
}

// NewSessionTicket12 offers a later resumption before TLS 1.3.
//
//	struct {
//	    uint32 ticket_lifetime_hint;
//	    opaque ticket<0..2^16-1>;
//	} NewSessionTicket;                               RFC 5077, Section 3.3
type NewSessionTicket12 struct {
	LifetimeHint uint32 // seconds; 0: not said
	Ticket       []byte
}

// Type implements Message.
func (*NewSessionTicket12) Type() iana.HandshakeType { return iana.NewSessionTicket }

// Name implements Message.
func (*NewSessionTicket12) Name() string { return "new_session_ticket" }

func (m *NewSessionTicket12) layout(c *wire.Codec) {
	c.U32("ticket_lifetime_hint", &m.LifetimeHint)
	c.Opaque16("ticket", &m.Ticket, 0, 1<<16-1)
}
