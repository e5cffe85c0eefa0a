package message

import "github.com/tlsprobe/tlsprobe/internal/wire"

// CertificateAuthorities lists the authorities that its sender trusts. RFC 8446, Section 4.2.4.
type CertificateAuthorities struct {
	Authorities []DistinguishedName
}

func (x *CertificateAuthorities) layout(c *wire.Codec) {
	wire.List(c, "authorities", 2, 3, 1<<16-1, &x.Authorities, (*DistinguishedName).layout)
}

// OIDFilters lists certificate extensions and values that a client's certificate must have. RFC 8446, Section 4.2.5.
type OIDFilters struct {
	Filters []OIDFilter
}

// OIDFilter is one such extension: its OID and its values, both DER.
type OIDFilter struct{ OID, Values []byte }

func (x *OIDFilters) layout(c *wire.Codec) {
	wire.List(c, "filters", 2, 0, 1<<16-1, &x.Filters, (*OIDFilter).layout)
}

func (f *OIDFilter) layout(c *wire.Codec) {
	c.Opaque8("certificate_extension_oid", &f.OID, 1, 1<<8-1)
	c.Opaque16("certificate_extension_values", &f.Values, 0, 1<<16-1)
}
