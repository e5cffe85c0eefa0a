package audit

import (
	"context"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// resumed is what came of offering a session again.
type resumed struct {
	by     string // a version, and what the session is known by
	answer Answer // yes: it was taken
}

// askResumption offers the session of the ordinary handshake again, and those of the newest version before TLS 1.3.
func (e *enumeration) askResumption(ctx context.Context, w *whole) []resumed {
	if !w.done {
		return nil
	}
	var newer, older []resumed
	together([]func(){
		func() {
			if e.has(iana.TLS13) {
				newer = append(newer, e.resumeNewer(ctx, w))
			}
		},
		func() {
			if v := e.newestOld(); v >= iana.TLS10 {
				older = e.resumeOlder(ctx, v, w)
			}
		},
	})
	return append(newer, older...)
}

// resumeNewer offers the last ticket of the ordinary handshake. RFC 8446, Section 2.2.
func (e *enumeration) resumeNewer(ctx context.Context, w *whole) resumed {
	r := resumed{by: iana.TLS13.String() + " PSK"}
	switch {
	case !w.since13():
		r.answer = skipped("the ordinary handshake is none of TLS 1.3")
	case w.saved != nil:
		r.answer = e.resume(ctx, e.ordinary(w), w.saved)
	case len(w.handshake.Tickets) > 0:
		r.answer = cannot("its last ticket is none that can be offered")
		r.answer.Connection = w.answer.connection
	case !w.closed:
		r.answer = w.open("no ticket")
	default:
		r.answer = Answer{Status: No, Reason: "it gives no ticket", Connection: w.answer.connection}
	}
	return r
}

// ordinary is the ask that the ordinary handshake made.
func (e *enumeration) ordinary(w *whole) ask {
	o := e.ordinaryOffer(w)
	return ask{
		min: o.Min, max: o.Max, suites: o.CipherSuites, groups: o.Groups, shares: o.KeyShares,
		schemes: o.Schemes, alpn: o.ALPN, name: o.ServerName,
	}
}

// resumeOlder makes a session of a version before TLS 1.3, unless the ordinary handshake was one, and offers it by its ticket and by
// its id: RFC 5077, Section 3.1; RFC 5246, Section 7.3. Most servers give an id only to who asks for no ticket.
func (e *enumeration) resumeOlder(ctx context.Context, v iana.Version, w *whole) []resumed {
	ticket, id := resumed{by: v.String() + " ticket"}, resumed{by: v.String() + " id"}
	base := e.modest(v)
	base.alpn = w.http.plan.alpn
	first := answer{outcome: accepted, connection: w.answer.connection, saved: w.saved}
	if w.since13() {
		first = e.keep(ctx, base)
	}
	switch s := first.saved; {
	case first.outcome != accepted:
		return []resumed{{v.String(), noSession(v, &first)}}
	case s == nil:
		ticket.answer = Answer{Status: No, Reason: "it gives none", Connection: first.connection}
		id.answer = ticket.answer
	case len(s.Ticket) == 0:
		ticket.answer = Answer{Status: No, Reason: "it gives none", Connection: first.connection}
		id.answer = e.resume(ctx, base, s)
	default:
		together([]func(){
			func() { ticket.answer = e.resume(ctx, base, s) },
			func() { id.answer = e.resumeByID(ctx, base.with(leaveOut(iana.ExtSessionTicket)), v) },
		})
	}
	return []resumed{ticket, id}
}

// resumeByID makes a session by a hello that asks for no ticket, and offers its id.
func (e *enumeration) resumeByID(ctx context.Context, base ask, v iana.Version) Answer {
	first := e.keep(ctx, base)
	switch {
	case first.outcome != accepted:
		return noSession(v, &first)
	case first.saved == nil || len(first.saved.Ticket) > 0:
		return Answer{Status: No, Reason: "it gives none", Connection: first.connection}
	}
	return e.resume(ctx, base, first.saved)
}

// keep makes a handshake to its end, for its session, and says goodbye: without that, RFC 2246, Section 7.2.1, wants a session
// forgotten, and OpenSSL does forget those that it keeps by id.
func (e *enumeration) keep(ctx context.Context, a ask) answer {
	a.until, a.clock, a.linger = untilDone, e.Now, handshakeLinger
	return e.server.ask(ctx, a)
}

// noSession is the answer where no session came about to begin with.
func noSession(v iana.Version, a *answer) Answer {
	if a.outcome != refused {
		return unknownFrom(a)
	}
	return Answer{
		Status: Skip, Reason: "an ordinary handshake of " + v.String() + " does not come about: " + a.reason,
		Connection: a.connection, byClosing: a.closed,
	}
}

// resume offers a session again, in the hello that it began with.
func (e *enumeration) resume(ctx context.Context, a ask, s *handshake.SavedSession) Answer {
	offer := a.offer()
	if why := s.Unfit(&offer, e.Now()); why != "" {
		if s.Version >= iana.TLS13 && s.Lifetime == 0 { // RFC 8446, Section 4.6.1
			return Answer{Status: No, Reason: "its tickets are to be thrown away at once: their lifetime is 0"}
		}
		return cannot(why)
	}
	a.session, a.clock, a.until = s, e.Now, untilDone
	got := e.server.ask(ctx, a)
	switch {
	case got.outcome == accepted && got.resumed:
		return yesAt(got.connection)
	case got.outcome == accepted:
		return Answer{Status: No, Reason: "it makes a full handshake instead", Connection: got.connection}
	}
	return noFrom(&got)
}

// askAcross offers a session that began at another address. Each is used once (RFC 8446, Appendix C.4), so one is made for it.
func (e *enumeration) askAcross(ctx context.Context, w *whole) Answer {
	switch {
	case !e.Other.IsValid():
		return skipped(oneAddress)
	case !w.done:
		a, _ := w.incomplete()
		return a
	}
	there := whole{low: w.low, at: e.Other, http: httpFacts{plan: w.http.plan}}
	there.http.plan.ask = false
	first := e.tryHandshake(ctx, &there)
	switch {
	case !there.done && first.reason != "":
		return unknownOf("no handshake came about at " + e.Other.String() + ": " + first.reason)
	case !there.done || there.saved == nil:
		return Answer{Status: Skip, Reason: "no session to offer began at " + e.Other.String(), Connection: first.connection}
	}
	a := e.resume(ctx, e.ordinary(w), there.saved)
	a.Reason = strings.TrimSuffix("a session of "+e.Other.String()+": "+a.Reason, ": ")
	return a
}

// resumptionAnswer says by what sessions are resumed. While one way is open, it is open whether these are all.
func (e *enumeration) resumptionAnswer() (Answer, []string) {
	w := &e.features.whole
	if a, ok := w.incomplete(); !ok {
		return a, nil
	}
	if len(e.features.resumed) == 0 {
		return skipped("sessions of SSL 3.0 are not offered"), nil
	}
	all := Answer{Status: Skip}
	var values, reasons []string
	for _, r := range e.features.resumed {
		a := r.answer
		if a.Reason != "" {
			reasons = append(reasons, r.by+": "+a.Reason)
		}
		if a.Status == Yes {
			values = append(values, r.by)
		}
		all.byClosing = all.byClosing || a.byClosing
		if weight[a.Status] > weight[all.Status] {
			all.Status, all.Connection, all.cannot = a.Status, a.Connection, a.cannot
		} else if a.Status == Unknown {
			all.cannot = all.cannot && a.cannot
		}
	}
	all.Reason = strings.Join(reasons, "; ")
	return all, values
}

// weight orders what several answers come to: the heaviest counts.
var weight = map[Status]int{Skip: 0, No: 1, Yes: 2, Unknown: 3}
