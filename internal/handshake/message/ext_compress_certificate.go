package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// CompressCertificate lists the algorithms in which a certificate may come compressed. RFC 8879, Section 3.
type CompressCertificate struct {
	Algorithms []iana.CompressionAlgorithm
}

func (x *CompressCertificate) layout(c *wire.Codec) {
	wire.Codes16(c, "algorithms", 1, 2, 1<<8-2, &x.Algorithms)
}
