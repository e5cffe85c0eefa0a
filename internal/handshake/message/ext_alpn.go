package message

import "github.com/tlsprobe/tlsprobe/internal/wire"

// ALPN lists protocol names in order of preference; the answer holds exactly one.
//
//	struct {
//	    ProtocolName protocol_name_list<2..2^16-1>
//	} ProtocolNameList;                               RFC 7301, Section 3.1
type ALPN struct {
	Protocols []ProtocolName
}

// ProtocolName is the identifier of an application protocol, bytes in principle.
type ProtocolName struct{ Name []byte }

func (x *ALPN) layout(c *wire.Codec) {
	wire.List(c, "protocol_name_list", 2, 2, 1<<16-1, &x.Protocols, (*ProtocolName).layout)
}

func (p *ProtocolName) layout(c *wire.Codec) { c.Text8("name", &p.Name, 1, 1<<8-1) }

// NextProtocols is the server's list of next_protocol_negotiation, the forerunner of ALPN.
type NextProtocols struct {
	Protocols []ProtocolName
}

func (x *NextProtocols) layout(c *wire.Codec) { wire.Items(c, &x.Protocols, (*ProtocolName).layout) }
