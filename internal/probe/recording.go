package probe

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Recording makes the trace of a connection that somebody else drives: it is told of the dialing, looks on at
// the handshake, and is told how that ended. A nil Recording records nothing. It is used by one goroutine.
type Recording struct{ run run }

// Record begins a recording at a time by o.Now. Of the options it uses those that the trace shows, and Offer, Timeout and Now.
func Record(o Options, start time.Time) *Recording {
	r := &Recording{run{Options: o, start: start}}
	r.run.begin()
	return r
}

// begin makes the trace, with nothing in it yet.
func (r *run) begin() {
	r.trace = &trace.Trace{
		Schema: trace.Schema, Tool: r.Tool, Started: r.start,
		Target:   trace.Target{Input: r.Input, Host: r.Target.Host, Port: r.Target.Port},
		Settings: trace.Settings{Args: r.Args},
		Outcome:  trace.OK,
	}
	r.net = &watcher{run: r, observers: append([]trace.Observer{&r.record}, r.Options.Observers...)}
}

// end puts what was recorded into the trace, and sums it up.
func (r *run) end() *trace.Trace {
	r.trace.Buffers, r.trace.Events = r.record.Buffers, r.record.Events
	trace.Summarize(r.trace)
	return r.trace
}

// Dialed tells of the steps of connecting, and of the connection if there is one.
func (r *Recording) Dialed(res *dial.Result) {
	if r == nil || res == nil {
		return
	}
	r.run.net.dialed(res.Lookup)
	for _, a := range res.Attempts {
		r.run.net.dialed(a)
	}
	if res.Conn != nil {
		r.run.net.connected(res)
	}
}

// Watch makes a connection tell the recording what happens.
func (r *Recording) Watch(c *conn.Config) {
	if r == nil {
		return
	}
	c.Observers = append(c.Observers, r.run.net.observers...)
	c.Now, c.EventsBefore = r.run.since, r.run.net.events
}

// Foreign tells that the peer spoke something else than TLS, and what it said of it.
func (r *Recording) Foreign(protocol string, said []byte) {
	if r == nil {
		return
	}
	var buf *trace.Buffer
	if len(said) > 0 {
		const sent, received = 0, 1
		for id, kind := range []trace.BufferKind{sent: trace.BufferStream, received: trace.BufferStream} {
			r.run.record.Buffer(&trace.Buffer{ID: id, Kind: kind})
		}
		buf = &trace.Buffer{ID: received + 1, Kind: trace.BufferRecord, From: []trace.Span{{Buf: received, Len: len(said)}}, Bytes: said}
		r.run.record.Buffer(buf)
	}
	r.event(trace.Received, "foreign", buf, &trace.Foreign{Protocol: protocol})
}

// event adds an event of the network after those that there are.
func (r *Recording) event(dir trace.Dir, kind string, buf *trace.Buffer, d trace.Detail) {
	r.run.record.Event(&trace.Event{
		N: len(r.run.record.Events) + 1, T: trace.Instant(r.run.since()), Dir: dir, Layer: trace.LayerNet, Kind: kind, Buf: buf, Detail: d,
	})
}

// End returns the trace. The error is that of dialing, or of the handshake: nil, or io.EOF, for one that was given up since
// all that it was made for had been heard. Its outcome is unknown, and the last event says that we closed.
func (r *Recording) End(ctx context.Context, err error) *trace.Trace {
	var dialing *dial.Error
	switch {
	case err == nil, errors.Is(err, io.EOF):
		r.run.trace.Outcome = trace.Unknown
		r.event(trace.Sent, "closed", nil, &trace.Closed{How: "local"})
	case errors.As(err, &dialing):
		r.run.networkFailed(ctx, err)
	default:
		r.run.handshakeFailed(ctx, err)
	}
	return r.run.end()
}
