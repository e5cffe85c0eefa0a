package audit

import (
	"context"
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// versionFacts is what was found out about one version.
type versionFacts struct {
	version iana.Version
	support Answer
	suites  []choice[iana.CipherSuite] // in the order in which they were chosen
	listed  Answer                     // yes: the list is complete
	alike   []iana.CipherSuite         // of them those whose order tells whose order counts; nil: all
	prefers Preference
	order   Answer
	chacha  Answer // whether ChaCha20 comes first for a client that leads with it

	groups       []choice[iana.Group]
	groupsListed Answer
	groupsPrefer Preference
	groupsOrder  Answer
	groupsHow    string // what the groups were asked by
	shares       bool   // TLS 1.3: it wants shares in the first hello
}

// base is the ask of a version with everything in it.
func (e *enumeration) base(v iana.Version) ask {
	return ask{
		min: v, max: v, suites: suitesOf(v), groups: groupsOf(v), schemes: schemesOf(v), name: e.sni, until: untilHello,
	}
}

func suiteOf(a *answer) (iana.CipherSuite, bool) { return a.suite(), a.chosen() != nil }

func groupOf(a *answer) (iana.Group, bool) { return a.group(), a.group() != 0 }

// oldVersion enumerates a version before TLS 1.3: one connection for each suite, and one that is refused.
func (e *enumeration) oldVersion(ctx context.Context, v iana.Version) *versionFacts {
	return e.oldVersionFrom(ctx, v, e.server.ask(ctx, e.base(v)))
}

// oldVersionFrom goes on from the answer to a hello with all suites.
func (e *enumeration) oldVersionFrom(ctx context.Context, v iana.Version, first answer) *versionFacts {
	f := &versionFacts{version: v}
	base := e.base(v)
	p := suitePlaces(base.suites)
	p.learn(p.offerings(1)[0], first, suiteOf)
	p.run(e.server.pace.share(manyAtOnce), suiteOf, func(offer []iana.CipherSuite) answer {
		a := base
		a.suites = offer
		return e.server.ask(ctx, a)
	})
	var end answer
	f.suites, end = p.result()
	end = e.beyondCertificate(ctx, base, f, end)
	if len(f.suites) == 0 && end.outcome == refused && !settlesVersion(&end) {
		// So many suites may be what it does not bear: so it is asked as browsers ask.
		if few := e.server.ask(ctx, e.modest(v)); few.outcome != refused {
			end = few
			f.suites = e.onlyModest(ctx, v, &few)
			f.listed = unknownOf("it does not bear a hello with all suites: only the usual ones were asked for")
		}
	}
	f.conclude(&end)
	return f
}

// beyondCertificate goes on where all suites that were found before a refusal prove the server by one kind of key. Some servers
// choose their certificate before the suite, by what kinds the hello has suites for at all. While the hello has one of that kind, which
// they need not have, they refuse, whatever else they have: an offer without that kind tells.
func (e *enumeration) beyondCertificate(ctx context.Context, base ask, f *versionFacts, end answer) answer {
	try := func(offer []iana.CipherSuite) answer {
		a := base
		a.suites = offer
		return e.server.ask(ctx, a)
	}
	for found := f.suites; end.outcome == refused; {
		kind := onlyKey(found)
		rest := slices.DeleteFunc(slices.Clone(base.suites), func(s iana.CipherSuite) bool {
			return authenticates(s) == kind || slices.Contains(values(found), s)
		})
		if kind == iana.AuthenticationAny || len(rest) == 0 {
			return end
		}
		if end = try(rest); end.outcome != accepted {
			return end
		}
		p := suitePlaces(rest)
		p.learn(p.offerings(1)[0], end, suiteOf)
		p.run(e.server.pace.share(manyAtOnce), suiteOf, try)
		f.alike = longer(f.alike, values(found))
		base.suites = rest
		found, end = p.result()
		f.suites = append(slices.Clip(f.suites), found...)
		f.alike = longer(f.alike, values(found))
	}
	return end
}

func longer(a, b []iana.CipherSuite) []iana.CipherSuite {
	if len(b) > len(a) {
		return b
	}
	return a
}

// onlyKey is the kind of key that suites with a certificate have in common; [iana.AuthenticationAny] where there are several, or none.
func onlyKey(found []choice[iana.CipherSuite]) iana.Authentication {
	kind := iana.AuthenticationAny
	for _, c := range found {
		switch of := authenticates(c.value); of {
		case iana.AuthenticationRSA, iana.AuthenticationECDSA, iana.AuthenticationDSS:
			if kind != iana.AuthenticationAny && kind != of {
				return iana.AuthenticationAny
			}
			kind = of
		}
	}
	return kind
}

func authenticates(s iana.CipherSuite) iana.Authentication {
	p, _ := s.Params()
	return p.Authentication
}

// suiteOrder finds out whose order counts in a version before TLS 1.3, where the groups do not.
func (e *enumeration) suiteOrder(ctx context.Context, f *versionFacts) {
	base := e.base(f.version)
	list := f.alike
	if len(list) < 2 {
		list = values(f.suites)
	}
	e.suitePreference(f, list, func(list []iana.CipherSuite) answer {
		a := base
		a.suites = list
		return e.server.ask(ctx, a)
	})
}

// settlesVersion tells the refusals that can only be about the version.
func settlesVersion(a *answer) bool {
	return a.hasAlert && a.alert == iana.AlertProtocolVersion || !a.hasAlert && !a.closed
}

// modest is what an ordinary client of a version offers.
func (e *enumeration) modest(v iana.Version) ask {
	o := handshake.DefaultOffer(min(v, iana.TLS10), v)
	a := e.base(v)
	a.suites, a.groups, a.schemes = nil, nil, o.Schemes
	for _, s := range o.CipherSuites {
		if p, ok := s.Params(); ok && p.MinVersion <= v && v <= p.MaxVersion {
			a.suites = append(a.suites, s)
		}
	}
	for _, g := range o.Groups {
		if info, _ := g.Info(); v >= iana.TLS13 || info.PQCategory == 0 && info.Kind != iana.GroupFFDHE {
			a.groups = append(a.groups, g)
		}
	}
	return a
}

func (e *enumeration) onlyModest(ctx context.Context, v iana.Version, first *answer) []choice[iana.CipherSuite] {
	if first.outcome != accepted {
		return nil
	}
	base := e.modest(v)
	found, _ := eliminate(base.suites, func(rest []iana.CipherSuite) answer {
		a := base
		a.suites = rest
		return e.server.ask(ctx, a)
	}, suiteOf)
	return found
}

// conclude says from the end of the elimination whether the version is there and the list complete.
func (f *versionFacts) conclude(end *answer) {
	switch {
	case len(f.suites) > 0:
		f.support = yesAt(f.suites[0].connection)
	default:
		f.support = noFrom(end)
	}
	if f.listed.Status == "" {
		f.listed = completeFrom(end)
	}
	if f.support.Status == No {
		f.listed = skipped("it does not have the version")
	}
}

// suitePreference finds out whose order counts, and whether ChaCha20 is an exception, from suites that were
// found, in the order in which they were.
func (e *enumeration) suitePreference(f *versionFacts, list []iana.CipherSuite, try func([]iana.CipherSuite) answer) {
	var a answer
	f.prefers, a = whose(list, isChaCha, try, suiteOf)
	f.order = orderAnswer(f.prefers, &a)
	at := slices.IndexFunc(list, isChaCha)
	switch {
	case f.prefers != PreferServer || at < 0:
		f.chacha = skipped("only a server with an order of its own, and ChaCha20 in it, can make the exception")
	case at == 0:
		f.chacha = skipped("ChaCha20 is first in any case")
	case isChaCha(a.suite()): // it left its order for a client that does not lead with AES-GCM
		f.chacha = Answer{Status: Yes, Connection: a.connection, Reason: "for a client that does not lead with AES-GCM"}
	default:
		f.chacha = e.chachaAnswer(try(leading(list, at)))
	}
}

// leading is a list with what is at a place first.
func leading[T any](list []T, at int) []T {
	return append([]T{list[at]}, slices.Delete(slices.Clone(list), at, at+1)...)
}

func (e *enumeration) chachaAnswer(a answer) Answer {
	switch {
	case a.outcome != accepted:
		return unknownFrom(&a)
	case isChaCha(a.suite()):
		return yesAt(a.connection)
	}
	return Answer{Status: No, Connection: a.connection}
}

func orderAnswer(p Preference, a *answer) Answer {
	switch p {
	case PreferNone:
		return skipped("there is nothing to choose from")
	case PreferUnknown:
		return unknownFrom(a)
	}
	return yesAt(a.connection)
}
