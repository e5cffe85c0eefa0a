package conn_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/record"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// failure runs a handshake that must fail.
func failure(t *testing.T, s *session) *handshake.Failure {
	t.Helper()
	var f *handshake.Failure
	if err := s.shake(); !errors.As(err, &f) {
		t.Fatalf("the handshake ended with %v", err)
	}
	if f.Message == "" || f.Waiting == "" {
		t.Errorf("it failed with %+v", f)
	}
	return f
}

func TestWhatIsNotTLSIsToldApart(t *testing.T) {
	noise := make([]byte, 512)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	noise[0] |= 0x80
	for _, c := range []struct {
		name string
		wire *wire
		kind handshake.Kind
		says string
	}{
		{"closed at once", only(), handshake.Closed, "closed"},
		{"closed after three bytes of TLS", only([]byte{22, 3, 3}), handshake.Closed, "closed"},
		{"closed in a record", only([]byte{22, 3, 3, 0, 9, 2}), handshake.Closed, "closed"},
		{"silent", &wire{over: true, ending: silent}, handshake.Silent, "said nothing"},
		{"silent in a record", &wire{over: true, ending: silent, next: pieces([]byte{22, 3, 3, 0, 9, 2})}, handshake.TimedOut, "timeout"},
		{"garbage", only(noise), handshake.NotTLS, "first bytes"},
		{"HTTP", only([]byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")), handshake.NotTLS, "HTTP"},
		{"SSH", only([]byte("SSH-2.0-OpenSSH_9.6\r\n")), handshake.NotTLS, "SSH"},
		{"SMTP", only([]byte("220 mail.example.test ESMTP\r\n")), handshake.NotTLS, "SMTP"},
	} {
		for _, step := range []int{0, 1} {
			t.Run(c.name+[]string{"", ", byte by byte"}[step], func(t *testing.T) {
				w := *c.wire
				if step > 0 && c.wire.next != nil {
					t.Skip("its bytes are said once")
				}
				w.step = step
				f := failure(t, open(t, &w, nil))
				if f.Kind != c.kind || !strings.Contains(f.Message, c.says) {
					t.Errorf("%s: %s", f.Kind, f.Message)
				}
			})
		}
	}
}

func TestAFlightCutAnywhereIsAClosedConnection(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		whole := serve(t, version)
		if err := open(t, whole, nil).shake(); err != nil {
			t.Fatal(err)
		}
		for n := 1; n < whole.passed-1; n += 41 {
			w := serve(t, version)
			w.limit = n
			if f := failure(t, open(t, w, nil)); f.Kind != handshake.Closed {
				t.Errorf("after %d of about %d bytes: %s: %s", n, whole.passed, f.Kind, f.Message)
			}
		}
	}
}

func TestAServerThatDribblesIsUnderstood(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		w := serve(t, version)
		w.step = 1
		s := open(t, w, nil)
		if err := s.shake(); err != nil {
			t.Fatal(err)
		}
		s.takeOver()
		w.next = pieces(s.seal(iana.ApplicationData, []byte(tail)...), s.seal(iana.Alert, 1, 0))
		if got, err := io.ReadAll(s); err != nil || string(got) != tail {
			t.Errorf("read %q, %v", got, err)
		}
	}
}

func TestMessagesInRecordsOfOneByteAreUnderstood(t *testing.T) {
	w := serve(t, tls.VersionTLS12)
	w.mutate = func(n int, raw []byte) [][]byte {
		if raw[0] != byte(iana.Handshake) || n > 3 {
			return [][]byte{raw}
		}
		var all [][]byte
		for _, b := range raw[5:] {
			all = append(all, plain(iana.Handshake, b))
		}
		return all
	}
	if err := open(t, w, nil).shake(); err != nil {
		t.Fatal(err)
	}
}

// heap returns the bytes that are in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// checkGrowth reads all that a session gives and wants the heap to stay as small as the limits have it.
func checkGrowth(t *testing.T, s *session, want int) {
	t.Helper()
	before := heap()
	n, err := io.Copy(io.Discard, struct{ io.Reader }{s})
	if err != nil || n != int64(want) {
		t.Fatalf("read %d of %d bytes: %v", n, want, err)
	}
	after := heap()
	const room = 24 << 20 // 1 MB of data kept, 4096 records with their events, of the greatest length
	if after > before+room+uint64(4096*record.MaxPlaintext/8) {
		t.Errorf("the heap grew by %d MB for %d MB of data", (after-before)>>20, want>>20)
	}
	runtime.KeepAlive(s)
}

func connected(t *testing.T, version uint16) *session {
	t.Helper()
	s := open(t, serve(t, version), func(c *conn.Config) { c.Limits.Records = 256 })
	if err := s.shake(); err != nil {
		t.Fatal(err)
	}
	s.takeOver()
	return s
}

func TestDataWithoutEndDoesNotFillTheMemory(t *testing.T) {
	const records = 8192 // 128 MB
	s := connected(t, tls.VersionTLS13)
	content, n := make([]byte, record.MaxPlaintext), 0
	s.wire.next = func() []byte {
		if n++; n > records {
			return nil
		}
		return s.seal(iana.ApplicationData, content...)
	}
	checkGrowth(t, s, records*record.MaxPlaintext)
}

// kept is how many bytes an observer holds.
func kept(rec *trace.Recorder) (n int) {
	for _, b := range rec.Buffers {
		n += len(b.Bytes)
	}
	return n
}

func TestATraceKeepsNoMoreBytesThanItsLimit(t *testing.T) {
	const records = 1000 // 16 MB, fewer than a trace has room for
	s := open(t, serve(t, tls.VersionTLS13), nil)
	if err := s.shake(); err != nil {
		t.Fatal(err)
	}
	s.takeOver()
	before := kept(s.rec)
	content, n := make([]byte, record.MaxPlaintext), 0
	s.wire.next = func() []byte {
		if n++; n > records {
			return s.seal(iana.Alert, 1, 0)
		}
		return append(s.seal(iana.ApplicationData, content[:1]...), s.seal(iana.Handshake, append([]byte{4, 0, 0x3f, 0}, content[:0x3f00]...)...)...)
	}
	if got, err := io.ReadAll(s); err != nil || len(got) != records {
		t.Fatalf("read %d bytes, %v", len(got), err)
	}
	if _, err := s.Write(nil); err != nil {
		t.Fatal(err)
	}
	_ = s.Close(0)
	if grown, limit := kept(s.rec)-before, 4<<20; grown > limit || grown < 1<<20 {
		t.Errorf("%d bytes are kept, the limit is 1 MB of records and what is inside", grown)
	}
	last := s.rec.Events[len(s.rec.Events)-1]
	if o, ok := last.Detail.(*trace.Omitted); !ok || o.Records < records || o.Bytes < 14<<20 {
		t.Errorf("the last event is %s: %+v", last.Kind, last.Detail)
	}
}

func TestWhatIsSentBeyondTheLimitPointsNowhereWrong(t *testing.T) {
	s := open(t, serve(t, tls.VersionTLS13), func(c *conn.Config) { c.Limits.Records = 1; c.Limits.Keep = 1 << 10 })
	if err := s.shake(); err != nil {
		t.Fatal(err)
	}
	s.takeOver()
	if _, err := s.Write(make([]byte, 1<<16)); err != nil {
		t.Fatal(err)
	}
	_ = s.Close(0)
	byID := make(map[int]*trace.Buffer)
	for _, b := range s.rec.Buffers {
		byID[b.ID] = b
	}
	for _, b := range s.rec.Buffers {
		for _, from := range b.From {
			if in := byID[from.Buf]; (in.Kind == trace.BufferStream) != (b.Kind == trace.BufferRecord) {
				t.Errorf("a buffer of kind %v lies in one of kind %v", b.Kind, in.Kind)
			}
		}
	}
}

func TestARecordsLimitOfWhatFollowsLeavesTheHandshakeWhole(t *testing.T) {
	s := open(t, serve(t, tls.VersionTLS13), func(c *conn.Config) { c.Limits.Records = 3 })
	if err := s.shake(); err != nil {
		t.Fatal(err)
	}
	for _, e := range s.rec.Events {
		if e.Layer == trace.LayerMessage && (e.Buf == nil || len(e.Buf.From) == 0) {
			t.Errorf("%s %s lies nowhere", e.Dir, e.Kind)
		}
	}
}

func TestKeyUpdatesBetweenDataDoNotFillTheMemory(t *testing.T) {
	const rounds = 5000
	s := connected(t, tls.VersionTLS13)
	n := 0
	s.wire.next = func() []byte {
		if n++; n > rounds {
			return nil
		}
		b := s.seal(iana.ApplicationData, 1)
		b = append(b, s.seal(iana.Handshake, 24, 0, 0, 1, 1)...)
		s.update()
		return b
	}
	checkGrowth(t, s, rounds)
	if len(s.rec.Events) > 4096 || len(s.rec.Buffers) > 4096 {
		t.Errorf("%d events and %d buffers are kept", len(s.rec.Events), len(s.rec.Buffers))
	}
}

func TestACertificateThatIsTooLargeIsNotPutTogether(t *testing.T) {
	s := open(t, serve(t, tls.VersionTLS12), nil)
	length := 16<<20 - 8
	s.wire.mutate = func(n int, raw []byte) [][]byte {
		if n > 0 {
			return [][]byte{plain(iana.Handshake, make([]byte, record.MaxPlaintext)...)}
		}
		end := 9 + int(raw[8]) | int(raw[7])<<8 // the hello alone
		return [][]byte{plain(iana.Handshake, raw[5:min(end, len(raw))]...), plain(iana.Handshake, 11, byte(length>>16), byte(length>>8), byte(length))}
	}
	if f := failure(t, s); f.Rule != "rule.handshake.message_too_long" {
		t.Errorf("it failed with %+v", f)
	}
}

func TestACertificateThatCryptoX509CannotReadIsNoObstacle(t *testing.T) {
	w := serve(t, tls.VersionTLS12)
	spoilt := false
	w.mutate = func(_ int, raw []byte) [][]byte {
		if i := bytes.Index(raw, []byte("example.test")); i > 0 && !spoilt {
			spoilt = true
			raw[i-2] = 0x9f // a general name of a kind there is not
		}
		return [][]byte{raw}
	}
	s := open(t, w, nil)
	// The certificate is part of what is proved: the server's Finished can't match, and nothing else is wrong.
	if err := s.shake(); err != nil || !spoilt {
		var f *handshake.Failure
		if !errors.As(err, &f) || f.Kind != handshake.PeerAlert {
			t.Fatalf("changed: %t, %v", spoilt, err)
		}
	}
	seen := false
	for _, e := range s.rec.Events {
		seen = seen || e.Layer == trace.LayerMessage && e.Kind == "certificate" && e.Dir == trace.Received
	}
	if !seen {
		t.Error("the certificate is not in the trace")
	}
}

// FuzzConn lets the peer say anything in the clear, in pieces of any size.
func FuzzConn(f *testing.F) {
	f.Add([]byte{22, 3, 3, 0, 4, 2, 0, 0, 0}, byte(0), false)
	f.Add([]byte("HTTP/1.1 200 OK\r\n\r\n"), byte(1), true)
	f.Add([]byte{21, 3, 3, 0, 2, 2, 40}, byte(3), true)
	f.Add(append(plain(iana.Handshake, 2, 0xff, 0xff, 0xff), 20, 3, 3, 0, 1, 1), byte(7), false)
	whole := serve(f, tls.VersionTLS12)
	var said []byte
	whole.mutate = func(_ int, raw []byte) [][]byte { said = append(said, raw...); return [][]byte{raw} }
	if err := open(f, whole, nil).shake(); err != nil {
		f.Fatal(err)
	}
	f.Add(said, byte(0), true)
	f.Fuzz(func(t *testing.T, says []byte, step byte, strict bool) {
		w := only(says)
		w.step = int(step)
		s := open(t, w, func(c *conn.Config) {
			c.Handshake.Strict = strict
			c.Handshake.Rand = rand.NewChaCha8([32]byte{})
		})
		if err := s.shake(); err == nil {
			t.Fatal("noise completes a handshake")
		}
		for _, e := range s.rec.Events {
			if e.Tree != nil {
				if err := e.Tree.Check(); err != nil {
					t.Errorf("tree of %s: %v", e.Kind, err)
				}
			}
		}
		if w.sent.Len() > 4096+2*len(says) {
			t.Errorf("%d bytes cause %d", len(says), w.sent.Len())
		}
	})
}
