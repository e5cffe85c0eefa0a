package capture

import (
	"bytes"
	"time"
)

// Bounds on what waits for its turn: of one direction, in bytes and segments, and of all connections, in bytes.
const (
	maxWaitingBytes    = 4 << 20
	maxWaitingSegments = 2048
	maxWaitingAll      = 64 << 20
)

// patience is how many segments of a connection may come while nothing can be delivered, before what is missing is taken for
// missing in the capture. Captures are out of order by a few packets; a retransmission comes after a window of them at most.
const patience = 256

// Anomaly is what can be odd about a stream in a capture, in the word of the trace.
type Anomaly string

// The anomalies.
const (
	Retransmission Anomaly = "retransmission" // bytes that were there already
	Overlap        Anomaly = "overlap"        // a segment of which only a part was there already; what came first counts
	Reordering     Anomaly = "reordering"     // a segment that came before its time
	Gap            Anomaly = "gap"            // bytes that the capture doesn't have
	CutShort       Anomaly = "cut_short"      // bytes that were beyond the snapshot length
	MidStream      Anomaly = "mid_stream"     // the capture began after the connection did
	Reset          Anomaly = "reset"          // the sender reset the connection
)

// sink takes what a connection's two streams say, each in order, and both in an order of cause and effect: what acknowledges
// bytes comes after them.
type sink interface {
	// bytes gives the next bytes of a direction; they are good until it returns.
	bytes(dir int, at time.Time, b []byte)
	// missing says that the next n bytes of a direction will not come.
	missing(dir int, at time.Time, n int, why Anomaly)
	// note tells of n bytes that are odd in a way that doesn't matter to the stream.
	note(dir int, at time.Time, what Anomaly, n int)
	// end says that a direction is over, by FIN or RST.
	end(dir int, at time.Time, reset bool)
}

// conversation puts the two streams of a TCP connection together.
type conversation struct {
	half [2]half
	to   sink
	all  *int // bytes that wait, of all connections
	idle int  // segments since something was delivered, while others wait
}

// half is one direction.
type half struct {
	started bool
	over    bool
	next    uint32 // the sequence number that is delivered next
	waiting []waiting
	bytes   int // that wait
}

// waiting is a segment before its time.
type waiting struct {
	seq, ack uint32
	hasAck   bool
	fin      bool
	cut      int
	data     []byte
	at       time.Time
}

func (w *waiting) size() int { return len(w.data) + w.cut }

// ahead is how far a sequence number lies after another one; negative before it. RFC 9293, Section 3.4.
func ahead(a, b uint32) int { return int(int32(a - b)) }

// add takes a segment.
func (c *conversation) add(dir int, at time.Time, s *segment) {
	h := &c.half[dir]
	w := waiting{seq: s.seq, ack: s.ack, hasAck: s.flags&flagACK != 0, fin: s.flags&flagFIN != 0, cut: s.cut, data: s.data, at: at}
	if s.flags&flagSYN != 0 {
		w.seq++
	}
	if !h.started {
		h.started, h.next = true, w.seq
		if s.flags&(flagSYN|flagRST) == 0 {
			c.to.note(dir, at, MidStream, 0)
		}
	}
	switch {
	case s.flags&flagRST != 0:
		c.flush(dir, at)
		return
	case h.over:
		return
	case w.size() == 0 && !w.fin:
		return
	}
	c.take(dir, &w)
}

// take delivers a segment, or has it wait.
func (c *conversation) take(dir int, w *waiting) {
	h := &c.half[dir]
	off := ahead(w.seq, h.next)
	if off+w.size() < 0 || off+w.size() == 0 && !w.fin {
		if w.size() > 1 || off != -1 { // that would be a keep-alive: RFC 9293, Section 3.8.4
			c.to.note(dir, w.at, Retransmission, w.size())
		}
		return
	}
	if off <= 0 && !c.early(dir, w) {
		c.deliver(dir, w)
		c.drain()
	} else {
		if off > 0 {
			c.to.note(dir, w.at, Reordering, w.size())
		}
		c.hold(h, w)
		c.drain()
	}
	if len(c.half[0].waiting)+len(c.half[1].waiting) == 0 {
		c.idle = 0
		return
	}
	c.idle++
	for c.idle > patience || c.tooMuch() {
		c.idle = 0
		if !c.giveUp() {
			c.forget()
		}
	}
}

// tooMuch tells whether more waits than may.
func (c *conversation) tooMuch() bool {
	for i := range c.half {
		h := &c.half[i]
		if h.bytes > maxWaitingBytes || len(h.waiting) > maxWaitingSegments || h.bytes > 0 && *c.all > maxWaitingAll {
			return true
		}
	}
	return false
}

// early tells whether a segment acknowledges what the other direction has not delivered: its sender had seen that when it spoke.
func (c *conversation) early(dir int, w *waiting) bool {
	other := &c.half[1-dir]
	return w.hasAck && other.started && !other.over && ahead(w.ack, other.next) > 0
}

// hold keeps a copy of a segment in its place.
func (c *conversation) hold(h *half, w *waiting) {
	w.data = bytes.Clone(w.data)
	i := len(h.waiting)
	for i > 0 && ahead(h.waiting[i-1].seq, w.seq) > 0 {
		i--
	}
	h.waiting = append(h.waiting, waiting{})
	copy(h.waiting[i+1:], h.waiting[i:])
	h.waiting[i] = *w
	h.bytes += len(w.data)
	*c.all += len(w.data)
}

// drain delivers what has its turn.
func (c *conversation) drain() {
	for progress := true; progress; {
		progress = false
		for dir := range c.half {
			for i := c.ready(dir); i >= 0; i = c.ready(dir) {
				w := c.drop(&c.half[dir], i)
				c.deliver(dir, &w)
				progress = true
			}
		}
		if progress {
			c.idle = 0
		}
	}
}

// ready returns the place of the segment that has its turn, -1 for none. It need not be the first one: that may be sent again,
// and acknowledge more than it did when it was sent first.
func (c *conversation) ready(dir int) int {
	h := &c.half[dir]
	for i := range h.waiting {
		w := &h.waiting[i]
		if ahead(w.seq, h.next) > 0 {
			break
		}
		if !c.early(dir, w) {
			return i
		}
	}
	return -1
}

// drop takes one off those that wait.
func (c *conversation) drop(h *half, i int) waiting {
	w := h.waiting[i]
	h.bytes -= len(w.data)
	*c.all -= len(w.data)
	if i == 0 {
		h.waiting[0] = waiting{}
		h.waiting = h.waiting[1:]
	} else {
		h.waiting = append(h.waiting[:i], h.waiting[i+1:]...)
	}
	if len(h.waiting) == 0 {
		h.waiting = nil
	}
	return w
}

// deliver hands out what of a segment is new.
func (c *conversation) deliver(dir int, w *waiting) {
	h := &c.half[dir]
	if h.over {
		return
	}
	old := max(0, -ahead(w.seq, h.next))
	switch size := w.size(); {
	case old > size, old == size && size > 0:
		c.to.note(dir, w.at, Retransmission, size)
		if !w.fin || old > size {
			return
		}
	case old > 0:
		c.to.note(dir, w.at, Overlap, old)
	}
	if fresh := w.data[min(old, len(w.data)):]; len(fresh) > 0 {
		h.next += uint32(len(fresh))
		c.to.bytes(dir, w.at, fresh)
	}
	if lost := w.cut - max(0, old-len(w.data)); w.cut > 0 && lost > 0 {
		h.next += uint32(lost)
		c.to.missing(dir, w.at, lost, CutShort)
	}
	if w.fin {
		h.next++
		h.over = true
		c.to.end(dir, w.at, false)
	}
}

// giveUp takes what is missing for missing for good. It returns false where nothing waits.
func (c *conversation) giveUp() bool {
	for dir := range c.half {
		if n, at := c.hole(dir); n > 0 {
			c.half[dir].next += uint32(n)
			c.to.missing(dir, at, n, Gap)
			c.drain()
			return true
		}
	}
	for dir := range c.half { // each waits for the other, which no honest pair does
		if h := &c.half[dir]; len(h.waiting) > 0 {
			w := c.drop(h, 0)
			c.deliver(dir, &w)
			c.drain()
			return true
		}
	}
	return false
}

// hole tells how many bytes of a direction others wait for: those behind them, or those of the other direction that acknowledge
// them. It is 0 where the next bytes are there and wait themselves.
func (c *conversation) hole(dir int) (n int, at time.Time) {
	h, other := &c.half[dir], &c.half[1-dir]
	if len(h.waiting) > 0 {
		w := &h.waiting[0]
		if n, at = ahead(w.seq, h.next), w.at; n <= 0 {
			return 0, at
		}
	}
	if len(other.waiting) > 0 {
		w := &other.waiting[0]
		if k := ahead(w.ack, h.next); c.early(1-dir, w) && (n == 0 || k < n) {
			n, at = k, w.at
		}
	}
	return n, at
}

// flush ends a connection by a reset, once what waits has been delivered: nothing more comes that could fill a hole. Who resets what
// he has ended already (he closed his socket, and was told something nevertheless) ends the other's direction: RFC 9293, Section 3.10.7.4.
func (c *conversation) flush(dir int, at time.Time) {
	c.settle()
	if c.half[dir].over {
		c.to.note(dir, at, Reset, 0)
		dir = 1 - dir
	}
	if h := &c.half[dir]; !h.over {
		h.over = true
		c.to.end(dir, at, true)
	}
	c.drain()
}

// settle delivers all that waits, with its gaps.
func (c *conversation) settle() {
	for len(c.half[0].waiting)+len(c.half[1].waiting) > 0 && c.giveUp() {
	}
	c.forget()
}

// forget lets go of what waits: nobody wants it any more.
func (c *conversation) forget() {
	for i := range c.half {
		h := &c.half[i]
		*c.all -= h.bytes
		h.waiting, h.bytes = nil, 0
	}
}
