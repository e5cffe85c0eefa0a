package capture

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Filter selects streams by an end or by the name that was asked for. The zero Filter selects all.
type Filter struct {
	addr netip.Addr
	port uint16
	name string // server_name, in lower case
}

// ParseFilter reads host:port, host or :port; host is an address, or a name that a client asked for.
func ParseFilter(text string) (Filter, error) {
	var f Filter
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		f.addr = a.Unmap()
		return f, nil
	}
	host := text
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		port, err := strconv.ParseUint(text[i+1:], 10, 16)
		if err != nil || port == 0 {
			return f, fmt.Errorf("%q is no port", text[i+1:])
		}
		f.port, host = uint16(port), text[:i]
	}
	if host == "" && f.port == 0 {
		return f, fmt.Errorf("neither a host nor a port")
	}
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		f.addr = a.Unmap()
	} else if strings.ContainsAny(host, ":/ []") {
		return f, fmt.Errorf("%q is neither an address nor a name", host)
	} else {
		f.name = strings.ToLower(host)
	}
	return f, nil
}

// matches reports whether one of the ends is meant; names are left aside.
func (f Filter) matches(ends [2]netip.AddrPort) bool {
	for _, e := range ends {
		if (!f.addr.IsValid() || f.addr == e.Addr().Unmap()) && (f.port == 0 || f.port == e.Port()) {
			return true
		}
	}
	return false
}

// ByName reports whether it selects by the name that was asked for, so that it is not known from the beginning of a stream whether it
// is selected.
func (f Filter) ByName() bool { return f.name != "" }

// named reports whether the name that was asked for is the one.
func (f Filter) named(sni *string) bool {
	return f.name == "" || sni != nil && strings.ToLower(*sni) == f.name
}
