package main

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"strings"
	"sync"

	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/diff"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/render"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Limits of comparing many.
const (
	maxProbes    = 8   // at a time
	maxEndpoints = 512 // in all
)

// endpoint is one address of a host.
type endpoint struct {
	name   string
	probe  probe.Options
	failed *trace.Trace // stands for a host that has no address
}

// runAcross compares all addresses of the hosts.
func runAcross(ctx context.Context, app *App, o *diffOptions, args []string) error {
	if err := o.check(); err != nil {
		return err
	}
	compare, err := o.comparison()
	if err != nil {
		return err
	}
	endpoints, err := o.endpoints(ctx, app, args)
	if err != nil {
		return err
	}
	d := diff.Across(probeAll(ctx, endpoints), compare)
	d.Tool = tool()
	code := acrossCode(d)
	if o.exitZero && code == exitNo {
		code = exitOK
	}
	if ctx.Err() != nil {
		code = interruptCode(ctx)
	}
	err = o.write(app, "comparison", func(w io.Writer) error {
		if o.json {
			return trace.WriteDocument(w, d)
		}
		return render.Across(w, d, code, o.style(app, o.toTerminal(app)))
	})
	if err != nil || code == exitOK {
		return err
	}
	return &exitError{code: code}
}

func acrossCode(d *diff.AcrossDocument) int {
	switch d.Result {
	case diff.AcrossDiffers:
		return exitNo
	case diff.AcrossIncomplete:
		return exitIncomplete
	}
	return exitOK
}

// endpoints looks the hosts up; each may be a list with commas.
func (o *diffOptions) endpoints(ctx context.Context, app *App, args []string) ([]endpoint, error) {
	var list []endpoint
	for _, arg := range args {
		for host := range strings.SplitSeq(arg, ",") {
			if host == "" {
				continue
			}
			p, err := o.probe(app, host)
			if err != nil {
				return nil, err
			}
			list = append(list, addressesOf(ctx, host, p, o)...)
			if len(list) > maxEndpoints {
				return nil, usage("compare fewer at a time", "--across: more than %d addresses", maxEndpoints)
			}
		}
	}
	if len(list) == 0 {
		return nil, usage("tlsprobe diff --across www.example", "--across: no host is named")
	}
	return list, nil
}

// addressesOf makes an endpoint of each address of a host.
func addressesOf(ctx context.Context, host string, p probe.Options, o *diffOptions) []endpoint {
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	found, err := p.Dialer.Find(ctx, p.Target)
	if err != nil {
		return []endpoint{{name: host, failed: lookupFailed(p, err)}}
	}
	var list []endpoint
	for _, a := range found.All() {
		e := endpoint{name: host, probe: p}
		e.probe.Dialer.ConnectTo = dial.ConnectTo{Host: a.Addr().String(), Addr: a.Addr(), Port: a.Port()}
		if named(p.Target, a) {
			e.name = host + " at " + a.Addr().String()
		}
		list = append(list, e)
	}
	return list
}

// named reports whether the address says more than the host does.
func named(t dial.Target, a netip.AddrPort) bool { return !t.IsAddr() || t.Addr != a.Addr() }

// lookupFailed is the trace of a host without an address.
func lookupFailed(p probe.Options, err error) *trace.Trace {
	t := &trace.Trace{Outcome: trace.Network, Error: &trace.Error{Kind: "lookup_failed", Message: err.Error()}}
	var de *dial.Error
	if errors.As(err, &de) {
		t.Error.Kind, t.Error.Hint = string(de.Kind), de.Hint()
	}
	t.Target = trace.Target{Input: p.Input, Host: p.Target.Host, Port: p.Target.Port}
	return t
}

// probeAll makes the probes, a few at a time, and returns their traces in the order of the endpoints.
func probeAll(ctx context.Context, endpoints []endpoint) []diff.Probed {
	out := make([]diff.Probed, len(endpoints))
	slots := make(chan struct{}, maxProbes)
	var wg sync.WaitGroup
	for i, e := range endpoints {
		out[i] = diff.Probed{Name: e.name, Trace: e.failed}
		if e.failed != nil {
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			out[i].Trace = probe.Run(ctx, e.probe)
		})
	}
	wg.Wait()
	return out
}
