package scan

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
)

// expected is what has to be said of each kind of peer: outcome and kind of error. Where a timeout decides, it depends on how busy
// the machine is how far a connection comes until then.
var expected = map[string][]string{
	"good": {"ok "}, "refused": {"network refused"}, "reset": {"handshake_failed closed"}, "noise": {"handshake_failed not_tls"},
	"endless": {"handshake_failed protocol_violation"}, "no target": {"usage usage"},
	"silent": {"network silent", "network timeout"},
	"stuck":  {"handshake_failed timeout", "network silent", "network timeout"},
}

func TestManyTargetsOfEveryKindNeedBoundedMemoryAndGoroutines(t *testing.T) {
	const total = 24_000
	p := serve(t)
	kindOf := func(n int) string {
		switch {
		case n%40 == 0:
			return "good"
		case n%100 == 1:
			return "silent"
		case n%300 == 2:
			return "stuck"
		case n%100 == 3:
			return "reset"
		case n%100 == 4:
			return "noise"
		case n%300 == 5:
			return "endless"
		case n%100 == 6:
			return "no target"
		}
		return "refused"
	}
	o := p.options()
	watched := &watcher{t: t, kindOf: kindOf, schema: resolved(t), seen: make([]bool, total+1)}
	list := numbered(total, func(n int) string {
		if kindOf(n) == "no target" {
			return "no target " + address(n)
		}
		return fmt.Sprintf("%s:%d", address(n), p.port[kindOf(n)])
	})
	s := New(o)
	if err := s.Run(t.Context(), list, watched); err != nil {
		t.Fatal(err)
	}
	if s.Bug() != "" {
		t.Error(s.Bug())
	}
	stats := s.Stats()
	want := map[string]int{}
	for n := 1; n <= total; n++ {
		want[kindOf(n)]++
		if !watched.seen[n] {
			t.Fatalf("nothing was said of line %d", n)
		}
	}
	if failed := total - want["good"] - want["no target"]; stats != (Stats{Done: total, OK: want["good"], Refused: want["no target"], Failed: failed}) {
		t.Errorf("%+v, and there are %v", stats, want)
	}
	// The servers have a goroutine for each connection, and the race of addresses one now and then.
	if limit := 3*o.Workers + waitingRoom + 64; watched.goroutines > limit {
		t.Errorf("%d goroutines, more than %d", watched.goroutines, limit)
	}
	if watched.heap > 64<<20 {
		t.Errorf("%d MB on the heap", watched.heap>>20)
	}
	t.Logf("at most %d goroutines and %.1f MB on the heap", watched.goroutines, float64(watched.heap)/(1<<20))
}

// watcher reads the lines that a scan writes, and looks at the process meanwhile.
type watcher struct {
	t          *testing.T
	kindOf     func(int) string
	schema     *jsonschema.Resolved
	seen       []bool
	lines      int
	goroutines int
	heap       uint64
	validated  map[string]int
}

func (w *watcher) Write(line []byte) (int, error) {
	var d struct {
		Line    int
		Outcome string
		Error   *struct{ Kind, Message string }
	}
	if err := json.Unmarshal(line, &d); err != nil {
		w.t.Errorf("%v: %.200s", err, line)
		return len(line), nil
	}
	if w.seen[d.Line] {
		w.t.Errorf("line %d came twice", d.Line)
	}
	w.seen[d.Line] = true
	kind := w.kindOf(d.Line)
	said := d.Outcome + " "
	if d.Error != nil {
		said += d.Error.Kind
	}
	if !slices.Contains(expected[kind], said) {
		w.t.Errorf("%s is said to be %s, %+v", kind, said, d.Error)
	}
	if w.validated == nil {
		w.validated = map[string]int{}
	}
	if w.validated[kind]++; w.validated[kind] <= 2 {
		valid(w.t, w.schema, line)
	}
	w.goroutines = max(w.goroutines, runtime.NumGoroutine())
	if w.lines++; w.lines%4000 == 0 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		w.heap = max(w.heap, m.HeapAlloc)
	}
	return len(line), nil
}

func resolved(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	var s jsonschema.Schema
	if err := json.Unmarshal(SchemaJSON(), &s); err != nil {
		t.Fatal(err)
	}
	r, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func valid(t *testing.T, schema *jsonschema.Resolved, line []byte) {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(line, &doc); err != nil {
		t.Error(err)
		return
	}
	if err := schema.Validate(doc); err != nil {
		t.Errorf("%v: %.300s", err, line)
	}
}
