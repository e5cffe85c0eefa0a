package main

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tlsprobe/tlsprobe/internal/diff"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/render"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// diffOptions are the flags of diff. Those of a connection are the ones of connect, and hold for all probes alike.
type diffOptions struct {
	connectOptions
	all      bool
	ignored  []string
	selected []string
	unified  bool
	exitZero bool
	across   bool
}

func newDiff(app *App) *cobra.Command {
	o := new(diffOptions)
	cmd := &cobra.Command{
		Use:   "diff A B",
		Short: "Say what differs between two handshakes, and whether it got worse",
		Long: "diff compares two handshakes. A and B are traces (connect --json), - for one on\n" +
			"stdin, or servers (HOST[:PORT]), which are probed now with the same settings.\n" +
			"What is fresh each time, and timing, makes no difference. With --across it\n" +
			"compares all addresses of the hosts that are named, and shows the odd one out.\n" +
			"The exit code is 0 for the same, 1 for a difference, 3 for no connection, 7 for\n" +
			"a file that is no trace; with --across 6 if some addresses were not reached.",
		Example: "  tlsprobe diff before.json after.json\n" +
			"  tlsprobe diff staging.example:443 www.example:443 --sni www.example\n" +
			"  tlsprobe diff --across www.example",
		Args:              func(cmd *cobra.Command, args []string) error { return o.args2(args) },
		ValidArgsFunction: nil, // files
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := excluded(cmd.Flags(), formsOfDiff[:]); err != nil {
				return err
			}
			o.changed(cmd.Flags())
			if o.across {
				return runAcross(cmd.Context(), app, o, args)
			}
			return runDiff(cmd.Context(), app, o, args[0], args[1])
		},
	}
	o.registerDiff(cmd)
	return cmd
}

// formsOfDiff are the flags of which at most one can be given.
var formsOfDiff = [...][]string{{"json", "unified", "quiet"}, {"json", "verbose"}, {"across", "unified"}, {"ipv4", "ipv6"}}

// args2 wants two sides, or for --across at least one host.
func (o *diffOptions) args2(args []string) error {
	switch {
	case o.across && len(args) == 0:
		return usage("tlsprobe diff --across www.example", "diff --across wants hosts, and was given none")
	case o.across:
		return nil
	case len(args) != 2:
		return usage("tlsprobe diff before.json after.json; of the addresses of one host: tlsprobe diff --across HOST", "diff wants two traces or servers, and was given %d", len(args))
	case args[0] == "-" && args[1] == "-":
		return usage("write one of them to a file", "stdin can be read once")
	}
	return nil
}

func (o *diffOptions) registerDiff(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVar(&o.all, "all", false, "ignore nothing: compare every byte, records, addresses and late messages, too")
	f.StringSliceVar(&o.ignored, "ignore", nil, "leave out these `PATH`s and all below, such as client_hello or checks.validity")
	f.StringSliceVar(&o.selected, "only", nil, "compare only these `PATH`s and all below")
	f.BoolVar(&o.across, "across", false, "compare all addresses of the hosts that are named, and all hosts with each other")
	f.BoolVar(&o.exitZero, "exit-zero", false, "exit 0 for a difference, too")
	under(f, "What to compare", "all", "ignore", "only", "across", "exit-zero")
	f.CountVarP(&o.verbose, "verbose", "v", "``list also what makes no difference")
	f.BoolVar(&o.json, "json", false, "print one JSON document (tlsprobe schema diff describes it; with --across, schema across)")
	f.BoolVar(&o.unified, "unified", false, "print plain text in the form of a unified diff, for a comment in a review")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print the sums only")
	under(f, "What to show", "verbose", "json", "unified", "quiet")
	o.registerStyle(f)
	o.registerProbe(f)
	completions(cmd)
	_ = cmd.RegisterFlagCompletionFunc("ignore", list(comparedNames))
}

// registerProbe adds the flags of connect that a probe made for a comparison has.
func (o *connectOptions) registerProbe(f *pflag.FlagSet) {
	o.registerOffer(f)
	o.registerWay(f, 300*time.Millisecond)
	f.StringVar(&o.roots, "roots", "", "trust the roots of `FILE`, or system or bundled (default system, else bundled)")
	f.StringVar(&o.time, "time", "", "verify as of `TIME`, such as 2026-11-23T16:02:00Z (default now)")
	under(f, "Whom to trust", "roots", "time")
}

// comparedNames are the first steps of the paths that can be compared.
func comparedNames() []string { return append(messageNames(), diff.GroupNames()...) }

// comparison translates the flags that say what to compare.
func (o *diffOptions) comparison() (diff.Options, error) {
	for flag, paths := range map[string][]string{"--only": o.selected, "--ignore": o.ignored} {
		for _, path := range paths {
			if err := knownPath(flag, path, comparedNames()); err != nil {
				return diff.Options{}, err
			}
		}
	}
	return diff.Options{All: o.all, Selector: diff.NewSelector(o.selected, o.ignored)}, nil
}

// runDiff compares two sides.
func runDiff(ctx context.Context, app *App, o *diffOptions, a, b string) error {
	if err := o.check(); err != nil {
		return err
	}
	compare, err := o.comparison()
	if err != nil {
		return err
	}
	traces, err := o.both(ctx, app, [2]string{a, b})
	if err != nil {
		return err
	}
	compare.NameA, compare.NameB = a, b
	d := diff.Compare(traces[0].Trace, traces[1].Trace, compare)
	d.Tool = tool()
	ended := o.ended(ctx, d, traces)
	code := exitOK
	if ended != nil {
		code = ended.code
	}
	err = o.write(app, "comparison", func(w io.Writer) error {
		switch {
		case o.json:
			return trace.WriteDocument(w, d)
		case o.unified:
			return render.Unified(w, d, o.style(app, false))
		}
		return render.Diff(w, d, code, o.style(app, o.toTerminal(app)))
	})
	if err != nil || ended == nil {
		return err
	}
	return ended
}

// ended is the exit code of a comparison, nil for 0: that of a probe that did not reach its server goes before a difference.
func (o *diffOptions) ended(ctx context.Context, d *diff.Document, sides [2]comparedSide) *exitError {
	for _, s := range sides {
		switch t := s.Trace; {
		case !s.probed:
		case t.Outcome == trace.Network:
			return &exitError{code: exitNetwork, err: told(t), hint: hinted(t)}
		case t.Outcome == trace.Interrupted:
			return &exitError{code: interruptCode(ctx)}
		case t.Outcome == trace.Internal:
			return &exitError{code: exitInternal, err: told(t)}
		}
	}
	if d.Result == diff.Differs && !o.exitZero {
		return &exitError{code: exitNo}
	}
	return nil
}

// comparedSide is a trace, and whether it was made just now.
type comparedSide struct {
	diff.Probed
	probed bool
}

// both reads or makes the two traces. Probes run at the same time.
func (o *diffOptions) both(ctx context.Context, app *App, names [2]string) (sides [2]comparedSide, err error) {
	var probes [2]probe.Options
	for i, name := range names {
		sides[i].Name = name
		if isTrace(name) {
			if sides[i].Trace, err = readTrace(app, name, "a trace is what connect --save FILE writes; a server is HOST or HOST:PORT"); err != nil {
				return sides, err
			}
			continue
		}
		sides[i].probed = true
		if probes[i], err = o.probe(app, name); err != nil {
			return sides, err
		}
	}
	var wg sync.WaitGroup
	for i := range sides {
		if sides[i].probed {
			wg.Go(func() { sides[i].Trace = probe.Run(ctx, probes[i]) })
		}
	}
	wg.Wait()
	o.saySettings(app, sides)
	return sides, nil
}

// saySettings says it if a trace was made with other settings than what it is compared with: what differs may come from that.
func (o *diffOptions) saySettings(app *App, sides [2]comparedSide) {
	x, y := madeWith(sides[0].Trace), madeWith(sides[1].Trace)
	if sides[0].probed == sides[1].probed || x == y {
		return
	}
	app.say("note: the two were not made with the same settings: %s, %s\n", settingsText(sides[0].Name, x), settingsText(sides[1].Name, y))
}

func settingsText(name, settings string) string {
	if settings == "" {
		settings = "the defaults"
	}
	return safetext.VisibleCut(name+" with "+settings, 200, "…")
}

// offerSettings are the settings of a trace that decide what is offered.
var offerSettings = [...]string{"sni", "alpn", "min", "max", "ciphers", "groups", "key-shares", "sigalgs"}

// madeWith returns what a trace was offered with, in a fixed order.
func madeWith(t *trace.Trace) string {
	var list []string
	for _, arg := range t.Settings.Args {
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		if slices.Contains(offerSettings[:], name) {
			list = append(list, arg)
		}
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// isTrace tells a file from a host: it is there, or looks like nothing but the name of one.
func isTrace(arg string) bool {
	if _, err := os.Stat(arg); err == nil || arg == "-" {
		return true
	}
	return !strings.Contains(arg, "://") && (strings.ContainsAny(arg, `/\`) || strings.HasSuffix(strings.ToLower(arg), ".json"))
}

// knownPath refuses a path whose first step is none that there can be.
func knownPath(flag, path string, known []string) error {
	first, _, _ := strings.Cut(path, ".")
	first, _, _ = strings.Cut(first, "#")
	for _, name := range known {
		if first == "*" || first == name || first == camel(name) {
			return nil
		}
	}
	hint := "tlsprobe explain --paths lists what there is"
	if best := nearest(first, known); best != "" {
		hint = "did you mean " + best + "?"
	}
	return usage(hint, "%s: no message is called %q", flag, first)
}
