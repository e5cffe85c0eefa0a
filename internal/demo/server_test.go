package demo

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

func tls13(t *testing.T) Scenario {
	t.Helper()
	s, err := Find("tls13")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatIsNotHTTPIsEchoedUntilCloseNotify(t *testing.T) {
	srv := start(t, tls13(t), Options{})
	conn, err := tls.Dial("tcp", srv.Addr().String(), clientConfig(t, srv))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for _, text := range []string{"hello", strings.Repeat("x", 40_000), "GET no more"} {
		got := make([]byte, len(text))
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != text {
			t.Fatalf("%d bytes: %v", len(text), err)
		}
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	// io.EOF is a close_notify; without one it would be io.ErrUnexpectedEOF.
	if n, err := conn.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("%d %v", n, err)
	}
}

// recorded keeps what was read.
type recorded struct {
	net.Conn
	stream bytes.Buffer
}

func (r *recorded) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.stream.Write(p[:n])
	return n, err
}

// lastType is the content type of the last record, which TLS 1.2 does not hide.
func (r *recorded) lastType() byte {
	last := byte(0)
	for b := r.stream.Bytes(); len(b) >= 5; {
		last = b[0]
		b = b[min(5+int(b[3])<<8+int(b[4]), len(b)):]
	}
	return last
}

// crypto/tls takes a missing close_notify for an end of data, so the records are looked at instead.
func TestTruncateEndsWithoutCloseNotify(t *testing.T) {
	const alert, applicationData = 21, 23
	for name, want := range map[string]byte{"tls13": alert, "truncate": applicationData} {
		s, _ := Find(name)
		srv := start(t, s, Options{})
		tcp, err := net.Dial("tcp", srv.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tcp.Close() }()
		config := clientConfig(t, srv)
		config.MaxVersion = tls.VersionTLS12
		raw := &recorded{Conn: tcp}
		conn := tls.Client(raw, config)
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(conn); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := raw.lastType(); got != want {
			t.Errorf("%s: the last record has type %d, want %d", name, got, want)
		}
	}
}

func TestALongRequestIsRefused(t *testing.T) {
	srv := start(t, tls13(t), Options{})
	conn, err := tls.Dial("tcp", srv.Addr().String(), clientConfig(t, srv))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\n"+strings.Repeat("A: b\r\n", 10_000)); err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(conn); !bytes.HasPrefix(got, []byte("HTTP/1.1 431 ")) {
		t.Errorf("%.100q", got)
	}
}

func TestBothLoopbackAddressesAreServed(t *testing.T) {
	srv := start(t, tls13(t), Options{})
	_, port, err := net.SplitHostPort(srv.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if want := net.JoinHostPort("localhost", port); srv.Target() != want {
		t.Errorf("target %s, want %s", srv.Target(), want)
	}
	for _, l := range srv.listeners {
		conn, err := tls.Dial("tcp", l.Addr().String(), clientConfig(t, srv))
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
	}
}

func TestSeveralConnectionsAtOnceAreObserved(t *testing.T) {
	const clients = 8
	sessions := make(chan Session, clients)
	srv := start(t, tls13(t), Options{Observe: func(s Session) { sessions <- s }})
	config := clientConfig(t, srv)
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			conn, err := tls.Dial("tcp", srv.Addr().String(), config)
			if err != nil {
				t.Error(err)
				return
			}
			_ = conn.Close()
		})
	}
	wg.Wait()
	for range clients {
		if s := <-sessions; s.Err != nil || s.State.ServerName != "localhost" || s.State.Version != tls.VersionTLS13 {
			t.Errorf("%+v", s)
		}
	}
}

func TestAConnectionIsBoundedInTime(t *testing.T) {
	srv := start(t, tls13(t), Options{Limit: 50 * time.Millisecond})
	conn, err := net.Dial("tcp", srv.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.ReadAll(conn); errors.Is(err, net.ErrClosed) { // it returns at all
		t.Error(err)
	}
}

func TestAClientCertificateIsAccepted(t *testing.T) {
	for _, name := range []string{"client-auth", "client-auth-required", "client-auth-required-tls12"} {
		s, _ := Find(name)
		srv := start(t, s, Options{})
		config := clientConfig(t, srv)
		cert, err := srv.CA().Issue(LeafOptions{Names: []string{"client.tlsprobe.test"}, Usage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{cert}
		if _, err := talkTo(t, srv, config); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSameSeedAndClockGiveTheSameCertificates(t *testing.T) {
	clock := func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }
	for _, key := range []KeyType{ECDSAP256, ECDSAP384, ECDSAP521, Ed25519} {
		var made [2]issued
		for i := range made {
			var err error
			id := identity{key: key, issuer: key, scts: true}
			if made[i], err = id.issue(clock, rand.NewChaCha8([32]byte{1})); err != nil {
				t.Fatal(err)
			}
		}
		for i := range made[0].cert.Certificate {
			if !bytes.Equal(made[0].cert.Certificate[i], made[1].cert.Certificate[i]) {
				t.Errorf("%s: certificate %d differs", key, i)
			}
		}
		if !bytes.Equal(made[0].trust, made[1].trust) {
			t.Errorf("%s: the root differs", key)
		}
	}
}

func TestIssuedCertificatesVerify(t *testing.T) {
	clock := func() time.Time { return time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC) }
	root, err := NewCA(CAOptions{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	sub, err := root.Intermediate(commonName("below"), ECDSAP384)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(root.PEM())
	for _, key := range []KeyType{ECDSAP256, ECDSAP384, ECDSAP521, Ed25519, RSA1024, RSA2048} {
		cert, err := sub.Issue(LeafOptions{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		between := x509.NewCertPool()
		for _, der := range cert.Certificate[1:] {
			c, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			between.AddCert(c)
		}
		for _, name := range localNames() {
			if _, err := cert.Leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, DNSName: name, CurrentTime: clock()}); err != nil {
				t.Errorf("%s for %s: %v", key, name, err)
			}
		}
	}
	if _, err := sub.Issue(LeafOptions{Key: 99}); err == nil {
		t.Error("a key of no type was made")
	}
}

func TestAShortReaderIsAnError(t *testing.T) {
	if _, err := NewCA(CAOptions{Rand: bytes.NewReader(make([]byte, 10))}); err == nil {
		t.Error("a root from ten bytes")
	}
	if _, err := Start(t.Context(), tls13(t), Options{Rand: bytes.NewReader(nil)}); err == nil {
		t.Error("a server from nothing")
	}
	if _, err := Start(t.Context(), tls13(t), Options{Listen: "not an address"}); err == nil {
		t.Error("a server on nothing")
	}
}
