package conn

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/record"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// updating is a session of TLS 1.3 in which one side says a line, updates its key, and so on, and where its updates lie in its stream.
type updating struct {
	*overheard
	dir     trace.Dir
	lines   []string
	updates []span
}

type span struct{ from, to int }

// updates goes on where the handshake of a session of the standard library ends, in the place of one of the sides.
func updates(t *testing.T, dir trace.Dir, rounds int) *updating {
	t.Helper()
	o := overhear(t, tls.VersionTLS13, 0, 1)
	_, f := o.listen(o.secrets(t, ""), trace.Sent, 0, 0)
	params := f.Session().Params
	sent := 0
	o.pieces = o.pieces[:1+slices.IndexFunc(o.pieces, func(p piece) bool {
		if p.dir == trace.Sent {
			sent++
		}
		return sent == 2 // Finished
	})]
	h, err := keys.HashOf(iana.TLS13, params.Hash)
	if err != nil {
		t.Fatal(err)
	}
	_, keyLen, ivLen, err := record.Lengths(iana.TLS13, params)
	if err != nil {
		t.Fatal(err)
	}
	label := map[trace.Dir]string{trace.Sent: "CLIENT_TRAFFIC_SECRET_0", trace.Received: "SERVER_TRAFFIC_SECRET_0"}[dir]
	traffic := keys.Secret{Bytes: o.secrets(t, "")[label]}
	u := &updating{overheard: o, dir: dir}
	arm := func() *record.WriteState {
		k := keys.TLS13(h).TrafficKeys(traffic, keyLen, ivLen)
		w, err := record.NewWriteState(iana.TLS13, params, record.Keys{Key: k.Key, IV: k.IV}, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	say := func(w *record.WriteState, kind iana.ContentType, content []byte) {
		b, err := w.Seal(nil, kind, iana.TLS12, content, 0)
		if err != nil {
			t.Fatal(err)
		}
		if kind == iana.Handshake {
			at := o.size(dir)
			u.updates = append(u.updates, span{at, at + len(b)})
		} else {
			u.lines = append(u.lines, string(content))
		}
		o.pieces = append(o.pieces, piece{dir, b})
	}
	for i, w := 0, arm(); i < rounds; i++ {
		for part := range 3 {
			say(w, iana.ApplicationData, fmt.Appendf(nil, "line %d.%d", i, part))
		}
		say(w, iana.Handshake, []byte{byte(iana.KeyUpdate), 0, 0, 1, 0})
		traffic = keys.TLS13(h).NextTraffic(traffic)
		w = arm()
	}
	return u
}

func TestKeyUpdatesInAGapAreMadeUpFor(t *testing.T) {
	for _, dir := range []trace.Dir{trace.Sent, trace.Received} {
		u := updates(t, dir, 9)
		secrets := u.secrets(t, "")
		whole, _ := u.listen(secrets, dir, 0, 0)
		if got := said(whole, dir); !slices.Equal(got, u.lines) {
			t.Fatalf("without a gap there is %q", got)
		}
		for lost := 1; lost <= maxUpdates+1; lost++ {
			for _, more := range []int{-10, 0, 10, 60} { // the last bytes of the first update, or what is before it, too
				first := u.updates[2]
				from, to := first.from-more, u.updates[2+lost-1].to
				rec, f := u.listen(secrets, dir, from, to-from)
				got := said(rec, dir)
				want := u.lines[3*(2+lost):]
				if lost > maxUpdates {
					want = nil
				}
				what := fmt.Sprintf("%s: %d updates in %d bytes", dir, lost, to-from)
				if n := max(0, len(got)-len(want)); n < 7 || !slices.Equal(got[:n], u.lines[:n]) || !slices.Equal(got[n:], want) {
					t.Errorf("%s: %q", what, got)
				}
				blameless(t, what, rec, f)
			}
		}
	}
}

// blameless checks that nobody is told to have broken a rule.
func blameless(t *testing.T, what string, rec *trace.Recorder, f *Follower) {
	t.Helper()
	if f.Failure() != nil {
		t.Errorf("%s: %v", what, f.Failure())
	}
	for _, e := range rec.Events {
		for _, g := range e.Findings {
			if strings.HasPrefix(g.ID, "rule.") && g.ID != "rule.alert.no_close_notify" {
				t.Errorf("%s: %s: %s, %s", what, g.ID, g.Expected, g.Actual)
			}
		}
	}
}

func TestAKeyUpdateOfWhichAByteIsMissingIsNobodysFault(t *testing.T) {
	for _, dir := range []trace.Dir{trace.Sent, trace.Received} {
		u := updates(t, dir, 4)
		for at := u.updates[1].from; at < u.updates[1].to; at++ {
			rec, f := u.listen(u.secrets(t, ""), dir, at, 1)
			what := fmt.Sprintf("%s: byte %d", dir, at-u.updates[1].from)
			if got := last(said(rec, dir), 6); !slices.Equal(got, u.lines[6:]) {
				t.Errorf("%s: %q", what, got)
			}
			blameless(t, what, rec, f)
		}
	}
}
