package audit

import "slices"

// places finds out in which order a server chooses from a list. Each answer says what it picks of what was
// offered; the order is that of eliminating one after the other:
//
//	x[i] = pick(all without x[0], …, x[i-1]), until it refuses
//
// What such a question will be can be guessed before the answers to those before it are there, from the order
// that servers usually have. So several places are asked for at the same time. A wrong guess costs connections and
// nothing else, as its answer is a true statement about another set. An answer to "all without S" stands for the one
// to "all without what was chosen so far" where one of these holds:
//
//   - The sets are the same.
//   - S has more, none of which the server has at all: the refusal that ends the elimination shows that it has
//     nothing but what was chosen. Assumed: what it would not choose alone makes no difference to what it chooses.
//   - S has less, and the pick was not chosen yet: who likes x best of a set likes it best of a part with x in it.
//     Assumed: it chooses by an order.
//
// Servers may not be like that. So an order is only concluded if every answer fits it, also those that were not
// needed. If one does not, guesses are given up, and the same sets alone count. One kind does fit and yet is told apart
// by whether guesses are made: who chooses by something that it only sees offered, and does not have, may refuse a step
// and be found by a guess to have more. What is found is always what the server chose.
type places[T comparable] struct {
	all   []T   // in the order of the offer
	usual [][]T // orders that servers usually have, the most usual first
	// likely tells how well something goes with what was found, and with what was not: 0 for not, 2 for very well.
	likely func(v T, found, missing []T) int
	// avoid tells offers that change what the server does, so that they are only made where it can't be helped; or nil.
	avoid func(offer []T) bool
	// turns offers the list backwards each second time, so that the picks tell whose order counts.
	turns bool
	known bool // the first of the usual orders is that of this server elsewhere
	// spare is how many answers may turn out not to be needed before only what is sure to be is asked.
	spare int

	index   map[T]int
	picks   []pick[T]
	guessed bool // some of them are answers to guesses
	strict  bool // the same sets alone count
	alone   bool // no guesses any more
}

// pick is the answer to an offer.
type pick[T comparable] struct {
	offering[T]
	answer answer
	value  int // the place in the list; -1 where nothing was chosen
}

// offering is an offer: all without some.
type offering[T comparable] struct {
	offer   []T
	without set
	next    bool // the next step of the elimination, and no guess
}

// prepare sets up what is looked up later.
func (p *places[T]) prepare() {
	p.index = make(map[T]int, len(p.all))
	for i, v := range p.all {
		p.index[v] = i
	}
}

// offerings returns what to offer next, at most that many offers; none when it is over. The first is always the
// next step, so that each round comes closer to the end.
func (p *places[T]) offerings(atOnce int) []offering[T] {
	if p.index == nil {
		p.prepare()
	}
	if p.alone || p.strict || len(p.picks) == 0 && !p.known {
		atOnce = 1
	}
	g := p.guess(atOnce > 1)
	path, gone, end := p.walk(g)
	if end == nil && len(path) < len(p.all) {
		list := []offering[T]{p.offering(gone, len(path)%2 == 1, true)}
		if atOnce > 1 {
			list = append(list, p.guesses(g, gone, atOnce-1)...)
		}
		return list
	}
	if p.guessed && !p.strict && (end == nil || end.answer.outcome == refused) && !p.fits(path) {
		p.strict = true
		return p.offerings(1)
	}
	return nil
}

func (p *places[T]) offering(without set, backwards, next bool) offering[T] {
	var offer []T
	for i, v := range p.all {
		if !without.has(i) {
			offer = append(offer, v)
		}
	}
	if p.turns && backwards {
		slices.Reverse(offer)
	}
	return offering[T]{offer, without.clone(), next}
}

// learn takes the answer to an offering, and what was chosen by it.
func (p *places[T]) learn(t offering[T], a answer, chosen func(*answer) (T, bool)) {
	k := pick[T]{offering: t, answer: a, value: -1}
	if a.outcome == accepted {
		v, ok := chosen(&a)
		if i, known := p.index[v]; ok && known && !t.without.has(i) {
			k.value = i
		} else {
			k.answer.outcome, k.answer.reason = ambiguous, "its answer does not say what it chose"
		}
	}
	if k.answer.outcome == ambiguous {
		p.alone = true
		if !t.next {
			return // the step that it stands for gets an answer of its own
		}
	}
	p.guessed = p.guessed || !t.next
	p.picks = append(p.picks, k)
}

// result is what was found, in the order in which it was chosen, and the answer that ended it.
func (p *places[T]) result() (found []choice[T], end answer) {
	path, _, last := p.walk(p.guess(false))
	in := newSet(len(p.all))
	for _, k := range path {
		found = append(found, p.choice(k))
		in.add(k.value)
	}
	end = answer{outcome: refused, reason: "everything there is was chosen"}
	if last != nil {
		end = last.answer
	} else if len(path) > 0 {
		end.connection = path[len(path)-1].answer.connection
	}
	for i := range p.picks { // it refuses what it picks elsewhere
		if k := &p.picks[i]; k.value >= 0 && !in.has(k.value) {
			in.add(k.value)
			found = append(found, p.choice(k))
			end.outcome, end.reason = ambiguous, "what it chooses does not follow from what is offered alone"
		}
	}
	return found, end
}

func (p *places[T]) choice(k *pick[T]) choice[T] {
	c := choice[T]{value: p.all[k.value], connection: k.answer.connection, answer: k.answer}
	if p.turns {
		c.offered = k.offer
	}
	return c
}

// walk goes from choice to choice as far as there are answers, and returns what has the choices, what was chosen, and
// what ended it.
func (p *places[T]) walk(g *guess) (path []*pick[T], gone set, end *pick[T]) {
	gone = newSet(len(p.all))
	if p.turns && !p.strict {
		if followers := p.followers(); followers != nil {
			for _, k := range followers {
				gone.add(k.value)
			}
			return followers, gone, p.same(gone)
		}
	}
	for len(path) < len(p.all) {
		k := p.step(g, gone)
		if k == nil || k.value < 0 {
			return path, gone, k
		}
		path = append(path, k)
		gone.add(k.value)
	}
	return path, gone, nil
}

// same is the answer to just this set; nil where there is none.
func (p *places[T]) same(without set) *pick[T] {
	for i := range p.picks {
		if p.picks[i].without.equal(without) {
			return &p.picks[i]
		}
	}
	return nil
}

// step is the answer that stands for all without what is gone.
func (p *places[T]) step(g *guess, gone set) *pick[T] {
	if k := p.same(gone); k != nil || p.strict {
		return k
	}
	var implied *pick[T]
	for i := range p.picks {
		k := &p.picks[i]
		if k.value < 0 || gone.has(k.value) || !k.without.within(gone, g.missing) {
			continue
		}
		if gone.within(k.without, g.missing) {
			return k
		}
		if implied == nil {
			implied = k
		}
	}
	return implied
}

// fits reports whether all answers fit one order, be it the server's or that of the offers.
func (p *places[T]) fits(path []*pick[T]) bool {
	found := newSet(len(p.all))
	for _, k := range path {
		found.add(k.value)
	}
	servers, clients := true, true
	for i := range p.picks {
		k := &p.picks[i]
		if k.value >= 0 && !found.has(k.value) {
			return false
		}
		first := -1 // of what was offered, by the server's order
		for _, x := range path {
			if !k.without.has(x.value) {
				first = x.value
				break
			}
		}
		servers = servers && first == k.value
		clients = clients && p.firstOffered(k, found) == k.value
	}
	return servers || clients
}

// firstOffered is the first of an offer that the server is known to have; -1 for none.
func (p *places[T]) firstOffered(k *pick[T], found set) int {
	for _, v := range k.offer {
		if i := p.index[v]; found.has(i) {
			return i
		}
	}
	return -1
}

// followers are the picks, where they tell that the server follows the client. Then the order is the client's: there
// are no places to prove, only that there is nothing more.
func (p *places[T]) followers() (list []*pick[T]) {
	found := newSet(len(p.all))
	var choices []choice[T]
	for i := range p.picks {
		if k := &p.picks[i]; k.value >= 0 && !found.has(k.value) {
			found.add(k.value)
			list, choices = append(list, k), append(choices, p.choice(k))
		}
	}
	for i := range p.picks {
		if k := &p.picks[i]; k.value >= 0 && p.firstOffered(k, found) != k.value {
			return nil
		}
	}
	if whose, _ := followed(choices); whose != PreferClient {
		return nil
	}
	return list
}
