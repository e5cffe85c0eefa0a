package verify

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// constraintFaults checks the names of the certificates in path against the constraints of the authority above them. Those of
// self-issued intermediates are free. RFC 5280, Sections 4.2.1.10 and 6.1.3 (b), (c).
func (s *search) constraintFaults(path []*node, up *node) (faults []finding.Finding) {
	report := func(n *node, message, expected, actual string) bool {
		f := of(finding.NameConstraints, n)
		f.Message, f.Expected, f.Actual = message, expected, actual
		faults = append(faults, f)
		return len(faults) < maxPerCheck
	}
	if s.spend(len(up.constraints.Permitted) + len(up.constraints.Excluded)) {
		report(up, tooManyNames, fmt.Sprint("at most ", maxComparisons), "more")
		return faults
	}
	for _, list := range [...][]cert.Subtree{up.constraints.Permitted, up.constraints.Excluded} {
		for i := range list {
			if why := malformedBase(&list[i]); why != "" {
				if !report(up, "a name constraint of "+up.label()+" "+why, "a constraint as RFC 5280 has it", clip(list[i].Base.String())) {
					return faults
				}
			}
		}
	}
	for i, n := range path {
		if i > 0 && n.selfIssued {
			continue
		}
		for _, name := range n.constrainedNames() {
			verdict, by := s.constrain(name, up.constraints)
			var more bool
			switch verdict {
			case allowed:
				continue
			case notPermitted:
				more = report(n, up.label()+" doesn't permit the name "+clip(name.String()), "a name within "+listSubtrees(up.constraints.Permitted, name.Kind), clip(name.String()))
			case excluded:
				more = report(n, up.label()+" excludes the name "+clip(name.String()), "no name within "+clip(by.Base.String()), clip(name.String()))
			case badName:
				more = report(n, up.label()+" constrains such names, and this one can't be read: "+clip(name.String()), "a valid "+name.Kind.String(), clip(name.String()))
			case tooMuch:
				report(n, tooManyNames, fmt.Sprint("at most ", maxComparisons), "more")
				return faults
			}
			if !more {
				return faults
			}
		}
	}
	return faults
}

const tooManyNames = "there are too many names and constraints to compare"

// spend takes comparisons from what the whole verification may make, and reports whether that is used up.
func (s *search) spend(n int) (over bool) {
	s.compare += n
	return s.compare > maxComparisons
}

// constrainedNames returns all names of a certificate: the alternative ones, the subject, and e-mail addresses in the subject.
func (n *node) constrainedNames() []cert.GeneralName {
	switch {
	case n.allNames != nil:
		return n.allNames
	case n.Subject.IsEmpty():
		return n.names
	}
	n.allNames = append(slices.Clip(n.names), cert.GeneralName{Kind: cert.DirectoryName, Value: n.Subject.Raw})
	for _, mail := range n.Subject.Values(cert.AttrEmailAddress) {
		n.allNames = append(n.allNames, cert.GeneralName{Kind: cert.RFC822Name, Value: []byte(mail)})
	}
	return n.allNames
}

// constrained is what constraints say of a name.
type constrained uint8

const (
	allowed constrained = iota
	notPermitted
	excluded
	badName
	tooMuch
)

func (s *search) constrain(name cert.GeneralName, c *cert.NameConstraints) (constrained, *cert.Subtree) {
	if s.spend(1 + len(c.Permitted) + len(c.Excluded)) {
		return tooMuch, nil
	}
	for i := range c.Excluded {
		if c.Excluded[i].Base.Kind != name.Kind {
			continue
		}
		match, ok := within(name, &c.Excluded[i], true)
		if !ok {
			return badName, &c.Excluded[i]
		}
		if match {
			return excluded, &c.Excluded[i]
		}
	}
	verdict := allowed
	for i := range c.Permitted {
		if c.Permitted[i].Base.Kind != name.Kind {
			continue
		}
		match, ok := within(name, &c.Permitted[i], false)
		if !ok {
			return badName, &c.Permitted[i]
		}
		if match {
			return allowed, nil
		}
		verdict = notPermitted
	}
	return verdict, nil
}

// within reports whether a name lies in a subtree; ok is false for a name or a form that can't be compared. A wildcard lies in
// an excluded subtree if any of its names does, and in a permitted one if all do.
func within(name cert.GeneralName, t *cert.Subtree, anyOf bool) (match, ok bool) {
	base := t.Base
	switch name.Kind {
	case cert.DNSName:
		return dnsWithin(string(name.Value), string(base.Value), anyOf)
	case cert.IPAddress:
		addr, ok := name.IP()
		subnet, valid := base.Subnet()
		return ok && valid && subnet.Contains(addr), ok && valid
	case cert.RFC822Name:
		return mailWithin(string(name.Value), string(base.Value))
	case cert.URIName:
		return uriWithin(string(name.Value), string(base.Value))
	case cert.DirectoryName:
		return directoryWithin(name.Directory(), base.Directory()), true
	}
	return false, false
}

// malformedBase says what is wrong with a constraint itself.
func malformedBase(t *cert.Subtree) string {
	text := string(t.Base.Value)
	switch t.Base.Kind {
	case cert.DNSName:
		if strings.Contains(text, "*") {
			return "has a wildcard"
		}
		if text != "" && !validDNS(strings.TrimPrefix(text, "."), false) {
			return "is no DNS name"
		}
	case cert.IPAddress:
		if _, ok := t.Base.Subnet(); !ok {
			return "is no address with a mask"
		}
	case cert.RFC822Name:
		if strings.Count(text, "@") > 1 {
			return "is no e-mail address or host"
		}
	}
	return ""
}

// dnsWithin compares labels from the right. A constraint with a leading dot, which RFC 5280 doesn't have and authorities use,
// leaves out the domain itself.
func dnsWithin(name, base string, anyOf bool) (match, ok bool) {
	name, base = strings.ToLower(strings.TrimSuffix(name, ".")), strings.ToLower(base)
	if !validDNS(name, true) {
		return false, false
	}
	rest, wild := strings.CutPrefix(name, "*.")
	switch {
	case base == "":
		return true, true
	case !wild:
		return inDomain(name, base), true
	case anyOf && !strings.HasPrefix(base, "."):
		_, parent, _ := strings.Cut(base, ".")
		return inDomain(rest, base) || parent == rest, true
	}
	return inDomain("*."+rest, base), true
}

// inDomain reports whether host is domain or below it; with a leading dot, below it.
func inDomain(host, domain string) bool {
	if !strings.HasSuffix(host, domain) {
		return false
	}
	at := len(host) - len(domain)
	if strings.HasPrefix(domain, ".") {
		return at > 0
	}
	return at == 0 || host[at-1] == '.'
}

// mailWithin compares a mailbox with a mailbox, a host, or with a leading dot all hosts of a domain. The local part is compared
// as it stands. RFC 5280, Section 4.2.1.10.
func mailWithin(name, base string) (match, ok bool) {
	local, host, found := strings.Cut(name, "@")
	if !found || local == "" || host == "" || strings.Contains(host, "@") {
		return false, false
	}
	if baseLocal, baseHost, isMailbox := strings.Cut(base, "@"); isMailbox {
		return local == baseLocal && strings.EqualFold(host, baseHost), true
	}
	return base == "" || hostWithin(host, base), true
}

// hostWithin compares a host with a host, or with a leading dot all hosts of a domain.
func hostWithin(host, base string) bool {
	host, base = strings.ToLower(host), strings.ToLower(base)
	if strings.HasPrefix(base, ".") {
		return inDomain(host, base)
	}
	return host == base
}

// uriWithin compares the host of a URI; one without a host, or with an address, can't be constrained.
func uriWithin(name, base string) (match, ok bool) {
	_, rest, found := strings.Cut(name, "://")
	if !found {
		return false, false
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	host := rest
	if colon := strings.LastIndexByte(rest, ':'); colon >= 0 && !strings.HasSuffix(rest, "]") {
		host = rest[:colon]
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || host == "" {
		return false, false
	}
	return base == "" || hostWithin(host, base), true
}

// directoryWithin reports whether base is the beginning of name, RDN by RDN. The canonical form is a series of attributes, each
// with the number of its RDN, so one name begins with another if its form does and the next attribute opens a new RDN.
func directoryWithin(name, base cert.Name) bool {
	canonicalBase := base.Canonical()
	if !strings.HasPrefix(name.Canonical(), canonicalBase) {
		return false
	}
	attributes, last := 0, -1
	for i := range base.Attributes() {
		attributes, last = attributes+1, i
	}
	for i := range name.Attributes() {
		if attributes == 0 {
			return i != last
		}
		attributes--
	}
	return true
}

// listSubtrees names the subtrees of a kind.
func listSubtrees(list []cert.Subtree, kind cert.GeneralNameKind) string {
	var texts []string
	for i := range list {
		if list[i].Base.Kind == kind {
			if len(texts) == 5 {
				return strings.Join(texts, ", ") + ", …"
			}
			texts = append(texts, clip(list[i].Base.String()))
		}
	}
	return strings.Join(texts, ", ")
}
