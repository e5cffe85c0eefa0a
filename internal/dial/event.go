package dial

import (
	"net"
	"net/netip"
	"time"
)

// An Event is a step of a Dial: Lookup, Trying, Attempt or Connected.
type Event interface{ event() }

// Sources of the addresses of a Lookup.
const (
	SourceResolver  = "resolver"  // the system's resolver was asked
	SourceLiteral   = "literal"   // the host is an address, nothing was asked
	SourceLocalhost = "localhost" // the resolver did not know localhost: RFC 6761, Section 6.3
)

// Lookup is a finished name lookup.
type Lookup struct {
	// Name is what was looked up: the target's name, or that of ConnectTo.
	Name string
	// Source says where the addresses came from.
	Source string
	// Addrs are all addresses, each once, in the resolver's order (RFC 6724, Section 6), also
	// those of a family that was not asked for.
	Addrs []netip.Addr
	// Start and Duration are by the Dialer's clock.
	Start    time.Time
	Duration time.Duration
	// Err is a *Error if the lookup failed.
	Err error
}

// Trying tells that a connection to an address is begun.
type Trying struct {
	Addr netip.AddrPort
	// Why says why this address and why now, in words.
	Why   string
	Start time.Time
}

// Attempt is a finished attempt to connect to an address.
type Attempt struct {
	Addr netip.AddrPort
	// Why says why this address was tried and why then, in words.
	Why      string
	Start    time.Time
	Duration time.Duration
	// Kind says what came of it: empty for a connection, KindAbandoned where another address
	// answered first.
	Kind Kind
	// Err is the system's error, nil for a connection and for an abandoned attempt.
	Err error
}

// Connected tells that there is a connection.
type Connected struct {
	Local  netip.AddrPort
	Remote netip.AddrPort
	// Duration is that of the attempt that succeeded: one round trip, or more with losses.
	Duration time.Duration
}

func (Lookup) event()    {}
func (Trying) event()    {}
func (Attempt) event()   {}
func (Connected) event() {}

// Result is what came of a Dial.
type Result struct {
	// Conn is the connection, nil if there is none.
	Conn      net.Conn
	Lookup    Lookup
	Attempts  []Attempt // in the order in which they were begun
	Connected Connected
	// Skipped are the addresses that were never tried: of the wrong family, past the limit, or
	// not needed any more.
	Skipped []Skipped
}

// Skipped is an address that was not tried, and why.
type Skipped struct {
	Addr netip.Addr
	Why  string
}
