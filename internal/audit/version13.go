package audit

import (
	"context"
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// newVersion enumerates TLS 1.3. Without a share the server has to say which group it wants, together
// with the suite: one connection answers for both, and no key is agreed on. RFC 8446, Section 4.1.4.
func (e *enumeration) newVersion(ctx context.Context) *versionFacts {
	f := &versionFacts{version: iana.TLS13, groupsHow: "HelloRetryRequest"}
	base := e.base(iana.TLS13)
	try := func(suites []iana.CipherSuite, groups []iana.Group) answer {
		a := base
		a.suites, a.groups = suites, groups
		if f.shares {
			a.shares = shareable(groups)
			if len(a.shares) == 0 {
				return answer{reason: "no share can be made for what is left"}
			}
		}
		return e.server.ask(ctx, a)
	}
	first := try(base.suites, base.groups)
	if first.outcome == refused && !settlesVersion(&first) {
		if ordinary := e.withShares(ctx); ordinary.outcome != refused {
			f.shares = true
			f.groupsHow = "shares"
			if first = ordinary; ordinary.outcome == accepted {
				first = try(base.suites, base.groups)
			}
		}
	}
	j := joint{facts: f, suites: base.suites, groups: base.groups, try: try}
	j.run(e, &first)
	f.groupPreference(func(list []iana.Group) answer { return try(base.suites, list) })
	f.inClientsOrder(base.groups)
	return f
}

// withShares asks for TLS 1.3 as browsers do.
func (e *enumeration) withShares(ctx context.Context) answer {
	a := e.modest(iana.TLS13)
	a.shares = []iana.Group{iana.X25519, iana.Secp256r1}
	return e.server.ask(ctx, a)
}

// shareable are the groups that a share is sent for where one has to be: those that cost little.
func shareable(groups []iana.Group) (list []iana.Group) {
	for _, g := range groups {
		if info, _ := g.Info(); handshake.CanShare(g) && info.Kind != iana.GroupFFDHE {
			list = append(list, g)
		}
	}
	return list
}

// joint eliminates suites and groups by the same connections.
type joint struct {
	facts  *versionFacts
	suites []iana.CipherSuite
	groups []iana.Group
	try    func([]iana.CipherSuite, []iana.Group) answer
}

// run goes on from the first answer until both lists are complete. A refusal with some left of both does
// not say which of them is used up: that it takes the same groups with suites that were found does.
func (j *joint) run(e *enumeration, first *answer) {
	f := j.facts
	if first.outcome != accepted {
		f.conclude(first)
		f.groupsListed = f.listed
		e.suitePreference(f, nil, nil)
		return
	}
	suites, groups, end := j.together(*first)
	steps := groupSteps{rest: groups, all: j.groups, try: j.try}
	e.suitePreference(f, values(f.suites), steps.next)
	if len(suites) == 0 || end.outcome != refused || len(steps.found) == 0 {
		n := len(f.suites)
		end = j.suitesFrom(suites)
		if len(f.suites) > n {
			e.suitePreference(f, values(f.suites), steps.next)
		}
	}
	f.conclude(&end)
	steps.finish(j.suites)
	f.groups = append(f.groups, steps.found...)
	f.groupsListed = completeFrom(&steps.end)
}

// together asks with what neither list has shown yet, while there is some of both.
func (j *joint) together(a answer) (suites []iana.CipherSuite, groups []iana.Group, end answer) {
	f := j.facts
	suites, groups = slices.Clone(j.suites), slices.Clone(j.groups)
	offered := groups
	for a.outcome == accepted {
		s, g := a.suite(), a.group()
		if g == 0 { // a cookie, perhaps
			break
		}
		f.suites = append(f.suites, choice[iana.CipherSuite]{value: s, connection: a.connection, answer: a})
		f.groups = append(f.groups, choice[iana.Group]{g, a.connection, a, offered})
		suites = slices.DeleteFunc(slices.Clone(suites), func(v iana.CipherSuite) bool { return v == s })
		groups = slices.DeleteFunc(slices.Clone(groups), func(v iana.Group) bool { return v == g })
		if len(suites) == 0 || len(groups) == 0 {
			break
		}
		offered = turned(groups, len(f.groups))
		a = j.try(suites, offered)
	}
	return suites, groups, a
}

// suitesFrom goes on with the suites alone.
func (j *joint) suitesFrom(rest []iana.CipherSuite) answer {
	more, end := eliminate(rest, func(s []iana.CipherSuite) answer { return j.try(s, j.groups) }, suiteOf)
	j.facts.suites = append(j.facts.suites, more...)
	return end
}
