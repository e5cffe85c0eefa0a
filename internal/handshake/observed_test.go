package handshake

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

func TestObservingChangesNothing(t *testing.T) {
	var all []badPeer
	for _, s := range scenarios {
		all = append(all, badPeer{rule: "none", does: s.name, in: s, before: func(*peer) {}})
	}
	all = append(all, badPeers()...)
	for _, a := range answers() {
		if a.at == "" {
			a.before = func(*peer) {}
		}
		all = append(all, a.badPeer)
	}
	for _, b := range all {
		for _, strict := range []bool{false, true} {
			t.Run(b.name()+configName(Config{Strict: strict}), func(t *testing.T) {
				// Of the schemes, PSS alone signs differently each time.
				if p := newPeer(t, Config{}, b.set); p.scheme == iana.RSAPSSRSAESHA256 {
					t.Skip("signatures differ from run to run")
				}
				unseen, seen := b.bad(t, Config{Strict: strict}, nil), b.bad(t, Config{Strict: strict, Observed: true}, nil)
				compare(t, unseen, seen)
			})
		}
	}
}

// compare wants two runs to have come to the same.
func compare(t *testing.T, a, b *peer) {
	t.Helper()
	if len(a.events) > 0 || len(b.events) == 0 {
		t.Errorf("%d and %d events", len(a.events), len(b.events))
	}
	if !reflect.DeepEqual(a.engine.session, b.engine.session) {
		t.Errorf("sessions differ:\n%+v\n%+v", a.engine.session, b.engine.session)
	}
	if a.engine.Waiting() != b.engine.Waiting() || !reflect.DeepEqual(a.secrets, b.secrets) || !reflect.DeepEqual(a.chains, b.chains) {
		t.Error("states, secrets or chains differ")
	}
	if len(a.sends) != len(b.sends) {
		t.Fatalf("%d and %d things sent", len(a.sends), len(b.sends))
	}
	for i := range a.sends {
		if x, y := a.sends[i], b.sends[i]; x.Type != y.Type || !bytes.Equal(x.Raw, y.Raw) {
			t.Errorf("sent as number %d: %s %x and %s %x", i, x.Type, x.Raw, y.Type, y.Raw)
		}
	}
	if (a.closed == nil) != (b.closed == nil) || a.closed != nil && !reflect.DeepEqual(a.closed.Err, b.closed.Err) {
		t.Errorf("ends differ: %+v and %+v", a.closed, b.closed)
	}
}
