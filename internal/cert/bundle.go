package cert

import "bytes"

// maxBundle bounds how many certificates a bundle may hold that is fetched for one issuer.
const maxBundle = 64

// oidSignedData is 1.2.840.113549.1.7.2. RFC 5652, Section 5.1.
const oidSignedData ID = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"

// Bundle returns the certificates of a file as authorities publish them at the URLs of id-ad-caIssuers: one certificate in DER, a
// certs-only CMS message, or, against RFC 5280, Section 4.2.2.1, PEM. It returns at most 64, and nil where there is none.
func Bundle(data []byte) [][]byte {
	if !bytes.HasPrefix(data, []byte{0x30}) {
		list, _ := ParsePEMCertificates(data)
		return list[:min(len(list), maxBundle)]
	}
	if list, ok := certsOnly(data); ok {
		return list
	}
	if _, err := RawSubjectOf(data); err != nil {
		return nil
	}
	first, _, ok := split(data)
	if !ok {
		return nil
	}
	return [][]byte{first}
}

// certsOnly reads a CMS message that carries certificates and nothing else; ok is false for anything that isn't SignedData.
//
//	ContentInfo ::= SEQUENCE {
//	  contentType ContentType,
//	  content [0] EXPLICIT ANY DEFINED BY contentType }                  RFC 5652, Section 3
//	SignedData ::= SEQUENCE {
//	  version CMSVersion,
//	  digestAlgorithms DigestAlgorithmIdentifiers,
//	  encapContentInfo EncapsulatedContentInfo,
//	  certificates [0] IMPLICIT CertificateSet OPTIONAL,
//	  … }                                                                RFC 5652, Section 5.1
func certsOnly(data []byte) (list [][]byte, ok bool) {
	const field = "signedData"
	r := NewReader(data, 0, nil)
	info, _ := r.Read(field, TagSequence)
	in := r.Inside(info)
	if id, ok := in.Read(field, TagOID); !ok || !OID(id.Content).Is(oidSignedData) {
		return nil, false
	}
	content, _ := in.Read(field, ContextConstructed(0))
	in = in.Inside(content)
	signed, _ := in.Read(field, TagSequence)
	in = in.Inside(signed)
	for range 3 { // version, digestAlgorithms, encapContentInfo
		_, _ = in.Any(field)
	}
	set, ok := in.Optional(field, ContextConstructed(0))
	if !ok {
		return nil, true
	}
	in = in.Inside(set)
	for !in.Empty() && len(list) < maxBundle {
		if e, ok := in.Read(field, TagSequence); ok {
			list = append(list, e.Raw)
		}
	}
	return list, true
}
