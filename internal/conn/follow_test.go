package conn

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/demo"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// piece is what one side of a connection wrote at once.
type piece struct {
	dir trace.Dir
	b   []byte
}

// overheard is a connection as a bystander has it: what both sides wrote, and the lines of its key log.
type overheard struct {
	pieces []piece
	keys   []string
}

// tapped is a connection whose writes are noted.
type tapped struct {
	net.Conn
	dir trace.Dir
	mu  *sync.Mutex
	to  *overheard
}

func (c tapped) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.to.pieces = append(c.to.pieces, piece{c.dir, bytes.Clone(b)})
	c.mu.Unlock()
	return c.Conn.Write(b)
}

// overhear has the standard library talk to itself: the client says a line, is answered as many as rounds tells, and so on.
func overhear(t *testing.T, version uint16, suite uint16, rounds int) *overheard {
	t.Helper()
	ca, err := demo.NewCA(demo.CAOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := ca.Issue(demo.LeafOptions{})
	if err != nil {
		t.Fatal(err)
	}
	o := new(overheard)
	var mu sync.Mutex
	var log bytes.Buffer
	a, b := net.Pipe()
	cfg := &tls.Config{MinVersion: version, MaxVersion: version, Certificates: []tls.Certificate{pair}, InsecureSkipVerify: true, KeyLogWriter: &log}
	if suite != 0 {
		cfg.CipherSuites = []uint16{suite}
	}
	client, server := tls.Client(tapped{a, trace.Sent, &mu, o}, cfg), tls.Server(tapped{b, trace.Received, &mu, o}, cfg)
	ended := make(chan error, 1)
	go func() {
		buf := make([]byte, 64)
		for i := range rounds {
			if _, err := io.ReadFull(server, buf[:8]); err != nil {
				ended <- err
				return
			}
			if _, err := server.Write(line('s', i)); err != nil {
				ended <- err
				return
			}
		}
		ended <- server.Close()
	}()
	buf := make([]byte, 2000)
	for i := range rounds {
		if _, err := client.Write(line('c', i)[:8]); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(client, buf[:len(line('s', i))]); err != nil {
			t.Fatal(err)
		}
	}
	_, _ = client.Read(buf) // the server's close_notify
	_ = client.Close()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	o.keys = slices.Compact(slices.Sorted(strings.Lines(log.String()))) // both ends wrote it
	return o
}

// line is what the client or the server says in a round; no two are the same.
func line(who byte, i int) []byte {
	head := fmt.Appendf(nil, "%c%06d ", who, i)
	return append(head, bytes.Repeat([]byte{who}, 37*(i%17))...)
}

// secretsOf are the lines of a key log, by label; the client is the only one.
type secretsOf map[string][]byte

func (s secretsOf) Secret(_ []byte, label string) []byte { return s[label] }

// secrets returns those of a key log that are not left out.
func (o *overheard) secrets(t *testing.T, without string) secretsOf {
	t.Helper()
	s := make(secretsOf)
	for _, l := range o.keys {
		f := strings.Fields(l)
		if without != "" && strings.Contains(f[0], without) {
			continue
		}
		var b []byte
		if _, err := fmt.Sscanf(f[2], "%x", &b); err != nil {
			t.Fatal(err)
		}
		s[f[0]] = b
	}
	return s
}

// listen follows a connection of which some bytes of a direction are missing, and returns what was told.
func (o *overheard) listen(secrets secretsOf, dir trace.Dir, from, n int) (*trace.Recorder, *Follower) {
	rec := new(trace.Recorder)
	f := Follow(FollowConfig{Secrets: secrets, Observers: []trace.Observer{rec}})
	at := 0
	for i, p := range o.pieces {
		now := time.Duration(i) * time.Millisecond
		if p.dir != dir || n == 0 {
			f.Feed(p.dir, now, bytes.Clone(p.b))
			continue
		}
		lo, hi := min(max(from-at, 0), len(p.b)), min(max(from+n-at, 0), len(p.b))
		at += len(p.b)
		if lo > 0 {
			f.Feed(p.dir, now, bytes.Clone(p.b[:lo]))
		}
		if hi > lo {
			f.Missing(p.dir, now, hi-lo)
		}
		if hi < len(p.b) {
			f.Feed(p.dir, now, bytes.Clone(p.b[hi:]))
		}
	}
	end := time.Duration(len(o.pieces)) * time.Millisecond
	f.End(trace.Received, end, "eof")
	f.End(trace.Sent, end, "eof")
	f.Finish(end)
	return rec, f
}

func (o *overheard) size(dir trace.Dir) (n int) {
	for _, p := range o.pieces {
		if p.dir == dir {
			n += len(p.b)
		}
	}
	return n
}

// said is the application data of a direction, one text for each record.
func said(rec *trace.Recorder, dir trace.Dir) (list []string) {
	for _, e := range rec.Events {
		if e.Layer == trace.LayerData && e.Dir == dir && e.Buf != nil {
			list = append(list, string(e.Buf.Bytes))
		}
	}
	return list
}

// everySession is a session of each kind of protection that a bystander may have to go on with.
func everySession(t *testing.T) map[string]*overheard {
	t.Helper()
	return map[string]*overheard{
		"TLS 1.3":                overhear(t, tls.VersionTLS13, 0, 40),
		"TLS 1.2, GCM":           overhear(t, tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 40),
		"TLS 1.2, ChaCha20":      overhear(t, tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, 40),
		"TLS 1.2, CBC":           overhear(t, tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, 40),
		"TLS 1.0, CBC (chained)": overhear(t, tls.VersionTLS10, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, 40),
	}
}

func TestDataIsDecryptedWithoutTheSecretsOfTheHandshake(t *testing.T) {
	o := overhear(t, tls.VersionTLS13, 0, 5)
	whole, _ := o.listen(o.secrets(t, ""), trace.Sent, 0, 0)
	rec, f := o.listen(o.secrets(t, "HANDSHAKE"), trace.Sent, 0, 0)
	for _, dir := range []trace.Dir{trace.Sent, trace.Received} {
		if got, want := said(rec, dir), said(whole, dir); len(want) != 5 || !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", dir, got, want)
		}
	}
	if !f.Session().Established || !f.Opaque() || f.Failure() != nil {
		t.Errorf("established %v, opaque %v, failure %v", f.Session().Established, f.Opaque(), f.Failure())
	}
	for _, e := range rec.Events {
		for _, g := range e.Findings {
			if g.ID == "handshake.finished" && g.Status.String() != "unknown" {
				t.Errorf("Finished was not seen, and is %s", g.Status)
			}
		}
	}
	one, _ := o.listen(o.secrets(t, "SERVER_HANDSHAKE"), trace.Sent, 0, 0)
	if got := said(one, trace.Received); len(got) != 5 {
		t.Errorf("with the client's handshake alone: %q", got)
	}
	for _, e := range one.Events {
		for _, g := range e.Findings {
			if g.Status.String() == "fail" {
				t.Errorf("what can't be checked fails: %+v", g)
			}
		}
	}
}

func TestBehindAGapRecordsAreReadAgain(t *testing.T) {
	for name, o := range everySession(t) {
		t.Run(name, func(t *testing.T) {
			secrets := o.secrets(t, "")
			whole, _ := o.listen(secrets, trace.Received, 0, 0)
			all := said(whole, trace.Received)
			size := o.size(trace.Received)
			for _, n := range []int{1, 3, 40, 700, 1460, 4000} {
				for from := size - 9000; from+n < size-1500; from += 397 {
					rec, f := o.listen(secrets, trace.Received, from, n)
					got := said(rec, trace.Received)
					if f.Failure() != nil {
						t.Fatalf("%d bytes at %d: %v", n, from, f.Failure())
					}
					tail := commonEnd(got, all)
					if head := commonStart(got, all); head+tail < len(got) {
						t.Fatalf("%d bytes at %d: %d texts, of which %d and %d are known", n, from, len(got), head, tail)
					}
					if want := 4; tail < want && !strings.Contains(name, "chained") {
						t.Errorf("%d bytes at %d: of what follows %d records are read, not %d or more", n, from, tail, want)
					}
					if !slices.Equal(said(rec, trace.Sent), said(whole, trace.Sent)) {
						t.Errorf("%d bytes at %d: the other direction differs", n, from)
					}
				}
			}
		})
	}
}

func TestAGapInTheHandshakeIsNobodysFault(t *testing.T) {
	for name, o := range everySession(t) {
		t.Run(name, func(t *testing.T) {
			secrets := o.secrets(t, "")
			whole, _ := o.listen(secrets, trace.Sent, 0, 0)
			for _, dir := range []trace.Dir{trace.Sent, trace.Received} {
				for from := 0; from < 1500; from += 43 {
					for _, n := range []int{1, 50, 300, 900} {
						rec, f := o.listen(secrets, dir, from, n)
						what := fmt.Sprintf("%s: %d bytes at %d", dir, n, from)
						if f.Failure() != nil {
							t.Fatalf("%s: %v", what, f.Failure())
						}
						for _, e := range rec.Events {
							for _, g := range e.Findings {
								if s := g.Status.String(); s == "fail" && !strings.HasPrefix(g.ID, "session.") || strings.HasPrefix(g.ID, "rule.") {
									t.Fatalf("%s: %s %s: %s, %s", what, g.ID, s, g.Expected, g.Actual)
								}
							}
						}
						// With both hellos and the secrets the data is read nevertheless, where the cipher does not go on from record to record.
						hello := firstRecord(whole, dir)
						if !strings.Contains(name, "chained") && from > hello && o.size(dir)-from-n > 600 && !slices.Equal(last(said(rec, dir), 8), last(said(whole, dir), 8)) {
							t.Errorf("%s: %d records of data are read", what, len(said(rec, dir)))
						}
					}
				}
			}
		})
	}
}

// firstRecord is how long the first record of a direction is.
func firstRecord(rec *trace.Recorder, dir trace.Dir) int {
	for _, e := range rec.Events {
		if e.Layer == trace.LayerRecord && e.Dir == dir {
			return len(e.Buf.Bytes)
		}
	}
	return 0
}

func last(list []string, n int) []string { return list[max(0, len(list)-n):] }

// TestWhatIsBeforeAGapIsAsItWas: wherever bytes are missing, also in the handshake, what came before is told in the same words.
func TestWhatIsBeforeAGapIsAsItWas(t *testing.T) {
	for name, o := range everySession(t) {
		t.Run(name, func(t *testing.T) {
			for _, secrets := range []secretsOf{o.secrets(t, ""), o.secrets(t, "HANDSHAKE"), {}} {
				whole, _ := o.listen(secrets, trace.Sent, 0, 0)
				for _, dir := range []trace.Dir{trace.Sent, trace.Received} {
					for from := 0; from < min(o.size(dir), 4000); from += 193 {
						for _, n := range []int{1, 60, 1400, 20000} {
							rec, _ := o.listen(secrets, dir, from, n)
							sameBefore(t, fmt.Sprintf("%s: %d bytes at %d", dir, n, from), whole, rec, dir, from)
						}
					}
				}
			}
		})
	}
}

// sameBefore compares the records of a direction that end before a place, and all that was told before the first of them that doesn't.
func sameBefore(t *testing.T, what string, want, got *trace.Recorder, dir trace.Dir, from int) {
	t.Helper()
	for i, e := range want.Events {
		if e.Layer == trace.LayerRecord && e.Dir == dir {
			span := e.Buf.From[0]
			if span.Off+span.Len > from {
				return
			}
		}
		if i >= len(got.Events) {
			t.Fatalf("%s: only %d events", what, len(got.Events))
		}
		g := got.Events[i]
		if g.Layer != e.Layer || g.Kind != e.Kind || g.Dir != e.Dir || len(g.Findings) != len(e.Findings) || (g.Buf == nil) != (e.Buf == nil) ||
			g.Buf != nil && !bytes.Equal(g.Buf.Bytes, e.Buf.Bytes) {
			if e.Layer == trace.LayerNet || g.Layer == trace.LayerNet { // the end comes earlier
				return
			}
			t.Fatalf("%s: event %d is %s %s %s, and was %s %s %s", what, i, g.Dir, g.Layer, g.Kind, e.Dir, e.Layer, e.Kind)
		}
	}
}

func commonStart(a, b []string) (n int) {
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func commonEnd(a, b []string) (n int) {
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}
