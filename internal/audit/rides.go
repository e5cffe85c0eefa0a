package audit

import (
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// suitePlaces eliminates suites. ChaCha20 must not lead an offer that only a guess is behind: servers may make an
// exception for clients that lead with it.
func suitePlaces(all []iana.CipherSuite) *places[iana.CipherSuite] {
	p := &places[iana.CipherSuite]{
		all: all, likely: likelySuite, spare: 2,
		avoid: func(offer []iana.CipherSuite) bool { return len(offer) == 0 || isChaCha(offer[0]) },
	}
	for _, u := range usualSuites {
		p.usual = append(p.usual, u.list)
	}
	return p
}

// groupPlaces eliminates groups.
func groupPlaces(all []iana.Group) *places[iana.Group] {
	p := &places[iana.Group]{all: all, likely: likelyGroup, turns: true, spare: 1}
	for _, u := range usualGroups {
		p.usual = append(p.usual, u.list)
	}
	return p
}

// groupPlacesLike eliminates groups before TLS 1.3. They are mostly those that the server has in TLS 1.3, and who follows the
// client in suites does so in groups.
func groupPlacesLike(all []iana.Group, newer, older *versionFacts) *places[iana.Group] {
	p := groupPlaces(all)
	var here []iana.Group
	for _, g := range all {
		if slices.Contains(values(newer.groups), g) {
			here = append(here, g)
		}
	}
	if len(here) == 0 {
		return p
	}
	likely := here
	if offer := suitesOf(older.version); slices.IsSortedFunc(values(older.suites), func(a, b iana.CipherSuite) int {
		return slices.Index(offer, a) - slices.Index(offer, b)
	}) {
		here = toAndFro(here)
	} else {
		here = values(newer.groups)
	}
	p.known, p.spare, p.usual = true, len(here), append([][]iana.Group{here}, p.usual...)
	p.likely = func(g iana.Group, _, _ []iana.Group) int {
		if slices.Contains(likely, g) {
			return veryLikely
		}
		return 0
	}
	return p
}

// run asks until it is over.
func (p *places[T]) run(atOnce int, chosen func(*answer) (T, bool), try func(offer []T) answer) {
	for list := p.offerings(atOnce); len(list) > 0; list = p.offerings(atOnce) {
		answers := make([]answer, len(list))
		var branches []func()
		for i := range list {
			branches = append(branches, func() { answers[i] = try(list[i].offer) })
		}
		together(branches)
		for i := range list {
			p.learn(list[i], answers[i], chosen)
		}
	}
}

// rides lets the connections that eliminate groups answer questions about suites as well: which there are, as long
// as suites is not nil, and then whose order counts.
type rides struct {
	groups *places[iana.Group]
	suites *places[iana.CipherSuite] // nil: they are known
	all    []iana.CipherSuite        // what is offered where nothing rides
	try    func([]iana.CipherSuite, []iana.Group) answer

	doubt *ride // it was refused, which may be about its suites or its groups
	order []ride
}

// ride is an offer of suites that goes with one of groups.
type ride struct {
	suites   []iana.CipherSuite
	offering offering[iana.CipherSuite] // the step of the elimination that it is; none for questions of order
	groups   offering[iana.Group]
	answer   answer
}

// run asks until the groups are over. What has not been answered about suites by then is left to be asked alone.
func (r *rides) run(atOnce int) {
	for list := r.groups.offerings(atOnce); len(list) > 0; list = r.groups.offerings(atOnce) {
		riders := r.riders(len(list))
		var branches []func()
		for i := range list {
			riders[i].groups = list[i]
			branches = append(branches, func() { riders[i].answer = r.try(riders[i].suites, list[i].offer) })
		}
		together(branches)
		for i := range riders {
			r.hear(&riders[i])
		}
		r.settle()
	}
}

// riders are the suites of so many connections.
func (r *rides) riders(n int) []ride {
	list := make([]ride, n)
	for i := range list {
		list[i].suites = r.all
	}
	if r.suites != nil && r.doubt == nil {
		if step := r.suites.offerings(1); len(step) > 0 {
			// With a guess, if there is one: if the suites are over, the next step of the groups is none the later.
			list[n-1].suites, list[n-1].offering = step[0].offer, step[0]
			return list
		}
		if r.order == nil {
			found, _ := r.suites.result()
			r.askOrder(values(found))
		}
	}
	i := 0
	for _, o := range r.order {
		if o.answer.outcome != accepted && i < n {
			list[i].suites = o.suites
			i++
		}
	}
	return list
}

// hear takes an answer for groups and suites.
func (r *rides) hear(k *ride) {
	step := k.offering.without != nil
	switch {
	case step && k.answer.outcome == refused:
		r.doubt = k
		return
	case step:
		r.suites.learn(k.offering, k.answer, suiteOf)
		if k.answer.outcome != accepted {
			return
		}
	case k.answer.outcome == accepted:
		for i := range r.order {
			if o := &r.order[i]; slices.Equal(o.suites, k.suites) {
				o.answer = k.answer
			}
		}
	}
	r.groups.learn(k.groups, k.answer, groupOf)
}

// settle decides what a refusal was about: that the server has one of the groups says that it was about the suites.
func (r *rides) settle() {
	if r.doubt == nil {
		return
	}
	for i := range r.groups.picks {
		if v := r.groups.picks[i].value; v >= 0 && !r.doubt.groups.without.has(v) {
			r.suites.learn(r.doubt.offering, r.doubt.answer, suiteOf)
			r.doubt = nil
			return
		}
	}
}

// askOrder lets the questions ride whose order counts, and whether ChaCha20 is an exception.
func (r *rides) askOrder(found []iana.CipherSuite) {
	if r.order != nil || len(found) < 2 {
		return
	}
	r.order = []ride{{suites: lastFirst(found, isChaCha)}}
	if at := slices.IndexFunc(found, isChaCha); at > 0 {
		r.order = append(r.order, ride{suites: leading(found, at)})
	}
}

// orElse returns the answers of what rode, and asks what did not.
func (r *rides) orElse(try func([]iana.CipherSuite) answer) func([]iana.CipherSuite) answer {
	return func(list []iana.CipherSuite) answer {
		for i := range r.order {
			if o := &r.order[i]; o.answer.outcome == accepted && slices.Equal(o.suites, list) {
				return o.answer
			}
		}
		return try(list)
	}
}
