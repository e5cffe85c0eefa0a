package trace

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// eventDocument is the shape of an event in the file.
type eventDocument struct {
	N        int             `json:"n"`
	Ms       float64         `json:"t_ms"`
	Dir      Dir             `json:"dir"`
	Layer    Layer           `json:"layer"`
	Kind     string          `json:"kind"`
	Buf      *int            `json:"buf"`
	Context  *Context        `json:"context"`
	Tree     json.RawMessage `json:"tree"`
	Trailing json.RawMessage `json:"trailing"`
	Findings json.RawMessage `json:"findings"`
	Detail   json.RawMessage `json:"detail"`
}

// maxMs bounds the time of an event: some thirty years.
const maxMs = 1e12

func (r *reader) readEvents(t *Trace, raw json.RawMessage) error {
	t.Events = []*Event{}
	if isNull(raw) {
		return fmt.Errorf("%w: no events", ErrMalformed)
	}
	before := 0
	s := scanner{b: raw}
	err := s.array(func() error {
		if len(t.Events) == maxEvents {
			return fmt.Errorf("%w: more than %d", ErrTooLarge, maxEvents)
		}
		e, err := r.event(&s)
		if err != nil {
			return fmt.Errorf("item %d: %w", len(t.Events), err)
		}
		if e.N <= before {
			return fmt.Errorf("n=%d follows n=%d", e.N, before)
		}
		before = e.N
		t.Events = append(t.Events, e)
		return nil
	})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrTooLarge), errors.Is(err, ErrMalformed):
		return fmt.Errorf("events: %w", err)
	}
	return fmt.Errorf("%w: events: %w", ErrMalformed, err)
}

func (r *reader) event(s *scanner) (*Event, error) {
	var d eventDocument
	if err := r.read(s, &d); err != nil {
		return nil, err
	}
	if !(0 <= d.Ms && d.Ms <= maxMs) {
		return nil, fmt.Errorf("t_ms is %g", d.Ms)
	}
	if d.Dir != Sent && d.Dir != Received && d.Dir != None {
		return nil, fmt.Errorf("dir is %.32q", d.Dir)
	}
	e := &Event{
		N: d.N, T: time.Duration(math.Round(d.Ms*1000)) * time.Microsecond,
		Dir: d.Dir, Layer: d.Layer, Kind: d.Kind, Context: d.Context,
	}
	if d.Buf != nil {
		if e.Buf = r.buffers[*d.Buf]; e.Buf == nil {
			return nil, fmt.Errorf("buffer %d is missing", *d.Buf)
		}
	}
	var err error
	if e.Findings, err = readList[finding.Finding](&r.values, d.Findings, &r.findings); err != nil {
		return nil, fmt.Errorf("findings: %w", err)
	}
	if e.Tree, err = r.eventTree(&d, e.Buf); err != nil {
		return nil, fmt.Errorf("tree: %w", err)
	}
	e.Detail, err = r.detail(&d)
	return e, err
}

func (r *reader) eventTree(d *eventDocument, buf *Buffer) (*wire.Tree, error) {
	if isNull(d.Tree) {
		return nil, nil
	}
	if buf == nil {
		return nil, errors.New("an event without a buffer has no tree")
	}
	return readTree(&r.values, d.Tree, d.Trailing, buf.Bytes, &r.nodes)
}

// detail reads a detail. That of a kind of event which is not known here is passed over.
func (r *reader) detail(d *eventDocument) (Detail, error) {
	if isNull(d.Detail) {
		return nil, nil
	}
	detail := blankDetail(d.Layer, d.Kind)
	if detail == nil {
		return nil, nil
	}
	if err := r.take(d.Detail); err != nil {
		return nil, fmt.Errorf("detail: %w", err)
	}
	if err := r.read(&scanner{b: d.Detail}, detail); err != nil {
		return nil, fmt.Errorf("detail: %w", err)
	}
	return detail, nil
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }
