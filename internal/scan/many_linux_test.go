package scan

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math/big"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// peers are servers that behave in one way each, on every address of 127/8.
type peers struct {
	root []byte
	port map[string]uint16
}

const peerName = "scan.test"

// serve starts them. What one of them does is done to each connection, until the client is gone.
func serve(t *testing.T) *peers {
	t.Helper()
	root, cert := identity(t)
	cfg := &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}}
	p := &peers{root: root, port: map[string]uint16{}}
	for name, do := range map[string]func(net.Conn){
		"good":   func(c net.Conn) { _ = tls.Server(c, cfg).Handshake() },
		"silent": func(net.Conn) {},
		"reset": func(c net.Conn) {
			_, _ = c.Read(make([]byte, 1)) // the client has sent its hello
			_ = c.(*net.TCPConn).SetLinger(0)
			_ = c.Close()
		},
		"noise": func(c net.Conn) { _, _ = c.Write([]byte("220 mail.example ESMTP\r\n")) },
		"endless": func(c net.Conn) { // warnings in records of their own, for ever
			for b := []byte{21, 3, 3, 0, 2, 1, 90}; ; {
				if _, err := c.Write(b); err != nil {
					return
				}
			}
		},
		"stuck": func(c net.Conn) { _, _ = c.Write([]byte{22, 3, 3, 0x40, 0, 2}) }, // the begin of a long record
	} {
		l, err := net.Listen("tcp", "0.0.0.0:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		p.port[name] = uint16(l.Addr().(*net.TCPAddr).Port)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					defer c.Close() //nolint:errcheck // the client is gone
					do(c)
					_, _ = io.Copy(io.Discard, c)
				}()
			}
		}()
	}
	// Where one address of a port is taken, the others refuse.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	p.port["refused"] = uint16(l.Addr().(*net.TCPAddr).Port)
	return p
}

// identity makes a root and a certificate for peerName.
func identity(t *testing.T) (root []byte, cert tls.Certificate) {
	t.Helper()
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "scan root"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	if root, err = x509.CreateCertificate(rand.Reader, ca, ca, rootKey.Public(), rootKey); err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: peerName}, DNSNames: []string{peerName},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), rootKey)
	if err != nil {
		t.Fatal(err)
	}
	return root, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// What has to run into its timeout gets a short one, and what must not, one that no machine is too slow for.
const (
	short = 300 * time.Millisecond
	long  = 5 * time.Minute
)

func (p *peers) options() Options {
	slow := map[uint16]bool{p.port["silent"]: true, p.port["stuck"]: true}
	return Options{
		Workers: 64, PerHost: 2, Now: time.Now, Append: AppendJSON,
		Verifier: NewVerifier(verify.Of("scan", p.root), time.Time{}), Hostname: func(dial.Target) string { return peerName },
		Probe: func(t dial.Target) probe.Options {
			offer := handshake.DefaultOffer(iana.TLS12, iana.TLS13)
			offer.ServerName = peerName
			o := probe.Options{Offer: offer, Timeout: long, Rand: rand.Reader, Now: time.Now}
			if slow[t.Port] {
				o.Timeout = short
			}
			return o
		},
	}
}

// address is the n-th address of 127/8 but those that anything else uses.
func address(n int) string { return fmt.Sprintf("127.%d.%d.%d", 10+n>>16, n>>8&255, n&255) }

// numbered yields the lines that text gives for numbers from 1 to n.
func numbered(n int, text func(int) string) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		for i := 1; i <= n; i++ {
			if !yield(Line{text(i), i}, nil) {
				return
			}
		}
	}
}

// expected is what has to be said of each kind of peer: outcome and kind of error. Where a timeout decides, it depends on how busy
// the machine is how far a connection comes until then.
var expected = map[string][]string{
	"good": {"ok "}, "refused": {"network refused"}, "reset": {"handshake_failed closed"}, "noise": {"handshake_failed not_tls"},
	"endless": {"handshake_failed protocol_violation"}, "no target": {"usage usage"},
	"silent": {"network silent", "network timeout"},
	"stuck":  {"handshake_failed timeout", "network silent", "network timeout"},
}

func TestManyTargetsOfEveryKindNeedBoundedMemoryAndGoroutines(t *testing.T) {
	const total = 24_000
	p := serve(t)
	kindOf := func(n int) string {
		switch {
		case n%40 == 0:
			return "good"
		case n%100 == 1:
			return "silent"
		case n%300 == 2:
			return "stuck"
		case n%100 == 3:
			return "reset"
		case n%100 == 4:
			return "noise"
		case n%300 == 5:
			return "endless"
		case n%100 == 6:
			return "no target"
		}
		return "refused"
	}
	o := p.options()
	watched := &watcher{t: t, kindOf: kindOf, schema: resolved(t), seen: make([]bool, total+1)}
	list := numbered(total, func(n int) string {
		if kindOf(n) == "no target" {
			return "no target " + address(n)
		}
		return fmt.Sprintf("%s:%d", address(n), p.port[kindOf(n)])
	})
	s := New(o)
	if err := s.Run(t.Context(), list, watched); err != nil {
		t.Fatal(err)
	}
	if s.Bug() != "" {
		t.Error(s.Bug())
	}
	stats := s.Stats()
	want := map[string]int{}
	for n := 1; n <= total; n++ {
		want[kindOf(n)]++
		if !watched.seen[n] {
			t.Fatalf("nothing was said of line %d", n)
		}
	}
	if failed := total - want["good"] - want["no target"]; stats != (Stats{Done: total, OK: want["good"], Refused: want["no target"], Failed: failed}) {
		t.Errorf("%+v, and there are %v", stats, want)
	}
	// The servers have a goroutine for each connection, and the race of addresses one now and then.
	if limit := 3*o.Workers + waitingRoom + 64; watched.goroutines > limit {
		t.Errorf("%d goroutines, more than %d", watched.goroutines, limit)
	}
	if watched.heap > 64<<20 {
		t.Errorf("%d MB on the heap", watched.heap>>20)
	}
	t.Logf("at most %d goroutines and %.1f MB on the heap", watched.goroutines, float64(watched.heap)/(1<<20))
}

// watcher reads the lines that a scan writes, and looks at the process meanwhile.
type watcher struct {
	t          *testing.T
	kindOf     func(int) string
	schema     *jsonschema.Resolved
	seen       []bool
	lines      int
	goroutines int
	heap       uint64
	validated  map[string]int
}

func (w *watcher) Write(line []byte) (int, error) {
	var d struct {
		Line    int
		Outcome string
		Error   *struct{ Kind, Message string }
	}
	if err := json.Unmarshal(line, &d); err != nil {
		w.t.Errorf("%v: %.200s", err, line)
		return len(line), nil
	}
	if w.seen[d.Line] {
		w.t.Errorf("line %d came twice", d.Line)
	}
	w.seen[d.Line] = true
	kind := w.kindOf(d.Line)
	said := d.Outcome + " "
	if d.Error != nil {
		said += d.Error.Kind
	}
	if !slices.Contains(expected[kind], said) {
		w.t.Errorf("%s is said to be %s, %+v", kind, said, d.Error)
	}
	if w.validated == nil {
		w.validated = map[string]int{}
	}
	if w.validated[kind]++; w.validated[kind] <= 2 {
		valid(w.t, w.schema, line)
	}
	w.goroutines = max(w.goroutines, runtime.NumGoroutine())
	if w.lines++; w.lines%4000 == 0 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		w.heap = max(w.heap, m.HeapAlloc)
	}
	return len(line), nil
}

func resolved(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	var s jsonschema.Schema
	if err := json.Unmarshal(SchemaJSON(), &s); err != nil {
		t.Fatal(err)
	}
	r, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func valid(t *testing.T, schema *jsonschema.Resolved, line []byte) {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(line, &doc); err != nil {
		t.Error(err)
		return
	}
	if err := schema.Validate(doc); err != nil {
		t.Errorf("%v: %.300s", err, line)
	}
}

// crowd counts how many connections a listener has at once, of all and of each address.
type crowd struct {
	sync.Mutex
	now, most  int
	at, mostAt map[string]int
}

func (c *crowd) enter(a string) {
	c.Lock()
	defer c.Unlock()
	c.now++
	c.at[a]++
	c.most, c.mostAt[a] = max(c.most, c.now), max(c.mostAt[a], c.at[a])
}

func (c *crowd) leave(a string) {
	c.Lock()
	defer c.Unlock()
	c.now--
	c.at[a]--
}

func TestNoMoreConnectionsAtOnceThanAllowed(t *testing.T) {
	p := serve(t)
	c := &crowd{at: map[string]int{}, mostAt: map[string]int{}}
	o := p.options()
	o.Workers, o.PerHost = 5, 2
	probeOf := o.Probe
	o.Probe = func(target dial.Target) probe.Options {
		po := probeOf(target)
		po.Dialer.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			host, _, _ := net.SplitHostPort(addr)
			c.enter(host)
			nc, err := new(net.Dialer).DialContext(ctx, network, addr)
			if err != nil {
				c.leave(host)
				return nil, err
			}
			return &counted{Conn: nc, gone: sync.OnceFunc(func() { c.leave(host) })}, nil
		}
		return po
	}
	// Forty targets of one address come first: the others do not wait for them.
	list := numbered(120, func(n int) string {
		host := address(1)
		if n > 40 {
			host = address(n % 7)
		}
		return fmt.Sprintf("%s:%d", host, p.port["good"])
	})
	s := New(o)
	if err := s.Run(t.Context(), list, io.Discard); err != nil {
		t.Fatal(err)
	}
	if got := s.Stats(); got.OK != 120 {
		t.Errorf("%+v", got)
	}
	if c.most > 5 || c.now != 0 {
		t.Errorf("%d connections at once, and %d left", c.most, c.now)
	}
	for a, n := range c.mostAt {
		if n > 2 {
			t.Errorf("%d connections at once to %s", n, a)
		}
	}
	if len(s.gate.hosts.busy) != 0 {
		t.Errorf("%d addresses are remembered", len(s.gate.hosts.busy))
	}
}

// counted is a connection that says when it is closed.
type counted struct {
	net.Conn
	gone func()
}

func (c *counted) Close() error {
	c.gone()
	return c.Conn.Close()
}

func TestOneAddressThatIsBusyDoesNotHoldUpTheOthers(t *testing.T) {
	p := serve(t)
	o := p.options()
	o.Workers, o.PerHost = 2, 1
	// All workers but one would be taken by the first address, if who waits for it held a place.
	var order []string
	out := writerFunc(func(line []byte) {
		var d Document
		if err := json.Unmarshal(line, &struct{ Target any }{&d.Target}); err != nil {
			t.Error(err)
		}
		order = append(order, d.Target.Host)
	})
	list := numbered(20, func(n int) string {
		if n <= 10 {
			return fmt.Sprintf("%s:%d", address(1), p.port["silent"])
		}
		return fmt.Sprintf("%s:%d", address(n), p.port["refused"])
	})
	if err := New(o).Run(t.Context(), list, out); err != nil {
		t.Fatal(err)
	}
	// Ten silent ones one after the other take ten timeouts; nothing else takes any time.
	if len(order) != 20 || order[len(order)-1] != address(1) {
		t.Errorf("the order was %v", order)
	}
}

type writerFunc func([]byte)

func (f writerFunc) Write(b []byte) (int, error) { f(b); return len(b), nil }
