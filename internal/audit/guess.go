package audit

import "slices"

// guess is the order that a server seems to have, as far as it is known.
type guess struct {
	order   []int // places in the list, the most liked first; what was found is all in it
	found   set
	missing set   // what the server does not seem to have: by this order it would have chosen it
	broken  bool  // answers contradict the usual order that it came from
	wasted  int   // answers that can't be needed
	likely  []int // how well each of the list goes with what was found
}

// veryLikely is the most that an element is likely.
const veryLikely = 2

// disappointing is how much an answer against an order counts, beside something likely that is missing.
const disappointing = 4

// guess takes the usual order that fits the answers best, and mends it where they contradict.
// Where no guess was ever made and none is wanted, it stays empty.
func (p *places[T]) guess(wanted bool) *guess {
	g := &guess{found: newSet(len(p.all)), missing: newSet(len(p.all))}
	if !wanted && !p.guessed {
		return g
	}
	for i := range p.picks {
		if k := &p.picks[i]; k.value >= 0 {
			g.found.add(k.value)
		}
	}
	found := p.elements(g.found)
	for _, v := range p.all {
		g.likely = append(g.likely, p.likely(v, found, nil))
	}
	best := -1
	for _, order := range p.orders(g) {
		against, skipped := p.judge(g, order)
		if cost := against*disappointing + skipped; best < 0 || cost < best {
			best, g.order, g.broken = cost, order, against > 0
		}
	}
	g.order = p.mend(g, g.order)
	p.miss(g)
	p.waste(g)
	return g
}

// orders are the usual orders as places in the list, and that of the client: as the first, unless it is offered in
// turns, as servers then mostly have one of their own.
func (p *places[T]) orders(g *guess) (list [][]int) {
	for _, u := range p.usual {
		var order []int
		for _, v := range u {
			if i, ok := p.index[v]; ok {
				order = append(order, i)
			}
		}
		list = append(list, order)
	}
	if p.turns {
		return append(list, p.toAndFro(g))
	}
	clients := make([]int, len(p.all))
	for i := range clients {
		clients[i] = i
	}
	return slices.Insert(list, 0, clients)
}

// toAndFro is what a server chooses that follows a client that turns its list each time.
func (p *places[T]) toAndFro(g *guess) (order []int) {
	var have []int
	for i := range p.all {
		if g.found.has(i) || g.likely[i] > 0 {
			have = append(have, i)
		}
	}
	return toAndFro(have)
}

// toAndFro is the first, the last, the second, the last but one, and so on.
func toAndFro[T any](list []T) (turned []T) {
	for list = slices.Clone(list); len(list) > 0; slices.Reverse(list) {
		turned, list = append(turned, list[0]), list[1:]
	}
	return turned
}

// judge counts the answers against an order, and what is likely and passed over by it.
func (p *places[T]) judge(g *guess, order []int) (against, skipped int) {
	passed := newSet(len(p.all))
	for i := range p.picks {
		k := &p.picks[i]
		if k.value < 0 {
			continue
		}
		at := slices.Index(order, k.value)
		if at < 0 {
			against++
			continue
		}
		wrong := false
		for _, j := range order[:at] {
			switch {
			case k.without.has(j):
			case g.found.has(j):
				wrong = true
			case !passed.has(j) && g.likely[j] > 0:
				passed.add(j)
				skipped++
			}
		}
		if wrong {
			against++
		}
	}
	return against, skipped
}

// mend puts what was picked before all that it was preferred to.
func (p *places[T]) mend(g *guess, order []int) []int {
	order = slices.Clone(order)
	const enough = 4 // what is moved may have to be moved after something else
	for range enough {
		moved := false
		for i := range p.picks {
			k := &p.picks[i]
			if k.value < 0 {
				continue
			}
			at := slices.Index(order, k.value)
			to := slices.IndexFunc(order, func(j int) bool { return g.found.has(j) && !k.without.has(j) && j != k.value })
			if at >= 0 && (to < 0 || to > at) {
				continue
			}
			if to < 0 {
				to = len(order)
			}
			if at >= 0 {
				order = slices.Delete(order, at, at+1)
			}
			order, moved = slices.Insert(order, to, k.value), true
		}
		if !moved {
			break
		}
	}
	return order
}

// miss notes what was offered and passed over.
func (p *places[T]) miss(g *guess) {
	for i := range p.picks {
		k := &p.picks[i]
		passed := g.order
		if k.value >= 0 {
			passed = passed[:slices.Index(passed, k.value)]
		} else if k.answer.outcome != refused {
			continue
		}
		for _, j := range passed {
			if !k.without.has(j) && !g.found.has(j) {
				g.missing.add(j)
			}
		}
	}
}

// waste counts the answers that can't be needed: those that say again what is known, or of which something was left
// out that is liked less than what was picked.
func (p *places[T]) waste(g *guess) {
	seen := newSet(len(p.all))
	for i := range p.picks {
		k := &p.picks[i]
		switch {
		case k.value < 0 && k.without.equal(g.found):
		case k.value < 0 || seen.has(k.value):
			g.wasted++
		case !k.next && slices.ContainsFunc(g.order[slices.Index(g.order, k.value):], func(j int) bool { return g.found.has(j) && k.without.has(j) }):
			g.wasted++
		}
		if k.value >= 0 {
			seen.add(k.value)
		}
	}
}

// elements are those of the list that are in a set.
func (p *places[T]) elements(s set) (list []T) {
	for i, v := range p.all {
		if s.has(i) {
			list = append(list, v)
		}
	}
	return list
}

// cut is a question that a guess suggests: all without an element and what is liked more.
type cut struct {
	without set
	sure    bool // the element was found, so that the answer will be needed if the order is right
	likely  int
	open    int // how many elements are likely to follow before the next that was found
}

// earns is how many elements found, all of them in the order that was guessed, allow for one more answer that is not needed.
const earns = 6

// guesses returns offerings beside the next step.
func (p *places[T]) guesses(g *guess, gone set, most int) (list []offering[T]) {
	var sure, maybe []cut
	for _, c := range p.cuts(g, gone) {
		if c.sure {
			sure = append(sure, c)
		} else {
			maybe = append(maybe, c)
		}
	}
	slices.SortStableFunc(sure, func(a, b cut) int { return b.open - a.open })
	spare := p.spare - g.wasted
	if g.broken { // then nothing is sure
		spare = max(spare, 0)
		most = min(most, spare, 1)
	} else {
		spare = max(spare+g.found.size()/earns, 0)
	}
	chosen := sure[:min(len(sure), most)]
	chosen = append(slices.Clip(chosen), spread(maybe, min(most-len(chosen), spare))...)
	if len(chosen) == len(sure)+len(maybe) && len(chosen) < min(most, spare) {
		chosen = p.withEnd(g, gone, chosen)
	}
	for _, c := range chosen {
		list = append(list, p.offering(c.without, c.without.size()%2 == 1, false))
	}
	return list
}

// withEnd adds the question that is to be refused, where the answers to these leave nothing else to ask.
func (p *places[T]) withEnd(g *guess, gone set, chosen []cut) []cut {
	end := p.predictedEnd(g)
	switch {
	case end.size() == len(p.all), end.equal(gone), p.same(end) != nil:
	case slices.ContainsFunc(chosen, func(c cut) bool { return c.without.equal(end) }):
	case p.avoid != nil && p.avoid(p.offering(end, false, false).offer):
	default:
		return append(chosen, cut{without: end})
	}
	return chosen
}

// predictedEnd is what should be left out of the offer that the server refuses.
func (p *places[T]) predictedEnd(g *guess) set {
	end := g.found.clone()
	order, likely := p.plausible(g)
	for at, i := range order {
		if likely[at] > 0 {
			end.add(i)
		}
	}
	return end
}

// spread takes so many, the likelier ones first, and evenly those that are as likely.
func spread(list []cut, n int) (chosen []cut) {
	for likely := veryLikely; likely > 0; likely-- {
		alike := slices.DeleteFunc(slices.Clone(list), func(c cut) bool { return c.likely != likely })
		take := min(n-len(chosen), len(alike))
		for i := range take {
			chosen = append(chosen, alike[len(alike)*(i+1)/(take+1)])
		}
	}
	return chosen
}

// cuts are the questions about places that nobody has asked yet.
func (p *places[T]) cuts(g *guess, gone set) (list []cut) {
	order, likely := p.plausible(g)
	known := newSet(len(p.all))
	for _, i := range order {
		known.add(i)
	}
	without := newSet(len(p.all))
	for at, i := range order {
		without.add(i)
		c := cut{without: without, sure: g.found.has(i), likely: likely[at]}
		ahead := false // there is something to be chosen
		for n := at + 1; n < len(order) && !ahead; n++ {
			if ahead = g.found.has(order[n]); likely[n] > 0 && !ahead {
				c.open++
			}
		}
		switch {
		case !c.sure && c.likely == 0, !ahead && c.open == 0 && !without.equal(g.found):
		case without.size() == len(p.all): // nothing would be offered
		case without.within(gone, gone) || p.asked(without, known):
		case p.avoid != nil && p.avoid(p.offering(without, false, false).offer):
		default:
			c.without = without.clone()
			list = append(list, c)
		}
	}
	return list
}

// plausible is the order without what seems to be missing, and how likely each is.
func (p *places[T]) plausible(g *guess) (order, likely []int) {
	found, missing := p.elements(g.found), p.elements(g.missing)
	for _, i := range g.order {
		if !g.missing.has(i) {
			order, likely = append(order, i), append(likely, p.likely(p.all[i], found, missing))
		}
	}
	return order, likely
}

// asked reports whether an answer is there for the same of what is known.
func (p *places[T]) asked(without, known set) bool {
	return slices.ContainsFunc(p.picks, func(k pick[T]) bool { return k.without.sameIn(without, known) })
}
