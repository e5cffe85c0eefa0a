package main

import (
	"context"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// ticketWait is how long the first of two connections waits for tickets at least, after it has said goodbye.
const ticketWait = 300 * time.Millisecond

// withSession makes the first of the two connections of --resume, of which nothing is shown but what became of its session, and
// returns the options of the second: it offers the session at the same address. Where there is none, the second says why.
func (o *connectOptions) withSession(ctx context.Context, p probe.Options) probe.Options {
	if !o.twice {
		return p
	}
	first := p
	first.Exchange, first.Observers, first.KeyLog, first.Tap, first.ShowSecrets, first.Outline = nil, nil, nil, nil, false, true
	first.Linger = max(p.Linger, ticketWait)
	first.Keep = func(s *handshake.SavedSession) {
		if p.Session = s; s != nil && o.distrusted { // --strict --insecure tells the engine to trust
			s.Trusted = false
		}
	}
	t := probe.Run(ctx, first)
	switch {
	case p.Session != nil:
	case t.Error != nil:
		p.NoSession = "the connection before it failed: " + t.Error.Message
	default:
		p.NoSession = "the connection before it got neither a ticket nor a session id"
	}
	if addr := t.Summary.Address; addr != nil && p.Session != nil && p.Dialer.ConnectTo.IsZero() {
		if to, err := dial.ParseConnectTo(*addr); err == nil { // the name may stand for several servers
			p.Dialer.ConnectTo = to
		}
	}
	return p
}

// resumedChain says what trust in a resumed session rests on; false for one that showed a chain of its own.
func resumedChain(t *trace.Trace) bool { return t.Summary.Resumed != nil && *t.Summary.Resumed }
