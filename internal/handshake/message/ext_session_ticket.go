package message

import "github.com/tlsprobe/tlsprobe/internal/wire"

// SessionTicket is a ticket to resume with, or empty to ask for one or to promise one. RFC 5077, Section 3.2.
type SessionTicket struct {
	Ticket []byte
}

func (x *SessionTicket) layout(c *wire.Codec) { c.Rest("ticket", &x.Ticket) }
