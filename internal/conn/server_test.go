package conn_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"math/big"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/record"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

var serverCertificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"example.test"}, NotAfter: time.Unix(1900000000, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
})

// wire is a transport with crypto/tls at its other end, up to the end of the handshake. What that
// says passes through mutate, a record at a time; once it has been taken over, next says the rest.
type wire struct {
	net.Conn
	mutate func(n int, raw []byte) [][]byte // nil: as it is
	next   func() []byte                    // nil at the end; used once taken over
	step   int                              // the most bytes of a read; 0 for any
	limit  int                              // bytes after which the stream ends; 0 for none
	ending error                            // how it ends; nil for io.EOF
	broken error                            // what writing fails with; nil where it works

	records, passed int
	over            bool // the server has been taken over
	waiting         []byte
	sent            bytes.Buffer
}

// serve starts a server of one version.
func serve(t testing.TB, version uint16) *wire {
	t.Helper()
	client, server := connect(t)
	go func() {
		s := tls.Server(server, &tls.Config{
			Certificates: []tls.Certificate{serverCertificate()}, MinVersion: version, MaxVersion: version, SessionTicketsDisabled: true,
		})
		_ = s.Handshake()
		_, _ = io.Copy(io.Discard, server)
	}()
	return &wire{Conn: client}
}

// connect returns both ends of a connection; unlike those of net.Pipe, neither waits for the other to read.
func connect(t testing.TB) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nothing to lose
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close(); _ = server.Close() })
	return client, server
}

// only is a transport whose other end says what is given and ends.
func only(says ...[]byte) *wire {
	w := &wire{over: true}
	w.next = pieces(says...)
	return w
}

func pieces(says ...[]byte) func() []byte {
	return func() []byte {
		if len(says) == 0 {
			return nil
		}
		b := says[0]
		says = says[1:]
		return b
	}
}

func (w *wire) Read(p []byte) (int, error) {
	if len(w.waiting) == 0 {
		if err := w.fill(); err != nil {
			return 0, err
		}
	}
	if w.step > 0 && len(p) > w.step {
		p = p[:w.step]
	}
	n := copy(p, w.waiting)
	if w.limit > 0 {
		if w.passed == w.limit {
			return 0, w.end()
		}
		n = min(n, w.limit-w.passed)
	}
	w.waiting, w.passed = w.waiting[n:], w.passed+n
	return n, nil
}

func (w *wire) end() error {
	if w.ending != nil {
		return w.ending
	}
	return io.EOF
}

func (w *wire) fill() error {
	if w.over {
		if w.next != nil {
			w.waiting = w.next()
		}
		if len(w.waiting) == 0 {
			return w.end()
		}
		return nil
	}
	for len(w.waiting) == 0 {
		raw := make([]byte, record.HeaderLen)
		if _, err := io.ReadFull(w.Conn, raw); err != nil {
			return err
		}
		raw = append(raw, make([]byte, binary.BigEndian.Uint16(raw[3:]))...)
		if _, err := io.ReadFull(w.Conn, raw[record.HeaderLen:]); err != nil {
			return err
		}
		says := [][]byte{raw}
		if w.mutate != nil {
			says = w.mutate(w.records, raw)
		}
		w.records++
		w.waiting = bytes.Join(says, nil)
	}
	return nil
}

func (w *wire) Write(p []byte) (int, error) {
	if w.broken != nil {
		return 0, w.broken
	}
	w.sent.Write(p)
	if w.over {
		return len(p), nil
	}
	_, _ = w.Conn.Write(p) // a server that has given up reads no more
	return len(p), nil
}

func (w *wire) Close() error {
	if w.Conn != nil {
		return w.Conn.Close()
	}
	return nil
}

func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// session is a connection with what a test wants to know of it.
type session struct {
	*conn.Conn
	t       testing.TB
	wire    *wire
	rec     *trace.Recorder
	secrets map[string]keys.Secret
	write   *record.WriteState // the server's, once taken over
	traffic keys.Secret        // likewise, in TLS 1.3
}

// open returns a connection over w that has not begun.
func open(t testing.TB, w *wire, change func(*conn.Config)) *session {
	s := &session{t: t, wire: w, rec: new(trace.Recorder), secrets: make(map[string]keys.Secret)}
	cfg := conn.Config{
		Handshake: handshake.Config{Offer: handshake.DefaultOffer(iana.TLS12, iana.TLS13), Rand: rand.Reader},
		Observers: []trace.Observer{s.rec},
		Now:       func() time.Duration { return 0 },
		Verify:    accept,
		KeyLog:    func(_ []byte, k keys.Secret) { s.secrets[k.KeyLogLabel] = k },
	}
	cfg.Handshake.Offer.Groups, cfg.Handshake.Offer.KeyShares = []iana.Group{iana.X25519}, []iana.Group{iana.X25519}
	cfg.Handshake.Offer.ServerName = "example.test"
	if change != nil {
		change(&cfg)
	}
	s.Conn = conn.New(w, cfg)
	return s
}

func (s *session) shake() error { return s.Handshake(context.Background()) }

// takeOver puts the test in the server's place, which has said its Finished.
func (s *session) takeOver() {
	s.wire.over = true
	version, params := s.Session().Version, s.Session().Params
	if version >= iana.TLS13 {
		s.traffic = s.secrets["SERVER_TRAFFIC_SECRET_0"]
		s.arm()
		return
	}
	hash, err := keys.NewPRF(version, params.Hash)
	s.check(err)
	mac, key, iv, err := record.Lengths(version, params)
	s.check(err)
	client, server := s.Session().ClientRandom, s.Session().ServerRandom
	b := hash.KeyBlock(s.secrets["CLIENT_RANDOM"], client[:], server[:], keys.KeySizes{MAC: mac, Key: key, IV: iv})
	s.write, err = record.NewWriteState(version, params, record.Keys{MAC: b.ServerMAC, Key: b.ServerKey, IV: b.ServerIV}, false, rand.Reader)
	s.check(err)
	s.write.SetSequence(1) // Finished was the first
}

// arm makes the server's keys of its traffic secret.
func (s *session) arm() {
	params := s.Session().Params
	_, keyLen, ivLen, err := record.Lengths(iana.TLS13, params)
	s.check(err)
	k := s.schedule().TrafficKeys(s.traffic, keyLen, ivLen)
	s.write, err = record.NewWriteState(iana.TLS13, params, record.Keys{Key: k.Key, IV: k.IV}, false, nil)
	s.check(err)
}

// update moves the server to its next key.
func (s *session) update() {
	s.traffic = s.schedule().NextTraffic(s.traffic)
	s.arm()
}

func (s *session) schedule() keys.Schedule {
	h, err := keys.HashOf(iana.TLS13, s.Session().Params.Hash)
	s.check(err)
	return keys.TLS13(h)
}

// seal is a record of the server.
func (s *session) seal(t iana.ContentType, content ...byte) []byte {
	b, err := s.write.Seal(nil, t, iana.TLS12, content, 0)
	s.check(err)
	return b
}

func (s *session) check(err error) {
	if err != nil {
		s.t.Helper()
		s.t.Fatal(err)
	}
}

// plain is a record without protection.
func plain(t iana.ContentType, content ...byte) []byte {
	return append(record.Header{Type: t, Version: iana.TLS12, Length: len(content)}.Append(nil), content...)
}

// silent is how a transport without data ends a read.
var silent error = os.ErrDeadlineExceeded
