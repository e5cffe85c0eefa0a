package audit_test

import (
	"context"
	"crypto/tls"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// roundTrip is how long the path is in the tests: as in the issue that asks for few round trips.
const roundTrip = 50 * time.Millisecond

// path is a long way to a server that is near: it takes time of the bubble of synctest, in which nothing else does. So what it
// takes is counted exactly, however slow the machine is.
type path struct{ begun atomic.Int64 }

// dial connects, for a round trip.
func (p *path) dial(ctx context.Context, network, address string) (net.Conn, error) {
	p.begun.Add(1)
	time.Sleep(roundTrip)
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &farConn{Conn: c}, nil
}

// farConn lets each answer come a round trip after what it answers.
type farConn struct {
	net.Conn
	mu      sync.Mutex
	waiting bool // something was sent and not answered yet
}

// Write implements net.Conn.
func (c *farConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.waiting = true
	c.mu.Unlock()
	return c.Conn.Write(b)
}

// Read implements net.Conn.
func (c *farConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	wait := c.waiting
	c.waiting = false
	c.mu.Unlock()
	if wait {
		time.Sleep(roundTrip)
	}
	return n, err
}

// farAway enumerates a server at the end of a long path, and returns how many round trips that took.
func farAway(t *testing.T, addr string, change func(*audit.Options)) (d *audit.Document, trips int) {
	t.Helper()
	o := options(t, addr)
	o.Basics, o.PerHost, o.Timeout = true, 8, 30*time.Second
	if change != nil {
		change(&o)
	}
	synctest.Test(t, func(t *testing.T) {
		p := &path{}
		o.Dialer.DialContext = p.dial
		begin := time.Now()
		var err error
		if d, err = audit.Enumerate(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		took := time.Since(begin)
		trips = int((took + roundTrip - 1) / roundTrip)
		t.Logf("%d round trips (%s), %d connections", trips, took, p.begun.Load())
	})
	return d, trips
}

// sameOneByOne fails the test if asking one after the other gives another document, and returns how many connections that takes.
func sameOneByOne(t *testing.T, addr string, d *audit.Document) int {
	t.Helper()
	one := enumerate(t, addr, func(o *audit.Options) { o.Basics, o.PerHost = true, 1 })
	if got, want := comparable(t, d), comparable(t, one); got != want {
		t.Errorf("one after the other:\n%s\nat the same time:\n%s", want, got)
	}
	t.Logf("%d connections one after the other", one.Cost.Connections)
	return one.Cost.Connections
}

func TestAUsualOrderIsFoundWithin24RoundTrips(t *testing.T) {
	s := nginxOfMany(t)
	d, trips := farAway(t, s.Addr, nil)
	complete(t, d)
	if trips > 24 || d.Cost.Connections > 66 {
		t.Errorf("%d round trips, %d connections", trips, d.Cost.Connections)
	}
	sameOneByOne(t, s.Addr, d)
}

func TestFewerAtOnceTakeMoreRoundTripsAndNoMoreConnections(t *testing.T) {
	s := nginxOfMany(t)
	for perHost, most := range map[int]int{1: 130, 2: 70, 4: 40} {
		d, trips := farAway(t, s.Addr, func(o *audit.Options) { o.PerHost = perHost })
		complete(t, d)
		if trips > most || d.Cost.Connections > 66 {
			t.Errorf("%d at once: %d round trips, %d connections", perHost, trips, d.Cost.Connections)
		}
	}
}

func TestAnyOtherOrderIsFoundWithin100RoundTrips(t *testing.T) {
	var names []string
	for _, s := range suites(t, enumerate(t, nginxOfMany(t).Addr, func(o *audit.Options) { o.Basics = true }), tls.VersionTLS12) {
		names = append(names, iana.CipherSuite(s).OpenSSLName())
	}
	r := rand.New(rand.NewPCG(1, 1))
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	s := nginx(t, "ssl_protocols TLSv1.2 TLSv1.3;\nssl_prefer_server_ciphers on;\nssl_ciphers "+strings.Join(names, ":")+":@SECLEVEL=0;\n")
	d, trips := farAway(t, s.Addr, nil)
	complete(t, d)
	if got := opensslNames(t, d, iana.TLS12); !slices.Equal(got, names) {
		t.Errorf("%v, want %v", got, names)
	}
	if trips > 100 || d.Cost.Connections > 66 {
		t.Errorf("%d round trips, %d connections", trips, d.Cost.Connections)
	}
	sameOneByOne(t, s.Addr, d)
}

func TestServersThatFollowTheClientAreFoundWithin24RoundTrips(t *testing.T) {
	s := nginx(t, "ssl_protocols TLSv1.2 TLSv1.3;\nssl_prefer_server_ciphers off;\nssl_ciphers ALL:!PSK:!SRP:!aNULL:!eNULL:@SECLEVEL=0;\n")
	d, trips := farAway(t, s.Addr, nil)
	complete(t, d)
	if trips > 24 || d.Cost.Connections > 70 {
		t.Errorf("%d round trips, %d connections", trips, d.Cost.Connections)
	}
	sameOneByOne(t, s.Addr, d)
}

func TestServersOfManyKindsAreTheSameOneByOneAndAtOnce(t *testing.T) {
	ecdsa, rsa := identities.ecdsa(), identities.rsa()
	var all []uint16
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		all = append(all, s.ID)
	}
	for name, c := range map[string]struct {
		cfg     *tls.Config
		trips   int
		tooMany int // connections more than one by one
	}{
		"defaults":                   {&tls.Config{Certificates: []tls.Certificate{rsa}}, 24, 6},
		"defaults, two certificates": {&tls.Config{Certificates: []tls.Certificate{ecdsa, rsa}}, 24, 6},
		"ECDSA alone":                {&tls.Config{Certificates: []tls.Certificate{ecdsa}}, 24, 6},
		"all versions and suites":    {&tls.Config{Certificates: []tls.Certificate{rsa}, MinVersion: tls.VersionTLS10, CipherSuites: all}, 40, 16},
		"all, two certificates":      {&tls.Config{Certificates: []tls.Certificate{ecdsa, rsa}, MinVersion: tls.VersionTLS10, CipherSuites: all}, 60, 20},
		"TLS 1.3":                    {&tls.Config{Certificates: []tls.Certificate{ecdsa}, MinVersion: tls.VersionTLS13}, 24, 3},
		"one suite and one group": {&tls.Config{
			Certificates: []tls.Certificate{rsa}, CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, CurvePreferences: []tls.CurveID{tls.X25519},
		}, 18, 3},
		"TLS 1.2, ChaCha20 and AES": {&tls.Config{
			Certificates: []tls.Certificate{rsa}, MaxVersion: tls.VersionTLS12,
			CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA},
		}, 20, 4},
	} {
		t.Run(name, func(t *testing.T) {
			addr := serve(t, c.cfg)
			d, trips := farAway(t, addr, nil)
			complete(t, d)
			one := sameOneByOne(t, addr, d)
			if trips > c.trips || d.Cost.Connections > one+c.tooMany {
				t.Errorf("%d round trips, %d connections; %d one by one", trips, d.Cost.Connections, one)
			}
		})
	}
}
