package assess

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime/debug"
	"slices"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/scan"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Options is how targets are audited.
type Options struct {
	Policy   *policy.Policy
	File     string           // where the policy is from; empty for a built-in one
	Waivers  []policy.Waiver  // beside those of the policy
	Baseline *policy.Baseline // nil: there is none
	FailOn   policy.Level
	Evidence bool // reports hold the traces that findings rest on
	Workers  int  // targets at once, at least 1
	// Enumeration gives how a target is asked, all but Record. Its clock, At, is that of the judgement, too.
	Enumeration func(t dial.Target, input string) audit.Options
	Now         func() time.Time
	Tool        trace.Tool
}

// Head is what reports have in common, for an audit that begins now.
func (o *Options) Head() policy.Head {
	return policy.Head{Tool: o.Tool, Started: o.Now().UTC(), Policy: o.Policy.Reference(o.File), FailOn: o.FailOn}
}

// Line is a target as it was given, and where.
type Line struct {
	Text     string
	Position policy.Position
}

// maxAddresses bounds the addresses of a target that are audited, whatever the DNS answers.
const maxAddresses = 16

// Target audits one target at all its addresses. There always is a report, however far it came.
func (o *Options) Target(ctx context.Context, line Line) policy.Report {
	head := o.Head()
	asked := policy.Asked{Target: line.Text, Input: line.Text, Position: line.Position}
	var endpoints []policy.Endpoint
	if bug := guarded(func() { endpoints = o.ask(ctx, &asked) }); bug != "" {
		asked.Error = &trace.Error{Kind: string(trace.Internal), Message: bug}
	}
	return policy.NewReport(&head, &asked, endpoints)
}

// guarded runs f and returns how it panicked; empty if it did not. One target must not end the audit of all.
func guarded(f func()) (bug string) {
	defer func() {
		if p := recover(); p != nil {
			bug = fmt.Sprintf("a bug of tlsprobe: %v\n%s", p, debug.Stack())
		}
	}()
	f()
	return ""
}

// ask asks the addresses of a target.
func (o *Options) ask(ctx context.Context, asked *policy.Asked) (endpoints []policy.Endpoint) {
	asked.Same, asked.Differences = compare(nil)
	t, bad := scan.ParseTarget(asked.Input)
	if bad != nil {
		asked.Error = &trace.Error{Kind: bad.Kind, Message: bad.Message, Hint: bad.Hint}
		return nil
	}
	asked.Target = t.String()
	enumeration := o.Enumeration(t, asked.Input)
	addresses, err := lookup(ctx, &enumeration)
	if err != nil {
		asked.Error = told(ctx, err)
		return nil
	}
	for i, a := range addresses {
		if len(addresses) > 1 { // whose session is offered: to the first that of the second, to the others that of the first
			enumeration.Other = addresses[0]
			if i == 0 {
				enumeration.Other = addresses[1]
			}
		}
		if ctx.Err() == nil {
			endpoints = append(endpoints, o.endpoint(ctx, enumeration, asked.Target, a))
		}
	}
	switch {
	case ctx.Err() != nil: // what is known by now stays
		asked.Error = told(ctx, ctx.Err())
	case !slices.ContainsFunc(endpoints, answered):
		asked.Error = firstError(ctx, endpoints)
	}
	asked.Same, asked.Differences = compare(endpoints)
	return endpoints
}

func answered(e policy.Endpoint) bool { return e.Enumeration != nil }

// lookup returns the addresses that are to be audited.
func lookup(ctx context.Context, e *audit.Options) ([]netip.AddrPort, error) {
	if e.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, e.Timeout)
		defer cancel()
	}
	found, err := e.Dialer.Find(ctx, e.Target)
	if err != nil {
		return nil, err
	}
	list := found.All()
	return list[:min(len(list), maxAddresses)], nil
}

// endpoint audits one address.
func (o *Options) endpoint(ctx context.Context, e audit.Options, target string, a netip.AddrPort) policy.Endpoint {
	end := policy.Endpoint{Address: a.String(), Verdicts: []policy.Verdict{}, Evidence: []policy.Evidence{}}
	e.Dialer.ConnectTo = dial.ConnectTo{Host: a.Addr().String(), Addr: a.Addr(), Port: a.Port()}
	var seen audit.Evidence
	e.Record = seen.Keep
	d, err := audit.Enumerate(ctx, e)
	if err != nil {
		end.Error = told(ctx, err)
		return end
	}
	end.Enumeration = d
	end.Verdicts = policy.Judge(o.Policy, policy.FactsOf(d, e.At), policy.JudgeOptions{
		Target: target, Address: end.Address, Waivers: o.Waivers, Baseline: o.Baseline, At: e.At,
	})
	point(&seen, end.Verdicts)
	if o.Evidence {
		end.Evidence = evidence(&seen, end.Verdicts)
	}
	return end
}

// told words why something could not be asked.
func told(ctx context.Context, err error) *trace.Error {
	if context.Cause(ctx) != nil {
		return &trace.Error{Kind: string(trace.Interrupted), Message: "interrupted: " + context.Cause(ctx).Error()}
	}
	e := &trace.Error{Kind: "connect_failed", Message: err.Error()}
	var de *dial.Error
	if errors.As(err, &de) {
		e.Kind, e.Hint = string(de.Kind), de.Hint()
	}
	return e
}

func firstError(ctx context.Context, list []policy.Endpoint) *trace.Error {
	for i := range list {
		if list[i].Error != nil {
			return list[i].Error
		}
	}
	return told(ctx, errors.New("it has no address"))
}

// compare holds the addresses against the first of them that answered.
func compare(list []policy.Endpoint) (audit.Answer, []string) {
	same := audit.Answer{Status: audit.Skip, Reason: "there is one address"}
	differences := []string{}
	var first *policy.Endpoint
	for i := range list {
		e := &list[i]
		switch {
		case e.Enumeration == nil:
			continue
		case first == nil:
			first = e
			continue
		}
		if same.Status == audit.Skip {
			same = audit.Answer{Status: audit.Yes}
		}
		a, diffs := audit.Compare(first.Enumeration, e.Enumeration)
		for _, d := range diffs {
			differences = append(differences, e.Address+": "+d)
		}
		if a.Status == audit.No || same.Status == audit.Yes {
			same = a
		}
	}
	if len(list) > 1 && same.Status == audit.Skip {
		same.Reason = "fewer than two addresses could be asked"
	}
	return same, differences
}
