package conn

import (
	"fmt"
	"slices"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/record"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// watch makes the events and buffers that observers are told of. Without observers it does nothing.
type watch struct {
	on        bool
	outline   bool // only what a summary is made of
	observers []trace.Observer
	now       func() time.Duration
	limits    Limits

	events, buffers int
	last            int // number of the last event
	lastRecord      *trace.Event

	offset      [2]int          // in the streams, by direction
	number      [2]int          // records, by direction
	epoch       [2]string       // of the keys in force, by direction
	told, raw   int             // records told of and their bytes: of the handshake, then of what follows
	full        bool            // no more records are told of
	kept        int             // bytes of application data
	recent      []*trace.Buffer // those of the records being sent
	omitted     trace.Omitted
	established bool
}

const (
	streamSent = iota
	streamReceived
)

// direction is what the trace calls a stream.
func direction(dir int) trace.Dir {
	if dir == streamSent {
		return trace.Sent
	}
	return trace.Received
}

func (w *watch) begin(observers []trace.Observer, now func() time.Duration, limits Limits, before int) {
	w.on, w.observers, w.now, w.limits, w.events = len(observers) > 0, observers, now, limits, before
	if w.on {
		w.buffer(trace.BufferStream, nil, nil) // 0: sent
		w.buffer(trace.BufferStream, nil, nil) // 1: received
	}
}

// buffer tells the observers of a new buffer.
func (w *watch) buffer(kind trace.BufferKind, b []byte, from []trace.Span) *trace.Buffer {
	if !w.on {
		return nil
	}
	buf := &trace.Buffer{ID: w.buffers, Kind: kind, From: from, Bytes: b}
	w.buffers++
	for _, o := range w.observers {
		o.Buffer(buf)
	}
	return buf
}

// message is a buffer for a message on its way to the engine, or from it.
func (w *watch) message(b []byte, from []trace.Span) *trace.Buffer {
	if w.quiet() {
		return nil
	}
	return w.buffer(trace.BufferMessage, b, from)
}

// quiet tells whether no more is told of: the handshake is complete, and the limit on records reached or its outline all that is wanted.
func (w *watch) quiet() bool { return w.established && (w.full || w.outline) }

// establish begins to count anew: what comes from here on has limits of its own.
func (w *watch) establish() { w.established, w.told, w.raw, w.full = true, 0, 0, false }

// handshakeRoom is how many times the limits a handshake may fill. Its messages are bounded, not so
// the records that a peer cuts and pads them to.
const handshakeRoom = 4

// room counts a record of n bytes and tells whether it is told of. From the first that is not, none is.
func (w *watch) room(n int) bool {
	times := 1
	if !w.established {
		times = handshakeRoom
	}
	w.told++
	w.full = w.full || w.told > times*w.limits.Records || w.raw+n > times*w.limits.Keep
	if !w.full {
		w.raw += n
	}
	return !w.full
}

// passes tells of an event that could come again and again.
func passes(ev *trace.Event) bool {
	switch d := ev.Detail.(type) {
	case *trace.AlertDetail:
		return d.Description.Value != uint64(iana.AlertCloseNotify) && d.Level.Value != uint64(iana.Fatal)
	default:
		return ev.Layer == trace.LayerMessage || ev.Layer == trace.LayerKey
	}
}

// part is a buffer for content that lies within another.
func (w *watch) part(in *trace.Buffer, off int, b []byte) *trace.Buffer {
	if in == nil {
		return nil
	}
	return w.buffer(trace.BufferMessage, b, []trace.Span{{Buf: in.ID, Off: off, Len: len(b)}})
}

// report numbers an event, gives it its time and tells the observers.
func (w *watch) report(ev, about *trace.Event) {
	if !w.on || ev == nil || w.quiet() && passes(ev) {
		return
	}
	w.events++
	ev.N, ev.T = w.events, trace.Instant(w.now())
	w.last = ev.N
	if ev.Buf == nil {
		ev.Tree = nil // beyond the limits no bytes are kept, and a tree is about bytes
	}
	for i := range ev.Findings {
		if ev.Findings[i].Where.Event == 0 && !w.outline {
			ev.Findings[i].Where.Event = ev.N
			if about != nil {
				ev.Findings[i].Where.Event = about.N
			}
		}
	}
	for _, o := range w.observers {
		o.Event(ev)
	}
}

// checks reports what the verification of the chain found.
func (w *watch) checks(list []finding.Finding) {
	if w.outline {
		w.report(&trace.Event{Dir: trace.None, Layer: trace.LayerCheck, Kind: "checks", Findings: list, Detail: &trace.Check{}}, nil)
		return
	}
	for _, f := range list {
		w.report(&trace.Event{Dir: trace.None, Layer: trace.LayerCheck, Kind: f.ID, Findings: []finding.Finding{f}, Detail: &trace.Check{}}, nil)
	}
}

// recordFields is a record as the trace shows it.
type recordFields struct {
	h        record.Header
	length   uint16
	fragment []byte
}

func (r *recordFields) header(c *wire.Codec) {
	wire.U8(c, "type", &r.h.Type)
	wire.U16(c, "version", &r.h.Version)
	wire.U16(c, "length", &r.length)
}

func (r *recordFields) layout(c *wire.Codec) {
	wire.Group(c, "header", r, (*recordFields).header)
	c.Rest("fragment", &r.fragment)
}

// DescribeRecord lists the paths of a record.
func DescribeRecord() []string {
	return wire.Describe(nil, func(c *wire.Codec) { wire.Group(c, "record", &recordFields{}, (*recordFields).layout) })
}

// recordEvent makes the event of a record; nil beyond the limit on how many are told of.
func (w *watch) recordEvent(dir int, raw []byte, h record.Header) *trace.Event {
	if w.outline {
		return nil
	}
	w.number[dir]++
	off := w.offset[dir]
	w.offset[dir] += len(raw)
	if !w.room(len(raw)) {
		w.omitted.Records++
		w.omitted.Bytes += len(raw)
		return nil
	}
	buf := w.buffer(trace.BufferRecord, raw, []trace.Span{{Buf: dir, Off: off, Len: len(raw)}})
	tree := wire.NewTree(6)
	c := wire.NewReader(raw, nil, tree)
	wire.Entry(c, "record", w.number[dir], &recordFields{}, (*recordFields).layout)
	c.Done()
	return &trace.Event{
		Dir: direction(dir), Layer: trace.LayerRecord, Kind: kindOf(h.Type), Buf: buf, Tree: tree,
		Detail: &trace.Record{
			Number: w.number[dir], ContentType: trace.CodeOf(h.Type), Version: trace.CodeOf(h.Version), Length: len(raw) - record.HeaderLen,
		},
	}
}

func kindOf(t iana.ContentType) string {
	if n := t.Name(); n != "" {
		return n
	}
	return "unknown"
}

// partial is the event of the beginning of a record that came. Its header may not be whole.
func (w *watch) partial(dir int, raw []byte) *trace.Event {
	h, err := record.ParseHeader(raw)
	if err != nil {
		h.Type = iana.ContentType(raw[0])
	}
	ev := w.recordEvent(dir, raw, h)
	if ev != nil {
		ev.Detail.(*trace.Record).Length = max(0, len(raw)-record.HeaderLen)
	}
	return ev
}

// truncated reports an event of bytes that were cut off, with how many there should have been.
func (w *watch) truncated(ev *trace.Event, path string, want, have int) {
	if ev == nil {
		return
	}
	f := finding.Of(finding.DecodeTruncated)
	f.Expected, f.Actual = fmt.Sprintf("%d bytes", want), fmt.Sprintf("%d bytes", have)
	if path != "" && ev.Tree != nil {
		f.Where.Path = ev.Tree.Path(0)
	}
	ev.Findings = append(ev.Findings, f)
	w.report(ev, nil)
}

// received begins the event of a record that came.
func (w *watch) received(dir int, r record.Record) *trace.Event {
	if !w.on || w.outline {
		return nil
	}
	raw := r.Raw
	if !w.full {
		raw = slices.Clone(raw)
	}
	w.lastRecord = w.recordEvent(dir, raw, r.Header)
	return w.lastRecord
}

// inside adds what was found under the protection.
func (w *watch) inside(dir int, ev *trace.Event, o *record.Opened, err error) {
	if ev == nil {
		return
	}
	d := ev.Detail.(*trace.Record)
	d.Sequence, d.Protected = o.Sequence, w.epoch[dir] != "" && !o.Unprotected
	if !d.Protected || err != nil && o.Fragment == nil {
		return
	}
	d.Epoch, d.Padding = w.epoch[dir], o.Padding
	d.InnerType = trace.CodeOf(o.Type)
}

// content returns the buffer that holds a record's content and where it begins there.
func (w *watch) content(ev *trace.Event, o *record.Opened) (*trace.Buffer, int) {
	if ev == nil {
		return nil, 0
	}
	d := ev.Detail.(*trace.Record)
	if !d.Protected {
		return ev.Buf, record.HeaderLen
	}
	if o.Type == iana.ApplicationData {
		if w.kept+len(o.Plaintext) > w.limits.Keep {
			w.omitted.Bytes += len(o.Plaintext)
			return nil, 0
		}
		w.kept += len(o.Plaintext)
	}
	buf := w.buffer(trace.BufferPlaintext, o.Plaintext, []trace.Span{{Buf: ev.Buf.ID, Off: record.HeaderLen, Len: len(ev.Buf.Bytes) - record.HeaderLen}})
	d.Plaintext = &buf.ID
	return buf, 0
}

// sent reports a record that was sealed and returns where its content is found: nowhere beyond the limit.
func (w *watch) sent(raw []byte, t iana.ContentType, content []byte, seq uint64, padding int) (trace.Span, bool) {
	if w.outline {
		return trace.Span{}, false
	}
	raw = slices.Clone(raw)
	h, _ := record.ParseHeader(raw)
	ev := w.recordEvent(streamSent, raw, h)
	w.recent = w.recent[:0]
	if ev == nil {
		return trace.Span{}, false
	}
	d := ev.Detail.(*trace.Record)
	d.Sequence, d.Protected = seq, w.epoch[streamSent] != ""
	span := trace.Span{Buf: ev.Buf.ID, Off: record.HeaderLen, Len: len(content)}
	if d.Protected {
		d.Epoch, d.InnerType, d.Padding = w.epoch[streamSent], trace.CodeOf(t), padding
		buf := w.buffer(trace.BufferPlaintext, slices.Clone(content), []trace.Span{{Buf: ev.Buf.ID, Off: record.HeaderLen, Len: len(raw) - record.HeaderLen}})
		d.Plaintext = &buf.ID
		w.recent = append(w.recent, buf)
		span = trace.Span{Buf: buf.ID, Off: 0, Len: len(content)}
	}
	w.report(ev, nil)
	return span, true
}

func (w *watch) byID(id int) *trace.Buffer {
	for _, b := range w.recent {
		if b.ID == id {
			return b
		}
	}
	return nil
}

// data reports application data.
func (w *watch) data(dir trace.Dir, n int, buf *trace.Buffer) {
	if !w.on || w.outline || w.told > w.limits.Records {
		return
	}
	kept := 0
	if buf != nil {
		kept = n
	}
	early := dir == trace.Sent && w.epoch[streamSent] == handshake.EpochEarly
	w.report(&trace.Event{Dir: dir, Layer: trace.LayerData, Kind: "application_data", Buf: buf, Detail: &trace.Data{Length: n, Kept: kept, Early: early}}, nil)
}

// cut is the event of the beginning of a message that is not put together.
func (w *watch) cut(dir int, have []byte, spans []trace.Span) *trace.Event {
	if !w.on {
		return nil
	}
	kind := iana.HandshakeType(have[0]).Name()
	if kind == "" {
		kind = "unknown"
	}
	return &trace.Event{
		Dir: direction(dir), Layer: trace.LayerMessage, Kind: kind, Buf: w.buffer(trace.BufferMessage, have, spans),
	}
}

// foreign reports what a peer said that does not speak TLS.
func (w *watch) foreign(protocol, line string, all []byte) {
	if !w.on {
		return
	}
	buf := w.buffer(trace.BufferRecord, slices.Clone(all), []trace.Span{{Buf: streamReceived, Off: 0, Len: len(all)}})
	w.report(&trace.Event{
		Dir: trace.Received, Layer: trace.LayerNet, Kind: "foreign", Buf: buf, Detail: &trace.Foreign{Protocol: protocol, FirstLine: line},
	}, nil)
}

// end reports what was left out.
func (w *watch) end() {
	if w.on && w.omitted != (trace.Omitted{}) {
		o := w.omitted
		w.report(&trace.Event{Dir: trace.None, Layer: trace.LayerNet, Kind: "omitted", Detail: &o}, nil)
	}
}
