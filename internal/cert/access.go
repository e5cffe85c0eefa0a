package cert

// AccessDescription says where to get something. RFC 5280, Section 4.2.2.1.
type AccessDescription struct {
	Method   OID
	Location GeneralName
}

// AuthorityInfoAccess returns where information of the issuer is, nil if absent.
func (c *Certificate) AuthorityInfoAccess() ([]AccessDescription, []Problem) {
	const field = "authorityInfoAccess"
	return byOID(c, ExtAuthorityInfoAccess, field, func(r *Reader, method Element) (AccessDescription, bool) {
		location, ok := readGeneralName(r, field)
		return AccessDescription{checkOID(r, method, field), location}, ok
	})
}

// byOID reads an extension that is a SEQUENCE of SEQUENCEs, each of which begins with an OID; item reads
// what follows it. The list is nil if the extension is absent.
func byOID[T any](c *Certificate, id ID, field string, item func(*Reader, Element) (T, bool)) ([]T, []Problem) {
	x, ok := c.Extension(id)
	if !ok {
		return nil, nil
	}
	var notes Notes
	list := []T{}
	r, _ := x.sequence(&notes)
	for !r.Empty() {
		e, ok := r.Read(field, TagSequence)
		if !ok {
			continue
		}
		inner := r.Inside(e)
		first, ok := inner.Read(field, TagOID)
		if !ok {
			continue
		}
		if v, ok := item(&inner, first); ok {
			list = append(list, v)
		}
		inner.End(field)
	}
	return list, notes.list
}

// OCSPServers returns the URLs of OCSP responders.
func (c *Certificate) OCSPServers() []string { return c.accessURLs(AccessOCSP) }

// IssuingCertificateURLs returns the URLs of the issuer's certificate.
func (c *Certificate) IssuingCertificateURLs() []string { return c.accessURLs(AccessCAIssuers) }

func (c *Certificate) accessURLs(method ID) []string {
	var urls []string
	list, _ := c.AuthorityInfoAccess()
	for _, d := range list {
		if d.Method.Is(method) && d.Location.Kind == URIName {
			urls = append(urls, d.Location.Text())
		}
	}
	return urls
}

// ReasonFlags is a set of revocation reasons, bit n being the reason's place in RFC 5280, Section 4.2.1.13.
type ReasonFlags uint16

// DistributionPoint says where CRLs are. RFC 5280, Section 4.2.1.13.
type DistributionPoint struct {
	FullName     GeneralNames // nil if absent
	RelativeName []byte       // content of nameRelativeToCRLIssuer, nil if absent
	Reasons      ReasonFlags
	HasReasons   bool
	CRLIssuer    GeneralNames // nil if absent
}

// DistributionPoints reads the value as cRLDistributionPoints or freshestCRL.
func (x Extension) DistributionPoints() ([]DistributionPoint, []Problem) {
	var notes Notes
	points := []DistributionPoint{}
	r, _ := x.sequence(&notes)
	for !r.Empty() {
		if e, ok := r.Read(x.field(), TagSequence); ok {
			inner := r.Inside(e)
			points = append(points, readDistributionPoint(&inner, x.field()))
		}
	}
	return points, notes.list
}

func readDistributionPoint(r *Reader, field string) DistributionPoint {
	var p DistributionPoint
	if e, ok := r.Optional(field, ContextConstructed(0)); ok {
		inner := r.Inside(e)
		p.FullName, p.RelativeName = ParseDistributionPointName(&inner, field)
	}
	if e, ok := r.Optional(field, Context(1)); ok {
		p.Reasons, p.HasReasons = ReasonFlags(namedBits(r, e, field)), true
	}
	if e, ok := r.Optional(field, ContextConstructed(2)); ok {
		inner := r.Inside(e)
		p.CRLIssuer = ParseGeneralNames(&inner, field)
	}
	r.End(field)
	return p
}

// ParseDistributionPointName reads a DistributionPointName: full names, or the content of a relative one.
func ParseDistributionPointName(r *Reader, field string) (full GeneralNames, relative []byte) {
	if e, ok := r.Optional(field, ContextConstructed(0)); ok {
		inner := r.Inside(e)
		full = ParseGeneralNames(&inner, field)
	} else if e, ok := r.Read(field, ContextConstructed(1)); ok {
		relative = e.Content
	}
	r.End(field)
	return full, relative
}

// ParseReasonFlags reads ReasonFlags out of an element of that type, whatever its tag.
func ParseReasonFlags(r *Reader, e Element, field string) ReasonFlags {
	return ReasonFlags(namedBits(r, e, field))
}

// CRLDistributionPoints returns the distribution points of CRLs, nil if absent.
func (c *Certificate) CRLDistributionPoints() ([]DistributionPoint, []Problem) {
	x, ok := c.Extension(ExtCRLDistributionPoints)
	if !ok {
		return nil, nil
	}
	return x.DistributionPoints()
}
