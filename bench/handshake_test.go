package bench

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/demo"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// The two full handshakes that are measured. Both clients offer the same and neither verifies the
// chain, whose cost is another matter (see the benchmarks of internal/verify).
var versions = []struct {
	name    string
	version uint16
	suite   uint16 // TLS 1.2
}{
	{"TLS1.3", tls.VersionTLS13, 0},
	{"TLS1.2", tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
}

const host = "demo.tlsprobe.test"

// BenchmarkHandshake measures a full handshake, client and server together, over memory: X25519, an
// ECDSA P-256 certificate, AES-128-GCM.
func BenchmarkHandshake(b *testing.B) {
	cert := certificate(b)
	for _, v := range versions {
		server := &tls.Config{
			Certificates: []tls.Certificate{cert}, MinVersion: v.version, MaxVersion: v.version,
			CurvePreferences: []tls.CurveID{tls.X25519}, SessionTicketsDisabled: true,
		}
		if v.suite != 0 {
			server.CipherSuites = []uint16{v.suite}
		}
		b.Run(v.name+"/crypto-tls", func(b *testing.B) { measure(b, server, cryptoTLS(v.version, v.suite)) })
		b.Run(v.name+"/engine", func(b *testing.B) { measure(b, server, engine(v.version, v.suite, false)) })
		b.Run(v.name+"/engine-traced", func(b *testing.B) { measure(b, server, engine(v.version, v.suite, true)) })
	}
}

func certificate(tb testing.TB) tls.Certificate {
	ca, err := demo.NewCA(demo.CAOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	c, err := ca.Issue(demo.LeafOptions{Key: demo.ECDSAP256, Names: []string{host}})
	if err != nil {
		tb.Fatal(err)
	}
	if c.Leaf, err = x509.ParseCertificate(c.Certificate[0]); err != nil {
		tb.Fatal(err)
	}
	return c
}

// measure runs the client against a server over a pipe in memory.
func measure(b *testing.B, server *tls.Config, client func(net.Conn) error) {
	b.ReportAllocs()
	for b.Loop() {
		near, far := pipe()
		done := make(chan error, 1)
		go func() { done <- tls.Server(far, server).Handshake() }()
		if err := client(near); err != nil {
			b.Fatal(err)
		}
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
}

func cryptoTLS(version, suite uint16) func(net.Conn) error {
	cfg := &tls.Config{
		ServerName: host, MinVersion: version, MaxVersion: version, CurvePreferences: []tls.CurveID{tls.X25519},
		InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}, //nolint:gosec // the chain is not what is measured
	}
	if suite != 0 {
		cfg.CipherSuites = []uint16{suite}
	}
	return func(c net.Conn) error { return tls.Client(c, cfg).Handshake() }
}

func engine(version, suite uint16, traced bool) func(net.Conn) error {
	offer := handshake.DefaultOffer(iana.Version(version), iana.Version(version))
	offer.ServerName = host
	offer.Groups, offer.KeyShares = []iana.Group{iana.X25519}, []iana.Group{iana.X25519}
	if suite != 0 {
		offer.CipherSuites = []iana.CipherSuite{iana.CipherSuite(suite)}
	}
	start := time.Now()
	return func(c net.Conn) error {
		cfg := conn.Config{
			Handshake: handshake.Config{Offer: offer, Rand: rand.Reader},
			Verify:    func(*handshake.VerifyChain) ([]finding.Finding, bool) { return nil, true },
		}
		if traced {
			cfg.Observers = []trace.Observer{&trace.Recorder{}}
			cfg.Now = func() time.Duration { return time.Since(start) }
		}
		return conn.New(c, cfg).Handshake(context.Background())
	}
}

// pipe is a connection in memory with buffers, so that neither side waits for the other to read.
func pipe() (net.Conn, net.Conn) {
	a, b := make(chan []byte, 16), make(chan []byte, 16)
	return &end{in: a, out: b}, &end{in: b, out: a}
}

// end is one end of a pipe.
type end struct {
	net.Conn
	in, out chan []byte
	rest    []byte
}

func (e *end) Read(p []byte) (int, error) {
	if len(e.rest) == 0 {
		b, ok := <-e.in
		if !ok {
			return 0, io.EOF
		}
		e.rest = b
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func (e *end) Write(p []byte) (int, error) {
	e.out <- append([]byte(nil), p...)
	return len(p), nil
}

func (e *end) Close() error                     { return nil }
func (e *end) SetDeadline(time.Time) error      { return nil }
func (e *end) SetReadDeadline(time.Time) error  { return nil }
func (e *end) SetWriteDeadline(time.Time) error { return nil }
func (e *end) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (e *end) LocalAddr() net.Addr              { return &net.TCPAddr{} }
