// Package conn drives the handshake engine over a connection: it reads and writes records, carries
// out the engine's actions one at a time, and tells observers what happens.
package conn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/record"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Config is how a connection is driven.
type Config struct {
	Handshake handshake.Config
	// Observers are told of every event. Without any, no field tree is built.
	Observers []trace.Observer
	// Outline tells observers only what [trace.Summarize] reads: the messages of the handshake, with certificates as one leaf
	// each, what was agreed on and the checks, all of the chain in one event. There are no records, keys, states and data, and
	// findings do not say which event they are about.
	Outline bool
	// Interceptor may change what is sent; nil for none.
	Interceptor Interceptor
	// Now is the time since the trace began; needed with observers.
	Now func() time.Duration
	// EventsBefore is how many events the trace holds already: numbers go on from there.
	EventsBefore int
	// Verify gives the findings on a chain and whether it is trusted; nil leaves the chain unverified.
	Verify func(*handshake.VerifyChain) ([]finding.Finding, bool)
	// KeyLog is given every secret that is derived; a key log holds those with a KeyLogLabel. Nil for none.
	KeyLog func(clientRandom []byte, s keys.Secret)
	// Limits bounds what a peer can cause; zero fields take the defaults.
	Limits Limits
	// Fragment is the most content, in bytes, that is put into a record, between 1 and 16384; 0 for as
	// much as the peer takes.
	Fragment int
}

// Interceptor may alter what is sent, before it is sent and before transcript and keys follow.
type Interceptor interface {
	// Intercept may replace Raw; an empty Raw sends nothing.
	Intercept(*Outgoing)
}

// Outgoing is something about to be sent.
type Outgoing struct {
	Type    iana.ContentType
	Message message.Message // the handshake message as the engine made it; nil for other content
	Raw     []byte
}

// Conn is one TLS connection. Its methods are used by one goroutine, except that Write may run
// beside Read once the handshake is complete and nobody observes.
type Conn struct {
	cfg    Config
	net    net.Conn
	engine *handshake.Engine
	limits Limits

	in      incoming
	write   *record.WriteState
	version iana.Version // of record headers
	input   []byte       // the read buffer
	full    bool         // the last read filled it
	sniffed bool
	early   []byte // bytes before it is clear that this is TLS

	data  []byte // application data that nobody has read yet
	ended error  // why nothing more comes

	out      []byte // sealed, not yet written
	writeErr error
	maxSend  int // most plaintext in a record, in bytes

	unbind      func() bool // lets go of the context of Extend
	deadline    time.Time   // of the whole session; zero for none
	idling      atomic.Bool // a ReadIdle is under way
	interrupted atomic.Bool
	watch       watch
	established bool
	leaving     bool // our close_notify is out: what the peer still says may break off
}

// New returns a connection over an open transport. Nothing is sent yet.
func New(nc net.Conn, cfg Config) *Conn {
	cfg.Handshake.Observed, cfg.Handshake.Secrets = len(cfg.Observers) > 0, cfg.KeyLog != nil
	cfg.Handshake.Outline = cfg.Outline
	c := &Conn{
		cfg: cfg, net: nc, engine: handshake.New(cfg.Handshake), limits: cfg.Limits.withDefaults(),
		write:   &record.WriteState{},
		version: firstVersion(cfg.Handshake.Offer.Max), maxSend: record.MaxPlaintext,
	}
	if cfg.Fragment > 0 {
		c.maxSend = min(cfg.Fragment, c.maxSend)
	}
	c.watch.outline = cfg.Outline
	c.watch.begin(cfg.Observers, cfg.Now, c.limits, cfg.EventsBefore)
	c.in = incoming{
		engine: c.engine, watch: &c.watch, limits: c.limits, dir: streamReceived,
		framer: record.NewFramer(record.MaxCiphertext, false), keys: &record.ReadState{}, data: c.applicationData,
	}
	return c
}

// firstVersion is the version of the record of the first hello, which servers should ignore and do not
// always: TLS 1.0, and SSL 3.0 from a client that has nothing newer. RFC 8446, Appendix D; RFC 5246, Appendix E.1.
func firstVersion(newest iana.Version) iana.Version {
	if newest == iana.SSL30 {
		return iana.SSL30
	}
	return iana.TLS10
}

// Session returns what has been agreed on so far.
func (c *Conn) Session() *handshake.Session { return c.engine.Session() }

// Resumable returns the session as it can be resumed, nil where it can't; it holds secrets.
func (c *Conn) Resumable() *handshake.SavedSession { return c.engine.Resumable() }

// Failure returns why the session ended, before or after its handshake was complete: nil while it
// goes on, and after a good end.
func (c *Conn) Failure() *handshake.Failure {
	_, failure := c.engine.Done()
	return failure
}

// Handshake performs the handshake, until it is complete or has failed. The error, where there is
// one, is a *handshake.Failure, or io.EOF where Until of the configuration ended it. The deadline of ctx holds for the transport from here on.
func (c *Conn) Handshake(ctx context.Context) error {
	stop := c.bound(ctx)
	defer stop()
	c.engine.Start()
	return c.pump(func() bool { return c.established })
}

// bound makes ctx end the reads and writes of the transport.
func (c *Conn) bound(ctx context.Context) func() {
	c.deadline, _ = ctx.Deadline()
	_ = c.net.SetDeadline(c.deadline) // a transport without deadlines is ended by its owner
	stop := context.AfterFunc(ctx, func() { _ = c.net.SetDeadline(time.Unix(1, 0)) })
	return func() { stop() }
}

// pump carries out actions and feeds input until enough says so or the engine is done. One input is
// fed at a time: what follows it may need keys that its actions install.
func (c *Conn) pump(enough func() bool) error {
	for {
		c.carryOut()
		if done, failure := c.engine.Done(); done {
			c.flush()
			if failure != nil {
				return failure
			}
			return io.EOF
		}
		if enough() {
			c.flush()
			return nil
		}
		if c.in.fromBuffered() {
			continue
		}
		c.flush()
		if err := c.receive(); err != nil {
			return err
		}
	}
}

// carryOut takes the engine's actions one at a time.
func (c *Conn) carryOut() {
	for a := c.engine.Next(); a != nil; a = c.engine.Next() {
		switch a := a.(type) {
		case *handshake.Send:
			c.send(a)
		case *handshake.InstallKeys:
			c.install(a)
		case *handshake.SetVersion:
			c.setVersion(a.Version)
		case *handshake.SetRecordLimit:
			c.setRecordLimit(a.Limit)
		case *handshake.VerifyChain:
			c.verify(a)
		case *handshake.LogSecret:
			if c.cfg.KeyLog != nil {
				c.cfg.KeyLog(a.ClientRandom, a.Secret)
			}
		case *handshake.Report:
			c.watch.report(a.Event, a.About)
		case *handshake.Established:
			c.established = true
			c.watch.establish()
		case *handshake.Close:
			if a.Err != nil {
				a.Err.Event = c.watch.last
			}
		}
	}
}

func (c *Conn) install(k *handshake.InstallKeys) {
	if k.Direction == handshake.Write {
		c.write = k.Write
		c.watch.epoch[streamSent] = k.Epoch
		return
	}
	if n := c.in.handshake.len(); n > 0 {
		c.in.cut(finding.KeyChangeLeftover, "the end of a message", fmt.Sprintf("%d bytes of the next", n))
		return
	}
	c.in.keys = k.Read
	c.watch.epoch[streamReceived] = k.Epoch
}

func (c *Conn) setVersion(v iana.Version) {
	if v >= iana.TLS13 {
		c.version = iana.TLS12
		c.in.framer.SetLimit(record.MaxCiphertext13)
		return
	}
	c.version = v
}

func (c *Conn) setRecordLimit(limit int) {
	if limit >= 64 { // RFC 8449, Section 4: less is illegal
		c.maxSend = min(limit, c.maxSend)
	}
}

func (c *Conn) verify(v *handshake.VerifyChain) {
	if c.cfg.Verify == nil {
		c.engine.Verdict(false, "")
		return
	}
	c.flush() // the peer goes on while we think
	findings, trusted := c.cfg.Verify(v)
	c.watch.checks(findings)
	c.engine.Verdict(trusted, gravest(findings))
}

// gravest returns the first check that failed with a certificate, which a strict client names in its alert.
func gravest(list []finding.Finding) finding.ID {
	for _, f := range list {
		if row, ok := finding.Lookup(finding.ID(f.ID)); f.Status == finding.Fail && ok && row.HasAlert {
			return row.ID
		}
	}
	return ""
}

// how names the end of a stream in a word.
func how(err error) string {
	switch {
	case errors.Is(err, io.EOF):
		return "eof"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "timeout"
	}
	return "error"
}

// Extend gives the transport the deadline of ctx, for what comes after the handshake.
func (c *Conn) Extend(ctx context.Context) {
	c.deadline, _ = ctx.Deadline()
	_ = c.net.SetDeadline(c.deadline)
	c.unbind = context.AfterFunc(ctx, func() { _ = c.net.SetDeadline(time.Unix(1, 0)) })
}
