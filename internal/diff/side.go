package diff

import (
	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// The names of messages that are looked for by name.
const (
	clientHello       = "client_hello"
	serverHello       = "server_hello"
	helloRetryRequest = "hello_retry_request"
	certificateKind   = "certificate"
	changeCipherSpec  = "change_cipher_spec"
	newSessionTicket  = "new_session_ticket"
	finishedKind      = "finished"
	alertKind         = "alert"

	// Of records and data, which have no message's name.
	recordKind = "record"
	dataKind   = "application_data"
)

// stepKey is what messages are aligned by: who sent it, of what type it is, and which of those it is, from 1.
type stepKey struct {
	dir  trace.Dir
	kind string
	n    int
}

// name is the first step of the paths of the message.
func (k stepKey) name() string { return withOrdinal(k.kind, k.n) }

// step is a message or an alert.
type step struct {
	key   stepKey
	event *trace.Event
	late  bool // it came when the handshake was done: whether it was waited for long enough is chance
}

// side is a trace with what has to be looked up across its events.
type side struct {
	*trace.Trace
	steps    []step
	byKey    map[stepKey]*step
	done     bool // both Finished were seen
	exchange *trace.Exchange
	chain    []*cert.Certificate // of the server
	checks   map[string]finding.Finding
	checkIDs []string // in their order
}

// newSide looks through a trace; all asks for records and data, too.
func newSide(t *trace.Trace, all bool) *side {
	s := &side{Trace: t, checks: make(map[string]finding.Finding)}
	w := walk{side: s, counts: make(map[stepKey]int), all: all}
	for _, e := range t.Events {
		w.event(e)
	}
	s.byKey = make(map[stepKey]*step, len(s.steps))
	for i := range s.steps {
		s.byKey[s.steps[i].key] = &s.steps[i]
	}
	for _, f := range t.Summary.Checks {
		s.addCheck(f)
	}
	for i, der := range t.ServerChain() {
		if i == maxChain {
			break
		}
		c, _ := cert.Parse(der)
		s.chain = append(s.chain, c)
	}
	return s
}

// walk goes through the events once.
type walk struct {
	*side
	all      bool
	counts   map[stepKey]int
	finished [2]bool // whether the client's and the server's were seen
}

func (w *walk) event(e *trace.Event) {
	switch e.Layer {
	case trace.LayerMessage, trace.LayerAlert:
		w.step(e, e.Kind)
	case trace.LayerRecord:
		if w.all {
			w.step(e, recordKind)
		}
	case trace.LayerData:
		if w.all {
			w.step(e, dataKind)
		}
	case trace.LayerKey:
		if d, ok := e.Detail.(*trace.Exchange); ok && w.exchange == nil {
			w.exchange = d
		}
	}
	for _, f := range e.Findings {
		if isRule(f.ID) {
			w.addCheck(f)
		}
	}
}

func (w *walk) step(e *trace.Event, kind string) {
	// A kind begins every path of its message; those of trees are bounded by the document that spells each of them out.
	k := stepKey{dir: e.Dir, kind: clip(kind)}
	w.counts[k]++
	k.n = w.counts[k]
	w.steps = append(w.steps, step{key: k, event: e, late: w.done && !isFatal(e)})
	if kind == finishedKind {
		w.finished[btoi(e.Dir == trace.Received)] = true
		w.done = w.finished[0] && w.finished[1]
	}
}

// maxChain bounds the certificates of a chain that are looked into; of the others only the bytes are compared.
const maxChain = 64

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// addCheck keeps the worst result of each check.
func (s *side) addCheck(f finding.Finding) {
	old, there := s.checks[f.ID]
	if !there {
		s.checkIDs = append(s.checkIDs, f.ID)
	}
	if !there || finding.Worse(f.Status, old.Status) {
		s.checks[f.ID] = f
	}
}

// isFatal reports whether an event is an alert that ends the connection. In TLS 1.3 all do but for close_notify and user_canceled
// (RFC 8446, Section 6); the level says it for the versions before.
func isFatal(e *trace.Event) bool {
	d, ok := e.Detail.(*trace.AlertDetail)
	if !ok || d.Level == nil {
		return false
	}
	const fatal = 2
	return d.Level.Value == fatal
}

// message returns the first message of a kind that a direction has, or nil.
func (s *side) message(dir trace.Dir, kind string) *trace.Event {
	if st := s.byKey[stepKey{dir, kind, 1}]; st != nil {
		return st.event
	}
	return nil
}

// has reports whether the server sent something of a kind.
func (s *side) has(kind string) bool { return s.message(trace.Received, kind) != nil }

// is13 reports whether TLS 1.3 or later was negotiated, as far as the trace tells.
func (s *side) is13() bool {
	v := s.Summary.Version
	return v != nil && v.Value >= 0x0304
}

// last is the last step that is part of the handshake, in words.
func (s *side) last() string {
	for i := len(s.steps) - 1; i >= 0; i-- {
		if st := &s.steps[i]; !st.late {
			return describeStep(st)
		}
	}
	return ""
}

// describe is the side as the document has it.
func (s *side) describe(name string) Side {
	return Side{Name: name, Target: s.Target, Started: s.Started, Outcome: s.Outcome, Error: s.Error, Last: s.last()}
}

// describeStep is a message by its name, or an alert with what it says.
func describeStep(st *step) string {
	if st == nil {
		return ""
	}
	d, ok := st.event.Detail.(*trace.AlertDetail)
	if !ok {
		return clip(st.key.name())
	}
	return clip(alertKind + " " + codeWord(d.Level) + " " + codeWord(d.Description))
}
