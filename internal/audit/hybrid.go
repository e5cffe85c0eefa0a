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

var hybridOffers = [...]hybridOffer{
	{"the hybrid first, shares of both", true, true, true, false},
	{"the hybrid first, a share of the other alone", true, false, true, true},
	{"the other first, shares of both", false, true, true, false},
	{"the other first, a share of it alone", false, false, true, false},
}

func withstandsQuantum(g iana.Group) bool {
	info, _ := g.Info()
	return info.PQCategory > 0
}

// askHybrids fills in the table, with the first group that withstands quantum computers and the first that does not.
func (e *enumeration) askHybrids(ctx context.Context) []HybridRow {
	rows := []HybridRow{}
	if !e.has(iana.TLS13) {
		return rows
	}
	groups := values(e.facts(iana.TLS13).groups)
	usable := func(g iana.Group) bool { return handshake.CanShare(g) }
	hybrid := slices.IndexFunc(groups, func(g iana.Group) bool { return withstandsQuantum(g) && usable(g) })
	other := slices.IndexFunc(groups, func(g iana.Group) bool { return !withstandsQuantum(g) && usable(g) })
	if hybrid < 0 || other < 0 {
		return rows
	}
	rows = make([]HybridRow, len(hybridOffers))
	var branches []func()
	for i := range hybridOffers {
		branches = append(branches, func() { rows[i] = e.askHybrid(ctx, &hybridOffers[i], groups[hybrid], groups[other]) })
	}
	together(branches)
	return rows
}

func (e *enumeration) askHybrid(ctx context.Context, o *hybridOffer, hybrid, other iana.Group) HybridRow {
	a := e.plain(iana.TLS13)
	a.groups, a.shares = []iana.Group{other, hybrid}, nil
	if o.hybridFirst {
		a.groups = []iana.Group{hybrid, other}
	}
	for _, g := range a.groups {
		if g == hybrid && o.shareHybrid || g == other && o.shareOther {
			a.shares = append(a.shares, g)
		}
	}
	got := e.server.ask(ctx, a)
	row := HybridRow{Offer: o.what, Groups: codes(a.groups), Shares: codes(a.shares)}
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
