package dial

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
)

// DefaultPort is the port of a target that names none: HTTPS.
const DefaultPort = 443

// maxTarget bounds what is read as a target. The longest name has 253 octets (RFC 1035, Section
// 2.3.4); the rest is room for Unicode spellings and a path.
const maxTarget = 8 << 10

// Target is the peer as it was asked for.
type Target struct {
	// Host is the name in A-label form (RFC 5890, Section 2.3.2.1), in lower case and without a
	// trailing dot, or the text of an IP address without brackets.
	Host string
	// Unicode is Host with its A-labels decoded, for display; it equals Host where there are none.
	Unicode string
	// Rooted tells that the name was written with a trailing dot: search lists do not apply to it.
	Rooted bool
	// Addr is the address, valid only if Host is one.
	Addr netip.Addr
	// Port is the port to connect to, DefaultPort if none was given.
	Port uint16
	// SNI is the name to send in server_name by default: Host, or nothing for an address.
	// RFC 6066, Section 3.
	SNI string
	// Scheme is "https" if the target was given as a URL, else empty.
	Scheme string
	// Path is the path and query of the URL, starting with a slash, without a fragment; "/" if none.
	Path string
}

// String returns the target as host:port, with brackets around an IPv6 address.
func (t Target) String() string { return joinHostPort(t.Host, t.Port) }

// IsAddr reports whether the target is an IP address rather than a name.
func (t Target) IsAddr() bool { return t.Addr.IsValid() }

// lookupName is the name as it goes to the resolver.
func (t Target) lookupName() string {
	if t.Rooted {
		return t.Host + "."
	}
	return t.Host
}

// ParseTarget reads a target: host, host:port, [v6]:port, a bare IPv6 address, or
// https://host[:port]/path. Names may be internationalized and may end in a dot. The error is a
// *ParseError.
func ParseTarget(arg string) (Target, error) {
	t := Target{Port: DefaultPort, Path: "/"}
	if err := checkText(arg); err != nil {
		return Target{}, err
	}
	authority, err := t.splitURL(arg)
	if err != nil {
		return Target{}, err
	}
	host, port, err := splitHostPort(authority)
	if err != nil {
		return Target{}, err
	}
	if port != 0 {
		t.Port = port
	}
	if err := t.setHost(host); err != nil {
		return Target{}, err
	}
	return t, nil
}

// checkText refuses what no part of a target can hold, before any part is quoted in a message.
func checkText(arg string) error {
	switch {
	case arg == "":
		return &ParseError{Reason: "no host was given", hint: "give a host, such as example.com or example.com:8443"}
	case len(arg) > maxTarget:
		return &ParseError{Input: arg, Reason: fmt.Sprintf("longer than %d bytes", maxTarget)}
	}
	for _, r := range arg {
		if r == unicode.ReplacementChar || unicode.IsControl(r) || unicode.IsSpace(r) {
			return &ParseError{Input: arg, Reason: fmt.Sprintf("holds %U, which no host or URL can", r),
				hint: "look for a stray space, a line end or an encoding other than UTF-8"}
		}
	}
	return nil
}

// splitURL sets scheme and path if arg is a URL and returns the part that names host and port.
func (t *Target) splitURL(arg string) (authority string, err error) {
	scheme, rest, isURL := strings.Cut(arg, "://")
	if !isURL {
		if i := strings.IndexAny(arg, "/?#"); i >= 0 {
			return "", &ParseError{Input: arg, Reason: "a path needs a URL", hint: "write https:// before it"}
		}
		if strings.Contains(arg, "@") {
			return "", userInfoError()
		}
		return arg, nil
	}
	switch scheme = strings.ToLower(scheme); scheme {
	case "https":
	case "http":
		return "", &ParseError{Reason: "http:// URLs have no TLS to look at", hint: "write https://, or host:port"}
	default:
		return "", &ParseError{Reason: fmt.Sprintf("unsupported URL scheme %q", clip(scheme)), hint: "write https://, or host:port"}
	}
	t.Scheme = scheme
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	if strings.Contains(authority, "@") {
		return "", userInfoError()
	}
	if authority == "" {
		return "", &ParseError{Input: arg, Reason: "the URL names no host"}
	}
	path, _, _ = strings.Cut(path, "#")
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	t.Path = escapePath(path)
	return authority, nil
}

func userInfoError() error {
	return &ParseError{Reason: "a target takes no user name or password", hint: "leave out everything up to and including the @"}
}

// escapePath percent-encodes what may not stand in a request target as it is (RFC 3986, Section
// 2.1): octets outside ASCII. Spaces and controls were refused before.
func escapePath(path string) string {
	var b strings.Builder
	for i := range len(path) {
		if c := path[i]; c >= 0x80 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// splitHostPort separates host and port; port is 0 if there is none.
func splitHostPort(s string) (host string, port uint16, err error) {
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", 0, &ParseError{Input: s, Reason: "the bracket is not closed", hint: "write [2001:db8::1]:443"}
		}
		host, rest := s[1:end], s[end+1:]
		if addr, err := netip.ParseAddr(unescapeZone(host)); err != nil || !addr.Is6() {
			return "", 0, &ParseError{Input: s, Reason: "between brackets there must be an IPv6 address", hint: "write [2001:db8::1]:443"}
		}
		if rest == "" {
			return host, 0, nil
		}
		if rest[0] != ':' {
			return "", 0, &ParseError{Input: s, Reason: "after the bracket there can only be :port"}
		}
		port, err = parsePort(s, rest[1:])
		return host, port, err
	}
	if strings.Count(s, ":") > 1 {
		if _, err := netip.ParseAddr(s); err == nil {
			return s, 0, nil
		}
		return "", 0, &ParseError{Input: s, Reason: "neither host:port nor an IPv6 address",
			hint: "an IPv6 address with a port is written [2001:db8::1]:443"}
	}
	host, digits, hasPort := strings.Cut(s, ":")
	if !hasPort {
		return host, 0, nil
	}
	port, err = parsePort(s, digits)
	return host, port, err
}

// parsePort reads a port from 1 to 65535.
func parsePort(arg, digits string) (uint16, error) {
	for _, r := range digits {
		if r < '0' || r > '9' {
			return 0, &ParseError{Input: arg, Reason: fmt.Sprintf("the port %q is not a number", clip(digits)), hint: "give it as a number, such as 443"}
		}
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	switch {
	case digits == "":
		return 0, &ParseError{Input: arg, Reason: "there is no port after the colon", hint: "leave out the colon for port 443"}
	case err != nil || n == 0:
		return 0, &ParseError{Input: arg, Reason: fmt.Sprintf("the port %s is not between 1 and 65535", clip(digits))}
	}
	return uint16(n), nil
}

// setHost sets everything that follows from the host alone.
func (t *Target) setHost(host string) error {
	if addr, err := netip.ParseAddr(unescapeZone(host)); err == nil {
		if strings.ContainsFunc(addr.Zone(), func(r rune) bool { return !inZone(r) }) {
			return &ParseError{Input: host, Reason: "the zone of the address is not the name of an interface", hint: "write fe80::1%eth0"}
		}
		t.Addr = addr.Unmap()
		t.Host = t.Addr.String()
		t.Unicode = t.Host
		return nil
	}
	n, err := parseName(host)
	if err != nil {
		return err
	}
	t.Host, t.Unicode, t.Rooted, t.SNI = n.ascii, n.unicode, n.rooted, n.ascii
	return nil
}

// unescapeZone undoes the percent-encoding of the zone separator in URLs. RFC 6874, Section 2.
func unescapeZone(host string) string { return strings.Replace(host, "%25", "%", 1) }

// inZone reports whether r may stand in a zone as it is: the unreserved characters. RFC 6874, Section 2.
func inZone(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-._~", r)
}

func joinHostPort(host string, port uint16) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(int(port))
}

// ParseError says why a target or address could not be read.
type ParseError struct {
	// Input is what was given, or empty where repeating it would say nothing.
	Input string
	// Reason is what is wrong with it.
	Reason string
	hint   string
}

// Error implements error. The input is quoted, so that it can't act on a terminal, and left out if
// there may be a password in it.
func (e *ParseError) Error() string {
	if e.Input == "" || strings.Contains(e.Input, "@") {
		return e.Reason
	}
	return fmt.Sprintf("%q: %s", clip(e.Input), e.Reason)
}

// Hint says what to write instead, or is empty.
func (e *ParseError) Hint() string { return e.hint }

// clip shortens s for a message.
func clip(s string) string {
	const most = 80
	runes := 0
	for i := range s {
		if runes++; runes > most {
			return s[:i] + "…"
		}
	}
	return s
}
