package message

import "github.com/tlsprobe/tlsprobe/internal/wire"

// SCTList carries signed certificate timestamps.
//
//	struct {
//	    SerializedSCT sct_list <1..2^16-1>;
//	} SignedCertificateTimestampList;                 RFC 6962, Section 3.3
type SCTList struct {
	SCTs []SerializedSCT
}

// SerializedSCT is one timestamp in the form of RFC 6962, Section 3.2.
type SerializedSCT struct{ Raw []byte }

func (x *SCTList) layout(c *wire.Codec) {
	wire.List(c, "sct_list", 2, 1, 1<<16-1, &x.SCTs, (*SerializedSCT).layout)
}

func (s *SerializedSCT) layout(c *wire.Codec) { c.Opaque16("serialized_sct", &s.Raw, 1, 1<<16-1) }
