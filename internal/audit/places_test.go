package audit

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// chooser is a server as far as it matters here: what it picks of an offer, and whether anything.
type chooser func(offer []int) (int, bool)

func byOrder(order []int) chooser {
	return func(offer []int) (int, bool) {
		at := slices.IndexFunc(order, func(v int) bool { return slices.Contains(offer, v) })
		if at < 0 {
			return 0, false
		}
		return order[at], true
	}
}

func byClient(has []int) chooser {
	return func(offer []int) (int, bool) {
		at := slices.IndexFunc(offer, func(v int) bool { return slices.Contains(has, v) })
		if at < 0 {
			return 0, false
		}
		return offer[at], true
	}
}

// asking asks a chooser, and counts.
type asking struct {
	picks chooser
	asked int
	value map[int]int // of each connection
}

func (a *asking) try(offer []int) answer {
	a.asked++
	v, ok := a.picks(offer)
	if !ok {
		return answer{connection: a.asked, outcome: refused}
	}
	a.value[a.asked] = v
	return answer{connection: a.asked, outcome: accepted}
}

func (a *asking) chosen(got *answer) (int, bool) { v, ok := a.value[got.connection]; return v, ok }

// run eliminates by guesses. Questions of a round are asked one after the other, which makes no difference.
func (a *asking) run(p *places[int], atOnce int) (found []choice[int], end answer, rounds int) {
	for list := p.offerings(atOnce); len(list) > 0; list = p.offerings(atOnce) {
		rounds++
		if len(list) > atOnce || slices.ContainsFunc(list, func(o offering[int]) bool { return len(o.offer) == 0 }) {
			panic("too many at once, or nothing offered")
		}
		for _, o := range list {
			p.learn(o, a.try(o.offer), a.chosen)
		}
	}
	found, end = p.result()
	return found, end, rounds
}

func newAsking(picks chooser) *asking { return &asking{picks: picks, value: make(map[int]int)} }

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// scene is a random server and what is guessed about it.
type scene struct {
	all   []int
	order []int // what the server has
	usual [][]int
	like  []int // what seems likely
}

func newScene(r *rand.Rand) *scene {
	s := &scene{all: upTo(1 + r.IntN(70))}
	shuffled := r.Perm(len(s.all))
	s.order = slices.Clone(shuffled[:r.IntN(len(shuffled)+1)])
	for range r.IntN(4) {
		s.usual = append(s.usual, r.Perm(len(s.all))[:r.IntN(len(s.all)+1)])
	}
	if r.IntN(3) > 0 { // an order that is nearly that of the server, with what it does not have
		near := slices.Clone(s.order)
		for _, v := range shuffled[len(s.order):] {
			if r.IntN(3) == 0 {
				near = slices.Insert(near, r.IntN(len(near)+1), v)
			}
		}
		for range r.IntN(3) * r.IntN(3) {
			if len(near) > 1 {
				i := r.IntN(len(near) - 1)
				near[i], near[i+1] = near[i+1], near[i]
			}
		}
		s.usual = append(s.usual, near)
	}
	for range s.all {
		s.like = append(s.like, r.IntN(3))
	}
	for _, v := range s.order {
		if r.IntN(8) > 0 {
			s.like[v] = 1 + r.IntN(2)
		}
	}
	return s
}

func (s *scene) places(turns, known bool) *places[int] {
	return &places[int]{
		all: s.all, usual: s.usual, turns: turns, known: known, spare: 2,
		likely: func(v int, _, _ []int) int { return s.like[v] },
	}
}

const scenes = 1000

func TestGuessesChangeNothingOfWhatIsFound(t *testing.T) {
	for seed := range uint64(scenes) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := newScene(r)
		picks, atOnce := byOrder(s.order), 1+r.IntN(8)
		if r.IntN(4) == 0 {
			picks = byClient(s.order)
		}
		one, many := newAsking(picks), newAsking(picks)
		want, wantEnd := eliminate(s.all, one.try, one.chosen)
		got, end, _ := many.run(s.places(false, r.IntN(5) == 0), atOnce)
		if !slices.Equal(values(got), values(want)) || end.outcome != wantEnd.outcome {
			t.Fatalf("seed %d: %v, want %v; %v, want %v", seed, values(got), values(want), end, wantEnd)
		}
		if atOnce == 1 && many.asked != one.asked {
			t.Errorf("seed %d: %d connections one after the other, and not %d", seed, many.asked, one.asked)
		}
	}
}

func TestGroupsAreTheSameAndSoIsWhoseOrderCounts(t *testing.T) {
	for seed := range uint64(scenes / 4) {
		r := rand.New(rand.NewPCG(seed, 2))
		s := newScene(r)
		client := r.IntN(2) == 0
		picks := byOrder(s.order)
		if client {
			picks = byClient(s.order)
		}
		one, many := newAsking(picks), newAsking(picks)
		want, wantEnd, _ := one.run(s.places(true, false), 1)
		got, end, _ := many.run(s.places(true, r.IntN(3) == 0), 2+r.IntN(7))
		wantWhose, _ := followed(want)
		whose, _ := followed(got)
		a, b := values(got), values(want)
		if client || whose == PreferClient && wantWhose == PreferClient { // three picks can be an accident after all
			slices.Sort(a)
			slices.Sort(b)
		}
		if !slices.Equal(a, b) || end.outcome != wantEnd.outcome {
			t.Fatalf("seed %d: %v, want %v; %v, want %v", seed, a, b, end, wantEnd)
		}
		if len(s.order) > 4 && whose != wantWhose {
			t.Fatalf("seed %d: the order of %v is that of %s, not %s", seed, s.order, whose, wantWhose)
		}
	}
}

func TestAWrongGuessCostsLittle(t *testing.T) {
	most := 0
	for seed := range uint64(scenes) {
		r := rand.New(rand.NewPCG(seed, 3))
		s := newScene(r)
		a := newAsking(byOrder(s.order))
		a.run(s.places(false, false), 8)
		most = max(most, a.asked-len(s.order)-1)
	}
	t.Logf("at most %d connections too many", most)
	if most > 12 {
		t.Errorf("%d connections too many", most)
	}
}

func TestAServerThatChoosesByNoOrderIsNotTakenForOneThatDoes(t *testing.T) {
	for name, server := range map[string]func(*scene) chooser{
		"the certificate first, by what is offered": func(s *scene) chooser {
			// As long as anything even is offered, whether it has that or not, it has nothing odd.
			even, odd := byOrder(slices.DeleteFunc(slices.Clone(s.order), isOdd)), byOrder(slices.DeleteFunc(slices.Clone(s.order), isEven))
			return func(offer []int) (int, bool) {
				if slices.ContainsFunc(offer, isEven) {
					return even(offer)
				}
				return odd(offer)
			}
		},
		"another order for short offers": func(s *scene) chooser {
			backwards := slices.Clone(s.order)
			slices.Reverse(backwards)
			long, short := byOrder(s.order), byOrder(backwards)
			return func(offer []int) (int, bool) {
				if len(offer) > len(s.all)/2 {
					return long(offer)
				}
				return short(offer)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			unknown := 0
			for seed := range uint64(scenes) {
				r := rand.New(rand.NewPCG(seed, 4))
				s := newScene(r)
				one, many := newAsking(server(s)), newAsking(server(s))
				want, wantEnd := eliminate(s.all, one.try, one.chosen)
				p := s.places(false, false)
				got, end, _ := many.run(p, 8)
				if end.outcome == ambiguous {
					unknown++
					continue
				}
				if end.outcome != wantEnd.outcome || p.strict && !slices.Equal(values(got), values(want)) {
					t.Fatalf("seed %d: %v, want %v; %v, want %v", seed, values(got), values(want), end, wantEnd)
				}
				// A guess can only find more: what the server refuses beside something that it does not have.
				for _, v := range values(want) {
					if !slices.Contains(values(got), v) {
						t.Fatalf("seed %d: %v, want %v", seed, values(got), values(want))
					}
				}
				for _, v := range values(got) {
					if !slices.Contains(s.order, v) {
						t.Fatalf("seed %d: it does not have %d", seed, v)
					}
				}
			}
			t.Logf("%d of %d are said to be unknown", unknown, scenes)
		})
	}
}

func isOdd(v int) bool { return v%2 == 1 }

func isEven(v int) bool { return v%2 == 0 }

func TestWhatLeadsToAnExceptionIsNotAskedOnAGuess(t *testing.T) {
	for seed := range uint64(scenes) {
		r := rand.New(rand.NewPCG(seed, 5))
		s := newScene(r)
		special := s.all[r.IntN(len(s.all))]
		plain := byOrder(s.order)
		picks := func(offer []int) (int, bool) {
			if len(offer) > 0 && offer[0] == special && slices.Contains(s.order, special) {
				return special, true
			}
			return plain(offer)
		}
		one, many := newAsking(picks), newAsking(picks)
		want, _ := eliminate(s.all, one.try, one.chosen)
		p := s.places(false, false)
		p.avoid = func(offer []int) bool { return len(offer) > 0 && offer[0] == special }
		got, _, _ := many.run(p, 8)
		if !slices.Equal(values(got), values(want)) {
			t.Fatalf("seed %d: %v, want %v", seed, values(got), values(want))
		}
	}
}

func TestAHostileServerHasAnEnd(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 6))
		s := newScene(r)
		a := newAsking(func(offer []int) (int, bool) {
			if len(offer) == 0 || r.IntN(20) == 0 {
				return 0, r.IntN(2) == 0 // which may not be offered
			}
			return offer[r.IntN(len(offer))], true
		})
		if _, _, rounds := a.run(s.places(seed%2 == 0, false), 8); rounds > 2*len(s.all)+4 || a.asked > 3*len(s.all)+40 {
			t.Errorf("seed %d: %d rounds and %d connections for %d", seed, rounds, a.asked, len(s.all))
		}
	}
}

func TestOrdersThatAreGuessedAreProvedInFewRounds(t *testing.T) {
	order := upTo(42)
	s := &scene{all: upTo(300), order: order, usual: [][]int{upTo(150)}}
	for _, atOnce := range []int{1, 2, 4, 6, 8} {
		a := newAsking(byOrder(order))
		p := s.places(false, false)
		p.likely = func(v int, _, _ []int) int {
			if v < 42 {
				return veryLikely
			}
			return 0
		}
		found, end, rounds := a.run(p, atOnce)
		if !slices.Equal(values(found), order) || end.outcome != refused {
			t.Errorf("%v", values(found))
		}
		t.Logf("%d at once: %d rounds, %d connections", atOnce, rounds, a.asked)
		if ideal := 2 + 42/atOnce; rounds > ideal+3 || a.asked > 43 {
			t.Errorf("%d at once: %d rounds, %d connections", atOnce, rounds, a.asked)
		}
	}
}
