package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// CompressedCertificate is a Certificate message in fewer bytes.
//
//	struct {
//	    CertificateCompressionAlgorithm algorithm;
//	    uint24 uncompressed_length;
//	    opaque compressed_certificate_message<1..2^24-1>;
//	} CompressedCertificate;                          RFC 8879, Section 4
type CompressedCertificate struct {
	Algorithm          iana.CompressionAlgorithm
	UncompressedLength uint32
	Compressed         []byte
}

// Type implements Message.
func (*CompressedCertificate) Type() iana.HandshakeType { return iana.CompressedCertificate }

// Name implements Message.
func (*CompressedCertificate) Name() string { return "compressed_certificate" }

func (m *CompressedCertificate) layout(c *wire.Codec) {
	wire.U16(c, "algorithm", &m.Algorithm)
	c.U24("uncompressed_length", &m.UncompressedLength)
	c.Opaque24("compressed_certificate_message", &m.Compressed, 1, 1<<24-1)
}
