package lint

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// caSubject wants a name for whoever issues.
func caSubject(s *subject, _ *Options) (verdict, fault) {
	if !s.Subject.IsEmpty() {
		return fine, fault{}
	}
	return breach, fault{message: "is an authority's, and has no name", expected: "a subject", actual: "an empty one"}
}

// unitsEnded is when organizationalUnitName came to be forbidden. BR 1.7.9, Section 7.1.4.2.2.
const unitsEnded = "2022-09-01"

// subjectAttributes wants attributes that say something, and none that public authorities may not put there.
func subjectAttributes(s *subject, o *Options) (verdict, fault) {
	v := unconcerned
	for _, a := range s.Subject.Attributes() {
		v = fine
		text, ok := a.Text()
		switch {
		case ok && strings.Trim(text, " .-") == "":
			return breach, fault{message: "has a subject whose " + clip(a.Type.Label()) + " says nothing", expected: "a value, or no attribute", actual: fmt.Sprintf("%q", clip(text))}
		case a.Type.Is(cert.AttrCountry) && !twoLetters(text):
			return breach, fault{message: "has a subject whose country is no code of two letters", expected: "two capital letters", actual: fmt.Sprintf("%q", clip(text)),
				ref: "BR 7.1.4.2; ISO 3166-1"}
		case a.Type.Is(cert.AttrOrganizationalUnit) && o.Public && s.NotBefore.Format(time.DateOnly) >= unitsEnded:
			return breach, fault{message: "has an organizational unit in its subject, which nobody validates", expected: "none since " + unitsEnded, actual: fmt.Sprintf("%q", clip(text))}
		}
	}
	return v, fault{}
}

func twoLetters(text string) bool {
	return len(text) == 2 && 'A' <= text[0] && text[0] <= 'Z' && 'A' <= text[1] && text[1] <= 'Z'
}

// commonName wants at most one, and that it is one of the alternative names as it stands: addresses in their one text form. RFC
// 5952, Section 4; RFC 3986, Section 3.2.2.
//
// Two breaches are warnings at most: the domain that a wildcard of the certificate stands under, which the authority has
// validated with it; and a text that is no address in a certificate for addresses alone, which nobody takes for one of them.
func commonName(s *subject, _ *Options) (verdict, fault) {
	found := 0
	name := ""
	for _, a := range s.Subject.Attributes() {
		if !a.Type.Is(cert.AttrCommonName) {
			continue
		}
		text, _ := a.Text()
		if found++; found > 1 {
			return breach, fault{message: "has more than one common name", expected: "at most one", actual: fmt.Sprintf("%q and %q", clip(name), clip(text))}
		}
		name = text
	}
	if found == 0 {
		return unconcerned, fault{}
	}
	f := fault{message: "has a common name that isn't one of its alternative names, character for character",
		expected: "one of the alternative names", actual: fmt.Sprintf("%q", clip(name))}
	addr, err := netip.ParseAddr(name)
	isAddr, hasDNS := err == nil && addr.String() == name, false
	for i := range s.names {
		g := &s.names[i]
		if g.Kind == cert.DNSName {
			hasDNS = true
			if string(g.Value) == name {
				return fine, fault{}
			}
			base, wild := bytes.CutPrefix(g.Value, []byte("*."))
			f.advice = f.advice || wild && string(base) == name
		}
		if ip, ok := g.IP(); isAddr && ok && ip == addr {
			return fine, fault{}
		}
	}
	if !hasDNS && !likeAddress(name) {
		f.advice = true
	}
	return breach, f
}

// likeAddress reports whether a text is an address in one of the spellings that programs read as one: with leading zeros,
// hexadecimal numbers or capital letters, too.
func likeAddress(text string) bool {
	if text == "" {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEFxX.:", r) })
}
