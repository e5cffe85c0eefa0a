package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// SupportedVersions lists the client's versions in order of preference. RFC 8446, Section 4.2.1.
type SupportedVersions struct {
	Versions []iana.Version
}

func (x *SupportedVersions) layout(c *wire.Codec) {
	wire.Codes16(c, "versions", 1, 2, 254, &x.Versions)
}

// SelectedVersion is the server's choice. RFC 8446, Section 4.2.1.
type SelectedVersion struct {
	Version iana.Version
}

func (x *SelectedVersion) layout(c *wire.Codec) { wire.U16(c, "selected_version", &x.Version) }
