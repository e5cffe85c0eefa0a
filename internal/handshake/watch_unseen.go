package handshake

import (
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// Key logs can hold the secrets of application data alone. The handshake stays sealed then; where it ends is told by the first record
// that an application key opens, which is the first of its epoch (RFC 8446, Section 5.3). It is told so, too, where a capture lacks some
// of the handshake.

// unseenLabels are the secrets behind those of the handshake.
var unseenLabels = [...]string{Read: labelServerTraffic, Write: labelClientTraffic}

// appliesUnseen gives sealed keys of the handshake those that may follow while nobody can tell.
func (e *Engine) appliesUnseen(k *InstallKeys) {
	s := e.secret(unseenLabels[k.Direction], e.tls13.schedule.Hash.Size())
	if later := e.readKeys(k.Direction, "application", k.Suite, s); !later.Sealed {
		later.Unseen = true
		k.Or = append(k.Or, later)
	}
}

// MissedHandshake says that some of a direction's handshake was missed, so that what follows can't be read in its place. It returns
// the keys that may open what comes behind the handshake; nil where there are none, as before the server has answered. Up to TLS 1.2
// what is in force stays until then: the rest of the handshake may come in the clear.
func (e *Engine) MissedHandshake(d Direction) *InstallKeys {
	if e.state == start {
		e.state = failed // what answers a hello that nobody knows can't be judged
	}
	switch {
	case e.ended() || e.session.Suite == 0:
		return nil
	case e.session.Version < iana.TLS13:
		later := e.keys12(d)
		if later.Sealed || !later.Read.Apart() {
			return nil
		}
		later.Unseen = true
		return &InstallKeys{Direction: d, Kept: true, Or: []*InstallKeys{later}}
	case e.tls13.schedule.Hash == 0:
		return nil
	}
	k := &InstallKeys{Direction: d, Epoch: "handshake", Suite: e.session.Suite, Sealed: true}
	if e.appliesUnseen(k); len(k.Or) == 0 {
		return nil
	}
	return k
}

// Through reports whether a direction has ended its handshake.
func (e *Engine) Through(d Direction) bool {
	return e.session.Established || e.watching.finished[d]
}

// Shows reports whether a bystander's engine only shows what comes: it has failed, or has not seen what it would go by.
func (e *Engine) Shows() bool { return e.watching != nil && e.ended() }

// PassedUnseen says that keys of application data have opened a record of a direction before its handshake was seen to end.
func (e *Engine) PassedUnseen(d Direction) {
	w := e.watching
	if e.ended() || w.finished[d] {
		return
	}
	w.unseen, w.holes, w.sealed[d], w.finished[d] = true, true, false, true
	if e.session.Version >= iana.TLS13 {
		s, _ := e.trafficOf(d)
		*s = e.secret(unseenLabels[d], e.tls13.schedule.Hash.Size())
	}
	if d == Read {
		e.enter(connected)
	}
	e.first(e.watchFinished)
}

// Unseen reports whether a handshake has passed that could not be read, though what followed could.
func (e *Engine) Unseen() bool { return e.watching != nil && e.watching.unseen }

// SealedRecord says that a record came that can't be opened. Once one is the server's handshake's, its messages are not all known.
func (e *Engine) SealedRecord(d Direction) {
	if w := e.watching; d == Read && e.session.Version >= iana.TLS13 && !w.finished[Read] {
		w.holes = true
	}
}

// LaterKeys returns the keys of a direction behind the next key updates, in their order, up to so many: some may be among what a
// bystander has missed. It returns none before TLS 1.3, before the direction has ended its handshake, and without its secret. RFC 8446,
// Section 7.2.
func (e *Engine) LaterKeys(d Direction, most int) []*InstallKeys {
	s, updates := e.trafficOf(d)
	if e.ended() || e.session.Version < iana.TLS13 || !e.Through(d) || len(s.Bytes) == 0 {
		return nil
	}
	next, list := *s, make([]*InstallKeys, 0, most)
	for n := 1; n <= most; n++ {
		next = e.tls13.schedule.NextTraffic(next)
		list = append(list, e.readKeys(d, updatedEpoch(*updates+n), e.session.Suite, next))
	}
	return list
}

// MissedUpdates says that the keys behind n key updates have opened a record of a direction: k, which [Engine.LaterKeys] gave.
func (e *Engine) MissedUpdates(d Direction, n int, k *InstallKeys) {
	s, updates := e.trafficOf(d)
	for range n {
		*updates++
		*s = e.tls13.schedule.NextTraffic(*s)
	}
	e.install(k)
}

// trafficOf is the traffic secret of a direction, and how many updates it has come through.
func (e *Engine) trafficOf(d Direction) (secret *keys.Secret, updates *int) {
	k := &e.tls13
	if d == Write {
		return &k.clientTraffic, &k.writeUpdates
	}
	return &k.serverTraffic, &k.readUpdates
}
