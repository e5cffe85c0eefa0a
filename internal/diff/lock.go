package diff

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// LockSchema is the first line of a lock.
const LockSchema = "tlsprobe.lock/1"

// Lock is what servers are held to: docs/diff.md describes the file.
type Lock struct {
	Endpoints []LockedEndpoint
}

// LockedEndpoint is one server, as it was with certain settings.
type LockedEndpoint struct {
	Target   string   // HOST:PORT, as it is given to the probe
	Settings []string // flags of connect, such as --min=tls1.0
	Facts    []LockedFact
}

// LockedFact is a fact as it was. No values: something that was absent.
type LockedFact struct {
	Key    string
	Values []string
}

// The facts of a lock that are no facts of a message.
const (
	factOutcome = "outcome" // the outcome of the probe
	factError   = "error"   // the kind of error that ended it
	factFailing = "failing" // the checks that fail
)

// lockRow is a fact as locks have it, whatever it is a fact of.
type lockRow struct {
	key, label, path string
	set              bool
	of               func(*side) ([]string, bool)
}

// lockRows are the facts of locks in their order.
func lockRows() []lockRow {
	rows := []lockRow{
		{factOutcome, "outcome", groupOutcome, false, func(s *side) ([]string, bool) { return one(string(s.Outcome)), true }},
		{factError, "error", groupOutcome + ".error", false, func(s *side) ([]string, bool) { return one(errorKind(s)), true }},
		{factFailing, "failing checks", groupChecks, true, failingOf},
	}
	for i := range facts {
		if f := &facts[i]; f.locked {
			rows = append(rows, lockRow{f.key, f.label, f.homes[0], f.set, f.of})
		}
	}
	for i := range certFacts {
		if f := &certFacts[i]; f.locked {
			rows = append(rows, lockRow{f.key, "leaf " + f.label, leaf + ".cert." + f.path, f.set, func(s *side) ([]string, bool) {
				if len(s.chain) == 0 {
					return nil, false
				}
				return f.of(s.chain[0]), true
			}})
		}
	}
	return rows
}

// failingOf are the ids of the checks that fail, and of the broken rules that count as a failure.
func failingOf(s *side) ([]string, bool) {
	var list []string
	for _, id := range s.checkIDs {
		if s.checks[id].Status == finding.Fail {
			list = append(list, clip(id))
		}
	}
	return list, len(s.checkIDs) > 0 || s.failed()
}

// LockOf is what a trace is held to. What it can't tell is not locked.
func LockOf(target string, t *trace.Trace) LockedEndpoint {
	s := newSide(t, false)
	e := LockedEndpoint{Target: target, Settings: slices.Clone(t.Settings.Args)}
	slices.Sort(e.Settings)
	for _, row := range lockRows() {
		values, ok := row.of(s)
		if !ok {
			continue
		}
		if row.set {
			values = slices.Clone(values)
			slices.Sort(values)
			values = slices.Compact(values)
		}
		e.Facts = append(e.Facts, LockedFact{row.key, values})
	}
	return e
}

// Check compares a server as it is now with what it is held to: facts that the lock does not have are not looked at, nor are those
// that the trace can't tell, except that a handshake which fails now is worse.
func (e *LockedEndpoint) Check(t *trace.Trace) []Change {
	s := newSide(t, false)
	c := comparer{comparison: &comparison{}, group: &Group{}}
	changes := []Change{}
	rows := lockRows()
	for _, f := range e.Facts {
		i := slices.IndexFunc(rows, func(r lockRow) bool { return r.key == f.Key })
		if i < 0 {
			continue
		}
		now, ok := rows[i].of(s)
		if !ok || !differs(f.Values, now, rows[i].set) {
			continue
		}
		for _, ch := range c.changesOf(f.Key, rows[i].label, rows[i].path, f.Values, now, rows[i].set, "") {
			if ch.Meanings == nil {
				ch.Meanings = []Meaning{}
			}
			changes = append(changes, ch)
		}
	}
	return changes
}

// none stands for something absent in a lock.
const none = "none"

// Write writes the lock: endpoints by their names, facts in the order of the table, members of sets sorted.
func (l *Lock) Write(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n# What these servers are held to. tlsprobe check compares them with it; a line that is taken out is not looked at.\n", LockSchema)
	endpoints := slices.Clone(l.Endpoints)
	slices.SortStableFunc(endpoints, func(x, y LockedEndpoint) int { return strings.Compare(x.Target, y.Target) })
	for i := range endpoints {
		endpoints[i].append(&b)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the lock: %w", err)
	}
	return nil
}

func (e *LockedEndpoint) append(b *bytes.Buffer) {
	fmt.Fprintf(b, "\n%s %s\n", keyEndpoint, quoteValue(e.Target))
	for _, s := range e.Settings {
		fmt.Fprintf(b, "  %s %s\n", keySetting, quoteValue(s))
	}
	for _, f := range e.Facts {
		if len(f.Values) == 0 {
			fmt.Fprintf(b, "  %s %s\n", f.Key, none)
		}
		for _, v := range f.Values {
			fmt.Fprintf(b, "  %s %s\n", f.Key, quoteValue(v))
		}
	}
}
