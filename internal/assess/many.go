package assess

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/tlsprobe/tlsprobe/internal/policy"
)

// Progress is how far an audit of many targets is. Its fields may be read while the audit goes on.
type Progress struct {
	Done, UnderWay, Failed, Unknown, Unreachable atomic.Int64
}

func (p *Progress) count(r *policy.Report) {
	p.UnderWay.Add(-1)
	p.Done.Add(1)
	switch r.Outcome {
	case policy.OutcomeFail:
		p.Failed.Add(1)
	case policy.OutcomeUnknown:
		p.Unknown.Add(1)
	case policy.OutcomeUnreachable:
		p.Unreachable.Add(1)
	case policy.OutcomePass:
	}
}

// numbered is a report and the place of its target in the list.
type numbered struct {
	place  int
	report policy.Report
}

// All audits targets, so many at once, and hands over each report with the place of its target, from 0, when it is known: one at a
// time, in the order in which they come to an end. Of those under way when ctx ends it hands over what is known by then, with an
// error of the kind interrupted. The error is the first that targets or report returned; it ends the audit.
func (o *Options) All(ctx context.Context, targets iter.Seq2[Line, error], p *Progress, report func(place int, r policy.Report) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	slots := make(chan struct{}, max(o.Workers, 1))
	done := make(chan numbered)
	listed := make(chan error, 1)
	go func() { listed <- o.start(ctx, targets, p, slots, done) }()
	var failed error
	for r := range done {
		<-slots
		if failed != nil {
			continue // what is under way is left to end
		}
		p.count(&r.report)
		if failed = report(r.place, r.report); failed != nil {
			cancel()
		}
	}
	if err := <-listed; failed == nil {
		failed = err
	}
	return failed
}

// start begins an audit of each target as room comes free, and closes done when all have ended.
func (o *Options) start(ctx context.Context, targets iter.Seq2[Line, error], p *Progress, slots chan struct{}, done chan<- numbered) (err error) {
	var wg sync.WaitGroup
	defer func() { wg.Wait(); close(done) }()
	place := 0
	for line, lineErr := range targets {
		if lineErr != nil {
			return lineErr
		}
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		at := place
		place++
		p.UnderWay.Add(1)
		wg.Go(func() { done <- numbered{at, o.Target(ctx, line)} })
	}
	return nil
}
