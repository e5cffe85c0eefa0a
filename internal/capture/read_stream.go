package capture

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/record"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Stream is a TLS connection of a capture.
type Stream struct {
	Number int // of the TCP connection in the capture, from 0: the tcp.stream of Wireshark
	Client netip.AddrPort
	Server netip.AddrPort
	Bytes  [2]int64 // what the client and the server sent over TCP
	Opaque bool     // there was something that could not be opened
	Why    string   // of what is opaque: what, and why, in a few words
	Whole  bool     // Trace has buffers and events; otherwise only what stands above them
	Trace  *trace.Trace
}

// stage is how far it is known what a connection is.
type stage uint8

const (
	sniffing stage = iota
	following
	ignored // no TLS, or nobody wants it
	done
)

// connection is a TCP connection of the capture.
type connection struct {
	d      *Decoder
	number int
	ends   [2]netip.AddrPort // by direction: 0 is who was seen first
	began  time.Time
	latest time.Time
	isn    [2]uint32 // of each SYN
	syn    [2]bool
	shook  time.Duration // how long the handshake of TCP took; 0 where it was not seen
	acked  bool
	conversation
	stage stage
	size  [2]int64

	first    [2][]byte // bytes before it is known what this is
	isTLS    [2]bool
	client   int // the direction of the client
	follower *conn.Follower
	recorder recorder
	notes    []note
	counts   map[countKey]*trace.Segment

	older, newer *connection // in the order of the last packet
	listed       *lru
}

type note struct {
	dir  int
	at   time.Time
	what Anomaly
	n    int
}

type countKey struct {
	dir  int
	what Anomaly
}

// maxNotes bounds how many anomalies of a kind are told one by one; the others are counted.
const maxNotes = 8

// sniffLen is how many bytes tell what a stream is: the header of a record and the type of a handshake message.
const sniffLen = record.HeaderLen + 1

// bytes implements sink.
func (c *connection) bytes(dir int, at time.Time, b []byte) {
	c.size[dir] += int64(len(b))
	switch c.stage {
	case following:
		c.follower.Feed(c.dir(dir), at.Sub(c.began), b)
		c.reduce()
	case sniffing:
		c.sniff(dir, at, b)
	}
}

// dir is the trace's word for a direction.
func (c *connection) dir(dir int) trace.Dir {
	if dir == c.client {
		return trace.Sent
	}
	return trace.Received
}

// sniff looks whether one of the directions begins as TLS does.
func (c *connection) sniff(dir int, at time.Time, b []byte) {
	if len(c.first[dir]) < 512 {
		c.first[dir] = append(c.first[dir], b[:min(len(b), 64<<10)]...)
	}
	all := c.first[dir]
	if len(all) < sniffLen {
		return
	}
	if p, _ := record.Sniff(all); p == record.ProtocolTLS && plausible(all) {
		c.isTLS[dir] = true
		c.follow(dir, at)
		return
	}
	if len(c.first[1-dir]) >= sniffLen || len(c.first[1-dir]) == 0 && c.conversation.half[1-dir].over {
		c.ignore()
	}
}

// plausible reports whether bytes that look like a record begin with what TLS begins with, or, in the middle of a stream, goes on
// with: a known type and a length that a record may have.
func plausible(b []byte) bool {
	h, err := record.ParseHeader(b)
	if err != nil || len(h.Anomalies(record.MaxCiphertext)) > 0 {
		return false
	}
	if h.Type != iana.Handshake {
		return true
	}
	t := iana.HandshakeType(b[record.HeaderLen])
	return t == iana.ClientHello || t == iana.ServerHello || t == iana.HelloRequest
}

// ignore lets go of a connection that is no TLS, or that nobody wants.
func (c *connection) ignore() {
	c.stage = ignored
	c.first, c.notes, c.counts = [2][]byte{}, nil, nil
	c.conversation.forget()
}

// follow begins to follow TLS that was seen in a direction.
func (c *connection) follow(dir int, at time.Time) {
	c.client = c.clientOf(dir)
	if !c.d.wants(c) {
		c.ignore()
		return
	}
	for c.d.active.len >= maxFollowed {
		c.d.retire(c.d.active.oldest)
	}
	c.stage = following
	c.recorder.whole = c.d.keepWhole(c)
	observers := []trace.Observer{&c.recorder}
	if c.d.cfg.Began != nil {
		if o := c.d.cfg.Began(c.number); o != nil {
			observers = append(observers, o)
		}
	}
	before := c.connected(observers)
	c.follower = conn.Follow(conn.FollowConfig{
		Secrets: c.d.cfg.Secrets, Observers: observers, EventsBefore: before,
		Outline: !c.recorder.whole, Limits: c.d.cfg.Limits, Verify: c.verify,
	})
	c.d.active.touch(c)
	for _, n := range c.notes {
		c.tell(n)
	}
	c.notes = nil
	for _, d := range [...]int{1 - dir, dir} {
		if b := c.first[d]; len(b) > 0 {
			c.first[d] = nil
			c.follower.Feed(c.dir(d), at.Sub(c.began), b)
		}
	}
	c.reduce()
}

// clientOf tells which direction is the client's, from the beginning of one.
func (c *connection) clientOf(dir int) int {
	b := c.first[dir]
	switch {
	case iana.ContentType(b[0]) == iana.Handshake && iana.HandshakeType(b[record.HeaderLen]) == iana.ClientHello:
		return dir
	case iana.ContentType(b[0]) == iana.Handshake:
		return 1 - dir
	case c.syn[0] && c.syn[1]:
		return 0 // who was seen first
	case c.ends[0].Port() < c.ends[1].Port():
		return 1
	}
	return 0
}

// connected makes the event of the TCP connection and returns how many events there are.
func (c *connection) connected(observers []trace.Observer) int {
	d := &trace.Connected{Local: c.ends[c.client].String(), Remote: c.ends[1-c.client].String(), Ms: float64(c.shook.Microseconds()) / 1000}
	for _, o := range observers {
		o.Event(&trace.Event{N: 1, T: c.shook, Dir: trace.None, Layer: trace.LayerNet, Kind: "connected", Detail: d})
	}
	return 1
}

func (c *connection) verify(v *handshake.VerifyChain) ([]finding.Finding, bool) {
	if c.d.cfg.Verify == nil {
		return nil, false
	}
	return c.d.cfg.Verify(v, c.began)
}

// missing implements sink.
func (c *connection) missing(dir int, at time.Time, n int, why Anomaly) {
	c.note(dir, at, why, n)
	switch c.stage {
	case following:
		c.follower.Missing(c.dir(dir), at.Sub(c.began), n)
	case sniffing: // what follows can't be told apart any more
		if len(c.first[dir]) == 0 || len(c.first[1-dir]) >= sniffLen {
			c.ignore()
		}
	}
}

// note implements sink.
func (c *connection) note(dir int, at time.Time, what Anomaly, n int) {
	switch c.stage {
	case following:
		c.tell(note{dir, at, what, n})
	case sniffing:
		if len(c.notes) < maxNotes {
			c.notes = append(c.notes, note{dir, at, what, n})
		}
	}
}

// tell makes the event of an anomaly, or counts it.
func (c *connection) tell(n note) {
	key := countKey{n.dir, n.what}
	s := c.counts[key]
	if s == nil {
		if c.counts == nil {
			c.counts = make(map[countKey]*trace.Segment)
		}
		s = new(trace.Segment)
		c.counts[key] = s
	}
	s.Count++
	if s.Count <= maxNotes {
		c.follower.Note(c.dir(n.dir), n.at.Sub(c.began), string(n.what), &trace.Segment{Bytes: n.n, Count: 1})
		return
	}
	s.Bytes += n.n
}

// end implements sink.
func (c *connection) end(dir int, at time.Time, reset bool) {
	how := "eof"
	if reset {
		how = "reset"
	}
	switch c.stage {
	case following:
		c.follower.End(c.dir(dir), at.Sub(c.began), how)
	case sniffing:
		if c.conversation.half[1-dir].over {
			c.ignore()
		}
	}
	if reset || c.conversation.half[0].over && c.conversation.half[1].over {
		c.d.stats.Closed++
		c.d.finish(c)
	}
}

// reduce keeps of a handshake that is complete only what a list tells.
func (c *connection) reduce() {
	if r := &c.recorder; !r.whole && r.summary == nil && c.follower.Session().Established {
		t := trace.Trace{Events: r.events.Events}
		trace.Summarize(&t)
		summary := t.Summary // a copy: a pointer into the trace would keep all of its events
		r.summary = &summary
		r.events = trace.Recorder{}
	}
}

// result makes the stream that is handed out.
func (c *connection) result() *Stream {
	at := c.latest.Sub(c.began)
	for key, s := range c.counts {
		if s.Count > maxNotes {
			c.follower.Note(c.dir(key.dir), at, string(key.what), &trace.Segment{Bytes: s.Bytes, Count: s.Count - maxNotes})
		}
	}
	c.follower.Finish(at)
	t := &trace.Trace{
		Schema: trace.Schema, Tool: c.d.cfg.Tool, Started: c.began, Settings: trace.Settings{Args: []string{}},
		Buffers: c.recorder.events.Buffers, Events: c.recorder.events.Events,
	}
	trace.Summarize(t)
	if s := c.recorder.summary; s != nil {
		s.Checks = append(s.Checks, t.Summary.Checks...)
		t.Summary = *s
		t.Summary.Address = new(string)
		*t.Summary.Address = c.ends[1-c.client].String()
	}
	c.target(t)
	c.outcome(t)
	if !c.recorder.whole {
		t.Buffers, t.Events = nil, nil
	}
	return &Stream{
		Number: c.number, Client: c.ends[c.client], Server: c.ends[1-c.client], Bytes: [2]int64{c.size[c.client], c.size[1-c.client]},
		Opaque: c.follower.Opaque(), Why: c.follower.OpaqueWhy(), Whole: c.recorder.whole, Trace: t,
	}
}

// target is the server: its name where the client asked for one.
func (c *connection) target(t *trace.Trace) {
	server := c.ends[1-c.client]
	t.Target = trace.Target{Input: server.String(), Host: server.Addr().String(), Port: server.Port()}
	if sni := t.Summary.SNI; sni != nil {
		t.Target.Host = *sni
	}
}

// outcome says how it ended, as far as the capture tells.
func (c *connection) outcome(t *trace.Trace) {
	s, f := c.follower.Session(), c.follower.Failure()
	trusted, verified := c.follower.Trusted()
	switch {
	case f != nil:
		t.Outcome = trace.HandshakeFailed
		t.Error = &trace.Error{Kind: string(f.Kind), Message: f.Message, Event: probe.Cause(f, t.Events)}
		if row, ok := finding.Lookup(f.Rule); ok {
			t.Error.Hint = row.Fix
		}
		if f.Kind == handshake.Silent {
			t.Outcome = trace.Network
		}
	case s.ProofFailed:
		t.Outcome, t.Error = trace.HandshakeFailed, probe.ProofError(t.Events)
	case !s.Established, !verified, unproved(t):
		t.Outcome = trace.Unknown
	case trusted:
		t.Outcome = trace.OK
	default:
		t.Outcome = trace.Untrusted
	}
}

// unproved reports whether a proof of the handshake could not be checked.
func unproved(t *trace.Trace) bool {
	return slices.ContainsFunc(t.Summary.Checks, func(f finding.Finding) bool {
		return f.Status == finding.Unknown && strings.HasPrefix(f.ID, "handshake.")
	})
}

// recorder keeps the events of a stream: all of them, with their buffers, or the outline that a list is made of.
type recorder struct {
	whole   bool
	events  trace.Recorder
	summary *trace.Summary // of what was let go
}

// Buffer implements trace.Observer.
func (r *recorder) Buffer(b *trace.Buffer) {
	if r.whole {
		r.events.Buffer(b)
	}
}

// Event implements trace.Observer.
func (r *recorder) Event(e *trace.Event) { r.events.Event(e) }
