package render

import (
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// view is a trace with what has to be looked up across its events.
type view struct {
	*trace.Trace
	start     time.Duration             // of the first message: the ladder's zero
	protected map[*trace.Event]bool     // messages, alerts and data that came under keys
	about     map[int][]finding.Finding // checks by the event they are about
	records   map[int][]*trace.Event    // record events by the buffers that they hold
	checks    []finding.Finding         // all checks, in the order made
	all       bool                      // rows for the checks that went well, too
	broken    []finding.Finding         // all rules broken, in the order noticed
	exchange  *trace.Exchange           // the last key exchange
	saidClose map[trace.Dir]bool        // who said close_notify
}

func newView(t *trace.Trace) *view {
	v := &view{
		Trace: t, start: -1, protected: make(map[*trace.Event]bool),
		about: make(map[int][]finding.Finding), records: make(map[int][]*trace.Event),
		saidClose: make(map[trace.Dir]bool),
	}
	shielded := make(map[int]bool) // whether buffers are, or were, under protection, where that is known
	for _, b := range t.Buffers {
		if b.Kind == trace.BufferPlaintext {
			shielded[b.ID] = true
		}
	}
	for _, e := range t.Events {
		v.noteRecord(e, shielded)
	}
	keyed := make(map[trace.Dir]*trace.Keys)
	for _, e := range t.Events {
		v.note(e, keyed)
		v.protected[e] = isProtected(e, shielded, keyed) && !v.hidesNothing(keyed[e.Dir])
	}
	v.start = max(v.start, 0)
	if len(v.checks) == 0 {
		v.checks = t.Summary.Checks
	}
	return v
}

// noteRecord learns from a record what its buffers are.
func (v *view) noteRecord(e *trace.Event, shielded map[int]bool) {
	r, ok := e.Detail.(*trace.Record)
	if !ok {
		return
	}
	if e.Buf != nil {
		v.records[e.Buf.ID] = append(v.records[e.Buf.ID], e)
		shielded[e.Buf.ID] = r.Protected
	}
	if r.Plaintext != nil {
		v.records[*r.Plaintext] = append(v.records[*r.Plaintext], e)
		shielded[*r.Plaintext] = r.Protected
	}
}

func (v *view) note(e *trace.Event, keyed map[trace.Dir]*trace.Keys) {
	if e.Layer == trace.LayerMessage && v.start < 0 {
		v.start = e.T
	}
	switch d := e.Detail.(type) {
	case *trace.Exchange:
		v.exchange = d
	case *trace.AlertDetail:
		if d.Description != nil && iana.AlertDescription(d.Description.Value) == iana.AlertCloseNotify {
			v.saidClose[e.Dir] = true
		}
	case *trace.Keys:
		if d.Direction == "write" {
			keyed[trace.Sent] = d
		} else {
			keyed[trace.Received] = d
		}
	}
	for _, f := range e.Findings {
		switch {
		case isRule(f):
			v.broken = append(v.broken, f)
		case e.Layer == trace.LayerCheck:
			v.checks = append(v.checks, f)
			v.about[f.Where.Event] = append(v.about[f.Where.Event], f)
		}
	}
}

// isProtected follows a buffer to the records that it came in. Where a trace doesn't say, for it keeps
// neither all bytes nor all records, the keys installed so far in that direction decide.
func isProtected(e *trace.Event, shielded map[int]bool, keyed map[trace.Dir]*trace.Keys) bool {
	if e.Buf != nil {
		if hidden, known := shielded[e.Buf.ID]; known {
			return hidden
		}
		told := false
		for _, span := range e.Buf.From {
			hidden, known := shielded[span.Buf]
			if hidden {
				return true
			}
			told = told || known
		}
		if told {
			return false
		}
	}
	return keyed[e.Dir] != nil
}

// hidesNothing reports whether what is under these keys is authenticated and not encrypted.
// RFC 5246, Section 6.2.3.1; RFC 9150.
func (v *view) hidesNothing(keys *trace.Keys) bool {
	suite := v.Summary.CipherSuite
	if keys != nil && keys.CipherSuite != nil {
		suite = keys.CipherSuite
	}
	if suite == nil {
		return false
	}
	params, ok := iana.CipherSuite(suite.Value).Params()
	return ok && params.Cipher == iana.CipherNULL
}

func isRule(f finding.Finding) bool { return strings.HasPrefix(f.ID, "rule.") }

// check returns the worst result of a check, and whether it was made at all.
func (v *view) check(id finding.ID) (finding.Finding, bool) {
	var worst finding.Finding
	found := false
	for _, f := range v.checks {
		if f.ID == string(id) && (!found || finding.Worse(f.Status, worst.Status)) {
			worst, found = f, true
		}
	}
	return worst, found
}

// isTLS13 reports whether TLS 1.3 was negotiated.
func (v *view) isTLS13() bool {
	return v.Summary.Version != nil && iana.Version(v.Summary.Version.Value) >= iana.TLS13
}

// isBefore13 reports whether an event belongs to TLS 1.2 or before: by what its layout depended on, or
// by what was negotiated.
func (v *view) isBefore13(e *trace.Event) bool {
	version := v.Summary.Version
	if e.Context != nil && e.Context.Version != nil && e.Context.Version.Value != 0 {
		version = e.Context.Version
	}
	return version != nil && iana.Version(version.Value) < iana.TLS13
}

// event returns the event with number n, or nil.
func (v *view) event(n int) *trace.Event {
	if n >= 1 && n <= len(v.Events) && v.Events[n-1].N == n {
		return v.Events[n-1]
	}
	for _, e := range v.Events {
		if e.N == n {
			return e
		}
	}
	return nil
}
