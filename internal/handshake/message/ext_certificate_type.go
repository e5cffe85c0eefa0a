package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// CertificateTypes lists the certificate types that can be shown or read. RFC 7250, Section 3.
type CertificateTypes struct {
	Types []iana.CertificateType
}

func (x *CertificateTypes) layout(c *wire.Codec) {
	wire.Codes8(c, "certificate_types", 1, 1, 1<<8-1, &x.Types)
}

// SelectedCertificateType is the server's choice. RFC 7250, Section 3.
type SelectedCertificateType struct {
	Selected iana.CertificateType
}

func (x *SelectedCertificateType) layout(c *wire.Codec) {
	wire.U8(c, "certificate_type", &x.Selected)
}
