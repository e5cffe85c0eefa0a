package audit

import (
	"testing"
	"time"
)

func TestTheRateSpacesBeginningsEvenly(t *testing.T) {
	now := time.Unix(0, 0)
	p := newPace(4, 10, func() time.Time { return now })
	for i, want := range []time.Duration{0, 100 * time.Millisecond, 200 * time.Millisecond} {
		if got := p.reserve(); got != want {
			t.Errorf("connection %d waits %s, not %s", i, got, want)
		}
	}
	now = now.Add(10 * time.Second) // what was not used is not made up for
	for i, want := range []time.Duration{0, 100 * time.Millisecond} {
		if got := p.reserve(); got != want {
			t.Errorf("later, connection %d waits %s, not %s", i, got, want)
		}
	}
}

func TestAtMostAsManyConnectionsAreOpenAsAllowedAndOneAfterBackingOff(t *testing.T) {
	p := newPace(3, 0, time.Now)
	var releases []func()
	for range 3 {
		release, err := p.take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		releases = append(releases, release)
	}
	if len(p.slots) != 0 {
		t.Error("a fourth would be let in")
	}
	p.backOff()
	for _, release := range releases {
		release()
	}
	if p.allowed != 1 || p.times() != 1 {
		t.Errorf("%d at once, backed off %d times", p.allowed, p.times())
	}
	release, err := p.take(t.Context()) // the one that is left
	if err != nil {
		t.Fatal(err)
	}
	release()
}
