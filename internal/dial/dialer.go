package dial

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"time"
)

// Family restricts the addresses that are tried.
type Family uint8

// The families.
const (
	AnyFamily Family = iota
	IPv4
	IPv6
)

// String returns the name of the family.
func (f Family) String() string {
	switch f {
	case IPv4:
		return "IPv4"
	case IPv6:
		return "IPv6"
	}
	return "IP"
}

// flag is the option that asks for the family.
func (f Family) flag() string {
	if f == IPv6 {
		return "-6"
	}
	return "-4"
}

func (f Family) has(a netip.Addr) bool {
	return f == AnyFamily || (f == IPv4) == a.Is4()
}

// Resolver looks names up. *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

const (
	// attemptDelay is the Connection Attempt Delay. RFC 8305, Section 5.
	attemptDelay = 250 * time.Millisecond
	// maxAttempts bounds the addresses that one Dial tries, whatever the DNS answers.
	maxAttempts = 16
	// maxAddrs bounds the addresses that are kept of an answer.
	maxAddrs = 128
)

// Dialer makes TCP connections. The zero value is ready to use. A Dialer may be used by several
// goroutines at once if Observe may.
type Dialer struct {
	// Resolver looks names up; nil is net.DefaultResolver.
	Resolver Resolver
	// DialContext connects to an address; nil is a plain net.Dialer.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// Timeout bounds lookup and connection together; 0 leaves it to the context.
	Timeout time.Duration
	// Family restricts the addresses that are tried; all are looked up and shown.
	Family Family
	// ConnectTo is where to connect instead of the target.
	ConnectTo ConnectTo
	// Now is the clock of all times in events; nil is time.Now.
	Now func() time.Time
	// Observe is told each step as it happens, from the goroutine that called Dial; may be nil.
	Observe func(Event)
}

// Dial looks the target up and connects to it, as RFC 8305 describes: families in turn, the next
// address as soon as the one before has failed or has been silent for 250 ms, and the first
// connection wins. The result is never nil: after a failure it has the lookup and the attempts, but
// no connection. The error is a *Error.
func (d *Dialer) Dial(ctx context.Context, t Target) (*Result, error) {
	if d.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.Timeout)
		defer cancel()
	}
	f, err := d.Find(ctx, t)
	if err != nil {
		return f.session.result, err
	}
	return f.Connect(ctx)
}

// Found is a target whose addresses are known, and not connected to yet.
type Found struct {
	session *session
	order   []netip.Addr
}

// Addrs are the addresses that Connect will try, in this order.
func (f *Found) Addrs() []netip.Addr { return f.order }

// All are the addresses that the order was chosen from: those of the target, or of ConnectTo, of the family that is asked for, in the
// resolver's order, at most 128 of them.
func (f *Found) All() []netip.AddrPort {
	var list []netip.AddrPort
	for _, a := range f.session.result.Lookup.Addrs {
		if f.session.Family.has(a) {
			list = append(list, netip.AddrPortFrom(a, f.session.port))
		}
	}
	return list
}

// Connect connects, once, as the second half of [Dialer.Dial] does. The Dialer's Timeout does not apply.
func (f *Found) Connect(ctx context.Context) (*Result, error) {
	err := f.session.connect(ctx, f.order)
	return f.session.result, err
}

// Find is the first half of [Dialer.Dial], for who has to know where a connection will go before it is made, or wants to make one to
// each address: it looks the target up and connects to nothing. What it returns is never nil. The error is a *Error.
func (d *Dialer) Find(ctx context.Context, t Target) (*Found, error) {
	s := d.session(t)
	if err := s.lookup(ctx); err != nil {
		return &Found{session: s}, err
	}
	order, err := s.order()
	return &Found{s, order}, err
}

// session prepares to look a target up, or what is to be connected to in its stead.
func (d *Dialer) session(t Target) *session {
	s := &session{Dialer: d, host: t.Host, name: t.lookupName(), addr: t.Addr, port: t.Port, result: &Result{}}
	if !d.ConnectTo.IsZero() {
		s.host, s.name, s.addr = strings.TrimSuffix(d.ConnectTo.Host, "."), d.ConnectTo.Host, d.ConnectTo.Addr
		if d.ConnectTo.Port != 0 {
			s.port = d.ConnectTo.Port
		}
	}
	return s
}

// session is one Dial.
type session struct {
	*Dialer
	host   string // as shown
	name   string // as looked up
	addr   netip.Addr
	port   uint16
	result *Result
}

func (s *session) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func (s *session) tell(e Event) {
	if s.Observe != nil {
		s.Observe(e)
	}
}

// lookup fills in the result's Lookup and tells it.
func (s *session) lookup(ctx context.Context) error {
	l := Lookup{Name: s.host, Start: s.now(), Source: SourceLiteral}
	if s.addr.IsValid() {
		l.Addrs = []netip.Addr{s.addr}
	} else {
		l.Source = SourceResolver
		addrs, err := s.resolver().LookupNetIP(ctx, "ip", s.name)
		l.Addrs = distinct(addrs)
		if len(l.Addrs) == 0 && ctx.Err() == nil && isLocalhost(s.host) {
			l.Addrs, err = []netip.Addr{netip.IPv6Loopback(), netip.AddrFrom4([4]byte{127, 0, 0, 1})}, nil
			l.Source = SourceLocalhost
		}
		l.Duration = s.now().Sub(l.Start)
		switch {
		case err != nil:
			l.Err = s.lookupError(classifyLookup(ctx, err), l.Duration, err)
		case len(l.Addrs) == 0:
			err := &net.DNSError{Err: "no addresses", Name: s.name, IsNotFound: true}
			l.Err = s.lookupError(KindNameNotFound, l.Duration, err)
		}
	}
	s.result.Lookup = l
	s.tell(l)
	return l.Err
}

func (s *session) lookupError(k Kind, elapsed time.Duration, err error) error {
	return &Error{Kind: k, Host: s.host, Elapsed: elapsed, Family: s.Family, Err: err}
}

func (s *session) resolver() Resolver {
	if s.Resolver != nil {
		return s.Resolver
	}
	return net.DefaultResolver
}

// distinct keeps each address once, in order, with IPv4 in its own form.
func distinct(addrs []netip.Addr) []netip.Addr {
	out := make([]netip.Addr, 0, min(len(addrs), maxAddrs))
	seen := make(map[netip.Addr]bool, cap(out))
	for _, a := range addrs {
		if a = a.Unmap(); a.IsValid() && !seen[a] && len(out) < maxAddrs {
			seen[a] = true
			out = append(out, a)
		}
	}
	return out
}

// isLocalhost reports whether name is in the zone that always means this machine. RFC 6761, Section 6.3.
func isLocalhost(name string) bool {
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}
