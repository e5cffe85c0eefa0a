package verify

import (
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/idna"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/nearest"
)

// reference is the name that the caller wants to reach, in the form that certificates have. RFC 9525, Section 6.1.
type reference struct {
	given string
	dns   string     // A-labels, lower case, without a trailing dot
	addr  netip.Addr // for an address instead
}

// newReference reads a host name or address. Unicode names are turned into A-labels. RFC 9525, Section 6.3.
func newReference(host string) (reference, error) {
	bare := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if addr, err := netip.ParseAddr(bare); err == nil {
		return reference{given: host, addr: addr.WithZone("").Unmap()}, nil
	}
	name := strings.TrimSuffix(host, ".")
	if !isASCII(name) {
		ascii, err := idna.Lookup.ToASCII(name)
		if err != nil {
			return reference{given: host}, err
		}
		name = ascii
	}
	name = strings.ToLower(name)
	if !validDNS(name, false) {
		return reference{given: host}, fmt.Errorf("%q is neither a DNS name nor an address", clip(host))
	}
	return reference{given: host, dns: name}, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// validDNS reports whether s is made of labels of letters, digits, hyphens and underscores. The underscore isn't allowed, and
// names have it all the same. The first label may be a wildcard, if wild is set.
func validDNS(s string, wild bool) bool {
	if wild {
		s = strings.TrimPrefix(s, "*.")
	}
	if s == "" || len(s) > 253 || !isASCII(s) {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			switch c := label[i]; {
			case 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9', c == '-', c == '_':
			default:
				return false
			}
		}
	}
	return true
}

// matches reports whether a name of the certificate is the one wanted. RFC 9525, Sections 6.3 to 6.5.
func (r *reference) matches(name cert.GeneralName) bool {
	switch name.Kind {
	case cert.IPAddress:
		addr, ok := name.IP()
		return ok && r.addr.IsValid() && addr.Unmap() == r.addr
	case cert.DNSName:
		return r.dns != "" && matchDNS(string(name.Value), r.dns)
	}
	return false
}

// matchDNS compares a presented name, which may have a wildcard as its whole first label, with a DNS name in lower case. The
// wildcard stands for exactly one label, and two at least must follow: no authority may sign for all of a top-level domain.
func matchDNS(presented, host string) bool {
	presented = strings.ToLower(strings.TrimSuffix(presented, "."))
	if !validDNS(presented, true) {
		return false
	}
	rest, wild := strings.CutPrefix(presented, "*.")
	if !wild {
		return presented == host
	}
	_, parent, _ := strings.Cut(host, ".")
	return parent == rest && strings.Contains(rest, ".")
}

// hostnameFindings is the check of the name.
func hostnameFinding(req *Request, leaf *node) finding.Finding {
	if req.Hostname == "" {
		return finding.Skipped(finding.Hostname, "no name was asked for")
	}
	r, err := newReference(req.Hostname)
	if err != nil {
		f := of(finding.Hostname, leaf)
		f.Message, f.Actual = "the name that was asked for isn't one: "+err.Error(), clip(req.Hostname)
		f.Expected, f.Fix = "a DNS name or an address", "check the name"
		return f
	}
	for i := range leaf.names {
		if r.matches(leaf.names[i]) {
			f := finding.Passed(finding.Hostname, "matches "+clip(leaf.names[i].Text()))
			f.Where = leaf.where()
			return f
		}
	}
	return r.mismatch(leaf)
}

// mismatch says what the certificate has instead. The common name doesn't count. RFC 9525, Section 2.
func (r *reference) mismatch(leaf *node) finding.Finding {
	f := of(finding.Hostname, leaf)
	wanted := r.dns
	if r.addr.IsValid() {
		wanted = r.addr.String()
	}
	f.Expected = wanted
	if wanted != r.given {
		f.Expected += " (" + clip(r.given) + ")"
	}
	f.Message = "the certificate isn't for " + clip(r.given)
	f.Actual = presentedNames(leaf.names)
	if near := r.nearest(leaf.names); near != "" {
		f.Actual = "nearest " + near + " of " + f.Actual
	}
	cn := leaf.Subject.CommonName()
	switch {
	case len(leaf.names) == 0 && cn != "":
		f.Actual = "no subjectAltName, only the common name " + clip(cn)
		f.Message += ": it has no subjectAltName, and its common name " + clip(cn) + " doesn't count"
		f.Fix = "issue the certificate with the name as a subjectAltName"
	case len(leaf.names) == 0:
		f.Actual = "no subjectAltName"
		f.Message += ": it has no subjectAltName"
	case cn != "" && (matchDNS(cn, wanted) || strings.EqualFold(cn, wanted)):
		f.Message += "; its common name " + clip(cn) + " doesn't count"
	}
	f.Message += r.hint(leaf.names)
	return f
}

// hint tells the mistakes apart that are often made.
func (r *reference) hint(names cert.GeneralNames) string {
	for _, n := range names[:min(len(names), maxNamesLooked)] {
		text := strings.ToLower(n.Text())
		if n.Kind != cert.DNSName {
			continue
		}
		if r.addr.IsValid() && text == r.addr.String() {
			return "; the address stands there as a DNS name, where it doesn't count"
		}
		if rest, wild := strings.CutPrefix(text, "*."); wild && r.dns != "" {
			switch {
			case r.dns == rest:
				return "; " + clip(text) + " isn't for the domain itself"
			case strings.HasSuffix(r.dns, "."+rest) && strings.Contains(rest, "."):
				return "; the wildcard of " + clip(text) + " stands for one label only"
			}
		}
	}
	return ""
}

const (
	maxNamesShown  = 5
	maxNamesLooked = 64 // for the nearest
)

// presentedNames lists the names that a host could match.
func presentedNames(names cert.GeneralNames) string {
	var shown []string
	total := 0
	for _, n := range names {
		if n.Kind != cert.DNSName && n.Kind != cert.IPAddress {
			continue
		}
		if total++; total <= maxNamesShown {
			shown = append(shown, clip(n.Text()))
		}
	}
	switch {
	case total == 0:
		return count(len(names), "name") + ", none of them a DNS name or an address"
	case total > maxNamesShown:
		return fmt.Sprintf("%s and %d more", strings.Join(shown, ", "), total-maxNamesShown)
	}
	return strings.Join(shown, ", ")
}

// nearest returns the name with the fewest changes to the wanted one, if there are several and it isn't far away.
func (r *reference) nearest(names cert.GeneralNames) string {
	if r.dns == "" || len(names) <= maxNamesShown {
		return ""
	}
	best, distance := "", len(r.dns)/2+1
	for _, n := range names[:min(len(names), maxNamesLooked)] {
		if n.Kind != cert.DNSName || len(n.Value) > 253 {
			continue
		}
		if d := nearest.Distance(strings.ToLower(string(n.Value)), r.dns); d < distance {
			best, distance = n.Text(), d
		}
	}
	return clip(best)
}
