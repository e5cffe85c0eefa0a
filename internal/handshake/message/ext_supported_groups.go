package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// SupportedGroups lists groups in order of preference.
//
//	struct {
//	    NamedGroup named_group_list<2..2^16-1>;
//	} NamedGroupList;                                 RFC 8446, Section 4.2.7
type SupportedGroups struct {
	Groups []iana.Group
}

func (x *SupportedGroups) layout(c *wire.Codec) {
	wire.Codes16(c, "named_group_list", 2, 2, 1<<16-1, &x.Groups)
}
