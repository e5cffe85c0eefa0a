package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// ServerNameList names the server that is meant.
//
//	struct {
//	    ServerName server_name_list<1..2^16-1>
//	} ServerNameList;                                 RFC 6066, Section 3
type ServerNameList struct {
	Names []ServerName
}

// ServerName is one name. A type other than host_name is kept raw.
type ServerName struct {
	NameType iana.NameType
	HostName []byte
}

func (x *ServerNameList) layout(c *wire.Codec) {
	wire.List(c, "server_name_list", 2, 1, 1<<16-1, &x.Names, (*ServerName).layout)
}

func (n *ServerName) layout(c *wire.Codec) {
	wire.U8(c, "name_type", &n.NameType)
	c.Text16("host_name", &n.HostName, 1, 1<<16-1)
}
