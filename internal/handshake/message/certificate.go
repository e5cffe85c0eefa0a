package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// Certificate carries a chain, the sender's own certificate first.
//
//	struct {
//	    opaque certificate_request_context<0..2^8-1>;
//	    CertificateEntry certificate_list<0..2^24-1>;
//	} Certificate;                                    RFC 8446, Section 4.4.2
//
// Before TLS 1.3 there is no context, and an entry is the certificate alone (RFC 5246, Section 7.4.2).
type Certificate struct {
	RequestContext []byte
	List           []CertificateEntry
}

// CertificateEntry is one certificate with, in TLS 1.3, its extensions.
type CertificateEntry struct {
	Cert       []byte // DER
	Extensions Extensions
}

// Type implements Message.
func (*Certificate) Type() iana.HandshakeType { return iana.Certificate }

// Name implements Message.
func (*Certificate) Name() string { return "certificate" }

func (m *Certificate) layout(c *wire.Codec) {
	if context(c).tls13() {
		c.Opaque8("certificate_request_context", &m.RequestContext, 0, 1<<8-1)
	}
	wire.List(c, "certificate_list", 3, 0, 1<<24-1, &m.List, (*CertificateEntry).layout)
}

func (e *CertificateEntry) layout(c *wire.Codec) {
	if c.Recording() && !context(c).Outline {
		wire.Vector(c, "cert", 3, 1, 1<<24-1, e, (*CertificateEntry).opened)
	} else {
		c.Opaque24("cert", &e.Cert, 1, 1<<24-1)
	}
	if context(c).tls13() {
		e.Extensions.layout(c, inCertificate)
	}
}
