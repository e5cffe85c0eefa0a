package assess_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/assess"
	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/policy"
)

func lines(texts ...string) iter.Seq2[assess.Line, error] {
	return func(yield func(assess.Line, error) bool) {
		for _, text := range texts {
			if !yield(assess.Line{Text: text}, nil) {
				return
			}
		}
	}
}

func TestEveryTargetIsReportedWithItsPlace(t *testing.T) {
	port := serve(t, "127.0.0.1", 0, tls.VersionTLS12)
	good := "127.0.0.1:" + strconv.Itoa(port)
	texts := []string{good, "127.0.0.1:1", "no target", good, good}
	o := options(t)
	var under, most atomic.Int64
	ask := o.Enumeration
	o.Enumeration = func(target dial.Target, input string) audit.Options {
		most.Store(max(most.Load(), under.Add(1)))
		return ask(target, input)
	}
	var p assess.Progress
	seen := map[int]string{}
	err := o.All(context.Background(), lines(texts...), &p, func(place int, r policy.Report) error {
		seen[place] = r.Input
		if r.Error == nil || r.Error.Kind != "usage" {
			under.Add(-1)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		if seen[i] != text {
			t.Errorf("at %d there is %q, not %q", i, seen[i], text)
		}
	}
	if most.Load() > int64(o.Workers) {
		t.Errorf("%d at once, not %d", most.Load(), o.Workers)
	}
	if p.Done.Load() != 5 || p.Unreachable.Load() != 2 || p.UnderWay.Load() != 0 {
		t.Errorf("done %d, not reached %d, under way %d", p.Done.Load(), p.Unreachable.Load(), p.UnderWay.Load())
	}
}

func TestAnAuditEndsWithTheFirstErrorOfItsListOrItsReader(t *testing.T) {
	broken := errors.New("broken")
	list := func(yield func(assess.Line, error) bool) {
		for i := range 50 {
			if !yield(assess.Line{Text: fmt.Sprintf("no target %d", i)}, nil) {
				return
			}
		}
		yield(assess.Line{}, broken)
	}
	o := options(t)
	n := 0
	err := o.All(context.Background(), list, new(assess.Progress), func(int, policy.Report) error { n++; return nil })
	if !errors.Is(err, broken) || n != 50 {
		t.Errorf("%v after %d reports", err, n)
	}
	full := errors.New("full")
	n = 0
	err = o.All(context.Background(), list, new(assess.Progress), func(int, policy.Report) error { n++; return full })
	if !errors.Is(err, full) || n != 1 {
		t.Errorf("%v after %d reports", err, n)
	}
}

func TestNoTargetIsBegunAfterTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var places []int
	err := options(t).All(ctx, lines("a.test", "b.test", "c.test"), new(assess.Progress), func(place int, _ policy.Report) error {
		places = append(places, place)
		return nil
	})
	if err != nil || len(places) > 2 { // as many as there are workers may have been begun
		t.Errorf("%v, %v", err, slices.Sorted(slices.Values(places)))
	}
}
