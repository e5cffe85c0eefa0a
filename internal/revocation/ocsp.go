package revocation

import (
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// responseStatuses are the words of OCSPResponseStatus. RFC 6960, Section 4.2.1.
var responseStatuses = [...]string{"successful", "malformedRequest", "internalError", "tryLater", "", "sigRequired", "unauthorized"}

// response is what could be read of an OCSP response.
//
//	OCSPResponse ::= SEQUENCE {
//	   responseStatus         OCSPResponseStatus,
//	   responseBytes          [0] EXPLICIT ResponseBytes OPTIONAL }
//
//	ResponseBytes ::=       SEQUENCE {
//	   responseType   OBJECT IDENTIFIER,
//	   response       OCTET STRING }
//
//	BasicOCSPResponse       ::= SEQUENCE {
//	   tbsResponseData      ResponseData,
//	   signatureAlgorithm   AlgorithmIdentifier,
//	   signature            BIT STRING,
//	   certs            [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
//
//	ResponseData ::= SEQUENCE {
//	   version              [0] EXPLICIT Version DEFAULT v1,
//	   responderID              ResponderID,
//	   producedAt               GeneralizedTime,
//	   responses                SEQUENCE OF SingleResponse,
//	   responseExtensions   [1] EXPLICIT Extensions OPTIONAL }            RFC 6960, Section 4.2.1
type response struct {
	status     int // -1 if it couldn't be read
	kind       cert.OID
	tbs        []byte
	name       cert.Name // of the responder; Raw is nil if it is named by its key
	keyHash    []byte    // SHA-1 of the responder's key; nil if it is named by its name
	producedAt cert.Time
	singles    cert.Element // SEQUENCE OF SingleResponse
	extensions []cert.Extension
	algorithm  cert.AlgorithmIdentifier
	signature  []byte
	certs      []*cert.Certificate
	fault      *fault // nothing of it can be relied on
}

// parseResponse reads a response. It always returns one.
func parseResponse(der []byte) *response {
	p := &response{status: -1}
	var notes cert.Notes
	outer := cert.NewReader(der, 0, &notes)
	if e, ok := outer.Read("ocspResponse", cert.TagSequence); ok {
		r := outer.Inside(e)
		p.readOutline(&r)
		outer.End("ocspResponse")
	}
	p.fault = p.judge(notes.Problems())
	return p
}

func (p *response) readOutline(r *cert.Reader) {
	if e, ok := r.Read("responseStatus", cert.TagEnumerated); ok {
		p.status = readSmall(r, e, "responseStatus")
	}
	if e, ok := r.Optional("responseBytes", cert.ContextConstructed(0)); ok {
		explicit := r.Inside(e)
		if e, ok := explicit.Read("responseBytes", cert.TagSequence); ok {
			inner := explicit.Inside(e)
			p.readBytes(&inner)
		}
		explicit.End("responseBytes")
	}
	r.End("ocspResponse")
}

func (p *response) readBytes(r *cert.Reader) {
	if e, ok := r.Read("responseType", cert.TagOID); ok {
		p.kind = e.Content
	}
	e, ok := r.Read("response", cert.TagOctetString)
	r.End("responseBytes")
	if !ok || !p.kind.Is(oidBasicResponse) {
		return
	}
	octets := r.Inside(e)
	if e, ok := octets.Read("basicOCSPResponse", cert.TagSequence); ok {
		inner := octets.Inside(e)
		p.readBasic(&inner)
	}
	octets.End("response")
}

func (p *response) readBasic(r *cert.Reader) {
	if e, ok := r.Read("tbsResponseData", cert.TagSequence); ok {
		p.tbs = e.Raw
		inner := r.Inside(e)
		p.readData(&inner)
	}
	p.algorithm = cert.ParseAlgorithm(r, "signatureAlgorithm")
	p.signature = readBits(r, "signature")
	if e, ok := r.Optional("certs", cert.ContextConstructed(0)); ok {
		explicit := r.Inside(e)
		if e, ok := explicit.Read("certs", cert.TagSequence); ok {
			list := explicit.Inside(e)
			for !list.Empty() && len(p.certs) < maxEmbedded {
				if e, ok := list.Read("certs", cert.TagSequence); ok {
					c, _ := cert.Parse(e.Raw)
					p.certs = append(p.certs, c)
				}
			}
		}
		explicit.End("certs")
	}
	r.End("basicOCSPResponse")
}

func (p *response) readData(r *cert.Reader) {
	if e, ok := r.Optional("version", cert.ContextConstructed(0)); ok {
		inner := r.Inside(e)
		if e, ok := inner.Read("version", cert.TagInteger); ok && readSmall(&inner, e, "version") != 0 {
			inner.Note(cert.BadValue, e, "version", "v1", "another version")
		}
		inner.End("version")
	}
	p.readResponder(r)
	p.producedAt = cert.ParseTime(r, "producedAt")
	p.singles, _ = r.Read("responses", cert.TagSequence)
	if e, ok := r.Optional("responseExtensions", cert.ContextConstructed(1)); ok {
		inner := r.Inside(e)
		p.extensions = cert.ParseExtensions(&inner, "responseExtensions")
		inner.End("responseExtensions")
	}
	r.End("tbsResponseData")
}

// readResponder reads who has answered.
//
//	ResponderID ::= CHOICE {
//	   byName               [1] Name,
//	   byKey                [2] KeyHash }
func (p *response) readResponder(r *cert.Reader) {
	if e, ok := r.Optional("responderID", cert.ContextConstructed(1)); ok {
		inner := r.Inside(e)
		p.name = cert.ParseName(&inner, "tbsResponseData.responderID")
		inner.End("responderID")
		return
	}
	if e, ok := r.Read("responderID", cert.ContextConstructed(2)); ok {
		inner := r.Inside(e)
		if e, ok := inner.Read("responderID", cert.TagOctetString); ok {
			p.keyHash = e.Content
		}
		inner.End("responderID")
	}
}

// judge says why nothing of the response can be relied on, whoever has signed it.
func (p *response) judge(problems []cert.Problem) *fault {
	if p.status > 0 {
		word := fmt.Sprint("status ", p.status)
		if p.status < len(responseStatuses) && responseStatuses[p.status] != "" {
			word = responseStatuses[p.status]
		}
		return &fault{message: "the responder refuses to answer: " + word, expected: "successful", actual: word, ref: "RFC 6960, Section 2.3"}
	}
	if f := malformed("the response", problems); f != nil {
		return f
	}
	switch {
	case len(p.kind) == 0:
		return &fault{message: "the response is empty", expected: "responseBytes", actual: "none", theirs: true}
	case !p.kind.Is(oidBasicResponse):
		return &fault{message: "the response is of a type that isn't known here", expected: "id-pkix-ocsp-basic", actual: p.kind.Label()}
	case p.producedAt.IsZero():
		return &fault{message: "the response doesn't say when it was made", expected: "producedAt", actual: "none", theirs: true}
	}
	critical, twice := notUnderstood(p.extensions, cert.ExtOCSPNonce, extExtendedRevoke)
	if critical != nil {
		return &fault{message: "the response has a critical extension that isn't known here", expected: "known extensions", actual: critical.ID.Label()}
	}
	if twice != nil {
		return &fault{message: "the response has an extension twice", expected: "each once", actual: twice.ID.Label(), theirs: true}
	}
	return nil
}

// names reports whether the response says that the holder of c has answered.
func (p *response) names(c *cert.Certificate) bool {
	if p.keyHash != nil {
		return string(p.keyHash) == string(sha1Of(c.PublicKey.Key))
	}
	return p.name.Raw != nil && p.name.Equal(c.Subject)
}

// responder names who has answered, for messages.
func (p *response) responder() string {
	if p.keyHash != nil {
		return "the responder by its key"
	}
	return nameOf(p.name)
}
