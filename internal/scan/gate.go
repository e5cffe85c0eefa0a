package scan

import (
	"context"
	"net/netip"
	"sync"
	"time"
)

// slots are so many rights to do something at once.
type slots chan struct{}

// release gives a right back; nil: there is none to give.
type release func()

// give gives the right back, if it is held.
func (r *release) give() {
	if *r != nil {
		(*r)()
		*r = nil
	}
}

// take waits for a right. The error is that of ctx.
func (s slots) take(ctx context.Context) (release, error) {
	select {
	case s <- struct{}{}:
		return func() { <-s }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// gate is what every connection passes: limits at once, by address and for all, and a rate.
type gate struct {
	workers slots
	hosts   hosts
	pace    *pace
}

func newGate(workers, perHost int, rate float64, now func() time.Time) *gate {
	return &gate{
		workers: make(slots, workers),
		hosts:   hosts{limit: perHost, busy: make(map[netip.Addr]*host)},
		pace:    newPace(rate, now),
	}
}

// hosts counts connections by address. It holds those addresses alone that somebody uses or waits for.
type hosts struct {
	sync.Mutex
	limit int
	busy  map[netip.Addr]*host
}

type host struct {
	slots slots
	users int // that hold a slot or wait for one
}

// try takes a right to connect to an address, if there is one; nil if not.
func (h *hosts) try(a netip.Addr) release {
	one := h.know(a)
	select {
	case one.slots <- struct{}{}:
		return func() { <-one.slots; h.forget(a, one) }
	default:
		h.forget(a, one)
		return nil
	}
}

// take waits for a right to connect to an address. The error is that of ctx.
func (h *hosts) take(ctx context.Context, a netip.Addr) (release, error) {
	one := h.know(a)
	give, err := one.slots.take(ctx)
	if err != nil {
		h.forget(a, one)
		return nil, err
	}
	return func() { give(); h.forget(a, one) }, nil
}

func (h *hosts) know(a netip.Addr) *host {
	h.Lock()
	defer h.Unlock()
	one := h.busy[a]
	if one == nil {
		one = &host{slots: make(slots, h.limit)}
		h.busy[a] = one
	}
	one.users++
	return one
}

func (h *hosts) forget(a netip.Addr, one *host) {
	h.Lock()
	defer h.Unlock()
	if one.users--; one.users == 0 {
		delete(h.busy, a)
	}
}

// pace spreads connections evenly over time: none is made up for that could have been begun and was not.
type pace struct {
	every time.Duration // 0: no limit
	now   func() time.Time

	sync.Mutex
	next time.Time
}

func newPace(rate float64, now func() time.Time) *pace {
	p := &pace{now: now}
	if rate > 0 {
		p.every = time.Duration(float64(time.Second) / rate)
	}
	return p
}

// turn reserves the next turn and returns how long it is until then.
func (p *pace) turn() time.Duration {
	p.Lock()
	defer p.Unlock()
	now := p.now()
	if p.next.Before(now) {
		p.next = now
	}
	wait := p.next.Sub(now)
	p.next = p.next.Add(p.every)
	return wait
}

func (p *pace) wait(ctx context.Context) error {
	if p.every == 0 {
		return nil
	}
	wait := p.turn()
	if wait <= 0 {
		return nil
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// debit puts off the next turn for connections that were begun without waiting for one.
func (p *pace) debit(n int) {
	if p.every == 0 {
		return
	}
	p.Lock()
	defer p.Unlock()
	if now := p.now(); p.next.Before(now) {
		p.next = now
	}
	p.next = p.next.Add(time.Duration(n) * p.every)
}
