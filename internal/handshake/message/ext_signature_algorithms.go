package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// SignatureAlgorithms lists signature schemes in order of preference; signature_algorithms_cert
// (RFC 8446, Section 4.2.3) and delegated_credential (RFC 9345, Section 4.1.1) have the same layout.
//
//	struct {
//	    SignatureScheme supported_signature_algorithms<2..2^16-2>;
//	} SignatureSchemeList;                            RFC 8446, Section 4.2.3
type SignatureAlgorithms struct {
	Schemes []iana.SignatureScheme
}

func (x *SignatureAlgorithms) layout(c *wire.Codec) {
	wire.Codes16(c, "supported_signature_algorithms", 2, 2, 1<<16-2, &x.Schemes)
}
