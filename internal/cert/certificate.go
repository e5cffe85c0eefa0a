// Package cert reads certificates and other DER the tolerant way: what can be read is read, what is wrong is noted with its
// place, and nothing is refused. It reads every SubjectPublicKeyInfo itself, also those that crypto/x509 leaves unread
// (Ed448, DSA, RSA-PSS keys, brainpool, explicit parameters, small keys).
//
// Strings that come out of a certificate hold whatever the peer put there, terminal escapes included: sinks must make them
// safe.
//
// What is parsed aliases the input, which must not change afterwards.
package cert

import "time"

// Certificate is what could be read of an X.509 certificate. Parse reads the outline; the views of the extensions are
// read when a method asks for them.
//
//	Certificate  ::=  SEQUENCE  {
//	     tbsCertificate       TBSCertificate,
//	     signatureAlgorithm   AlgorithmIdentifier,
//	     signatureValue       BIT STRING  }
//
//	TBSCertificate  ::=  SEQUENCE  {
//	     version         [0]  EXPLICIT Version DEFAULT v1,
//	     serialNumber         CertificateSerialNumber,
//	     signature            AlgorithmIdentifier,
//	     issuer               Name,
//	     validity             Validity,
//	     subject              Name,
//	     subjectPublicKeyInfo SubjectPublicKeyInfo,
//	     issuerUniqueID  [1]  IMPLICIT UniqueIdentifier OPTIONAL,
//	     subjectUniqueID [2]  IMPLICIT UniqueIdentifier OPTIONAL,
//	     extensions      [3]  EXPLICIT Extensions OPTIONAL }              RFC 5280, Section 4.1
type Certificate struct {
	Raw    []byte // the certificate, without what may follow it
	RawTBS []byte // what is signed

	Version         int    // 1, 2 or 3 as people count; another number as the certificate has it, plus one
	Serial          []byte // content octets of the INTEGER: big-endian two's complement
	InnerAlgorithm  AlgorithmIdentifier
	Issuer          Name
	NotBefore       Time
	NotAfter        Time
	Subject         Name
	PublicKey       PublicKey
	IssuerUniqueID  []byte // BIT STRING content, nil if absent
	SubjectUniqueID []byte // BIT STRING content, nil if absent
	Extensions      []Extension
	RawExtensions   []byte // the element [3], nil if absent

	SignatureAlgorithm AlgorithmIdentifier // the outer one, which says how to verify
	Signature          []byte              // the bits of the BIT STRING
}

// Time is a time of the validity and how it was written.
type Time struct {
	time.Time        // UTC; zero if it couldn't be read
	Tag       Tag    // UTCTime or GeneralizedTime
	Raw       []byte // the characters
}

// Extension is one extension as it stands.
type Extension struct {
	ID       OID
	Critical bool
	Value    []byte // content of extnValue
	Off      int    // of Value, in the certificate
	Raw      []byte // the whole Extension element
	RawOff   int    // of Raw, in the certificate
}

// What is usual: a certificate has no more extensions, and they are no smaller on average.
const (
	ordinaryExtensions = 12
	ordinarySize       = 20 // bytes
)

// Parse reads a certificate. It always returns one, with the fields that could be read, and what was wrong with the rest.
// Bytes after the certificate are a problem too.
func Parse(der []byte) (*Certificate, []Problem) {
	c := new(Certificate)
	var notes Notes
	outer := NewReader(der, 0, &notes)
	whole, ok := outer.Read("certificate", TagSequence)
	c.Raw = whole.Raw
	if ok {
		r := outer.Inside(whole)
		c.readOutline(&r)
		outer.End("certificate")
	}
	return c, notes.list
}

func (c *Certificate) readOutline(r *Reader) {
	tbs, ok := r.Read("tbsCertificate", TagSequence)
	c.RawTBS = tbs.Raw
	if ok {
		inner := r.Inside(tbs)
		c.readTBS(&inner)
	}
	c.SignatureAlgorithm = readAlgorithm(r, "signatureAlgorithm")
	if e, ok := r.Read("signatureValue", TagBitString); ok {
		c.Signature = wholeBits(r, e, "signatureValue")
	}
	r.End("certificate")
}

func (c *Certificate) readTBS(r *Reader) {
	c.Version = 1
	if e, ok := r.Optional("tbsCertificate.version", ContextConstructed(0)); ok {
		inner := r.Inside(e)
		c.Version = readVersion(&inner)
	}
	if e, ok := r.Read("tbsCertificate.serialNumber", TagInteger); ok {
		c.Serial = integer(r, e, "tbsCertificate.serialNumber")
	}
	c.InnerAlgorithm = readAlgorithm(r, "tbsCertificate.signature")
	c.Issuer = readName(r, "tbsCertificate.issuer")
	if e, ok := r.Read("tbsCertificate.validity", TagSequence); ok {
		inner := r.Inside(e)
		c.NotBefore = readTime(&inner, "tbsCertificate.validity.notBefore")
		c.NotAfter = readTime(&inner, "tbsCertificate.validity.notAfter")
		inner.End("tbsCertificate.validity")
	}
	c.Subject = readName(r, "tbsCertificate.subject")
	if e, ok := r.Read("tbsCertificate.subjectPublicKeyInfo", TagSequence); ok {
		c.PublicKey.read(r, e)
	}
	if e, ok := r.Optional("tbsCertificate.issuerUniqueID", Context(1)); ok {
		c.IssuerUniqueID = e.Content
	}
	if e, ok := r.Optional("tbsCertificate.subjectUniqueID", Context(2)); ok {
		c.SubjectUniqueID = e.Content
	}
	if e, ok := r.Optional("tbsCertificate.extensions", ContextConstructed(3)); ok {
		c.RawExtensions = e.Raw
		inner := r.Inside(e)
		c.Extensions = readExtensions(&inner, "tbsCertificate.extensions")
		inner.End("tbsCertificate.extensions")
	}
	r.End("tbsCertificate")
}

// readVersion reads what stands in the tag [0]. RFC 5280, Section 4.1.2.1.
func readVersion(r *Reader) int {
	const field = "tbsCertificate.version"
	e, ok := r.Read(field, TagInteger)
	if !ok {
		return 0
	}
	v, ok := smallInteger(integer(r, e, field))
	switch {
	case !ok:
		r.Note(BadValue, e, field, "a small number", "a greater or negative one")
		return 0
	case v == 0:
		r.Note(NotCanonical, e, field, "no version, for v1 is the default", "v1 written out")
	}
	r.End(field)
	return v + 1
}

// ParseExtensions reads a SEQUENCE OF Extension, as OCSP responses, CRLs and their entries hold them.
func ParseExtensions(r *Reader, field string) []Extension { return readExtensions(r, field) }

// readExtensions reads a SEQUENCE OF Extension. RFC 5280, Section 4.2.
func readExtensions(r *Reader, field string) []Extension {
	list, ok := r.Read(field, TagSequence)
	if !ok {
		return nil
	}
	inner := r.Inside(list)
	if inner.Empty() {
		r.Note(BadValue, list, field, "at least one extension", "none")
		return nil
	}
	extensions := make([]Extension, 0, min(ordinaryExtensions, len(list.Content)/ordinarySize+1))
	for !inner.Empty() {
		e, ok := inner.Read(field, TagSequence)
		if !ok {
			continue
		}
		x := inner.Inside(e)
		extension := readExtension(&x, field)
		extension.Raw, extension.RawOff = e.Raw, e.Off
		extensions = append(extensions, extension)
	}
	return extensions
}

// readExtension reads one extension. One whose identifier can't be read is kept all the same: it may be critical.
func readExtension(r *Reader, field string) Extension {
	var x Extension
	if id, ok := r.Read(field, TagOID); ok {
		x.ID = checkOID(r, id, field)
	}
	if e, ok := r.Optional(field, TagBoolean); ok {
		x.Critical = boolean(r, e, field)
		if !x.Critical {
			r.Note(NotCanonical, e, field, "no critical, for FALSE is the default", "FALSE written out")
		}
	}
	value, ok := r.Read(field, TagOctetString)
	if ok {
		x.Value, x.Off = value.Content, value.ContentOff()
	}
	r.End(field)
	return x
}

// Extension returns the first extension with the identifier id.
func (c *Certificate) Extension(id ID) (Extension, bool) {
	for i := range c.Extensions {
		if c.Extensions[i].ID.Is(id) {
			return c.Extensions[i], true
		}
	}
	return Extension{}, false
}

// IsSelfIssued reports whether issuer and subject are the same name. RFC 5280, Section 3.2.
func (c *Certificate) IsSelfIssued() bool { return c.Issuer.Equal(c.Subject) }
