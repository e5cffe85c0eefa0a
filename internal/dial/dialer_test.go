package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// names is a Resolver that knows a few names.
type names map[string][]string

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	addrs, ok := n[host]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	var out []netip.Addr
	for _, a := range addrs {
		out = append(out, netip.MustParseAddr(a))
	}
	return out, nil
}

// behaviour is how an address of a fake network answers.
type behaviour struct {
	after time.Duration // 0: at once
	err   error
	drops bool // never answers
}

// network is a fake one, for the clock of a synctest bubble.
type network map[string]behaviour

type fakeConn struct {
	net.Conn
	remote netip.AddrPort
	closed chan struct{}
}

func (c *fakeConn) LocalAddr() net.Addr  { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 5000} }
func (c *fakeConn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }
func (c *fakeConn) Close() error         { close(c.closed); return nil }

func (n network) dial(ctx context.Context, _, address string) (net.Conn, error) {
	ap := netip.MustParseAddrPort(address)
	b, ok := n[ap.Addr().String()]
	if !ok {
		b.err = syscall.EHOSTUNREACH
	}
	if b.drops {
		<-ctx.Done()
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: ctx.Err()}
	}
	select {
	case <-time.After(b.after):
	case <-ctx.Done():
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: ctx.Err()}
	}
	if b.err != nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: b.err}
	}
	return &fakeConn{remote: ap, closed: make(chan struct{})}, nil
}

// story writes attempts as "address@start kind" in milliseconds since the lookup ended.
func story(r *Result) string {
	var parts []string
	began := r.Lookup.Start.Add(r.Lookup.Duration)
	for _, a := range r.Attempts {
		kind := string(a.Kind)
		if kind == "" {
			kind = "connected"
		}
		parts = append(parts, a.Addr.Addr().String()+"@"+a.Start.Sub(began).String()+"+"+a.Duration.String()+" "+kind)
	}
	return strings.Join(parts, ", ")
}

func TestAddressesAreTriedAsRFC8305Says(t *testing.T) {
	const ms = time.Millisecond
	v6a, v6b, v4a, v4b := "2001:db8::a", "2001:db8::b", "192.0.2.1", "192.0.2.2"
	all := []string{v6a, v6b, v4a, v4b}
	for _, c := range []struct {
		name   string
		addrs  []string
		family Family
		net    network
		kind   Kind // of the error
		story  string
	}{
		{"the first answers", all, AnyFamily, network{v6a: {after: 20 * ms}}, "",
			"2001:db8::a@0s+20ms connected"},
		{"families take turns after 250 ms of silence", all, AnyFamily,
			network{v6a: {drops: true}, v4a: {drops: true}, v6b: {drops: true}, v4b: {after: 10 * ms}}, "",
			"2001:db8::a@0s+760ms abandoned, 192.0.2.1@250ms+510ms abandoned, 2001:db8::b@500ms+260ms abandoned, 192.0.2.2@750ms+10ms connected"},
		{"a slow first address may still win", all, AnyFamily,
			network{v6a: {after: 300 * ms}, v4a: {after: 100 * ms}}, "",
			"2001:db8::a@0s+300ms connected, 192.0.2.1@250ms+50ms abandoned"},
		{"a refusal brings the next at once", all, AnyFamily,
			network{v6a: {after: 5 * ms, err: syscall.ECONNREFUSED}, v4a: {after: 5 * ms}}, "",
			"2001:db8::a@0s+5ms refused, 192.0.2.1@5ms+5ms connected"},
		{"the delay starts anew after a refusal", all, AnyFamily,
			network{v6a: {after: 200 * ms, err: syscall.ECONNREFUSED}, v4a: {drops: true}, v6b: {after: ms}}, "",
			"2001:db8::a@0s+200ms refused, 192.0.2.1@200ms+251ms abandoned, 2001:db8::b@450ms+1ms connected"},
		{"only the family asked for", all, IPv4, network{v4a: {after: ms}}, "", "192.0.2.1@0s+1ms connected"},
		{"IPv4 first where the resolver says so", []string{v4a, v4b, v6a}, AnyFamily,
			network{v4a: {drops: true}, v6a: {after: ms}}, "",
			"192.0.2.1@0s+251ms abandoned, 2001:db8::a@250ms+1ms connected"},
		{"a family that the name lacks", []string{v4a}, IPv6, network{}, KindNoAddress, ""},
		{"the refusal tells more than the missing route", []string{v6a, v4a}, AnyFamily,
			network{v4a: {err: syscall.ECONNREFUSED}}, KindRefused,
			"2001:db8::a@0s+0s unreachable, 192.0.2.1@0s+0s refused"},
		{"nobody answers", []string{v6a, v4a}, AnyFamily, network{v6a: {drops: true}, v4a: {drops: true}}, KindTimeout,
			"2001:db8::a@0s+10s timeout, 192.0.2.1@250ms+9.75s timeout"},
		{"a reset", []string{v4a}, AnyFamily, network{v4a: {err: syscall.ECONNRESET}}, KindReset, "192.0.2.1@0s+0s reset"},
		{"forbidden", []string{v4a}, AnyFamily, network{v4a: {err: syscall.EACCES}}, KindPermission, "192.0.2.1@0s+0s permission"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var told []Event
				d := Dialer{Resolver: names{"host.test": c.addrs}, DialContext: c.net.dial, Family: c.family,
					Timeout: 10 * time.Second, Now: time.Now, Observe: func(e Event) { told = append(told, e) }}
				target, _ := ParseTarget("host.test")
				r, err := d.Dial(t.Context(), target)
				if got := story(r); got != c.story {
					t.Errorf("got  %s\nwant %s", got, c.story)
				}
				checkOutcome(t, r, err, c.kind)
				checkEvents(t, r, told)
				if got := len(r.Attempts) + len(r.Skipped); got != len(c.addrs) {
					t.Errorf("%d of %d addresses are accounted for", got, len(c.addrs))
				}
			})
		})
	}
}

func checkOutcome(t *testing.T, r *Result, err error, want Kind) {
	t.Helper()
	var de *Error
	switch {
	case want == "" && (err != nil || r.Conn == nil):
		t.Errorf("not connected: %v", err)
	case want != "" && (!errors.As(err, &de) || de.Kind != want || r.Conn != nil):
		t.Errorf("error %v, want %s", err, want)
	case want != "" && (de.Hint() == "" || de.Err == nil || strings.HasSuffix(err.Error(), ".")):
		t.Errorf("the error lacks a hint or a cause: %v", err)
	}
}

// checkEvents holds what was told against what was returned.
func checkEvents(t *testing.T, r *Result, told []Event) {
	t.Helper()
	trying, ended, connected := 0, 0, 0
	for i, e := range told {
		switch e := e.(type) {
		case Lookup:
			if i != 0 || len(e.Addrs) != len(r.Lookup.Addrs) {
				t.Errorf("lookup told as event %d: %+v", i, e)
			}
		case Trying:
			if e.Addr != r.Attempts[trying].Addr || e.Why == "" {
				t.Errorf("begun out of order: %+v", e)
			}
			trying++
		case Attempt:
			ended++
		case Connected:
			connected++
			if i != len(told)-1 || e.Remote != netip.MustParseAddrPort(r.Conn.RemoteAddr().String()) {
				t.Errorf("connected: %+v", e)
			}
		}
	}
	if trying != len(r.Attempts) || ended != len(r.Attempts) || (connected == 1) != (r.Conn != nil) {
		t.Errorf("%d begun, %d ended, %d connected of %d attempts", trying, ended, connected, len(r.Attempts))
	}
}

func TestLateConnectionsAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := &fakeConn{remote: netip.MustParseAddrPort("192.0.2.1:443"), closed: make(chan struct{})}
		d := Dialer{Resolver: names{"host.test": {"192.0.2.1", "192.0.2.2"}}, Now: time.Now,
			DialContext: func(_ context.Context, _, address string) (net.Conn, error) {
				if address == late.remote.String() { // deaf to its context
					time.Sleep(time.Hour)
					return late, nil
				}
				return &fakeConn{remote: netip.MustParseAddrPort(address), closed: make(chan struct{})}, nil
			}}
		target, _ := ParseTarget("host.test")
		r, err := d.Dial(t.Context(), target)
		if err != nil || r.Conn == net.Conn(late) {
			t.Fatalf("%v %v", r.Conn, err)
		}
		<-late.closed
	})
}

func TestInterruptEndsAtOnceWithWhatWasTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(300*time.Millisecond, cancel)
		n := network{"192.0.2.1": {drops: true}, "192.0.2.2": {drops: true}, "192.0.2.3": {drops: true}}
		d := Dialer{Resolver: names{"host.test": {"192.0.2.1", "192.0.2.2", "192.0.2.3"}}, DialContext: n.dial, Now: time.Now}
		target, _ := ParseTarget("host.test")
		r, err := d.Dial(ctx, target)
		if got, want := story(r), "192.0.2.1@0s+300ms canceled, 192.0.2.2@250ms+50ms canceled"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if !errors.Is(err, context.Canceled) || len(r.Skipped) != 1 {
			t.Errorf("%v, skipped %v", err, r.Skipped)
		}
	})
}

// resolverFunc is a Resolver of one function.
type resolverFunc func(ctx context.Context) ([]netip.Addr, error)

func (f resolverFunc) LookupNetIP(ctx context.Context, _, _ string) ([]netip.Addr, error) {
	return f(ctx)
}

func TestFailedLookupsAreToldApart(t *testing.T) {
	for _, c := range []struct {
		name string
		kind Kind
		text string
		look resolverFunc
	}{
		{"unknown", KindNameNotFound, "looking up host.test: no such host", func(context.Context) ([]netip.Addr, error) {
			return nil, &net.DNSError{Err: "no such host", Name: "host.test", IsNotFound: true}
		}},
		{"no records", KindNameNotFound, "looking up host.test: no such host", func(context.Context) ([]netip.Addr, error) {
			return nil, nil
		}},
		{"servfail", KindLookupFailed, "looking up host.test: server misbehaving", func(context.Context) ([]netip.Addr, error) {
			return nil, &net.DNSError{Err: "server misbehaving", Name: "host.test", IsTemporary: true}
		}},
		{"slow resolver", KindLookupTimeout, "looking up host.test: no answer from the resolver within 2s", func(ctx context.Context) ([]netip.Addr, error) {
			<-ctx.Done()
			return nil, &net.DNSError{Err: "i/o timeout", Name: "host.test", IsTimeout: true, IsTemporary: true}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := Dialer{Resolver: c.look, Timeout: 2 * time.Second, Now: time.Now}
				target, _ := ParseTarget("host.test")
				r, err := d.Dial(t.Context(), target)
				checkOutcome(t, r, err, c.kind)
				if err.Error() != c.text || r.Lookup.Err == nil || r.Lookup.Name != "host.test" {
					t.Errorf("%q, lookup %+v; want %q", err, r.Lookup, c.text)
				}
			})
		})
	}
}

func TestLocalhostIsKnownWhereTheResolverFails(t *testing.T) {
	for _, host := range []string{"localhost", "a.localhost"} {
		d := Dialer{Resolver: names{}, DialContext: network{"127.0.0.1": {}}.dial}
		target, _ := ParseTarget(host)
		r, err := d.Dial(t.Context(), target)
		if err != nil || r.Lookup.Source != SourceLocalhost || r.Connected.Remote.Addr().String() != "127.0.0.1" {
			t.Errorf("%s: %+v %v", host, r.Lookup, err)
		}
	}
}

func TestConnectToReplacesTheAddressOnly(t *testing.T) {
	known := names{"host.test": {"192.0.2.1"}, "backend.test": {"192.0.2.9"}}
	for arg, want := range map[string]string{
		"192.0.2.7":         "192.0.2.7:443",
		"192.0.2.7:8443":    "192.0.2.7:8443",
		"backend.test":      "192.0.2.9:443",
		"backend.test:8443": "192.0.2.9:8443",
	} {
		to, err := ParseConnectTo(arg)
		if err != nil {
			t.Fatal(err)
		}
		d := Dialer{Resolver: known, DialContext: network{"192.0.2.7": {}, "192.0.2.9": {}}.dial, ConnectTo: to}
		target, _ := ParseTarget("host.test")
		r, err := d.Dial(t.Context(), target)
		if err != nil || r.Connected.Remote.String() != want {
			t.Errorf("%s: %v %v, want %s", arg, r.Connected, err, want)
		}
	}
}

func TestALookupFindsWhatDialWouldChooseFrom(t *testing.T) {
	known := names{"host.test": {"192.0.2.1", "2001:db8::1", "192.0.2.2", "192.0.2.1"}, "backend.test": {"192.0.2.9"}}
	for _, c := range []struct {
		family    Family
		connectTo string
		want      string
	}{
		{AnyFamily, "", "[192.0.2.1:8443 [2001:db8::1]:8443 192.0.2.2:8443]"},
		{IPv4, "", "[192.0.2.1:8443 192.0.2.2:8443]"},
		{IPv6, "", "[[2001:db8::1]:8443]"},
		{AnyFamily, "backend.test", "[192.0.2.9:8443]"},
		{AnyFamily, "192.0.2.7:1", "[192.0.2.7:1]"},
	} {
		d := Dialer{Resolver: known, Family: c.family}
		if c.connectTo != "" {
			d.ConnectTo, _ = ParseConnectTo(c.connectTo)
		}
		target, _ := ParseTarget("host.test:8443")
		if got, err := d.Find(t.Context(), target); err != nil || fmt.Sprint(got.All()) != c.want {
			t.Errorf("%v %s: %v, %v, want %s", c.family, c.connectTo, got.All(), err, c.want)
		}
	}
	for name, kind := range map[string]Kind{"nobody.test": KindNameNotFound, "backend.test": KindNoAddress} {
		d := Dialer{Resolver: known, Family: IPv6}
		target, _ := ParseTarget(name)
		var de *Error
		if got, err := d.Find(t.Context(), target); len(got.All()) != 0 || !errors.As(err, &de) || de.Kind != kind {
			t.Errorf("%s: %v, %v, want %s", name, got.All(), err, kind)
		}
	}
}

func TestAddressesOfAnEndlessAnswerAreBounded(t *testing.T) {
	var addrs []string
	a := netip.MustParseAddr("198.18.0.0")
	for range 4000 {
		a = a.Next()
		addrs = append(addrs, a.String(), a.String())
	}
	d := Dialer{Resolver: names{"host.test": addrs}, DialContext: network{}.dial}
	target, _ := ParseTarget("host.test")
	r, err := d.Dial(t.Context(), target)
	if len(r.Lookup.Addrs) != maxAddrs || len(r.Attempts) != maxAttempts || len(r.Skipped) != maxAddrs-maxAttempts {
		t.Errorf("%d addresses, %d attempts, %d skipped", len(r.Lookup.Addrs), len(r.Attempts), len(r.Skipped))
	}
	if len(err.Error()) > 500 {
		t.Errorf("a message of %d bytes", len(err.Error()))
	}
}

func TestARealConnectionOverEachFamily(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "::1"} {
		l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			t.Logf("no %s here: %v", host, err)
			continue
		}
		defer func() { _ = l.Close() }()
		target, err := ParseTarget(l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		r, err := (&Dialer{}).Dial(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Conn.Close() }()
		if r.Connected.Remote.String() != l.Addr().String() || r.Connected.Local.Addr() != target.Addr || r.Lookup.Source != SourceLiteral {
			t.Errorf("%+v", r)
		}
		if info, ok := ReadTCPInfo(r.Conn); ok && (info.MSS == 0 || info.RTT <= 0) {
			t.Errorf("the kernel knows nothing of the connection: %+v", info)
		}
	}
}

func TestARealRefusalIsCalledOne(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	target, _ := ParseTarget(address)
	_, err = (&Dialer{}).Dial(t.Context(), target)
	var de *Error
	if !errors.As(err, &de) || de.Kind != KindRefused || de.Addr.String() != address {
		t.Fatalf("%v", err)
	}
	if want := "connecting to " + address + ": connection refused"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}

func TestALocalhostLookupNeedsNoDNS(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	target, _ := ParseTarget("localhost")
	target.Port = uint16(l.Addr().(*net.TCPAddr).Port)
	r, err := (&Dialer{Family: IPv4}).Dial(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Conn.Close()
}

func TestTCPInfoOfSomethingElseIsUnknown(t *testing.T) {
	a, b := net.Pipe()
	defer func() { _ = a.Close() }()
	defer func() { _ = b.Close() }()
	if info, ok := ReadTCPInfo(a); ok {
		t.Errorf("a pipe has %+v", info)
	}
}
