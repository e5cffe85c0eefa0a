// Package scan makes many probes, one for each target of a list: so many at once, so many to one address, so many a second.
// What it holds does not grow with the list.
package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"runtime/debug"
	"sync"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Options is how a list is scanned.
type Options struct {
	Workers int     // connections at once, at least 1
	PerHost int     // connections at once to one address, at least 1
	Rate    float64 // new connections a second; 0: no limit
	// Probe gives the options for a target, all but Target, Input, Outline, Admit and Verify. It is called by several goroutines.
	Probe func(dial.Target) probe.Options
	// Hostname is the name that a target's certificate is verified for; nil: the target's host.
	Hostname func(dial.Target) string
	Verifier *Verifier // nil: chains stay unverified
	Checks   bool      // documents hold the checks that passed, too
	Trace    bool      // documents hold whole traces
	// Settings is what documents say that they were made with.
	Settings trace.Settings
	// Append appends a document in the form in which it is written, with its line feed. It is called by several goroutines.
	Append func([]byte, *Document) ([]byte, error)
	Now    func() time.Time
}

// Scan is one run over a list.
type Scan struct {
	Options
	gate *gate
	room slots // targets that are under way or wait for their address

	out struct {
		sync.Mutex
		w   io.Writer
		err error
	}
	count counters
	bug   bug
}

// bug is the first panic.
type bug struct {
	sync.Once
	report string
}

// waitingRoom is how many targets may wait for their address beside those that are under way, at least: while one address has all
// the connections that it may have, others go on.
const waitingRoom = 256

// New returns a run that has not begun.
func New(o Options) *Scan {
	o.Workers, o.PerHost = max(o.Workers, 1), max(o.PerHost, 1)
	return &Scan{Options: o, gate: newGate(o.Workers, o.PerHost, o.Rate, o.Now), room: make(slots, o.Workers+max(o.Workers, waitingRoom))}
}

// Run probes every target of the list, and writes a document of each as soon as it is known. It returns when all are through, when
// ctx is done, or when w takes no more; the error says which. What was under way when ctx ended is not written: who goes on where
// this run stopped has to probe it again. Run is called once.
func (s *Scan) Run(ctx context.Context, list iter.Seq2[Line, error], w io.Writer) error {
	s.out.w = w
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	lines := make(chan Line)
	read := make(chan error, 1) // the reader may hang in a read for longer than anybody waits
	go func() {
		defer close(lines)
		read <- feed(ctx, list, lines)
	}()
	s.hand(ctx, stop, lines)
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return <-read
}

// feed hands the lines out one by one, so that no more of them are read than are taken.
func feed(ctx context.Context, list iter.Seq2[Line, error], lines chan<- Line) error {
	for line, err := range list {
		if err != nil {
			return err
		}
		select {
		case lines <- line:
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// hand gives each line to a goroutine, and returns when all are through. Goroutines are begun as they are needed and stay: their
// stacks have grown.
func (s *Scan) hand(ctx context.Context, stop context.CancelCauseFunc, lines <-chan Line) {
	jobs := make(chan *job)
	var workers sync.WaitGroup
	defer workers.Wait()
	defer close(jobs)
	for n := 0; ; {
		j := s.next(ctx, lines)
		if j == nil {
			return
		}
		if n == cap(s.room) { // one of them is idle, or will be at once
			jobs <- j
			continue
		}
		select {
		case jobs <- j:
		default:
			n++
			workers.Go(func() { s.work(ctx, stop, j, jobs) })
		}
	}
}

// next waits for a line and for a place to work on it; nil: there is none any more.
func (s *Scan) next(ctx context.Context, lines <-chan Line) *job {
	j := &job{scan: s}
	var ok bool
	select {
	case <-ctx.Done():
		return nil
	case j.line, ok = <-lines:
		if !ok {
			return nil
		}
	}
	var err error
	if j.room, err = s.room.take(ctx); err != nil {
		return nil
	}
	if j.place, err = s.gate.workers.take(ctx); err != nil {
		return nil
	}
	return j
}

// work does a job, and others as they come. Its buffer is used again for each.
func (s *Scan) work(ctx context.Context, stop context.CancelCauseFunc, j *job, jobs <-chan *job) {
	var buf []byte
	for ok := true; ok; j, ok = <-jobs {
		var err error
		if buf, err = s.one(ctx, j, buf[:0]); err != nil {
			stop(err)
		}
		if cap(buf) > maxBuffer {
			buf = nil
		}
	}
}

// maxBuffer is how much memory for documents each goroutine keeps.
const maxBuffer = 64 << 10

// one probes a target and writes its document. The error is that of writing.
func (s *Scan) one(ctx context.Context, j *job, buf []byte) ([]byte, error) {
	defer j.leave()
	if ctx.Err() != nil {
		return buf, nil
	}
	d := s.document(ctx, j)
	if d.Outcome == string(trace.Interrupted) {
		return buf, nil
	}
	buf, err := s.Append(buf, d)
	if err != nil {
		return buf, err
	}
	s.out.Lock()
	defer s.out.Unlock()
	if s.out.err == nil {
		_, s.out.err = s.out.w.Write(buf)
	}
	if s.out.err == nil {
		s.count.add(d.Outcome)
	}
	return buf, s.out.err
}

// document finds out about a target. A panic is a bug of ours, and must not end the probes of the others.
func (s *Scan) document(ctx context.Context, j *job) (d *Document) {
	defer func() {
		if r := recover(); r != nil {
			s.bug.Do(func() { s.bug.report = fmt.Sprintf("%s: %v\n%s", j.line.Text, r, debug.Stack()) })
			d = j.failed(trace.Internal, &Error{Kind: "internal", Message: fmt.Sprint("a bug of tlsprobe: ", r)})
		}
	}()
	j.start = s.Now()
	target, failed := ParseTarget(j.line.Text)
	if failed != nil {
		return j.failed(OutcomeUsage, failed)
	}
	return j.probe(ctx, target)
}

// Bug returns what the first panic said, empty if there was none.
func (s *Scan) Bug() string {
	s.bug.Do(func() {}) // wait for who is at it
	return s.bug.report
}

// job is one target on its way, and what it holds.
type job struct {
	scan   *Scan
	line   Line
	start  time.Time
	waited time.Duration

	room, place, host release // nil: not held
}

// leave gives back what the job holds.
func (j *job) leave() {
	for _, r := range []*release{&j.host, &j.place, &j.room} {
		r.give()
	}
}

// probe makes the connection.
func (j *job) probe(ctx context.Context, target dial.Target) *Document {
	s := j.scan
	o := s.Probe(target)
	o.Target, o.Input, o.Outline, o.Admit = target, j.line.Text, !s.Trace, j.admit
	var verdict Verdict
	if s.Verifier != nil {
		name := target.Host
		if s.Hostname != nil {
			name = s.Hostname(target)
		}
		o.Verify = s.Verifier.of(name, s.Now, s.Checks || s.Trace, &verdict)
	}
	s.count.begin()
	defer s.count.end()
	t := probe.Run(ctx, o)
	if n := attempts(t); n > 1 {
		s.gate.pace.debit(n - 1)
	}
	return j.finished(t, verdict)
}

// admit waits until a connection to the address may be made. Who waits for an address gives its place to others.
func (j *job) admit(ctx context.Context, addrs []netip.Addr) (func(), error) {
	g := j.scan.gate
	from := j.scan.Now()
	err := func() (err error) {
		if j.host = g.hosts.try(addrs[0]); j.host == nil {
			j.place.give()
			if j.host, err = g.hosts.take(ctx, addrs[0]); err != nil {
				return err
			}
			if j.place, err = g.workers.take(ctx); err != nil {
				return err
			}
		}
		return g.pace.wait(ctx)
	}()
	j.waited = j.scan.Now().Sub(from)
	return func() {}, err // the job leaves when it is done, whatever becomes of the probe
}

// attempts counts the connections that were begun: a name with several addresses may need more than one.
func attempts(t *trace.Trace) (n int) {
	for _, e := range t.Events {
		if _, ok := e.Detail.(*trace.Attempt); ok {
			n++
		}
	}
	return n
}

// ErrInput is wrapped by the error of [Scan.Run] for a list that can't be read on.
var ErrInput = errors.New("read the list")
