package revocation

import (
	"bytes"
	"net/url"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// allReasons are the reasons that must be covered: all but the unused bit 0. RFC 5280, Section 6.3.3.
const allReasons cert.ReasonFlags = 0x1fe

// flagNames are the names of the reasons by bit. RFC 5280, Section 4.2.1.13.
var flagNames = [...]string{
	"", "keyCompromise", "cACompromise", "affiliationChanged", "superseded", "cessationOfOperation", "certificateHold",
	"privilegeWithdrawn", "aACompromise",
}

func flagsText(flags cert.ReasonFlags) string {
	var names []string
	for i, name := range flagNames {
		if flags&(1<<i) != 0 && name != "" {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// point is a distribution point of a certificate, its names written out.
type point struct {
	names    cert.GeneralNames // nil if it has none
	reasons  cert.ReasonFlags
	issuers  cert.GeneralNames // cRLIssuer, nil if absent
	fromCert bool              // it stands in the certificate, as against the one that is always assumed
}

// maxPoints is how many distribution points of a certificate are looked at.
const maxPoints = 16

// pointsOf returns the distribution points of a certificate, and then one for all CRLs of its issuer, which is assumed. RFC 5280,
// Section 6.3.3.
func pointsOf(c *cert.Certificate) []point {
	var points []point
	list, _ := c.CRLDistributionPoints()
	for _, d := range list[:min(len(list), maxPoints)] {
		p := point{names: d.FullName, reasons: allReasons, issuers: d.CRLIssuer, fromCert: true}
		if d.RelativeName != nil {
			base := c.Issuer
			if names := directories(d.CRLIssuer); len(names) > 0 {
				base = names[0]
			}
			p.names = cert.GeneralNames{relativeTo(base, d.RelativeName)}
		}
		if d.HasReasons {
			p.reasons = d.Reasons & allReasons
		}
		points = append(points, p)
	}
	return append(points, point{names: cert.GeneralNames{{Kind: cert.DirectoryName, Value: c.Issuer.Raw}}, reasons: allReasons})
}

// directories returns the distinguished names among names.
func directories(names cert.GeneralNames) (list []cert.Name) {
	for _, n := range names[:min(len(names), maxPoints)] {
		if n.Kind == cert.DirectoryName {
			list = append(list, n.Directory())
		}
	}
	return list
}

func hasDirectory(names cert.GeneralNames, canonical string) bool {
	for _, n := range directories(names) {
		if n.Canonical() == canonical {
			return true
		}
	}
	return false
}

// relativeTo appends an RDN, given by the content of its SET, to a name.
func relativeTo(base cert.Name, rdn []byte) cert.GeneralName {
	r := cert.NewReader(base.Raw, 0, nil)
	e, _ := r.Read("", cert.TagSequence)
	content := append(bytes.Clone(e.Content), element(0x31, rdn)...)
	return cert.GeneralName{Kind: cert.DirectoryName, Value: element(0x30, content)}
}

// element writes a DER element.
func element(tag byte, content []byte) []byte {
	n := len(content)
	out := []byte{tag}
	switch {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 0x100:
		out = append(out, 0x81, byte(n))
	case n < 0x10000:
		out = append(out, 0x82, byte(n>>8), byte(n))
	default:
		out = append(out, 0x84, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(out, content...)
}

// covers returns the reasons for which the list is about a certificate as far as a distribution point is concerned; none, and why,
// if it isn't. about is false if the list is plainly for others. RFC 5280, Section 6.3.3 (b) and (d).
func (l *CRL) covers(p *point, c *cert.Certificate) (reasons cert.ReasonFlags, why string, about bool) {
	if p.issuers != nil {
		if !hasDirectory(p.issuers, l.issuer) {
			return 0, "", false
		}
		if l.Scope == nil || !l.Scope.Indirect {
			return 0, "it isn't an indirect list, as the certificate's distribution point has it", true
		}
	} else if l.issuer != c.Issuer.Canonical() {
		return 0, "", false
	}
	s := l.Scope
	if s == nil {
		return p.reasons, "", true
	}
	basic, _ := c.BasicConstraints()
	ca := basic != nil && basic.CA
	switch {
	case s.HasName && !s.namesPoint(l, p):
		return 0, "it is for another distribution point", true
	case s.UserCerts && ca:
		return 0, "it is for end entities' certificates only", true
	case s.CACerts && !ca:
		return 0, "it is for authorities' certificates only", true
	case s.AttributeCerts:
		return 0, "it is for attribute certificates only", true
	case s.SomeReasons && s.Reasons&p.reasons == 0:
		return 0, "it is for other reasons than those of the distribution point", true
	case s.SomeReasons:
		return s.Reasons & p.reasons, "", true
	}
	return p.reasons, "", true
}

// namesPoint reports whether the list and the certificate have a name of the distribution point in common; where the certificate
// gives no name, that of the issuer of the list stands for it.
func (s *Scope) namesPoint(l *CRL, p *point) bool {
	own := s.FullName
	if s.RelativeName != nil {
		own = cert.GeneralNames{relativeTo(l.Issuer, s.RelativeName)}
	}
	theirs := p.names
	if theirs == nil {
		theirs = p.issuers
	}
	own, theirs = own[:min(len(own), maxPoints)], theirs[:min(len(theirs), maxPoints)]
	for _, a := range own {
		for _, b := range theirs {
			if sameGeneralName(a, b) {
				return true
			}
		}
	}
	return false
}

func sameGeneralName(a, b cert.GeneralName) bool {
	switch {
	case a.Kind != b.Kind:
		return false
	case a.Kind == cert.DirectoryName:
		return a.Directory().Equal(b.Directory())
	case a.Kind == cert.URIName && !bytes.Equal(a.Value, b.Value):
		return foldURI(a.Value) == foldURI(b.Value)
	}
	return bytes.Equal(a.Value, b.Value)
}

// foldURI returns a URI with what is compared without regard to case in lower case: scheme and host. RFC 5280, Section 7.4.
func foldURI(uri []byte) string {
	u, err := url.Parse(string(uri))
	if err != nil {
		return string(uri)
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	return u.String()
}
