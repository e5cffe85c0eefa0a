package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// StatusRequest asks for a stapled OCSP response.
//
//	struct {
//	    CertificateStatusType status_type;
//	    select (status_type) {
//	        case ocsp: OCSPStatusRequest;
//	    } request;
//	} CertificateStatusRequest;                       RFC 6066, Section 8
type StatusRequest struct {
	StatusType   iana.CertificateStatusType
	ResponderIDs []ResponderID
	Extensions   []byte // DER
	Other        []byte // any other type
}

// ResponderID is the DER of the name or key of a responder that is trusted.
type ResponderID struct{ DER []byte }

func (r *ResponderID) layout(c *wire.Codec) { c.Opaque16("responder_id", &r.DER, 1, 1<<16-1) }

func (x *StatusRequest) layout(c *wire.Codec) {
	wire.U8(c, "status_type", &x.StatusType)
	x.request(c)
}

func (x *StatusRequest) request(c *wire.Codec) {
	known := x.StatusType == StatusOCSP || x.StatusType == StatusOCSPMulti
	if known || c.Describing() {
		wire.List(c, "responder_id_list", 2, 0, 1<<16-1, &x.ResponderIDs, (*ResponderID).layout)
		c.Opaque16("request_extensions", &x.Extensions, 0, 1<<16-1)
	}
	if !known {
		c.Rest("request", &x.Other)
	}
}

// StatusRequestV2 asks for responses for the whole chain. RFC 6961, Section 2.2.
type StatusRequestV2 struct {
	Items []StatusRequestItem
}

// StatusRequestItem is one request of the list; it has a length of its own.
type StatusRequestItem struct {
	Request StatusRequest
}

func (x *StatusRequestV2) layout(c *wire.Codec) {
	wire.List(c, "certificate_status_req_list", 2, 1, 1<<16-1, &x.Items, (*StatusRequestItem).layout)
}

func (i *StatusRequestItem) layout(c *wire.Codec) {
	wire.U8(c, "status_type", &i.Request.StatusType)
	wire.Vector(c, "request", 2, 0, 1<<16-1, &i.Request, (*StatusRequest).request)
}

// StapledStatus is a CertificateStatus in a Certificate entry. RFC 8446, Section 4.4.2.1.
type StapledStatus struct {
	Status CertificateStatus
}

func (x *StapledStatus) layout(c *wire.Codec) { x.Status.layout(c) }
