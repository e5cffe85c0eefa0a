package audit

import (
	"context"
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// hybridOffer is a line of the truth table of post-quantum key exchange: which of the two leads, and of
// which there is a share.
type hybridOffer struct {
	what                     string
	hybridFirst              bool
	shareHybrid, shareOther  bool
	picksOtherOverRoundTrips bool // to pick the other is to save a round trip at the cost of the protection
}

// hybridOffers are those of the first group that withstands quantum computers.
var hybridOffers = [...]hybridOffer{
	{"the hybrid first, shares of both", true, true, true, false},
	{"the hybrid first, a share of the other alone", true, false, true, true},
	{"the other first, shares of both", false, true, true, false},
	{"the other first, a share of it alone", false, false, true, false},
}

// furtherOffers are those of each other such group: with a share of it and without.
var furtherOffers = [...]hybridOffer{
	{"it first, shares of both", true, true, true, false},
	{"it first, a share of the other alone", true, false, true, true},
}

// aloneOffers are those of groups that no other stands beside.
var aloneOffers = [...]hybridOffer{
	{"it alone, with a share", true, true, false, false},
	{"it alone, without a share", true, false, false, false},
}

// maxHybrids bounds the groups that have lines: there are no more in the registry.
const maxHybrids = 16

func withstandsQuantum(g iana.Group) bool {
	info, _ := g.Info()
	return info.PQCategory > 0
}

// askHybrids fills in the table: each group that withstands quantum computers beside the first that does not,
// or alone where there is none.
func (e *enumeration) askHybrids(ctx context.Context) []HybridRow {
	rows := []HybridRow{}
	if !e.has(iana.TLS13) {
		return rows
	}
	groups := values(e.facts(iana.TLS13).groups)
	other := slices.IndexFunc(groups, func(g iana.Group) bool { return !withstandsQuantum(g) && handshake.CanShare(g) })
	type line struct {
		group iana.Group
		offer *hybridOffer
	}
	var lines []line
	for _, hybrid := range shareableFirst(groups) {
		offers := furtherOffers[:]
		switch {
		case other < 0:
			offers = aloneOffers[:]
		case len(lines) == 0 && handshake.CanShare(hybrid):
			offers = hybridOffers[:]
		}
		for i := range offers {
			if !offers[i].shareHybrid || handshake.CanShare(hybrid) {
				lines = append(lines, line{hybrid, &offers[i]})
			}
		}
	}
	rows = make([]HybridRow, len(lines))
	var branches []func()
	for i, l := range lines {
		beside := l.group
		if other >= 0 {
			beside = groups[other]
		}
		branches = append(branches, func() { rows[i] = e.askHybrid(ctx, l.offer, l.group, beside) })
	}
	together(branches)
	return rows
}

// shareableFirst are the groups that withstand quantum computers, in their order but for those that a share can't be made of, which
// come last.
func shareableFirst(groups []iana.Group) []iana.Group {
	list := slices.DeleteFunc(slices.Clone(groups), func(g iana.Group) bool { return !withstandsQuantum(g) })
	slices.SortStableFunc(list, func(a, b iana.Group) int {
		switch {
		case handshake.CanShare(a) == handshake.CanShare(b):
			return 0
		case handshake.CanShare(a):
			return -1
		}
		return 1
	})
	return list[:min(len(list), maxHybrids)]
}

// askHybrid makes an offer of a group beside another, which is the same where it stands alone.
func (e *enumeration) askHybrid(ctx context.Context, o *hybridOffer, hybrid, other iana.Group) HybridRow {
	a := e.plain(iana.TLS13)
	a.groups, a.shares = []iana.Group{other, hybrid}, nil
	switch {
	case other == hybrid:
		a.groups = []iana.Group{hybrid}
	case o.hybridFirst:
		a.groups = []iana.Group{hybrid, other}
	}
	for _, g := range a.groups {
		if g == hybrid && o.shareHybrid || g == other && o.shareOther {
			a.shares = append(a.shares, g)
		}
	}
	got := e.server.ask(ctx, a)
	row := HybridRow{Group: *trace.CodeOf(hybrid), savesTrip: o.picksOtherOverRoundTrips, Offer: o.what, Groups: codes(a.groups), Shares: codes(a.shares)}
	if got.outcome != accepted {
		row.Answer = noFrom(&got)
		return row
	}
	row.Answer = yesAt(got.connection)
	row.Retry = got.hello == nil
	row.Picked = trace.CodeOf(got.group())
	return row
}

func codes(groups []iana.Group) []Code {
	list := []Code{}
	for _, g := range groups {
		list = append(list, *trace.CodeOf(g))
	}
	return list
}
