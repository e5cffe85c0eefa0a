package audit_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/dial"
)

// names is a resolver that knows one name, and the network in which its addresses are.
type names map[string]string // the server by the address

// LookupNetIP implements dial.Resolver.
func (n names) LookupNetIP(context.Context, string, string) (list []netip.Addr, err error) {
	for a := range n {
		list = append(list, netip.MustParseAddr(a))
	}
	slices.SortFunc(list, netip.Addr.Compare)
	return list, nil
}

func (n names) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	c, err := new(net.Dialer).DialContext(ctx, network, n[host])
	if err != nil {
		return nil, err
	}
	return moved{c, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(address))}, nil
}

// moved is a connection that is elsewhere than it seems.
type moved struct {
	net.Conn
	remote net.Addr
}

// RemoteAddr implements net.Conn.
func (m moved) RemoteAddr() net.Addr { return m.remote }

func TestAddressesThatDifferAreToldApart(t *testing.T) {
	one := func(least uint16) string {
		return serve(t, &tls.Config{Certificates: []tls.Certificate{identities.rsa()}, MinVersion: least})
	}
	a := one(tls.VersionTLS12)
	world := names{"192.0.2.1": a, "192.0.2.2": a, "192.0.2.3": one(tls.VersionTLS13)}
	o := options(t, "example.test:443")
	o.Dialer = dial.Dialer{Resolver: world, DialContext: world.dial}
	d, err := audit.EnumerateAll(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if d.Target.Address != "192.0.2.1:443" || len(d.Addresses) != 2 {
		t.Fatalf("at %s, and %+v", d.Target.Address, d.Addresses)
	}
	if same := d.Addresses[0]; same.Address != "192.0.2.2:443" || same.Same.Status != audit.Yes || len(same.Differences) > 0 {
		t.Errorf("%+v", same)
	}
	other := d.Addresses[1]
	if other.Same.Status != audit.No || !slices.ContainsFunc(other.Differences, func(s string) bool {
		return strings.HasPrefix(s, "protocol.tls1.2: yes here, no there")
	}) {
		t.Errorf("%+v", other)
	}
}

func TestAnInterruptedEnumerationSaysWhatItKnows(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	addr, _ := relay(t, server12(t), func(n int64, _ *net.TCPConn) bool {
		if n == 20 {
			cancel()
		}
		return false
	})
	d, err := audit.Enumerate(ctx, options(t, addr))
	if err != nil {
		t.Fatal(err)
	}
	if d.Complete() {
		t.Error("it is said to be complete")
	}
	for _, q := range d.Questions {
		if q.Answer.Status == audit.Unknown && q.Answer.Reason == "" {
			t.Errorf("%s is unknown without a reason", q.ID)
		}
		if q.Answer.Status != audit.Unknown && strings.Contains(q.Answer.Reason, "interrupted") {
			t.Errorf("%s is %s, and was not found out: %s", q.ID, q.Answer.Status, q.Answer.Reason)
		}
	}
}

func TestASessionOfAnotherAddressIsOffered(t *testing.T) {
	one := func(version uint16, key byte) string {
		cfg := &tls.Config{Certificates: []tls.Certificate{identities.ecdsa()}, MaxVersion: version, MinVersion: version}
		cfg.SetSessionTicketKeys([][32]byte{{key}})
		return serve(t, cfg)
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, c := range []struct {
			name   string
			second byte
			want   audit.Status
		}{{"the same key", 1, audit.Yes}, {"another key", 2, audit.No}} {
			world := names{"192.0.2.1": one(version, 1), "192.0.2.2": one(version, c.second)}
			o := options(t, "example.test:443")
			o.Dialer = dial.Dialer{Resolver: world, DialContext: world.dial}
			alone, err := audit.Enumerate(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if got := question(t, alone, "resumption.addresses"); got.Answer.Status != audit.Skip {
				t.Errorf("%s of %x: one address alone is %s", c.name, version, got.Answer.Status)
			}
			d, err := audit.EnumerateAll(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			got := question(t, d, "resumption.addresses")
			if got.Answer.Status != c.want || !strings.Contains(got.Answer.Reason, "192.0.2.2:443") {
				t.Errorf("%s of %x: %s, %s", c.name, version, got.Answer.Status, got.Answer.Reason)
			}
			if len(d.Addresses) != 1 || d.Addresses[0].Same.Status != audit.Yes {
				t.Errorf("%s of %x: %+v", c.name, version, d.Addresses)
			}
		}
	}
}
