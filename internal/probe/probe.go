// Package probe makes one connection from name to close and gives back its trace.
package probe

import (
	"context"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Options is what a probe is made with.
type Options struct {
	Target dial.Target
	Input  string   // the target as it was given
	Args   []string // the flags to make the probe again, for the trace's settings
	Dialer dial.Dialer
	Offer  handshake.Offer
	// Session is offered to be resumed; NoSession says why there is none, where one was to be. What became of it is in the trace, and
	// the verdict on the chain is that of when the session began.
	Session   *handshake.SavedSession
	NoSession string
	// Keep is given what resumes the session once it is over, nil where the server gave nothing to; it holds secrets.
	Keep       func(*handshake.SavedSession)
	Credential *handshake.Credential // for a server that asks for a certificate; nil: it gets none
	Strict     bool
	Insecure   bool          // an untrusted peer is talked to all the same
	Timeout    time.Duration // for everything up to the end of the handshake, and for Exchange; 0: none
	Linger     time.Duration // how long to wait for the peer's close
	// AskedLinger is Linger, if it is longer, where a server of TLS 1.3 has asked for a client certificate: what it makes of the
	// answer, it says only after the handshake. RFC 8446, Sections 4.4.2.4 and 6.2.
	AskedLinger time.Duration
	Rand        io.Reader
	Now         func() time.Time
	Tool        trace.Tool
	Verify      func(*handshake.VerifyChain) ([]finding.Finding, bool) // nil: chains stay unverified
	KeyLog      func(clientRandom []byte, s keys.Secret)
	ShowSecrets bool                    // the trace has the values of secrets
	Tap         func(net.Conn) net.Conn // stands between TLS and the transport, to look on; nil: nothing does
	Observers   []trace.Observer        // beside the trace itself
	Interceptor conn.Interceptor
	Limits      conn.Limits
	// Outline records only what the summary is made of, see [conn.Config].
	Outline bool
	// Admit is asked before a connection is made to the first of these addresses, and is told afterwards that the connection is
	// gone. Its time counts neither for Timeout nor for the trace. An error, of ctx, ends the probe. Nil: nobody is asked.
	Admit func(ctx context.Context, addrs []netip.Addr) (leave func(), err error)
	// Exchange talks over the established session; nil: nothing is said. It is not called for a peer
	// that is not trusted, or that failed a proof, unless Insecure.
	Exchange func(ctx context.Context, session *conn.Conn) error
	// Unbounded: Exchange runs without the timeout, as a person types.
	Unbounded bool
}

// run is one probe under way.
type run struct {
	Options
	start   time.Time
	record  trace.Recorder
	net     *watcher
	trusted bool
	trace   *trace.Trace
	waited  time.Duration // until it was admitted
}

// Run makes the probe. There always is a trace, however far it came.
func Run(ctx context.Context, o Options) *trace.Trace {
	r := &run{Options: o, start: o.Now()}
	r.begin()
	r.probe(ctx)
	return r.end()
}

// now is the time without what was spent waiting to be admitted.
func (r *run) now() time.Time { return r.Now().Add(-r.waited) }

func (r *run) since() time.Duration { return r.now().Sub(r.start) }

// bound gives what is left of the timeout to what comes next.
func (r *run) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.Timeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, r.Timeout-r.since())
}

func (r *run) probe(ctx context.Context) {
	found, err := r.find(ctx)
	if err != nil {
		r.networkFailed(ctx, err)
		return
	}
	leave, err := r.admit(ctx, found.Addrs())
	if err != nil {
		r.networkFailed(ctx, err)
		return
	}
	defer leave()
	bounded, cancel := r.bound(ctx)
	defer cancel()
	nc, err := r.connect(bounded, found)
	if err != nil {
		r.networkFailed(ctx, err)
		return
	}
	c := conn.New(nc, conn.Config{
		Handshake: handshake.Config{
			Offer: r.Offer, Credential: r.Credential, Session: r.Session, NoSession: r.NoSession,
			Rand: r.Rand, Now: r.now, Strict: r.Strict, ShowSecrets: r.ShowSecrets,
		},
		Observers:   r.net.observers,
		Outline:     r.Outline,
		Interceptor: r.Interceptor,
		Now:         r.since, EventsBefore: r.net.events,
		Verify: r.verify,
		KeyLog: r.KeyLog,
		Limits: r.Limits,
	})
	if err := c.Handshake(bounded); err != nil {
		r.handshakeFailed(ctx, err)
		_ = c.Close(0) // the failure is what matters
		return
	}
	if c.Session().Resumed && r.Session != nil {
		r.trusted = r.Session.Trusted
	}
	if !r.trusted {
		r.trace.Outcome = trace.Untrusted
	}
	r.exchange(ctx, bounded, c)
	_ = c.Close(r.linger(c.Session()))
	r.keep(c)
	r.finish(ctx, c)
}

// keep hands out what resumes the session.
func (r *run) keep(c *conn.Conn) {
	if r.Keep == nil {
		return
	}
	s := c.Resumable()
	if s != nil {
		s.Trusted = r.trusted
	}
	r.Keep(s)
}

// verify asks the verifier, and remembers the verdict.
func (r *run) verify(v *handshake.VerifyChain) ([]finding.Finding, bool) {
	if r.Verify == nil {
		return nil, false
	}
	findings, trusted := r.Verify(v)
	r.trusted = trusted
	return findings, trusted
}

// linger is how long to wait for the peer's close.
func (r *run) linger(s *handshake.Session) time.Duration {
	if s.ClientCertAsked && s.Version >= iana.TLS13 {
		return max(r.Linger, r.AskedLinger)
	}
	return r.Linger
}

// exchange talks over the session where that is allowed.
func (r *run) exchange(ctx, bounded context.Context, c *conn.Conn) {
	if r.Exchange == nil || !r.Insecure && (!r.trusted || c.Session().ProofFailed) {
		return
	}
	if r.Unbounded {
		c.Extend(ctx)
		bounded = ctx
	} else {
		c.Extend(bounded)
	}
	if err := r.Exchange(bounded, c); err != nil && r.trace.Error == nil {
		r.exchangeFailed(ctx, err)
	}
}

// finish looks at how an established session ended.
func (r *run) finish(ctx context.Context, c *conn.Conn) {
	if c.Session().ProofFailed {
		r.trace.Outcome = trace.HandshakeFailed
		r.trace.Error = ProofError(r.record.Events)
		return
	}
	// What the peer did explains what the exchange came to, such as a write that failed.
	if f := c.Failure(); f != nil {
		r.handshakeFailed(ctx, f)
	}
	if ctx.Err() != nil {
		r.trace.Outcome = trace.Interrupted
		r.trace.Error = &trace.Error{Kind: "interrupted", Message: "ended by a signal after the handshake"}
	}
}

// find looks the target up.
func (r *run) find(ctx context.Context) (*dial.Found, error) {
	bounded, cancel := ctx, context.CancelFunc(func() {})
	if !r.Target.IsAddr() || !r.Dialer.ConnectTo.IsZero() { // nobody has to be asked
		bounded, cancel = r.bound(ctx)
	}
	defer cancel()
	d := r.Dialer
	d.Now = r.now
	d.Observe = r.net.dialed
	return d.Find(bounded, r.Target)
}

// admit waits until the connection may be made.
func (r *run) admit(ctx context.Context, addrs []netip.Addr) (leave func(), err error) {
	if r.Admit == nil {
		return func() {}, nil
	}
	from := r.Now()
	leave, err = r.Admit(ctx, addrs)
	r.waited = r.Now().Sub(from)
	return leave, err
}

// connect connects and tells of it.
func (r *run) connect(ctx context.Context, found *dial.Found) (net.Conn, error) {
	res, err := found.Connect(ctx)
	if err != nil {
		return nil, err
	}
	r.net.connected(res)
	if r.Tap != nil {
		return r.Tap(res.Conn), nil
	}
	return res.Conn, nil
}
