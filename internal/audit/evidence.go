package audit

import (
	"context"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// DefaultEvidence is how much an [Evidence] keeps unless it is told, in bytes. An audit of an ordinary server takes 8 MB.
const DefaultEvidence = 64 << 20

// Evidence keeps the traces of an enumeration, whose Record is its Keep, by the numbers that the document gives for its answers.
// It may be used by several goroutines.
type Evidence struct {
	// Limit bounds what is kept, in bytes of memory as far as they can be weighed; 0: [DefaultEvidence]. A trace that
	// does not fit any more is dropped.
	Limit int

	mu      sync.Mutex
	traces  map[int]*trace.Trace
	size    int
	dropped int
}

// Keep keeps the trace of a connection, if there is room.
func (e *Evidence) Keep(connection int, t *trace.Trace) {
	n := weigh(t)
	e.mu.Lock()
	defer e.mu.Unlock()
	limit := e.Limit
	if limit <= 0 {
		limit = DefaultEvidence
	}
	if n > limit-e.size {
		e.dropped++
		return
	}
	if e.traces == nil {
		e.traces = make(map[int]*trace.Trace)
	}
	e.traces[connection] = t
	e.size += n
}

// Trace returns the trace of a connection: none where there was no such connection, or no room for it.
func (e *Evidence) Trace(connection int) (*trace.Trace, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t, ok := e.traces[connection]
	return t, ok
}

// Dropped is how many traces there was no room for.
func (e *Evidence) Dropped() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.dropped
}

// weigh estimates the memory that a trace takes, in bytes.
func weigh(t *trace.Trace) int {
	const (
		header = 1 << 10 // and summary
		buffer = 128
		event  = 512 // with its detail
		node   = 80
		other  = 512 // a finding, or a certificate of the summary
	)
	n := header + len(t.Buffers)*buffer + len(t.Events)*event + (len(t.Summary.Certificates)+len(t.Summary.Checks))*other
	for _, b := range t.Buffers {
		n += cap(b.Bytes)
	}
	for _, e := range t.Events {
		n += len(e.Findings) * other
		if e.Tree != nil {
			n += cap(e.Tree.Nodes) * node
		}
	}
	for _, a := range t.Settings.Args {
		n += len(a)
	}
	return n
}

// link is a connection to ask over, and what is recorded of it.
type link struct {
	net.Conn
	record *probe.Recording // nil: nothing
}

// recorder makes the recordings of an enumeration. A nil recorder makes none.
type recorder struct {
	mu      sync.Mutex
	options *Options
}

// begin begins to record a connection that is dialed since start; a is what it asks, nil for what is no TLS.
func (r *recorder) begin(a *ask, start time.Time) *probe.Recording {
	if r == nil {
		return nil
	}
	o := probe.Options{
		Target: r.options.Target, Input: r.options.Input, Timeout: r.options.Timeout, Now: r.options.Now, Tool: r.options.Tool,
	}
	if a != nil {
		o.Offer, o.Args = a.offer(), a.args()
	}
	return probe.Record(o, start)
}

// hand hands a finished trace over: one at a time.
func (r *recorder) hand(connection int, t *trace.Trace) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.options.Record(connection, t)
}

// finish ends the recording of a connection.
func (r *recorder) finish(ctx context.Context, connection int, rec *probe.Recording, err error) {
	if r != nil {
		r.hand(connection, rec.End(ctx, err))
	}
}

// clock is the time that a recording begins at; it is read for recordings alone.
func (r *recorder) clock() time.Time {
	if r == nil {
		return time.Time{}
	}
	return r.options.Now()
}

// dialed is a connection with what it took.
type dialed struct {
	result *dial.Result
	start  time.Time
}

// args are the flags of connect that offer the same; none where the hello was edited or a session offered, since no flags do that.
func (a *ask) args() (list []string) {
	if len(a.edits) > 0 || a.fragment > 0 || a.segments || a.session != nil || a.min < iana.TLS10 {
		return nil
	}
	list = append(list, "--min="+versionFlag(a.min), "--max="+versionFlag(a.max), "--ciphers="+joinCodes(a.suites))
	list = append(list, "--groups="+joinCodes(a.groups), "--key-shares="+joinCodes(a.shares), "--sigalgs="+joinCodes(a.schemes))
	return append(list, "--alpn="+strings.Join(a.alpn, ","), "--sni="+a.name)
}

// versionFlag is a version as flags have it: tls1.2.
func versionFlag(v iana.Version) string {
	return strings.ReplaceAll(strings.ToLower(v.String()), " ", "")
}

func joinCodes[T interface {
	~uint16
	Name() string
}](values []T) string {
	var words []string
	for _, v := range values {
		if name := v.Name(); name != "" {
			words = append(words, name)
			continue
		}
		words = append(words, "0x"+strconv.FormatUint(uint64(v), 16))
	}
	return strings.Join(words, ",")
}
