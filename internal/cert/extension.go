package cert

import "strings"

// Every view below reads one extension's value; the Certificate's method of the same name finds it first and returns nil (or
// false) where the certificate has none. What is wrong is returned beside what could be read, with offsets in the certificate.

// reader returns a reader of the extension's value.
func (x Extension) reader(notes *Notes) Reader { return NewReader(x.Value, x.Off, notes) }

// sequence returns a reader of the SEQUENCE that is the whole value.
func (x Extension) sequence(notes *Notes) (Reader, bool) {
	r := x.reader(notes)
	e, ok := r.Read(x.field(), TagSequence)
	r.End(x.field())
	return r.Inside(e), ok
}

func (x Extension) field() string { return x.ID.Label() }

// GeneralNames reads a value of type GeneralNames: subjectAltName, issuerAltName, certificateIssuer.
func (x Extension) GeneralNames() (GeneralNames, []Problem) {
	var notes Notes
	r, ok := x.sequence(&notes)
	if !ok {
		return nil, notes.list
	}
	names := ParseGeneralNames(&r, x.field())
	if len(x.Value) <= 2 {
		notes.Add(Problem{Kind: BadValue, Off: x.Off, Len: len(x.Value), Field: x.field(), Expected: "at least one name", Actual: "none"})
	}
	return names, notes.list
}

// SubjectAltName returns the alternative names of the subject. RFC 5280, Section 4.2.1.6.
func (c *Certificate) SubjectAltName() (GeneralNames, []Problem) {
	x, ok := c.Extension(ExtSubjectAltName)
	if !ok {
		return nil, nil
	}
	return x.GeneralNames()
}

// BasicConstraints says whether the subject is a CA. RFC 5280, Section 4.2.1.9.
type BasicConstraints struct {
	CA      bool
	PathLen int // -1 if absent
}

// BasicConstraints reads the value as basicConstraints.
func (x Extension) BasicConstraints() (*BasicConstraints, []Problem) {
	var notes Notes
	v := &BasicConstraints{PathLen: -1}
	r, ok := x.sequence(&notes)
	if !ok {
		return v, notes.list
	}
	if e, ok := r.Optional("basicConstraints.cA", TagBoolean); ok {
		if v.CA = boolean(&r, e, "basicConstraints.cA"); !v.CA {
			r.Note(NotCanonical, e, "basicConstraints.cA", "no cA, for FALSE is the default", "FALSE written out")
		}
	}
	if e, ok := r.Optional("basicConstraints.pathLenConstraint", TagInteger); ok {
		v.PathLen = skipCount(&r, e, "basicConstraints.pathLenConstraint")
	}
	r.End("basicConstraints")
	return v, notes.list
}

// skipCount returns a count of certificates. One that is too great to matter is 2^31-1, a negative one is noted and 0.
func skipCount(r *Reader, e Element, field string) int {
	b := integer(r, e, field)
	n, ok := smallInteger(b)
	switch {
	case ok:
		return n
	case len(b) > 0 && b[0] < 0x80:
		return 1<<31 - 1
	}
	r.Note(BadValue, e, field, "a number that isn't negative", "a negative one")
	return 0
}

// BasicConstraints returns the basic constraints, nil if absent.
func (c *Certificate) BasicConstraints() (*BasicConstraints, []Problem) {
	x, ok := c.Extension(ExtBasicConstraints)
	if !ok {
		return nil, nil
	}
	return x.BasicConstraints()
}

// KeyUsage is a set of key usages. RFC 5280, Section 4.2.1.3.
type KeyUsage uint16

// The key usages.
const (
	UsageDigitalSignature KeyUsage = 1 << iota
	UsageContentCommitment
	UsageKeyEncipherment
	UsageDataEncipherment
	UsageKeyAgreement
	UsageKeyCertSign
	UsageCRLSign
	UsageEncipherOnly
	UsageDecipherOnly
)

// usageNames are the names of the usages by bit.
var usageNames = [...]string{"digitalSignature", "contentCommitment", "keyEncipherment", "dataEncipherment", "keyAgreement",
	"keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"}

// String returns the names of the usages, separated by commas.
func (u KeyUsage) String() string {
	var names []string
	for i, name := range usageNames {
		if u&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// KeyUsage reads the value as keyUsage.
func (x Extension) KeyUsage() (KeyUsage, []Problem) {
	var notes Notes
	r := x.reader(&notes)
	e, ok := r.Read("keyUsage", TagBitString)
	r.End("keyUsage")
	if !ok {
		return 0, notes.list
	}
	return KeyUsage(namedBits(&r, e, "keyUsage")), notes.list
}

// KeyUsage returns the key usages; ok is false if the extension is absent.
func (c *Certificate) KeyUsage() (usage KeyUsage, ok bool, problems []Problem) {
	x, ok := c.Extension(ExtKeyUsage)
	if !ok {
		return 0, false, nil
	}
	usage, problems = x.KeyUsage()
	return usage, true, problems
}

// OIDs reads a value that is a SEQUENCE OF OBJECT IDENTIFIER, such as extKeyUsage.
func (x Extension) OIDs() ([]OID, []Problem) {
	var notes Notes
	r, ok := x.sequence(&notes)
	if !ok {
		return nil, notes.list
	}
	var ids []OID
	for !r.Empty() {
		if e, ok := r.Read(x.field(), TagOID); ok {
			ids = append(ids, checkOID(&r, e, x.field()))
		}
	}
	return ids, notes.list
}

// ExtKeyUsage returns the extended key usages; ok is false if the extension is absent. RFC 5280, Section 4.2.1.12.
func (c *Certificate) ExtKeyUsage() (usages []OID, ok bool, problems []Problem) {
	x, ok := c.Extension(ExtExtKeyUsage)
	if !ok {
		return nil, false, nil
	}
	usages, problems = x.OIDs()
	return usages, true, problems
}

// AuthorityKeyID names the issuer's key. RFC 5280, Section 4.2.1.1.
type AuthorityKeyID struct {
	KeyID  []byte       // nil if absent
	Issuer GeneralNames // nil if absent
	Serial []byte       // content of the INTEGER, nil if absent
}

// AuthorityKeyID reads the value as authorityKeyIdentifier.
func (x Extension) AuthorityKeyID() (*AuthorityKeyID, []Problem) {
	const field = "authorityKeyIdentifier"
	var notes Notes
	v := new(AuthorityKeyID)
	r, ok := x.sequence(&notes)
	if !ok {
		return v, notes.list
	}
	if e, ok := r.Optional(field, Context(0)); ok {
		v.KeyID = e.Content
	}
	if e, ok := r.Optional(field, ContextConstructed(1)); ok {
		inner := r.Inside(e)
		v.Issuer = ParseGeneralNames(&inner, field)
	}
	if e, ok := r.Optional(field, Context(2)); ok {
		v.Serial = integer(&r, e, field)
	}
	r.End(field)
	return v, notes.list
}

// AuthorityKeyID returns the authority key identifier, nil if absent.
func (c *Certificate) AuthorityKeyID() (*AuthorityKeyID, []Problem) {
	x, ok := c.Extension(ExtAuthorityKeyID)
	if !ok {
		return nil, nil
	}
	return x.AuthorityKeyID()
}

// SubjectKeyID returns the subject key identifier, nil if absent. RFC 5280, Section 4.2.1.2.
func (c *Certificate) SubjectKeyID() ([]byte, []Problem) {
	x, ok := c.Extension(ExtSubjectKeyID)
	if !ok {
		return nil, nil
	}
	return x.octets()
}

// octets reads a value that is an OCTET STRING.
func (x Extension) octets() ([]byte, []Problem) {
	var notes Notes
	r := x.reader(&notes)
	e, ok := r.Read(x.field(), TagOctetString)
	r.End(x.field())
	if !ok {
		return nil, notes.list
	}
	return e.Content, notes.list
}

// SCTList returns the SignedCertificateTimestampList of RFC 6962, Section 3.3, as TLS would carry it; nil if absent.
func (c *Certificate) SCTList() ([]byte, []Problem) {
	x, ok := c.Extension(ExtSCTList)
	if !ok {
		return nil, nil
	}
	return x.octets()
}

// IsPrecertificate reports whether the poison of RFC 6962, Section 3.1, is there.
func (c *Certificate) IsPrecertificate() bool {
	_, ok := c.Extension(ExtCTPoison)
	return ok
}

// TLSFeatures returns the TLS extensions that the server must answer, nil if the extension is absent. RFC 7633, Section 4.
func (c *Certificate) TLSFeatures() ([]int, []Problem) {
	x, ok := c.Extension(ExtTLSFeature)
	if !ok {
		return nil, nil
	}
	var notes Notes
	features := []int{}
	r, _ := x.sequence(&notes)
	for !r.Empty() {
		if e, ok := r.Read("tlsFeature", TagInteger); ok {
			features = append(features, skipCount(&r, e, "tlsFeature"))
		}
	}
	return features, notes.list
}

// MustStaple reports whether the certificate demands a stapled OCSP response: status_request among its TLS features.
func (c *Certificate) MustStaple() bool {
	const statusRequest = 5
	features, _ := c.TLSFeatures()
	for _, f := range features {
		if f == statusRequest {
			return true
		}
	}
	return false
}
