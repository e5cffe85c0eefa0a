package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/demo"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/scan"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// serveFor names the variable that makes the test's own binary a server, in a process of its own: what it spends is not counted. Its
// value is the address to listen on.
const serveFor = "TLSPROBE_BENCH_SERVE"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(serveFor) != "":
		serveScans()
		return
	case os.Getenv(dialFor) != "":
		dialTargets()
		return
	}
	os.Exit(m.Run())
}

const scanZone = "bench.test"

// What is asked for by name. The chain is leaf and intermediate, ECDSA P-256.
const (
	sameChain = "a." + scanZone     // the same chain each time
	newLeaf   = "leaf." + scanZone  // a leaf that was never seen before, below the same intermediate
	newChain  = "chain." + scanZone // a leaf and an intermediate that were never seen before, below the same root
)

// authority makes the chains of the server.
type authority struct {
	root, sub *demo.CA
	same      tls.Certificate
}

func newAuthority() *authority {
	root, err := demo.NewCA(demo.CAOptions{})
	must(err)
	a := &authority{root: root, sub: below(root)}
	a.same = leafOf(a.sub)
	return a
}

func below(root *demo.CA) *demo.CA {
	sub, err := root.Intermediate(pkix.Name{CommonName: "bench intermediate"}, demo.ECDSAP256)
	must(err)
	return sub
}

func leafOf(sub *demo.CA) tls.Certificate {
	cert, err := sub.Issue(demo.LeafOptions{Key: demo.ECDSAP256, Names: []string{"*." + scanZone}})
	must(err)
	return cert
}

// certificate is what a server answers a name with.
func (a *authority) certificate(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
	cert := a.same
	switch h.ServerName {
	case newLeaf:
		cert = leafOf(a.sub)
	case newChain:
		cert = leafOf(below(a.root))
	}
	return &cert, nil
}

// serveScans serves until stdin ends. It prints its address and its root.
func serveScans() {
	a := newAuthority()
	l, err := net.Listen("tcp4", os.Getenv(serveFor))
	must(err)
	fmt.Printf("127.0.0.1:%d %s\n", l.Addr().(*net.TCPAddr).Port, base64.StdEncoding.EncodeToString(a.root.Certificate.Raw))
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	cfg := &tls.Config{GetCertificate: a.certificate, NextProtos: []string{"h2"}}
	for {
		c, err := l.Accept()
		must(err)
		go func() {
			defer c.Close() //nolint:errcheck // the client is through
			if tls.Server(c, cfg).Handshake() == nil {
				_, _ = io.Copy(io.Discard, c)
			}
		}()
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// scanServer starts the server on one address, and returns that and its root.
func scanServer(tb testing.TB) (addr string, root []byte) { return scanServerAt(tb, "127.0.0.1:0") }

func scanServerAt(tb testing.TB, listen string) (addr string, root []byte) {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), serveFor+"="+listen)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	addr, encoded, _ := strings.Cut(strings.TrimSpace(line), " ")
	if root, err = base64.StdEncoding.DecodeString(encoded); err != nil {
		tb.Fatal(err)
	}
	return addr, root
}

// How many handshakes are measured in one turn, and how many run at once.
const (
	scanTurn    = 400
	scanWorkers = 16
)

// scanGOGC is what tlsprobe scan sets the garbage collector to, unless the environment does.
const scanGOGC = 400

// scanner is one way to make n handshakes.
type scanner struct {
	name   string
	gogc   int
	beside int // the bare dial of the same chains
	run    func(tb testing.TB, n int)
}

// BenchmarkScan compares what a client spends of its CPU for a handshake: a bare crypto/tls dial without verification, and scan with
// verification and a line of JSON. They take turns against one server, which is another process.
func BenchmarkScan(b *testing.B) {
	addr, root := scanServer(b)
	bare := func(name string) func(testing.TB, int) {
		return func(tb testing.TB, n int) { dialBare(tb, addr, name, n) }
	}
	scanned := func(name string, traced bool) func(testing.TB, int) {
		v := scan.NewVerifier(verify.Of("bench", root), time.Time{})
		return func(tb testing.TB, n int) { scanAll(tb, addr, name, n, v, traced) }
	}
	all := []scanner{
		{"crypto-tls", 100, 0, bare(sameChain)},
		{"crypto-tls-leaf", 100, 1, bare(newLeaf)},
		{"crypto-tls-chain", 100, 2, bare(newChain)},
		{"crypto-tls-400", scanGOGC, 0, bare(sameChain)},
		{"crypto-tls-leaf-400", scanGOGC, 1, bare(newLeaf)},
		{"scan", scanGOGC, 0, scanned(sameChain, false)},
		{"scan-100", 100, 0, scanned(sameChain, false)},
		{"scan-leaf", scanGOGC, 1, scanned(newLeaf, false)},
		{"scan-leaf-100", 100, 1, scanned(newLeaf, false)},
		{"scan-chain", scanGOGC, 2, scanned(newChain, false)},
		{"scan-trace", scanGOGC, 0, scanned(sameChain, true)},
	}
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	spent := make([][]time.Duration, len(all))
	for b.Loop() {
		for i, s := range all {
			debug.SetGCPercent(s.gogc)
			runtime.GC()
			before := cpu(b)
			s.run(b, scanTurn)
			spent[i] = append(spent[i], (cpu(b)-before)/scanTurn)
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, s := range all {
		b.ReportMetric(float64(median(spent[i]).Microseconds()), "us-"+s.name)
		b.ReportMetric(float64(median(spent[i]))/float64(median(spent[s.beside])), "ratio-"+s.name)
		b.ReportMetric(float64(slices.Min(spent[i]))/float64(slices.Min(spent[s.beside])), "min-ratio-"+s.name)
	}
}

// cpu is what this process has spent, in user and system mode.
func cpu(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// dialBare is the least that a client of crypto/tls does.
func dialBare(tb testing.TB, addr, name string, n int) {
	cfg := &tls.Config{InsecureSkipVerify: true, ServerName: name, NextProtos: []string{"h2", "http/1.1"}} //nolint:gosec // that is the comparison
	var left atomic.Int64
	left.Store(int64(n))
	var wg sync.WaitGroup
	for range scanWorkers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				c, err := tls.Dial("tcp", addr, cfg)
				if err != nil {
					tb.Error(err)
					return
				}
				_ = c.Close()
			}
		})
	}
	wg.Wait()
}

// scanAll scans an address n times, under one name.
func scanAll(tb testing.TB, addr, name string, n int, v *scan.Verifier, traced bool) {
	offer := handshake.DefaultOffer(iana.TLS12, iana.TLS13)
	offer.ServerName = name
	s := scan.New(scan.Options{
		Workers: scanWorkers, PerHost: scanWorkers, Now: time.Now, Append: scan.AppendJSON, Trace: traced, Verifier: v,
		Hostname: func(dial.Target) string { return name },
		Probe: func(dial.Target) probe.Options {
			return probe.Options{Offer: offer, Timeout: 10 * time.Second, Rand: rand.Reader, Now: time.Now}
		},
	})
	list := func(yield func(scan.Line, error) bool) {
		for i := range n {
			if !yield(scan.Line{Text: addr, Number: i + 1}, nil) {
				return
			}
		}
	}
	if err := s.Run(context.Background(), list, io.Discard); err != nil {
		tb.Fatal(err)
	}
	if got := s.Stats(); got.OK != n {
		tb.Fatalf("%+v", got)
	}
}

// The chain that is scanned is one that crypto/x509 accepts, too.
func TestTheServerThatIsScannedIsTrusted(t *testing.T) {
	addr, root := scanServer(t)
	pool := x509.NewCertPool()
	c, err := x509.ParseCertificate(root)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(c)
	v := scan.NewVerifier(verify.Of("bench", root), time.Time{})
	for _, name := range []string{sameChain, newLeaf, newChain} {
		var seen [][]byte
		for range 2 {
			conn, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: pool, ServerName: name})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range conn.ConnectionState().PeerCertificates {
				seen = append(seen, c.Raw)
			}
			_ = conn.Close()
		}
		if len(seen) != 4 || bytes.Equal(seen[0], seen[2]) != (name == sameChain) || bytes.Equal(seen[1], seen[3]) != (name != newChain) {
			t.Errorf("%s: the chains are not what they are meant to be", name)
		}
		scanAll(t, addr, name, 3, v, false)
	}
}
