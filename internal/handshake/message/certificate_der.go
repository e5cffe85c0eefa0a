package message

import (
	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// opened is a certificate whose DER is recorded field by field.
func (e *CertificateEntry) opened(c *wire.Codec) { e.Cert = cert.Layout(c) }
