package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// CertificateVerify proves possession of the certificate's key by signing the transcript.
//
//	struct {
//	    SignatureScheme algorithm;
//	    opaque signature<0..2^16-1>;
//	} CertificateVerify;                              RFC 8446, Section 4.4.3
//
// The algorithm is written since TLS 1.2 (RFC 5246, Section 7.4.8).
type CertificateVerify struct {
	Algorithm iana.SignatureScheme
	Signature []byte
}

// Type implements Message.
func (*CertificateVerify) Type() iana.HandshakeType { return iana.CertificateVerify }

// Name implements Message.
func (*CertificateVerify) Name() string { return "certificate_verify" }

func (m *CertificateVerify) layout(c *wire.Codec) {
	if context(c).Version >= iana.TLS12 || c.Describing() {
		wire.U16(c, "algorithm", &m.Algorithm)
	}
	c.Opaque16("signature", &m.Signature, 0, 1<<16-1)
}
