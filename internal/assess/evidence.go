package assess

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// point says of each finding which event of its connection shows it.
func point(seen *audit.Evidence, verdicts []policy.Verdict) {
	for i := range verdicts {
		for j := range verdicts[i].Findings {
			f := &verdicts[i].Findings[j]
			if t, ok := seen.Trace(f.Connection); ok && f.Where.Event == 0 {
				f.Where.Event = eventOf(t, f.Field)
			}
		}
	}
}

// eventOf returns the number of the event that a path is about: its message, as it came last. Of what is in no message it is the
// last thing that the peer said, which is what the answer was taken from; 0 where it said nothing.
func eventOf(t *trace.Trace, path string) int {
	message, _, _ := strings.Cut(path, ".")
	said := 0
	for _, e := range slices.Backward(t.Events) {
		if e.Dir != trace.Received || e.Layer != trace.LayerMessage && e.Layer != trace.LayerAlert {
			continue
		}
		if e.Kind == message {
			return e.N
		}
		said = max(said, e.N)
	}
	return said
}

// evidence returns the traces that what breaks rules or is unknown rests on, each once, by their numbers.
func evidence(seen *audit.Evidence, verdicts []policy.Verdict) []policy.Evidence {
	list := []policy.Evidence{}
	for i := range verdicts {
		for _, f := range verdicts[i].Findings {
			t, ok := seen.Trace(f.Connection)
			if !ok || slices.ContainsFunc(list, func(e policy.Evidence) bool { return e.Connection == f.Connection }) {
				continue
			}
			list = append(list, policy.Evidence{Connection: f.Connection, Trace: t})
		}
	}
	slices.SortFunc(list, func(a, b policy.Evidence) int { return cmp.Compare(a.Connection, b.Connection) })
	return list
}
