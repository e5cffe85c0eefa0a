package audit

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/tlsprobe/tlsprobe/internal/dial"
)

// maxAddresses bounds the addresses that are compared, whatever the DNS answers.
const maxAddresses = 16

// Address is what another address of the name has to say.
type Address struct {
	Address     string   `json:"address"` // with the port
	Same        Answer   `json:"same"`
	Differences []string `json:"differences"` // each a question and both answers
	Cost        Cost     `json:"cost"`
}

// EnumerateAll is Enumerate, and then the same at every other address of the name, held against the first. The connections of all
// are numbered on.
func EnumerateAll(ctx context.Context, o Options) (*Document, error) {
	if o.Roots != nil {
		o.Roots = sync.OnceValues(o.Roots)
	}
	o.fromAnother = true
	d, others, err := enumerate(ctx, o, 0)
	if err != nil {
		return nil, err
	}
	before := d.Cost.Connections
	o.Other, _ = netip.ParseAddrPort(d.Target.Address)
	for _, a := range others {
		at := o
		at.Dialer.ConnectTo = connectTo(a)
		row := Address{Address: a.String(), Differences: []string{}}
		other, _, err := enumerate(ctx, at, before)
		if err != nil {
			row.Same = unknownOf(unreachable(err))
		} else {
			row.Cost = other.Cost
			before += other.Cost.Connections
			row.Same, row.Differences = Compare(d, other)
		}
		d.Addresses = append(d.Addresses, row)
	}
	return d, nil
}

// others are the addresses of the lookup that the family lets in, without the one that was reached.
func (s *server) others(res *dial.Result) (list []netip.AddrPort) {
	for _, a := range res.Lookup.Addrs {
		fits := s.dialer.Family == dial.AnyFamily || (s.dialer.Family == dial.IPv4) == a.Is4()
		if a = a.Unmap(); fits && a != s.address.Addr.Unmap() && len(list) < maxAddresses {
			list = append(list, netip.AddrPortFrom(a, s.address.Port))
		}
	}
	return list
}

// Compare holds the answers of two addresses against each other. What one of them does not know is no difference.
func Compare(a, b *Document) (Answer, []string) {
	differences := []string{}
	for i := range a.Questions {
		x, y := &a.Questions[i], &b.Questions[i]
		if x.Answer.Status == Unknown || y.Answer.Status == Unknown {
			continue
		}
		if x.Answer.Status != y.Answer.Status || !slices.Equal(x.Values, y.Values) {
			differences = append(differences, fmt.Sprintf("%s: %s here, %s there", x.ID, short(x), short(y)))
		}
	}
	if x, y := fingerprints(a), fingerprints(b); !slices.Equal(x, y) {
		differences = append(differences, "certificates: other ones")
	}
	switch {
	case len(differences) > 0:
		return Answer{Status: No}, differences
	case len(b.Unanswered()) > 0 || len(a.Unanswered()) > 0:
		return unknownOf("not everything is known of both"), differences
	}
	return Answer{Status: Yes}, differences
}

func short(q *Question) string {
	if len(q.Values) == 0 {
		return string(q.Answer.Status)
	}
	return clip(strings.Join(q.Values, ", "))
}

func fingerprints(d *Document) (list []string) {
	for i := range d.Certificates {
		list = append(list, d.Certificates[i].SHA256)
	}
	return list
}
