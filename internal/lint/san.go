package lint

import (
	"bytes"
	"net/netip"
	"slices"

	"golang.org/x/net/publicsuffix"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// san wants DNS names and addresses, each once, and nothing else.
func san(s *subject, _ *Options) (verdict, fault) {
	usable := false
	for i := range s.names {
		g := &s.names[i]
		if g.Kind != cert.DNSName && g.Kind != cert.IPAddress {
			return breach, fault{message: "has an alternative name that is of no use to a server: " + clipName(g), expected: "DNS names and addresses", actual: g.Kind.String()}
		}
		usable = true
	}
	switch {
	case !s.hasNames:
		return breach, fault{message: "has no alternative names", expected: "a subjectAltName", actual: "none"}
	case !usable:
		return breach, fault{message: "has neither a DNS name nor an address", expected: "at least one", actual: "none"}
	}
	if twice := firstTwice(s.names); twice != nil {
		return breach, fault{message: "has an alternative name twice: " + clipName(twice), expected: "each once", actual: "two", note: true}
	}
	return fine, fault{}
}

// firstTwice returns a name that stands there more than once.
func firstTwice(names cert.GeneralNames) *cert.GeneralName {
	order := make([]*cert.GeneralName, len(names))
	for i := range names {
		order[i] = &names[i]
	}
	slices.SortFunc(order, func(a, b *cert.GeneralName) int {
		if a.Kind != b.Kind {
			return int(a.Kind) - int(b.Kind)
		}
		return bytes.Compare(a.Value, b.Value)
	})
	for i := 1; i < len(order); i++ {
		if order[i].Kind == order[i-1].Kind && bytes.Equal(order[i].Value, order[i-1].Value) {
			return order[i]
		}
	}
	return nil
}

// sanCritical wants the names critical exactly if there is no other name. That they must not be beside a subject is a rule
// of the Baseline Requirements; RFC 5280 would rather have them so.
func sanCritical(s *subject, o *Options) (verdict, fault) {
	x, ok := s.Extension(cert.ExtSubjectAltName)
	empty := s.Subject.IsEmpty()
	switch {
	case !ok:
		return unconcerned, fault{}
	case empty && !x.Critical:
		return breach, fault{message: "has no name but the alternative ones, and these aren't critical", expected: "critical", actual: "not critical", ref: "RFC 5280, Section 4.2.1.6"}
	case !empty && x.Critical && o.Server:
		return breach, fault{message: "has a subject, and critical alternative names beside it", expected: "not critical", actual: "critical", ref: "BR 7.1.2.7.12"}
	}
	return fine, fault{}
}

// reserved are the networks that mean nothing, or something else everywhere, beside those that netip tells of. IANA's
// registries of special-purpose addresses, RFC 6890.
var reserved = [...]string{
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"64:ff9b:1::/48", "100::/64", "2001:2::/48", "2001:db8::/32", "3fff::/20", "5f00::/16",
}

// sanInternal wants names that anybody on the internet would understand the same.
func sanInternal(s *subject, _ *Options) (verdict, fault) {
	v := unconcerned
	var networks []netip.Prefix
	for i := range s.names {
		g := &s.names[i]
		why := ""
		switch g.Kind {
		case cert.DNSName:
			why = internalName(g.Value)
		case cert.IPAddress:
			if networks == nil {
				networks = reservedNetworks()
			}
			if addr, ok := g.IP(); ok && isReserved(addr.Unmap(), networks) {
				why = "of a reserved address"
			}
		default:
			continue
		}
		if why != "" {
			return breach, fault{message: "has the name " + clipName(g) + ", " + why, expected: "names of the public DNS, and global addresses", actual: clipName(g)}
		}
		v = fine
	}
	return v, fault{}
}

func reservedNetworks() []netip.Prefix {
	list := make([]netip.Prefix, len(reserved))
	for i, text := range reserved {
		list[i], _ = netip.ParsePrefix(text) // a test reads them all
	}
	return list
}

func isReserved(addr netip.Addr, networks []netip.Prefix) bool {
	if !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return true
	}
	return slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// internalName says why nobody on the internet can own the name, "" if somebody can. Top-level domains are those of the
// public suffix list that is built in, and .onion of RFC 7686.
func internalName(name []byte) string {
	name = bytes.TrimSuffix(name, []byte("."))
	at := bytes.LastIndexByte(name, '.')
	top := string(bytes.ToLower(name[at+1:]))
	if len(top) > maxLabel {
		return "whose top-level domain is none"
	}
	switch {
	case at < 0:
		return "which is a single label"
	case top == "onion":
		return ""
	case top == "arpa":
		lower := string(bytes.ToLower(name[max(0, len(name)-16):]))
		if bytes.HasSuffix([]byte(lower), []byte(".in-addr.arpa")) || bytes.HasSuffix([]byte(lower), []byte(".ip6.arpa")) {
			return "in a reverse zone"
		}
		return ""
	}
	if _, known := publicsuffix.PublicSuffix(top); !known {
		return "whose top-level domain ." + top + " isn't in the public DNS"
	}
	return ""
}
