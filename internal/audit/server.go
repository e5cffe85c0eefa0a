package audit

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// attempts is how often is asked what gets no clear answer.
const attempts = 3

// retryPause is how long to wait before asking again; it grows with each time.
const retryPause = 50 * time.Millisecond

// server is the endpoint that is asked. Its methods may be used by several goroutines.
type server struct {
	target  dial.Target
	dialer  dial.Dialer
	timeout time.Duration
	rand    io.Reader
	pace    *pace

	recorder *recorder // nil: nobody wants traces
	before   int       // connections at other addresses, from which the numbers go on

	mu         sync.Mutex
	address    dial.ConnectTo // where it was reached first, and is from then on
	spare      *dialed        // the connection that found that out, not used yet
	unreliable string         // how it changed its mind; empty for not yet
	spoke      bool           // it said something of TLS: a choice, or an alert
	silences   int            // how often in a row it did not answer in time
	cost       Cost
	publics    map[iana.Group]map[string]int // public values of ephemeral keys, how often each was seen
}

// locate connects for the first time, which decides the address, and returns the others of the name. The
// error is a *dial.Error.
func (s *server) locate(ctx context.Context) ([]netip.AddrPort, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	d := &dialed{start: s.recorder.clock()}
	var err error
	if d.result, err = s.dialer.Dial(ctx, s.target); err != nil {
		return nil, err
	}
	remote := d.result.Connected.Remote
	s.address = dial.ConnectTo{Host: remote.Addr().String(), Addr: remote.Addr(), Port: remote.Port()}
	s.spare = d
	return s.others(d.result), nil
}

// dial connects, or takes the first connection of all.
func (s *server) dial(ctx context.Context) (*dialed, error) {
	s.mu.Lock()
	first := s.spare
	s.spare = nil
	s.mu.Unlock()
	if first != nil {
		return first, nil
	}
	one := &dialed{start: s.recorder.clock()}
	d := s.at(netip.AddrPort{})
	var err error
	one.result, err = d.Dial(ctx, s.target)
	return one, err
}

// at is a dialer to an address; one that is not valid is where it was reached first.
func (s *server) at(a netip.AddrPort) dial.Dialer {
	d := s.dialer
	d.ConnectTo = s.address
	if a.IsValid() {
		d.ConnectTo = connectTo(a)
	}
	return d
}

func connectTo(a netip.AddrPort) dial.ConnectTo {
	return dial.ConnectTo{Host: a.Addr().String(), Addr: a.Addr(), Port: a.Port()}
}

// close lets go of a connection that nobody used.
func (s *server) close() {
	if s.spare != nil {
		_ = s.spare.result.Conn.Close()
	}
}

// ask asks until the answer is clear, or three answers in a row were not. What is closed each time in
// the same way is taken for a no, which is taken back where the server turns out to be unreliable.
func (s *server) ask(ctx context.Context, a ask) answer {
	return s.insist(ctx, func() answer { return s.once(ctx, &a) })
}

func (s *server) insist(ctx context.Context, try func() answer) answer {
	var first, last answer
	for i := range attempts {
		last = try()
		enough := s.listen(&last)
		if i == 0 {
			first = last
		}
		if ctx.Err() != nil {
			return answer{connection: last.connection, reason: "interrupted"}
		}
		if last.outcome == accepted || last.hasAlert {
			s.hasSpoken()
		}
		if last.outcome != ambiguous {
			if i > 0 {
				s.changedItsMind(&first)
			}
			return last
		}
		if !last.same(&first) {
			s.changedItsMind(&first)
			first = last
		}
		switch {
		case enough:
			return last
		case last.failure != nil || last.reason == inSilence && s.hasEverSpoken():
			s.pace.backOff()
		}
		if i+1 < attempts {
			_ = pause(ctx, retryPause<<(2*i))
		}
	}
	if last.same(&first) && (last.closed || last.hasAlert) {
		last.outcome = refused
	}
	return last
}

// The reasons of answers that did not come.
const (
	inSilence  = "no answer in time"
	goneSilent = "it stopped answering" // so that nobody asked any more
)

// How many silences in a row are enough: to ask nothing twice of a server that never said anything, of one that did before, and to
// ask it nothing at all. Something on the way may have begun to drop what comes from here, and each silence takes as long as the timeout.
const (
	silencesFromTheStart = attempts
	silencesToAskOnce    = 2 * attempts
	silencesToEnd        = 4 * attempts
)

// listen counts silences in a row, and reports whether what was asked need not be asked again for them.
func (s *server) listen(a *answer) (enough bool) {
	var failed *dial.Error
	silent := a.reason == inSilence || a.reason == goneSilent || errors.As(a.failure, &failed) && failed.Kind == dial.KindTimeout
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case silent:
		s.silences++
	case a.failure == nil:
		s.silences = 0
	}
	return silent && (s.silences >= silencesToAskOnce || !s.spoke && s.silences >= silencesFromTheStart)
}

// hasGoneSilent reports whether there is no use in asking any more.
func (s *server) hasGoneSilent() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.silences >= silencesToEnd
}

func (s *server) hasEverSpoken() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.spoke
}

// changedItsMind notes that the same question got two answers.
func (s *server) changedItsMind(first *answer) {
	s.mu.Lock()
	s.unreliable = first.reason
	s.mu.Unlock()
	s.pace.backOff()
}

func (s *server) hasSpoken() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spoke = true
}

// doubt says why closed connections mean nothing; empty where they do.
func (s *server) doubt() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.unreliable != "":
		return "it closes connections that it answers at other times"
	case !s.spoke:
		return "it closes every connection: something on the way may do that"
	}
	return ""
}

// once makes one connection.
func (s *server) once(ctx context.Context, a *ask) answer {
	l := &listener{ask: a, editor: &editor{edits: a.edits}}
	return s.connection(ctx, a, func(ctx context.Context, over link) (answer, error) {
		if a.segments {
			over.Conn = &segmented{Conn: over.Conn}
		}
		cfg := conn.Config{
			Handshake:   handshake.Config{Offer: a.offer(), Rand: s.rand, Session: a.session, Now: a.clock, Until: l.hear},
			Interceptor: l.editor, Fragment: a.fragment, Limits: limits,
		}
		over.record.Watch(&cfg)
		c := conn.New(over.Conn, cfg)
		err := c.Handshake(ctx)
		if over.record != nil || err == nil {
			_ = c.Close(a.linger) // says goodbye, and tells what was left out of the trace
		}
		got := l.conclude(err, c)
		s.remember(&got)
		return got, err
	})
}

// limits are enough for a server's first flight.
var limits = conn.Limits{Message: 256 << 10, Useless: 16}

// connection makes a connection in its turn, and counts what goes over it. a is what is asked, nil for what is no TLS; the
// error of use is how the handshake ended.
func (s *server) connection(ctx context.Context, a *ask, use func(context.Context, link) (answer, error)) answer {
	release, err := s.pace.take(ctx)
	if err != nil {
		return answer{reason: "interrupted"}
	}
	defer release()
	if s.hasGoneSilent() { // while this one waited
		return answer{reason: goneSilent}
	}
	bounded, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	n := s.number()
	d, err := s.dial(bounded)
	rec := s.recorder.begin(a, d.start)
	rec.Dialed(d.result)
	if err != nil {
		s.recorder.finish(ctx, n, rec, err)
		return answer{connection: n, reason: unreachable(err), failure: err}
	}
	m := &meter{Conn: d.result.Conn}
	got, err := use(bounded, link{m, rec})
	_ = m.Close()
	s.recorder.finish(ctx, n, rec, err)
	got.connection = n
	s.count(m)
	return got
}

func (s *server) count(m *meter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cost.Sent += m.sent
	s.cost.Received += m.received
}

// unreachable words a connection that did not come about, without the times in it.
func unreachable(err error) string {
	var e *dial.Error
	if errors.As(err, &e) {
		return "no connection: " + string(e.Kind)
	}
	return "no connection"
}

// number counts a connection.
func (s *server) number() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cost.Connections++
	return s.before + s.cost.Connections
}

// remember keeps the public values of an answer, to see whether any comes again.
func (s *server) remember(a *answer) {
	g, public := a.group(), []byte(nil)
	switch {
	case a.outcome != accepted:
		return
	case a.parameters != nil && len(a.parameters.EC.Public) > 0:
		public = a.parameters.EC.Public
	case a.parameters != nil && len(a.parameters.DH.Y) > 0:
		g, public = finiteField, a.parameters.DH.Y
	case a.hello != nil:
		if ks, ok := message.Get[*message.ServerKeyShare](a.hello.Extensions); ok {
			public = ks.Share.KeyExchange
		}
	}
	if len(public) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.publics[g] == nil {
		s.publics[g] = make(map[string]int)
	}
	s.publics[g][string(public)]++
}

// finiteField stands for the DHE of TLS 1.2, which has no group of its own: 0 is no group of the registry.
const finiteField iana.Group = 0

// meter counts the bytes of a connection, records and all.
type meter struct {
	net.Conn
	sent, received int64
}

// Read implements net.Conn.
func (m *meter) Read(p []byte) (int, error) {
	n, err := m.Conn.Read(p)
	m.received += int64(n)
	return n, err
}

// Write implements net.Conn.
func (m *meter) Write(p []byte) (int, error) {
	n, err := m.Conn.Write(p)
	m.sent += int64(n)
	return n, err
}

// Where a hello is cut, and how long the rest waits: long enough that a server that reads once has done so.
const (
	firstSegment = 24
	segmentPause = 20 * time.Millisecond
)

// segmented sends the first bytes in a segment of their own.
type segmented struct {
	net.Conn
	begun bool
}

// Write implements net.Conn.
func (c *segmented) Write(p []byte) (int, error) {
	if c.begun || len(p) <= firstSegment {
		return c.Conn.Write(p)
	}
	c.begun = true
	n, err := c.Conn.Write(p[:firstSegment])
	if err != nil {
		return n, err
	}
	time.Sleep(segmentPause)
	m, err := c.Conn.Write(p[firstSegment:])
	return n + m, err
}
