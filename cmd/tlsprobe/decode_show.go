package main

import (
	"errors"
	"io"

	"github.com/tlsprobe/tlsprobe/internal/capture"
	"github.com/tlsprobe/tlsprobe/internal/render"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// piped reports whether the capture comes as it is made, maybe without an end.
func (d *decoding) piped() bool { return d.name == "-" }

// untilBroken is a reader that ends once nobody takes what comes of it.
type untilBroken struct {
	io.Reader
	d *decoding
}

func (r untilBroken) Read(b []byte) (int, error) {
	if r.d.err != nil || r.d.live != nil && r.d.live.Err() != nil {
		return 0, io.EOF
	}
	return r.Reader.Read(b)
}

// begin notes that a stream begins. Events are written as they happen where it is clear whose: those of the stream that was asked for,
// and in a pipe, which has no end to wait for, those of the first.
func (d *decoding) begin(number int) trace.Observer {
	d.began++
	if d.o.events && d.began == 1 && (d.o.streamGiven || d.piped()) && !d.cfg.Filter.ByName() {
		d.live, d.lives = &trace.EventWriter{W: d.out}, number
		return d.live
	}
	if d.several() {
		d.listFirst()
	}
	return nil
}

// several reports whether there are sure to be several streams, so that each has a line.
func (d *decoding) several() bool { return d.began > 1 && !d.cfg.Filter.ByName() }

// take shows a stream that has ended. The first waits, as it is shown whole if it stays the only one.
func (d *decoding) take(s *capture.Stream) {
	d.count++
	switch {
	case d.live != nil && s.Number == d.lives: // its events have been written
	case d.count == 1 && !d.several():
		d.first = s
		if d.piped() && !d.o.json && !d.o.events && !d.o.quiet && len(d.o.only) == 0 { // who sits before it need not wait for another
			d.list(s)
			d.told = true
		}
	default:
		d.listFirst()
		d.list(s)
	}
}

// listFirst writes the line of the stream that was held.
func (d *decoding) listFirst() {
	if d.first != nil && !d.told {
		d.list(d.first)
	}
	d.first = nil
}

// list writes the line of a stream.
func (d *decoding) list(s *capture.Stream) {
	if d.err != nil || d.o.quiet && d.o.json {
		return
	}
	if d.o.json || d.o.events {
		d.err = trace.WriteDocument(d.out, render.NewStreamDocument(streamOf(s)))
		return
	}
	d.err = render.StreamLine(d.out, streamOf(s), d.o.style(d.app, d.o.toTerminal(d.app)))
}

func streamOf(s *capture.Stream) render.Stream {
	return render.Stream{Number: s.Number, Client: s.Client.String(), Server: s.Server.String(), Bytes: s.Bytes, Opaque: s.Opaque, OpaqueWhy: s.Why, Trace: s.Trace}
}

// finish shows the only stream as a trace.
func (d *decoding) finish() error {
	if d.live != nil && d.err == nil {
		d.err = d.live.Err()
	}
	if d.first == nil || d.err != nil {
		return d.err
	}
	if !d.first.Whole {
		d.listFirst()
		return d.err
	}
	if d.o.events {
		return replay(d.out, d.first.Trace)
	}
	err := d.o.show(d.app, d.out, d.first.Trace, d.o.toTerminal(d.app), 0)
	if d.nothing = errors.Is(err, render.ErrNothingSelected); d.nothing {
		return nil // result says so
	}
	return err
}
