package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// CertificateStatus is a stapled OCSP response. It is a message of its own before TLS 1.3 and the
// body of status_request in a Certificate entry since.
//
//	struct {
//	    CertificateStatusType status_type;
//	    select (status_type) {
//	        case ocsp: OCSPResponse;
//	        case ocsp_multi: OCSPResponseList;
//	    } response;
//	} CertificateStatus;                              RFC 6066, Section 8; RFC 6961, Section 2.2
type CertificateStatus struct {
	StatusType iana.CertificateStatusType
	Response   []byte         // ocsp
	Responses  []OCSPResponse // ocsp_multi: one for each certificate, empty where there is none
	Other      []byte         // any other type
}

// OCSPResponse is one response of an ocsp_multi list: DER, or nothing.
type OCSPResponse struct{ DER []byte }

// The status types.
const (
	StatusOCSP      iana.CertificateStatusType = 1
	StatusOCSPMulti iana.CertificateStatusType = 2
)

// Type implements Message.
func (*CertificateStatus) Type() iana.HandshakeType { return iana.CertificateStatus }

// Name implements Message.
func (*CertificateStatus) Name() string { return "certificate_status" }

func (m *CertificateStatus) layout(c *wire.Codec) {
	wire.U8(c, "status_type", &m.StatusType)
	all := c.Describing()
	if m.StatusType == StatusOCSP || all {
		c.Opaque24("response", &m.Response, 1, 1<<24-1)
	}
	if m.StatusType == StatusOCSPMulti || all {
		wire.List(c, "ocsp_response_list", 3, 1, 1<<24-1, &m.Responses, (*OCSPResponse).layout)
	}
	if m.StatusType != StatusOCSP && m.StatusType != StatusOCSPMulti || all {
		c.Rest("body", &m.Other)
	}
}

func (r *OCSPResponse) layout(c *wire.Codec) { c.Opaque24("response", &r.DER, 0, 1<<24-1) }
