package capture

import (
	"errors"
	"io"
	"net/netip"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Bounds on how many connections are remembered, and how many followed, at a time. Of more, those that have been silent for longest
// are ended.
const (
	maxConnections = 1 << 16
	maxFollowed    = 2048
)

// DecodeConfig is how a capture is decoded.
type DecodeConfig struct {
	// Secrets opens what is protected. Secrets in the capture are added to it. It must not be nil.
	Secrets *KeyLog
	// Filter selects streams.
	Filter Filter
	// Stream selects one by its number, and keeps all of its trace; nil: all, and the trace of the first is kept.
	Stream *int
	// Began, unless it is nil, is called for each stream that is selected by its ends or number, once it is known to be TLS, in the
	// order in which they begin. What it returns is told of the stream's events as they happen; nil: nobody is.
	Began func(number int) trace.Observer
	// Done is called for each selected stream when it ends, in the order in which they do.
	Done func(*Stream)
	// Verify gives the findings on a chain of a connection that began at a time, and whether it is trusted; nil: no verdict.
	Verify func(v *handshake.VerifyChain, began time.Time) ([]finding.Finding, bool)
	Tool   trace.Tool
	Limits conn.Limits
}

// Stats counts what a capture holds.
type Stats struct {
	Packets     int
	Fragments   int // of IP packets, which are not put together
	Malformed   int // headers that are cut or contradict each other
	Foreign     int // of link layers that are not read
	ForeignLink LinkType
	Connections int // of TCP
	Selected    int // TLS streams that were handed out
	Closed      int // connections whose end is in the capture
	Ended       int // connections that were ended because there were too many
}

// Decoder follows the TLS streams of a capture in one pass.
type Decoder struct {
	cfg    DecodeConfig
	stats  Stats
	table  map[pair]*connection
	idle   lru // all that are remembered and not followed
	active lru // all that are followed
	all    int // bytes that wait for others
	kept   bool
	seg    segment
}

// pair is the ends of a connection, the lesser first.
type pair struct{ a, b netip.AddrPort }

// NewDecoder returns a decoder that has seen nothing yet.
func NewDecoder(cfg DecodeConfig) *Decoder {
	return &Decoder{cfg: cfg, table: make(map[pair]*connection)}
}

// Stats returns what was counted so far.
func (d *Decoder) Stats() Stats { return d.stats }

// Read decodes a capture to its end, and ends what has not ended in it. The error is that of NewReader or Reader.Next; what was
// there before it has been decoded.
func (d *Decoder) Read(r io.Reader) error {
	blocks, err := NewReader(r)
	if err != nil {
		return err
	}
	var b Block
	for {
		if err = blocks.Next(&b); err != nil {
			break
		}
		if b.Secrets != nil {
			d.cfg.Secrets.Add(b.Secrets)
			continue
		}
		d.packet(&b.Packet)
	}
	d.end()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// ReadSecrets adds the secrets in a capture to a key log and reads nothing else. The errors are those of Decoder.Read.
func ReadSecrets(r io.Reader, log *KeyLog) error {
	blocks, err := NewReader(r)
	if err != nil {
		return err
	}
	var b Block
	for {
		switch err := blocks.nextSecrets(&b); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case b.Secrets != nil:
			log.Add(b.Secrets)
		}
	}
}

// end ends all connections, in the order in which they were seen last.
func (d *Decoder) end() {
	for d.active.oldest != nil {
		c := d.active.oldest
		c.settle()
		d.finish(c)
	}
	for c := d.idle.oldest; c != nil; {
		next := c.newer
		if c.stage == sniffing { // its first bytes may wait for others
			c.settle()
		}
		c = next
	}
	for d.active.oldest != nil {
		d.finish(d.active.oldest)
	}
}

// packet takes one packet.
func (d *Decoder) packet(p *Packet) {
	d.stats.Packets++
	switch d.seg.parse(p) {
	case isTCP:
		d.segment(p.Time)
	case isFragment:
		d.stats.Fragments++
	case isMalformed:
		d.stats.Malformed++
	case isForeign:
		d.stats.Foreign++
		d.stats.ForeignLink = p.Link
	}
}

// segment gives a segment to its connection.
func (d *Decoder) segment(at time.Time) {
	s := &d.seg
	key, dir := pair{s.from, s.to}, 0
	if s.to.Compare(s.from) < 0 {
		key = pair{s.to, s.from}
	}
	c := d.table[key]
	if c != nil && c.ends[0] != s.from {
		dir = 1
	}
	if s.from == s.to { // who talks to himself can't be told apart
		return
	}
	if c == nil || c.replacedBy(dir, s) {
		if c != nil {
			c.settle()
			d.finish(c)
			c.listed.remove(c)
		}
		c, dir = d.open(key, at), 0
	}
	c.latest = at
	c.listed.touch(c)
	if c.stage == done || c.stage == ignored {
		return
	}
	c.handshake(dir, at, s)
	c.add(dir, at, s)
}

// replacedBy reports whether a segment begins another connection between the same ends.
func (c *connection) replacedBy(dir int, s *segment) bool {
	if s.flags&(flagSYN|flagACK) != flagSYN {
		return false
	}
	return c.stage == done || c.syn[dir] && c.isn[dir] != s.seq || !c.syn[dir] && c.half[dir].started
}

// handshake looks at the handshake of TCP, for how long it took.
func (c *connection) handshake(dir int, at time.Time, s *segment) {
	if s.flags&flagSYN != 0 && !c.syn[dir] {
		c.syn[dir], c.isn[dir] = true, s.seq
	}
	if c.syn[0] && c.syn[1] && !c.acked && s.flags&flagSYN == 0 && dir == 0 {
		c.acked, c.shook = true, max(0, at.Sub(c.began))
	}
}

// open begins a connection.
func (d *Decoder) open(key pair, at time.Time) *connection {
	for len(d.table) >= maxConnections {
		d.evict(d.idle.oldest)
	}
	c := &connection{d: d, number: d.stats.Connections, ends: [2]netip.AddrPort{d.seg.from, d.seg.to}, began: at}
	c.conversation.to, c.conversation.all = c, &d.all
	d.stats.Connections++
	d.table[key] = c
	d.idle.touch(c)
	return c
}

// retire ends a stream that is followed because there are too many. It is remembered, so that what follows is not taken for another.
func (d *Decoder) retire(c *connection) {
	d.stats.Ended++
	c.settle()
	d.finish(c)
}

// evict forgets a connection because there are too many. Where all are followed, nothing idle is left.
func (d *Decoder) evict(c *connection) {
	if c == nil {
		c = d.active.oldest
	}
	if c.stage == following {
		d.retire(c)
	}
	c.forget()
	c.listed.remove(c)
	key := pair{c.ends[0], c.ends[1]}
	if key.b.Compare(key.a) < 0 {
		key = pair{key.b, key.a}
	}
	delete(d.table, key)
}

// wants reports whether a stream is selected, as far as that is known when it begins.
func (d *Decoder) wants(c *connection) bool {
	return (d.cfg.Stream == nil || *d.cfg.Stream == c.number) && d.cfg.Filter.matches(c.ends)
}

// keepWhole reports whether all of a stream's trace is kept: that of the one that was asked for, or of the first.
func (d *Decoder) keepWhole(*connection) bool {
	whole := !d.kept
	d.kept = true
	return whole
}

// finish ends a connection and hands out what was TLS.
func (d *Decoder) finish(c *connection) {
	was := c.stage
	c.stage = done
	c.forget()
	if was != following {
		return
	}
	s := c.result()
	c.follower, c.recorder, c.counts = nil, recorder{}, nil
	d.idle.touch(c)
	if d.cfg.Filter.named(s.Trace.Summary.SNI) {
		d.stats.Selected++
		d.cfg.Done(s)
	}
}

// lru is connections in the order of their last packets.
type lru struct {
	oldest, newest *connection
	len            int
}

// touch makes a connection the newest, and takes it off the other list if it is there.
func (l *lru) touch(c *connection) {
	if l.newest == c {
		return
	}
	if c.listed != nil {
		c.listed.remove(c)
	}
	c.listed, c.older, c.newer = l, l.newest, nil
	if l.newest != nil {
		l.newest.newer = c
	} else {
		l.oldest = c
	}
	l.newest = c
	l.len++
}

func (l *lru) remove(c *connection) {
	if c.listed != l {
		return
	}
	if c.older != nil {
		c.older.newer = c.newer
	} else {
		l.oldest = c.newer
	}
	if c.newer != nil {
		c.newer.older = c.older
	} else {
		l.newest = c.older
	}
	c.listed, c.older, c.newer = nil, nil, nil
	l.len--
}
