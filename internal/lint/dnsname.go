package lint

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// The limits of names. RFC 1034, Section 3.1; the name without its last dot.
const (
	maxLabel = 63
	maxName  = 253
)

// sanDNS wants letters, digits and hyphens. Where a wildcard may stand is for sanWildcard.
func sanDNS(s *subject, _ *Options) (verdict, fault) {
	v := unconcerned
	for i := range s.names {
		g := &s.names[i]
		if g.Kind != cert.DNSName {
			continue
		}
		v = fine
		if why := malformed(g.Value); why != "" {
			return breach, fault{message: "has the name " + clipName(g) + ", which " + why, expected: "labels of letters, digits and hyphens", actual: clipName(g)}
		}
	}
	return v, fault{}
}

// malformed says why a name isn't in the preferred syntax. RFC 1034, Section 3.5, as changed by RFC 1123, Section 2.1.
func malformed(name []byte) string {
	switch {
	case len(name) == 0:
		return "is empty"
	case len(name) > maxName:
		return fmt.Sprintf("is longer than %d octets", maxName)
	case name[len(name)-1] == '.':
		return "ends in a dot"
	}
	numeric := true
	for rest, more := name, true; more; {
		var label []byte
		label, rest, more = bytes.Cut(rest, []byte("."))
		if why := badLabel(label); why != "" {
			return why
		}
		numeric = isNumber(label)
	}
	if numeric {
		return "is an address, or ends like one"
	}
	return ""
}

func badLabel(label []byte) string {
	switch {
	case len(label) == 0:
		return "has an empty label"
	case len(label) > maxLabel:
		return fmt.Sprintf("has a label longer than %d octets", maxLabel)
	case label[0] == '-' || label[len(label)-1] == '-':
		return "has a label that begins or ends with a hyphen"
	}
	for _, c := range label {
		switch {
		case isLetterOrDigit(c) || c == '-' || c == '*':
		case c == '_':
			return "has an underscore"
		case c >= 0x80:
			return "isn't in ASCII: names in other scripts stand there as A-labels"
		default:
			return fmt.Sprintf("has the character %q", rune(c))
		}
	}
	return ""
}

func isLetterOrDigit(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

func isNumber(label []byte) bool {
	for _, c := range label {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// sanWildcard wants * alone as the first label, and a domain below it that one holder can own.
func sanWildcard(s *subject, _ *Options) (verdict, fault) {
	v, shared := unconcerned, fault{}
	for i := range s.names {
		g := &s.names[i]
		if g.Kind != cert.DNSName || bytes.IndexByte(g.Value, '*') < 0 {
			continue
		}
		if v == unconcerned {
			v = fine
		}
		base, first := bytes.CutPrefix(g.Value, []byte("*."))
		if !first || bytes.IndexByte(base, '*') >= 0 {
			return breach, fault{message: "has the name " + clipName(g) + ", whose * isn't the whole first label", expected: "* as the first label", actual: clipName(g),
				ref: "RFC 9525, Section 6.3"}
		}
		if len(base) > maxName {
			continue // sanDNS tells
		}
		domain := strings.ToLower(string(base))
		suffix, icann := publicsuffix.PublicSuffix(domain)
		switch {
		case suffix != domain:
		case strings.IndexByte(suffix, '.') < 0:
			return breach, fault{message: "has the name " + clipName(g) + ", which spans a whole top-level domain", expected: "a wildcard below a domain of one holder",
				actual: clipName(g), ref: "BR 3.2.2.6"}
		case icann:
			return breach, fault{message: "has the name " + clipName(g) + ", which spans a public suffix: all who register below it", expected: "a wildcard below a domain of one holder",
				actual: clipName(g), ref: "BR 3.2.2.6"}
		case v != breach:
			// Its owner may have it: the BR have authorities look at the list's section of ICANN alone.
			v, shared = breach, fault{message: "has the name " + clipName(g) + ", which spans all customers of " + clip(domain), expected: "the owner of that domain", actual: clipName(g),
				ref: "BR 3.2.2.6", note: true}
		}
	}
	return v, shared
}

// sanIDN wants labels with hyphens in the third and fourth place to be A-labels, and these to be the one encoding of something.
func sanIDN(s *subject, _ *Options) (verdict, fault) {
	v := unconcerned
	for i := range s.names {
		g := &s.names[i]
		if g.Kind != cert.DNSName || len(g.Value) > maxName {
			continue
		}
		for label := range bytes.SplitSeq(g.Value, []byte(".")) {
			if len(label) < 4 || label[2] != '-' || label[3] != '-' {
				continue
			}
			v = fine
			lower := strings.ToLower(string(label))
			switch {
			case !strings.HasPrefix(lower, "xn--"):
				return breach, fault{message: "has the name " + clipName(g) + ", with the reserved label " + clip(lower), expected: "xn-- before the hyphens, or no hyphens there", actual: clip(lower),
					ref: "RFC 5890, Section 2.3.1"}
			case !isALabel(lower):
				return breach, fault{message: "has the name " + clipName(g) + ", whose label " + clip(lower) + " encodes nothing", expected: "an A-label", actual: clip(lower)}
			}
		}
	}
	return v, fault{}
}

// isALabel reports whether a label in lower case is the encoding of what it decodes to, and that isn't all ASCII. Which characters
// may be registered isn't asked: BR 7.1.2.7.12 leaves that open.
func isALabel(label string) bool {
	if len(label) > maxLabel {
		return false
	}
	decoded, err := idna.Punycode.ToUnicode(label)
	if err != nil || decoded == label {
		return false
	}
	back, err := idna.Punycode.ToASCII(decoded)
	return err == nil && back == label
}
