package lint

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// subject is a certificate with what several lints ask of it, read once. Of an extension that stands there twice it is the first.
type subject struct {
	*cert.Certificate
	role  Role
	where finding.Where
	sent  bool
	name  string // what messages call it, made when asked for

	basic       *cert.BasicConstraints
	usage       cert.KeyUsage
	hasUsage    bool
	ekus        []cert.OID
	hasEKU      bool
	names       cert.GeneralNames
	hasNames    bool
	ski         []byte
	aki         *cert.AuthorityKeyID
	constraints *cert.NameConstraints
	access      []cert.AccessDescription
	points      []cert.DistributionPoint
	policies    []cert.Policy
	unreadable  []cert.ID
	self        self
}

// self is whether issuer and subject are the same, found out when asked for.
type self uint8

const (
	notAsked self = iota
	selfIssued
	otherIssuer
)

func (s *subject) read(from *Subject) {
	s.Certificate, s.role, s.where, s.sent = from.Cert, from.Role, from.Where, from.Sent
	if s.Certificate == nil {
		s.Certificate = new(cert.Certificate)
	}
	var seen uint // bit n: the extension that is readers[n]
	for i := range s.Extensions {
		x := &s.Extensions[i]
		for n := range readers {
			if seen&(1<<n) != 0 || !x.ID.Is(readers[n].id) {
				continue
			}
			seen |= 1 << n
			if slices.ContainsFunc(readers[n].read(s, x), unread) {
				s.unreadable = append(s.unreadable, readers[n].id)
			}
		}
	}
}

// readers are the extensions that are read, and how.
var readers = [...]struct {
	id   cert.ID
	read func(*subject, *cert.Extension) []cert.Problem
}{
	{cert.ExtKeyUsage, func(s *subject, x *cert.Extension) (p []cert.Problem) {
		s.hasUsage = true
		s.usage, p = x.KeyUsage()
		return p
	}},
	{cert.ExtBasicConstraints, func(s *subject, x *cert.Extension) (p []cert.Problem) {
		s.basic, p = x.BasicConstraints()
		return p
	}},
	{cert.ExtExtKeyUsage, func(s *subject, x *cert.Extension) (p []cert.Problem) {
		s.hasEKU = true
		s.ekus, p = x.OIDs()
		return p
	}},
	{cert.ExtSubjectAltName, func(s *subject, x *cert.Extension) (p []cert.Problem) {
		s.hasNames = true
		s.names, p = x.GeneralNames()
		return p
	}},
	{cert.ExtSubjectKeyID, func(s *subject, _ *cert.Extension) (p []cert.Problem) {
		s.ski, p = s.SubjectKeyID()
		return p
	}},
	{cert.ExtAuthorityKeyID, func(s *subject, x *cert.Extension) (p []cert.Problem) {
		s.aki, p = x.AuthorityKeyID()
		return p
	}},
	{cert.ExtNameConstraints, func(s *subject, _ *cert.Extension) (p []cert.Problem) {
		s.constraints, p = s.NameConstraints()
		return p
	}},
	{cert.ExtAuthorityInfoAccess, func(s *subject, _ *cert.Extension) (p []cert.Problem) {
		s.access, p = s.AuthorityInfoAccess()
		return p
	}},
	{cert.ExtCRLDistributionPoints, func(s *subject, x *cert.Extension) (p []cert.Problem) {
		s.points, p = x.DistributionPoints()
		return p
	}},
	{cert.ExtCertificatePolicies, func(s *subject, x *cert.Extension) (p []cert.Problem) {
		s.policies, p = x.Policies()
		return p
	}},
}

// unread reports whether a problem means that something couldn't be read; the others are about how it is written.
func unread(p cert.Problem) bool { return p.Kind != cert.NotCanonical && p.Kind != cert.BadValue }

// unreadableOf returns the first of the extensions that is there and can't be read.
func (s *subject) unreadableOf(ids []cert.ID) (cert.ID, bool) {
	for _, id := range ids {
		if slices.Contains(s.unreadable, id) {
			return id, true
		}
	}
	return "", false
}

// selfIssued reports whether the certificate names itself as its issuer.
func (s *subject) selfIssued() bool {
	if s.self == notAsked {
		s.self = otherIssuer
		if s.IsSelfIssued() {
			s.self = selfIssued
		}
	}
	return s.self == selfIssued
}

// label names the certificate in a message: by its common name, or else by its whole subject.
func (s *subject) label() string {
	if s.name == "" {
		s.name = nameOf(s.Subject)
	}
	return s.name
}

func nameOf(name cert.Name) string {
	const most = 1 << 16 // bytes of a subject that are worth reading for a message
	if len(name.Raw) > most {
		return fmt.Sprintf("the certificate with a subject of %d bytes", len(name.Raw))
	}
	if cn := name.CommonName(); cn != "" {
		return clip(cn)
	}
	if name.IsEmpty() {
		return "the certificate without a subject"
	}
	return clip(name.String())
}

// clip cuts a text that is too long for a message.
func clip(text string) string {
	const limit = 200
	if len(text) <= limit {
		return text
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return fmt.Sprintf("%s… (%d bytes)", text[:cut], len(text))
}

// clipName is clip for a name of the certificate, which may be of any bytes.
func clipName(g *cert.GeneralName) string {
	const most = 4 << 10 // bytes that are worth converting
	if n := len(g.Value); n > most {
		return fmt.Sprintf("%s of %d bytes", g.Kind, n)
	}
	return clip(strings.ToValidUTF8(g.Text(), "\uFFFD"))
}
