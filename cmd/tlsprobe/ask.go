package main

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/dial"
)

// askOptions are the flags of how servers are asked what they support: those that enum and audit share.
type askOptions struct {
	sni       string
	four, six bool
	connectTo string
	timeout   time.Duration
	perHost   int
	rate      float64
	roots     string
	time      string

	given func(string) bool // whether a flag was given
}

func (o *askOptions) registerWhom(f *pflag.FlagSet) {
	f.StringVar(&o.sni, "sni", "", "`NAME` to ask for; '' sends none (default: the host)")
	f.BoolVarP(&o.four, "ipv4", "4", false, "connect by IPv4 only")
	f.BoolVarP(&o.six, "ipv6", "6", false, "connect by IPv6 only")
	f.StringVar(&o.connectTo, "connect-to", "", "connect to `ADDR[:PORT]` instead; name and SNI stay")
	under(f, "Whom to ask", "sni", "ipv4", "ipv6", "connect-to")
}

func (o *askOptions) registerHow(f *pflag.FlagSet) {
	f.IntVar(&o.perHost, "per-host", 4, "at most `N` connections at once to a server")
	f.Float64Var(&o.rate, "rate", 0, "at most `N` new connections a second to a server; 0: no limit")
	f.DurationVar(&o.timeout, "timeout", 10*time.Second, "`TIME` for each connection")
	under(f, "How fast", "per-host", "rate", "timeout")
	f.StringVar(&o.roots, "roots", "", "trust the roots of `FILE`, or system or bundled (default system, else bundled)")
	f.StringVar(&o.time, "time", "", "judge certificates as of `TIME`, such as 2026-11-23T16:02:00Z (default now)")
	under(f, "Whom to trust", "roots", "time")
}

// check refuses what can't be, before anything is done.
func (o *askOptions) check() error {
	const most = 64
	switch {
	case o.timeout <= 0:
		return usage("such as 10s", "--timeout: %s leaves no time", o.timeout)
	case o.perHost < 1 || o.perHost > most:
		return usage("1 for one at a time; servers take more than a few for an attack", "--per-host: %d is not between 1 and %d", o.perHost, most)
	case o.rate < 0:
		return usage("such as 5, or 0 for no limit", "--rate: %g is less than nothing", o.rate)
	case len(o.sni) > 1<<16-6:
		return usage("a name in the DNS has at most 253 bytes", "--sni: the name has %d bytes, more than a hello can hold", len(o.sni))
	}
	return nil
}

// enumeration translates the flags to how a target is asked.
func (o *askOptions) enumeration(app *App) (func(t dial.Target, input string) audit.Options, error) {
	way := connectOptions{four: o.four, six: o.six, connectTo: o.connectTo, given: o.given}
	dialer, err := way.dialer()
	if err != nil {
		return nil, err
	}
	store, err := openStore(o.roots)
	if err != nil {
		return nil, err
	}
	at, err := clockAt(app, o.time)
	if err != nil {
		return nil, err
	}
	return func(t dial.Target, input string) audit.Options {
		sni := t.SNI
		if o.given("sni") {
			sni = o.sni
		}
		return audit.Options{
			Target: t, Input: input, SNI: sni, Dialer: dialer, Timeout: o.timeout, PerHost: o.perHost, Rate: o.rate,
			Rand: app.Rand, Now: app.Now, At: at, Tool: tool(), Roots: store,
		}
	}, nil
}
