package audit

import (
	"context"
	"sync"
	"time"
)

// pace bounds how many connections there are at once, and how many are begun in a second.
type pace struct {
	slots    chan struct{} // one for each connection that may be open
	interval time.Duration // between beginnings; 0 for none
	now      func() time.Time

	mu      sync.Mutex
	next    time.Time // when the next may begin
	allowed int       // slots that are in use at all
	backed  int       // how often it was made slower
}

func newPace(perHost int, rate float64, now func() time.Time) *pace {
	p := &pace{slots: make(chan struct{}, perHost), allowed: perHost, now: now}
	for range perHost {
		p.slots <- struct{}{}
	}
	if rate > 0 {
		p.interval = time.Duration(float64(time.Second) / rate)
	}
	return p
}

// take waits for the right to begin a connection. The error is that of ctx.
func (p *pace) take(ctx context.Context) (release func(), err error) {
	select {
	case <-p.slots:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	release = func() { p.slots <- struct{}{} }
	if err := pause(ctx, p.reserve()); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// reserve returns how long to wait for the next beginning.
func (p *pace) reserve() time.Duration {
	if p.interval == 0 {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if p.next.Before(now) {
		p.next = now
	}
	wait := p.next.Sub(now)
	p.next = p.next.Add(p.interval)
	return wait
}

// backOff leaves one connection at a time: the server does not bear more.
func (p *pace) backOff() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.backed++
	for p.allowed > 1 {
		p.allowed--
		go func() { <-p.slots }() // whoever holds it finishes first
	}
}

// share is how many connections one of several branches should have at once, so that they don't keep each other
// waiting; at least 1.
func (p *pace) share(s share) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(1, (p.allowed*int(s)+quarters-1)/quarters)
}

// share is how much a branch takes of the connections there may be, in quarters.
type share int

const quarters = 4

// The shares: TLS 1.3 has few suites, and its groups have less time than the many suites before it need.
const (
	fewAtOnce  share = 1
	manyAtOnce share = 3
	allAtOnce  share = quarters
)

func (p *pace) times() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.backed
}

// pause waits, unless ctx ends first.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
