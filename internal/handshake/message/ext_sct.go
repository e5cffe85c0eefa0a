package message

import (
	"github.com/tlsprobe/tlsprobe/internal/ct"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// SCTList carries signed certificate timestamps. RFC 6962, Section 3.3. Certificates and OCSP responses hold the same list, so
// its layout is that of package ct.
type SCTList struct{ ct.List }

// SerializedSCT is one timestamp in the form of RFC 6962, Section 3.2.
type SerializedSCT = ct.Serialized

func (x *SCTList) layout(c *wire.Codec) { x.Layout(c) }
