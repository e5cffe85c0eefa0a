package dial

import (
	"fmt"
	"strings"

	"golang.org/x/net/idna"
)

const (
	maxName  = 253 // octets of a name in text, RFC 1035, Section 2.3.4
	maxLabel = 63  // octets of a label
)

// name is a host name in the forms that are needed of it.
type name struct {
	ascii   string
	unicode string
	rooted  bool
}

// parseName checks a host name and brings it to A-label form. Plain ASCII names are taken as the
// DNS takes them, which is wider than IDNA: underscores, and hyphens in the third and fourth place.
func parseName(host string) (name, error) {
	ascii := host
	if !isASCII(host) || hasALabel(host) {
		var err error
		if ascii, err = lookupProfile().ToASCII(host); err != nil {
			return name{}, &ParseError{Input: host, Reason: "not a valid internationalized name (" + idnaReason(err) + ")",
				hint: "check for characters that only look right, or give the name in its xn-- form"}
		}
	}
	n := name{ascii: strings.ToLower(ascii)}
	if s, ok := strings.CutSuffix(n.ascii, "."); ok {
		n.ascii, n.rooted = s, true
	}
	if err := checkName(host, n.ascii); err != nil {
		return name{}, err
	}
	n.unicode = n.ascii
	if hasALabel(n.ascii) {
		// The name was valid on the way in; on failure the A-labels are the safe thing to show.
		if u, err := lookupProfile().ToUnicode(n.ascii); err == nil {
			n.unicode = u
		}
	}
	return n, nil
}

// lookupProfile is the profile for names to be looked up (UTS #46, nontransitional, as in RFC 5891,
// Section 5), except that the check of ASCII is our own, since it has to let underscores pass.
func lookupProfile() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.StrictDomainName(false))
}

// idnaReason shortens the error: its prefix says what is said already.
func idnaReason(err error) string { return clip(strings.TrimPrefix(err.Error(), "idna: ")) }

// checkName holds an ASCII name against the limits of the DNS. RFC 1035, Section 2.3.4; RFC 1123,
// Section 2.1; the underscore is common in practice (RFC 8552).
func checkName(given, ascii string) error {
	fail := func(hint, format string, args ...any) error {
		return &ParseError{Input: given, Reason: fmt.Sprintf(format, args...), hint: hint}
	}
	switch {
	case ascii == "":
		return fail("give a host, such as example.com or example.com:8443", "there is no host name")
	case len(ascii) > maxName:
		return fail("", "a host name has at most %d octets, this one %d", maxName, len(ascii))
	}
	labels := strings.Split(ascii, ".")
	for _, label := range labels {
		switch {
		case label == "":
			return fail("look for two dots in a row or a leading dot", "a label of the name is empty")
		case len(label) > maxLabel:
			return fail("", "a label has at most %d octets, %q has %d", maxLabel, clip(label), len(label))
		case label[0] == '-' || label[len(label)-1] == '-':
			return fail("options go before the host", "the label %q begins or ends with a hyphen", label)
		case label == "*":
			return fail("give one of the names that the wildcard covers", "a wildcard can't be connected to")
		}
		for i := range len(label) {
			if !inHostName(label[i]) {
				return fail("a host name has letters, digits, hyphens and dots", "%q can't stand in a host name", label[i])
			}
		}
	}
	// Some resolvers read 127.1, 0x7f.1 or 010.0.0.1 as addresses, each in its own way; no top-level
	// domain is a number (WHATWG URL, "ends in a number").
	if last := labels[len(labels)-1]; isNumber(last) {
		return fail("write an IPv4 address as four decimal numbers, without leading zeros", "neither a host name nor an IPv4 address")
	}
	return nil
}

func inHostName(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

// isNumber reports whether a label is a decimal or 0x number.
func isNumber(label string) bool {
	digits := "0123456789"
	if s, ok := strings.CutPrefix(label, "0x"); ok {
		label, digits = s, "0123456789abcdef"
	}
	return strings.Trim(label, digits) == ""
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// hasALabel reports whether a label of s begins with the prefix of A-labels. RFC 5890, Section 2.3.2.1.
func hasALabel(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if len(label) >= 4 && strings.EqualFold(label[:4], "xn--") {
			return true
		}
	}
	return false
}
