package revocation

import (
	"errors"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// errNoRequest is the error for a certificate that no request can be written about.
var errNoRequest = errors.New("the certificate or its issuer lacks what a request needs")

// Request writes an OCSP request about a certificate, without a signature, nonce or extension. The CertID is made with SHA-1,
// which every responder knows and where nothing rests on its strength. RFC 6960, Section 4.1.1; RFC 5019, Section 2.1.1.
//
//	OCSPRequest     ::=     SEQUENCE {
//	    tbsRequest                  TBSRequest }
//	TBSRequest      ::=     SEQUENCE {
//	    requestList             SEQUENCE OF Request }
//	Request         ::=     SEQUENCE {
//	    reqCert                     CertID }
func Request(c, issuer *cert.Certificate) ([]byte, error) {
	if c == nil || issuer == nil || len(c.Serial) == 0 || c.Issuer.Raw == nil || len(issuer.PublicKey.Key) == 0 {
		return nil, errNoRequest
	}
	const octetString, integerTag, sequence = 4, 2, 0x30
	algorithm := element(sequence, append(element(6, []byte(cert.OIDSHA1)), 5, 0))
	id := algorithm
	id = append(id, element(octetString, sha1Of(c.Issuer.Raw))...)
	id = append(id, element(octetString, sha1Of(issuer.PublicKey.Key))...)
	id = append(id, element(integerTag, c.Serial)...)
	request := element(sequence, id)
	for range 4 { // Request, requestList, tbsRequest, OCSPRequest
		request = element(sequence, request)
	}
	return request, nil
}
