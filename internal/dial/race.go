package dial

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"
)

// order returns the addresses to try, families in turn, beginning with that of the first address.
// RFC 8305, Section 4, with a First Address Family Count of 1.
func (s *session) order() ([]netip.Addr, error) {
	var first, second []netip.Addr
	for _, a := range s.result.Lookup.Addrs {
		switch {
		case !s.Family.has(a):
			s.skip(a, "only "+s.Family.String()+" was asked for")
		case len(first) == 0 || a.Is4() == first[0].Is4():
			first = append(first, a)
		default:
			second = append(second, a)
		}
	}
	order := make([]netip.Addr, 0, len(first)+len(second))
	for i := range max(len(first), len(second)) {
		if i < len(first) {
			order = append(order, first[i])
		}
		if i < len(second) {
			order = append(order, second[i])
		}
	}
	if len(order) == 0 {
		return nil, s.lookupError(KindNoAddress, s.result.Lookup.Duration, errNoAddress)
	}
	for len(order) > maxAttempts {
		last := len(order) - 1
		s.skip(order[last], "too many addresses")
		order = order[:last]
	}
	return order, nil
}

// errNoAddress is the cause where the name has addresses, but none that may be used.
var errNoAddress = errors.New("no address of this family")

func (s *session) skip(a netip.Addr, why string) {
	s.result.Skipped = append(s.result.Skipped, Skipped{Addr: a, Why: why})
}

// outcome is how an attempt ended.
type outcome struct {
	index int
	conn  net.Conn
	err   error
	end   time.Time
}

// race is the connection attempts of one Dial. Only the goroutine of Dial touches it; each
// attempt has one of its own that ends with one outcome.
type race struct {
	*session
	order    []netip.Addr
	done     []bool // by index of result.Attempts
	pending  int
	outcomes chan outcome
}

// connect tries the addresses until one answers.
func (s *session) connect(ctx context.Context, order []netip.Addr) error {
	began := s.now()
	attempts, cancel := context.WithCancel(ctx)
	defer cancel()
	r := &race{session: s, order: order, outcomes: make(chan outcome, len(order))}
	// Whoever is late is closed, however late it is.
	defer func() {
		if r.pending > 0 {
			go closeLate(r.outcomes, r.pending)
		}
	}()

	delay := time.NewTimer(attemptDelay)
	defer delay.Stop()
	r.begin(attempts, r.firstReason())
	for r.pending > 0 {
		select {
		case o := <-r.outcomes:
			if o.err == nil {
				r.won(o)
				return nil
			}
			r.lost(ctx, o)
			if ctx.Err() == nil && r.begin(attempts, "the address before it "+became(r.result.Attempts[o.index].Kind)) {
				delay.Reset(attemptDelay)
			}
		case <-delay.C:
			if r.begin(attempts, "no answer from the address before it for "+attemptDelay.String()) {
				delay.Reset(attemptDelay)
			}
		case <-ctx.Done():
			r.interrupted(ctx)
		}
	}
	return r.failure(ctx, s.now().Sub(began))
}

// firstReason says why the first address is the first.
func (r *race) firstReason() string {
	switch {
	case !r.ConnectTo.IsZero() && r.addr.IsValid():
		return "given by --connect-to"
	case r.addr.IsValid():
		return "given as an address"
	case len(r.order) == 1 && len(r.result.Lookup.Addrs) == 1:
		return "its only address"
	case len(r.order) == 1:
		return "its only " + r.Family.String() + " address"
	}
	return "first in the resolver's order"
}

// became continues the sentence "the address before it …".
func became(k Kind) string {
	switch k {
	case KindRefused:
		return "refused"
	case KindReset:
		return "reset the connection"
	case KindUnreachable:
		return "is unreachable"
	case KindTimeout:
		return "did not answer"
	}
	return "failed"
}

// begin starts the attempt on the next address, if there is one.
func (r *race) begin(ctx context.Context, why string) bool {
	i := len(r.result.Attempts)
	if i == len(r.order) {
		return false
	}
	a := Attempt{Addr: netip.AddrPortFrom(r.order[i], r.port), Why: why, Start: r.now()}
	r.result.Attempts = append(r.result.Attempts, a)
	r.done = append(r.done, false)
	r.pending++
	r.tell(Trying{Addr: a.Addr, Why: why, Start: a.Start})
	dial := r.DialContext
	if dial == nil {
		dial = dialTCP
	}
	attempt := func() {
		conn, err := dial(ctx, "tcp", a.Addr.String())
		r.outcomes <- outcome{i, conn, err, r.now()}
	}
	if len(r.order) == 1 && r.DialContext == nil {
		attempt() // nothing to race against: a goroutine would only cost time
	} else {
		go attempt()
	}
	return true
}

// dialTCP connects to an address, without the happy eyeballs and keep-alives of net.Dialer: the
// former is ours to do, and no connection lives long enough for the latter.
func dialTCP(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{KeepAlive: -1, FallbackDelay: -1}).DialContext(ctx, network, address)
}

// end records how attempt i ended.
func (r *race) end(i int, at time.Time, k Kind, err error) {
	a := &r.result.Attempts[i]
	a.Duration, a.Kind, a.Err = at.Sub(a.Start), k, err
	r.done[i] = true
	r.tell(*a)
}

func (r *race) lost(ctx context.Context, o outcome) {
	r.pending--
	r.end(o.index, o.end, classifyConnect(ctx, o.err), o.err)
}

func (r *race) won(o outcome) {
	r.pending--
	r.end(o.index, o.end, "", nil)
	for i, done := range r.done {
		if !done {
			r.end(i, o.end, KindAbandoned, nil)
		}
	}
	for _, a := range r.order[len(r.result.Attempts):] {
		r.skip(a, "another address answered first")
	}
	r.result.Conn = o.conn
	r.result.Connected = Connected{
		Local:    addrPort(o.conn.LocalAddr()),
		Remote:   addrPort(o.conn.RemoteAddr()),
		Duration: r.result.Attempts[o.index].Duration,
	}
	r.tell(r.result.Connected)
}

// interrupted ends what is still open when time is up or somebody lost patience. The outcomes
// that are still to come are left to closeLate.
func (r *race) interrupted(ctx context.Context) {
	k := KindTimeout
	if errors.Is(ctx.Err(), context.Canceled) {
		k = KindCanceled
	}
	at := r.now()
	for i, done := range r.done {
		if !done {
			r.end(i, at, k, ctx.Err())
		}
	}
	late := r.pending
	r.pending = 0
	go closeLate(r.outcomes, late)
}

// failure is the error where no address answered: of the attempt that tells most.
func (r *race) failure(ctx context.Context, elapsed time.Duration) error {
	for _, a := range r.order[len(r.result.Attempts):] {
		r.skip(a, "there was no time left")
	}
	worst := r.result.Attempts[0]
	for _, a := range r.result.Attempts[1:] {
		if weightOf(a.Kind) > weightOf(worst.Kind) {
			worst = a
		}
	}
	e := &Error{Kind: worst.Kind, Host: r.host, Port: r.port, Addr: worst.Addr, Elapsed: elapsed,
		Attempts: r.result.Attempts, Family: r.Family, Err: worst.Err}
	if errors.Is(ctx.Err(), context.Canceled) {
		e.Kind, e.Err = KindCanceled, ctx.Err()
	}
	return e
}

// closeLate takes the outcomes that nobody waits for any more and closes their connections.
func closeLate(outcomes <-chan outcome, n int) {
	for range n {
		if o := <-outcomes; o.conn != nil {
			_ = o.conn.Close() // it was never used
		}
	}
}

// addrPort is the address of a TCP connection, IPv4 in its own form.
func addrPort(a net.Addr) netip.AddrPort {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := tcp.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
