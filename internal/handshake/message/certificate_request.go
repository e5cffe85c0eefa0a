package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// CertificateRequest asks the client for a certificate in TLS 1.3.
//
//	struct {
//	    opaque certificate_request_context<0..2^8-1>;
//	    Extension extensions<0..2^16-1>;
//	} CertificateRequest;                             RFC 8446, Section 4.3.2
type CertificateRequest struct {
	RequestContext []byte
	Extensions     Extensions
}

// Type implements Message.
func (*CertificateRequest) Type() iana.HandshakeType { return iana.CertificateRequest }

// Name implements Message.
func (*CertificateRequest) Name() string { return "certificate_request" }

func (m *CertificateRequest) layout(c *wire.Codec) {
	c.Opaque8("certificate_request_context", &m.RequestContext, 0, 1<<8-1)
	m.Extensions.layout(c, inCertificateRequest)
}

// CertificateRequest12 asks the client for a certificate in SSL 3.0 to TLS 1.2.
//
//	struct {
//	    ClientCertificateType certificate_types<1..2^8-1>;
//	    SignatureAndHashAlgorithm supported_signature_algorithms<2..2^16-2>;
//	    DistinguishedName certificate_authorities<0..2^16-1>;
//	} CertificateRequest;                             RFC 5246, Section 7.4.4
//
// The signature algorithms came with TLS 1.2.
type CertificateRequest12 struct {
	CertificateTypes []iana.ClientCertificateType
	Algorithms       []iana.SignatureScheme
	Authorities      []DistinguishedName
}

// DistinguishedName is the DER of a certificate authority's name.
type DistinguishedName struct{ DER []byte }

func (d *DistinguishedName) layout(c *wire.Codec) { c.Opaque16("name", &d.DER, 1, 1<<16-1) }

// Type implements Message.
func (*CertificateRequest12) Type() iana.HandshakeType { return iana.CertificateRequest }

// Name implements Message.
func (*CertificateRequest12) Name() string { return "certificate_request" }

func (m *CertificateRequest12) layout(c *wire.Codec) {
	wire.Codes8(c, "certificate_types", 1, 1, 1<<8-1, &m.CertificateTypes)
	if context(c).Version == iana.TLS12 || c.Describing() {
		wire.Codes16(c, "supported_signature_algorithms", 2, 2, 1<<16-2, &m.Algorithms)
	}
	wire.List(c, "certificate_authorities", 2, 0, 1<<16-1, &m.Authorities, (*DistinguishedName).layout)
}
