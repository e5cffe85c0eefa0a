package audit

import (
	"context"

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
	e.joint(f, &first, base, try)
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

// joint eliminates suites and groups by the same connections, from the first answer on.
func (e *enumeration) joint(f *versionFacts, first *answer, base ask, try func([]iana.CipherSuite, []iana.Group) answer) {
	if first.outcome != accepted {
		f.conclude(first)
		f.groupsListed = f.listed
		e.suitePreference(f, nil, nil)
		return
	}
	groups := groupPlaces(base.groups)
	r := &rides{groups: groups, suites: suitePlaces(base.suites), all: base.suites, try: try}
	groups.learn(groups.offerings(1)[0], *first, groupOf)
	r.suites.learn(r.suites.offerings(1)[0], *first, suiteOf)
	r.run(e.server.pace.share(fewAtOnce))
	alone := func(list []iana.CipherSuite) answer { return try(list, base.groups) }
	r.suites.run(1, suiteOf, alone)
	var end answer
	f.suites, end = r.suites.result()
	f.conclude(&end)
	e.suitePreference(f, values(f.suites), r.orElse(alone))
	f.groups, end = groups.result()
	f.groupsListed = completeFrom(&end)
}
