package audit

import (
	"math"
	"strconv"
	"strings"
)

// HSTS is what a server says of Strict-Transport-Security; what is not valid asks for nothing. RFC 6797, Section 6.1.
type HSTS struct {
	Present           bool   `json:"present"`
	Raw               string `json:"raw"`                // the value of the first header field; peer text
	MaxAge            *int64 `json:"max_age"`            // seconds; null where it does not say
	IncludeSubdomains bool   `json:"include_subdomains"` //
	Preload           bool   `json:"preload"`            // asks to be put on the lists of browsers, which is not of the RFC
	Valid             bool   `json:"valid"`              // browsers take it: it is as the RFC asks
	Why               string `json:"why"`                // what is wrong with it, or odd; may hold peer text
}

// readHSTS reads the header fields of an answer. Of several, only the first counts: RFC 6797, Section 8.1.
func readHSTS(values []string) HSTS {
	if len(values) == 0 {
		return HSTS{}
	}
	h := HSTS{Present: true, Raw: clip(values[0]), Valid: true}
	if wrong := h.read(values[0]); wrong != "" {
		return HSTS{Present: true, Raw: h.Raw, Why: wrong} // what is void asks for nothing
	}
	if len(values) > 1 {
		h.Why = "sent " + strconv.Itoa(len(values)) + " times, of which only the first counts"
	}
	return h
}

// read reads the directives, and says what is wrong with them. A directive that nobody knows is passed over; one that comes
// twice, or does not follow the grammar, makes all of it void. RFC 6797, Section 6.1.
func (h *HSTS) read(value string) (wrong string) {
	seen := map[string]bool{}
	for rest := value; ; {
		d, after, more, ok := directive(rest)
		if !ok {
			return "it does not follow the grammar from " + strconv.Quote(clip(strings.TrimSpace(rest))) + " on"
		}
		if d.name != "" {
			if seen[d.name] {
				return "the directive " + clip(d.name) + " comes twice"
			}
			seen[d.name] = true
			if wrong := h.take(d); wrong != "" {
				return wrong
			}
		}
		if !more {
			break
		}
		rest = after
	}
	if h.MaxAge == nil {
		return "max-age is missing"
	}
	return ""
}

// hstsDirective is one directive: its name in lower case, and its value.
type hstsDirective struct {
	name, value string
	valued      bool
}

// take takes what is known of a directive. RFC 6797, Sections 6.1.1 and 6.1.2.
func (h *HSTS) take(d hstsDirective) (wrong string) {
	switch d.name {
	case "max-age":
		if d.value == "" || strings.Trim(d.value, "0123456789") != "" {
			return "max-age is no number of seconds"
		}
		n, err := strconv.ParseInt(d.value, 10, 64)
		if err != nil {
			n = math.MaxInt64
		}
		h.MaxAge = &n
	case "includesubdomains":
		if d.valued {
			return "includeSubDomains has a value"
		}
		h.IncludeSubdomains = true
	case "preload":
		h.Preload = !d.valued
	}
	return ""
}

// directive reads one directive, which may be empty, up to the next semicolon or the end:
//
//	[ directive-name [ "=" ( token | quoted-string ) ] ]      RFC 6797, Section 6.1
func directive(s string) (d hstsDirective, rest string, more, ok bool) {
	const blank = " \t"
	s = strings.TrimLeft(s, blank)
	name := tokenOf(s)
	s = strings.TrimLeft(s[len(name):], blank)
	d.name = strings.ToLower(name)
	if after, found := strings.CutPrefix(s, "="); found && name != "" {
		s = strings.TrimLeft(after, blank)
		d.valued = true
		if strings.HasPrefix(s, `"`) {
			if d.value, s, ok = quotedString(s); !ok {
				return d, "", false, false
			}
		} else {
			if d.value = tokenOf(s); d.value == "" {
				return d, "", false, false
			}
			s = s[len(d.value):]
		}
		s = strings.TrimLeft(s, blank)
	}
	rest, more = strings.CutPrefix(s, ";")
	return d, rest, more, more || s == ""
}

// tokenOf is the token that a text begins with; empty for none. RFC 9110, Section 5.6.2.
func tokenOf(s string) string {
	n := 0
	for n < len(s) {
		c := s[n]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			break
		}
		n++
	}
	return s[:n]
}

// quotedString reads a text in quotes, and returns what it says and what follows. RFC 9110, Section 5.6.4.
func quotedString(s string) (text, rest string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:], true
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", false
}
