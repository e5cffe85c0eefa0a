package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/scan"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// scanOptions are the flags of scan. Those of a connection are the ones of connect.
type scanOptions struct {
	connectOptions
	file    string
	resume  string
	shard   string
	shards  int
	workers int
	perHost int
	rate    float64
	checks  bool
	trace   bool
	text    bool
	failOn  string

	settings trace.Settings // the flags that documents depend on
}

func newScan(app *App) *cobra.Command {
	o := new(scanOptions)
	cmd := &cobra.Command{
		Use:   "scan [HOST[:PORT]...]",
		Short: "Make one handshake with each of many targets",
		Long: "scan makes one handshake with each target of a list, and prints a line of JSON for\n" +
			"each when it is known: what was negotiated, the certificates, and whether they are\n" +
			"to be trusted. A list has one target a line: host, host:port, [v6]:port or\n" +
			"https://host; # begins a comment; - is stdin. What it needs of memory does not\n" +
			"grow with the list. The exit code is 0 if every target was answered, trusted or\n" +
			"not, and 6 if some were not; docs/scan.md tells more.",
		Example: "  tlsprobe scan example.com example.org:8443 --text\n" +
			"  tlsprobe scan -f hosts.txt --workers 200 --rate 100 --resume results.jsonl\n" +
			"  tlsprobe scan -f hosts.txt --shard 0/4 --fail-on untrusted > results-0.jsonl",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := excluded(cmd.Flags(), formsOfScan[:]); err != nil {
				return err
			}
			o.changed(cmd.Flags())
			o.split()
			return runScan(cmd.Context(), app, o, args)
		},
	}
	o.registerScan(cmd)
	return cmd
}

// formsOfScan are the flags of which at most one can be given.
var formsOfScan = [...][]string{
	{"ipv4", "ipv6"}, {"resume", "output"}, {"resume", "text"}, {"text", "trace"}, {"text", "checks"}, {"shard", "shards"},
}

// The flags that are not about a connection: those that are about the list and how it is gone through, and those that say what
// documents hold.
var (
	listFlags     = [...]string{"file", "resume", "shard", "shards", "workers", "per-host", "rate", "text", "fail-on"}
	documentFlags = [...]string{"checks", "trace"}
)

// split tells the flags that make a probe again from those that documents depend on.
func (o *scanOptions) split() {
	name := func(arg string) string {
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		return name
	}
	o.args = slices.DeleteFunc(o.args, func(arg string) bool { return slices.Contains(listFlags[:], name(arg)) })
	o.settings.Args = slices.Sorted(slices.Values(o.args))
	o.args = slices.DeleteFunc(o.args, func(arg string) bool { return slices.Contains(documentFlags[:], name(arg)) })
}

func (o *scanOptions) registerScan(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVarP(&o.file, "file", "f", "", "read targets from `FILE`, one a line; - is stdin")
	f.StringVar(&o.shard, "shard", "", "scan part `I/N` of the list alone, I from 0 (default $JOB_COMPLETION_INDEX of --shards)")
	f.IntVar(&o.shards, "shards", 0, "how many parts there are, `N` (default $JOB_COMPLETIONS)")
	f.StringVar(&o.resume, "resume", "", "append to `FILE`, and leave out the targets that are in there")
	under(f, "What to scan", "file", "shard", "shards", "resume")
	f.IntVar(&o.workers, "workers", 64, "`N` connections at once")
	f.IntVar(&o.perHost, "per-host", 2, "`N` connections at once to one address")
	f.Float64Var(&o.rate, "rate", 0, "`N` new connections a second; 0: no limit")
	under(f, "How much at once", "workers", "per-host", "rate")
	f.BoolVar(&o.checks, "checks", false, "print the checks that passed, too")
	f.BoolVar(&o.trace, "trace", false, "print the whole trace of each target, too")
	f.BoolVar(&o.text, "text", false, "print a line to read for each target, not JSON")
	f.StringVarP(&o.output, "output", "o", "", "write to `FILE` instead of stdout")
	f.StringVar(&o.failOn, "fail-on", "", "`WHAT` makes the exit code 1: untrusted")
	under(f, "What to show", "checks", "trace", "text", "output", "fail-on")
	o.registerOffer(f)
	o.registerWay(f, 0)
	f.Lookup("timeout").Usage = "`TIME` for each target, from the lookup to the end of the handshake; 0: no limit"
	f.StringVar(&o.roots, "roots", "", "trust the roots of `FILE`, or system or bundled (default system, else bundled)")
	f.BoolVar(&o.strict, "strict", false, "end a handshake at the first broken rule, as the RFCs say")
	f.StringVar(&o.time, "time", "", "verify as of `TIME`, such as 2026-11-23T16:02:00Z (default now)")
	under(f, "Whom to trust", "roots", "strict", "time")
	completeScan(cmd)
}

// checkScan refuses what can't be, before anything is done.
func (o *scanOptions) checkScan(args []string) error {
	switch {
	case o.workers < 1 || o.workers > maxWorkers:
		return usage("such as 64", "--workers: %d is not between 1 and %d", o.workers, maxWorkers)
	case o.perHost < 1:
		return usage("such as 2", "--per-host: %d is less than one", o.perHost)
	case o.rate < 0:
		return usage("such as 100, or 0 for no limit", "--rate: %g is less than nothing", o.rate)
	case o.failOn != "" && o.failOn != failOnUntrusted:
		return usage(failOnUntrusted+" is the only one", "--fail-on: %q is none of its values", o.failOn)
	case o.file == "" && len(args) == 0:
		return usage("tlsprobe scan -f hosts.txt, or names of hosts, or - for a list on stdin", "scan wants targets, and was given none")
	case stdinsOf(o.file, args) > 1:
		return usage("give - once", "stdin can be read only once")
	}
	return o.check()
}

const (
	failOnUntrusted = "untrusted"
	maxWorkers      = 10_000
	// refusalWait is how long a server of TLS 1.3 is given to say that it doesn't go on without a client certificate. Most close at
	// once, whichever it is.
	refusalWait = time.Second
)

// runScan scans the targets, and turns what came of them into an exit code.
func runScan(ctx context.Context, app *App, o *scanOptions, args []string) error {
	if err := o.checkScan(args); err != nil {
		return err
	}
	if fault := unusualName(o.sni); fault != "" {
		app.say("note: server_name should hold a DNS name, %s (RFC 6066, Section 3); %s is sent as asked\n", fault, safetext.Visible(o.sni))
	}
	shard, err := o.part(app)
	if err != nil {
		return err
	}
	list, err := openTargets(app, o.file, args)
	if err != nil {
		return err
	}
	defer list.close()
	options, err := o.scan(app)
	if err != nil {
		return err
	}
	out, done, err := o.openScan(app)
	if err != nil {
		return err
	}
	restore := o.collectSeldom(app)
	defer restore()
	s := scan.New(options)
	end := o.showProgress(app, s)
	err = s.Run(ctx, scan.Filter(list.lines(), func(l scan.Line) bool { return shard.Has(l.Text) && !done.Has(l.Text) }), out)
	end()
	if closed := out.Close(); err == nil {
		err = closed
	}
	return o.scanned(ctx, app, s, list.seen.Load(), err)
}

// scan translates the options.
func (o *scanOptions) scan(app *App) (scan.Options, error) {
	offer, err := o.offer(dial.Target{})
	if err != nil {
		return scan.Options{}, err
	}
	dialer, err := o.dialer()
	if err != nil {
		return scan.Options{}, err
	}
	verifier, err := o.scanVerifier(app)
	if err != nil {
		return scan.Options{}, err
	}
	named, refusal := o.given("sni"), refusalWait
	if o.given("linger") {
		refusal = o.linger
	}
	options := scan.Options{
		Workers: o.workers, PerHost: o.perHost, Rate: o.rate, Now: app.Now,
		Verifier: verifier, Checks: o.checks, Trace: o.trace, Settings: o.settings, Append: scan.AppendJSON,
		Probe: func(t dial.Target) probe.Options {
			offer := offer
			if !named {
				offer.ServerName = t.SNI
			}
			return probe.Options{
				Args: o.args, Dialer: dialer, Offer: offer, Strict: o.strict, Timeout: o.timeout, Linger: o.linger, AskedLinger: refusal,
				Rand: app.Rand, Now: app.Now, Tool: tool(), Limits: conn.Limits{Message: 128 << 10, Keep: 128 << 10, Records: 512},
			}
		},
	}
	if o.sni != "" {
		options.Hostname = func(dial.Target) string { return o.sni }
	}
	if o.text {
		options.Append = func(b []byte, d *scan.Document) ([]byte, error) { return appendScanned(b, d), nil }
	}
	return options, nil
}

// scanVerifier makes what judges the chains. Roots that can't be had are told before anything is scanned: no verdict would be of any use.
func (o *scanOptions) scanVerifier(app *App) (*scan.Verifier, error) {
	open, err := o.store()
	if err != nil {
		return nil, err
	}
	store, err := open()
	if err != nil {
		return nil, usage("--roots bundled trusts those that are built in", "--roots: %w", err)
	}
	var at time.Time
	if o.time != "" {
		if at, err = o.clock(app); err != nil {
			return nil, err
		}
	}
	return scan.NewVerifier(store, at), nil
}

// scanned turns what a run came to into an exit code, the gravest of several.
func (o *scanOptions) scanned(ctx context.Context, app *App, s *scan.Scan, seen int64, err error) error {
	n := s.Stats()
	switch {
	case s.Bug() != "":
		app.say("tlsprobe: this is a bug: %s", s.Bug())
		return &exitError{code: exitInternal}
	case ctx.Err() != nil:
		return &exitError{code: interruptCode(ctx), err: fmt.Errorf("interrupted: %d targets are written, and those under way are not", n.Done), hint: o.goOnHint()}
	case errors.Is(err, syscall.EPIPE):
		return err
	case errors.Is(err, scan.ErrInput):
		return usage(o.goOnHint(), "%w", err)
	case err != nil:
		return usage("it needs a place that can be written to, with room for it; "+o.goOnHint(), "write the results: %w", err)
	case seen == 0:
		return unreadable("one target a line: host, host:port, [v6]:port or https://host", "there is no target in the list")
	case n.Internal > 0:
		return &exitError{code: exitInternal, err: fmt.Errorf("something on this side failed for %d targets: their error says what", n.Internal)}
	case o.failOn == failOnUntrusted && n.Untrusted > 0:
		return &exitError{code: exitNo, err: fmt.Errorf("of %d targets: %d not trusted%s", n.Done, n.Untrusted, missed(n))}
	case n.Failed+n.Refused > 0:
		return &exitError{code: exitIncomplete, err: fmt.Errorf("of %d targets: %s", n.Done, strings.TrimPrefix(missed(n), ", "))}
	}
	return nil
}

// missed says what was not answered; empty where everything was.
func missed(n scan.Stats) (text string) {
	if n.Failed > 0 {
		text += fmt.Sprintf(", %d not reached or without a handshake", n.Failed)
	}
	if n.Refused > 0 {
		text += fmt.Sprintf(", %d no target at all", n.Refused)
	}
	return text
}

// goOnHint says how to go on with a run that did not come to its end.
func (o *scanOptions) goOnHint() string {
	switch {
	case o.text:
		return ""
	case o.resume != "":
		return "the same command again goes on"
	case o.output != "" && o.output != "-":
		return "the same command goes on with --resume " + o.output + " in the place of -o"
	}
	return "the same command goes on with --resume FILE, where FILE is what it has written to stdout"
}
