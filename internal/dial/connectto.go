package dial

import "net/netip"

// ConnectTo is another place to connect to than the target says; the target keeps its name and SNI.
// The zero value is none.
type ConnectTo struct {
	// Host is a name in A-label form, or an address.
	Host string
	// Addr is the address, valid only if Host is one.
	Addr netip.Addr
	// Port is the port, or 0 for the target's.
	Port uint16
}

// IsZero reports whether no other place was given.
func (c ConnectTo) IsZero() bool { return c.Host == "" }

// ParseConnectTo reads ADDR[:PORT], where ADDR is an address or a name. The error is a *ParseError.
func ParseConnectTo(arg string) (ConnectTo, error) {
	if err := checkText(arg); err != nil {
		return ConnectTo{}, err
	}
	host, port, err := splitHostPort(arg)
	if err != nil {
		return ConnectTo{}, err
	}
	var t Target
	if err := t.setHost(host); err != nil {
		return ConnectTo{}, err
	}
	return ConnectTo{Host: t.lookupName(), Addr: t.Addr, Port: port}, nil
}
