package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tlsprobe/tlsprobe/internal/diff"
	"github.com/tlsprobe/tlsprobe/internal/render"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

func newLock(app *App) *cobra.Command {
	o := new(connectOptions)
	cmd := &cobra.Command{
		Use:   "lock HOST[:PORT]...",
		Short: "Write down what servers are to be held to",
		Long: "lock makes a handshake with each server and writes what matters of it to a small,\n" +
			"sorted text file for review and version control: what was negotiated, the\n" +
			"certificate's issuer, names and key, what fails. Neither dates nor random values\n" +
			"are in it. The settings are, so that tlsprobe check can ask again.\n" +
			"A server that can't be reached is not locked: nothing is written then, and the\n" +
			"exit code is 3, of several servers 6.",
		Example: "  tlsprobe lock example.com -o tls.lock\n" +
			"  tlsprobe lock www.example mail.example:993 -o tls.lock\n" +
			"  tlsprobe lock old.example --max tls1.1 -o refused.lock",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("tlsprobe lock example.com -o tls.lock", "lock wants hosts, and was given none")
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := conflicts(cmd.Flags()); err != nil {
				return err
			}
			o.changed(cmd.Flags())
			return runLock(cmd.Context(), app, o, args)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVarP(&o.output, "output", "o", "", "write to `FILE` instead of stdout")
	under(f, "What to write", "output")
	o.registerProbe(f)
	completions(cmd)
	return cmd
}

// runLock probes the hosts and writes their lock.
func runLock(ctx context.Context, app *App, o *connectOptions, args []string) error {
	if err := o.check(); err != nil {
		return err
	}
	var endpoints []endpoint
	for _, arg := range args {
		p, err := o.probe(app, arg)
		if err != nil {
			return err
		}
		endpoints = append(endpoints, endpoint{name: p.Target.String(), probe: p})
	}
	var lock diff.Lock
	var failed []error
	for _, p := range probeAll(ctx, endpoints) {
		switch p.Trace.Outcome {
		case trace.Network:
			failed = append(failed, &exitError{code: exitNetwork, err: told(p.Trace), hint: hinted(p.Trace)})
		case trace.Interrupted:
			return &exitError{code: interruptCode(ctx)}
		case trace.Internal:
			return &exitError{code: exitInternal, err: told(p.Trace)}
		default:
			lock.Endpoints = append(lock.Endpoints, diff.LockOf(p.Name, p.Trace))
		}
	}
	if len(failed) > 0 {
		return worstOf(app, failed, len(args))
	}
	return o.write(app, "lock", lock.Write)
}

// checkOptions are the flags of check.
type checkOptions struct {
	roots, time string
	failOn      string
	junit       bool
	connectTo   string
	outputOptions
	given []string // flags that stand over the settings of the lock
}

// formsOfCheck are the flags of which at most one can be given.
var formsOfCheck = [...][]string{{"json", "junit", "quiet"}}

func newCheck(app *App) *cobra.Command {
	o := new(checkOptions)
	cmd := &cobra.Command{
		Use:   "check LOCK",
		Short: "Hold servers to what was written down of them",
		Long: "check makes a handshake with each server of a lock, with the settings that it\n" +
			"names, and says what got worse or merely changed. LOCK is a file that\n" +
			"tlsprobe lock wrote, or - for stdin.\n" +
			"The exit code is 0 for nothing worse, 1 for something worse (with --fail-on\n" +
			"changed, for any change), 6 if a server was not reached, 7 for a file that is no\n" +
			"lock.",
		Example: "  tlsprobe check tls.lock\n" +
			"  tlsprobe check tls.lock --fail-on changed\n" +
			"  tlsprobe check tls.lock --junit -o tls.xml",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("tlsprobe check tls.lock", "check wants one lock, and was given %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := excluded(cmd.Flags(), formsOfCheck[:]); err != nil {
				return err
			}
			cmd.Flags().Visit(func(f *pflag.Flag) {
				if slices.Contains([]string{"roots", "time", "connect-to"}, f.Name) {
					o.given = append(o.given, "--"+f.Name+"="+f.Value.String())
				}
			})
			return runCheck(cmd.Context(), app, o, args[0])
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.failOn, "fail-on", "worse", "`WHAT` makes it exit 1: worse or changed")
	f.StringVar(&o.roots, "roots", "", "trust the roots of `FILE`, or system or bundled, whatever the lock says")
	f.StringVar(&o.time, "time", "", "verify as of `TIME`, whatever the lock says")
	f.StringVar(&o.connectTo, "connect-to", "", "connect to `ADDR[:PORT]` instead; name and SNI stay")
	under(f, "What to check", "fail-on", "roots", "time", "connect-to")
	f.BoolVar(&o.json, "json", false, "print one JSON document (tlsprobe schema check describes it)")
	f.BoolVar(&o.junit, "junit", false, "print JUnit's XML")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print the sums only")
	under(f, "What to show", "json", "junit", "quiet")
	o.registerStyle(f)
	completions(cmd)
	_ = cmd.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions([]string{"worse", "changed"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// runCheck probes the servers of a lock and compares.
func runCheck(ctx context.Context, app *App, o *checkOptions, name string) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.failOn != "worse" && o.failOn != "changed" {
		return usage("worse or changed", "--fail-on: %q is none of its values", o.failOn)
	}
	lock, err := readLock(app, name)
	if err != nil {
		return err
	}
	endpoints, err := o.endpoints(app, name, lock)
	if err != nil {
		return err
	}
	d := &diff.CheckDocument{Schema: diff.CheckSchema, Tool: tool(), Lock: name, Endpoints: []diff.CheckEndpoint{}}
	for i, p := range probeAll(ctx, endpoints) {
		d.Endpoints = append(d.Endpoints, diff.CheckTrace(&lock.Endpoints[i], p.Trace))
	}
	code := o.code(d)
	if ctx.Err() != nil {
		code = interruptCode(ctx)
	}
	err = o.write(app, "report", func(w io.Writer) error {
		switch {
		case o.json:
			return trace.WriteDocument(w, d)
		case o.junit:
			return render.CheckJUnit(w, d, o.failOn == "changed")
		}
		return render.Check(w, d, code, o.style(app, o.toTerminal(app)))
	})
	if err != nil || code == exitOK {
		return err
	}
	return &exitError{code: code}
}

// code is the exit code of a check: what got worse goes before what is not known.
func (o *checkOptions) code(d *diff.CheckDocument) int {
	code := exitOK
	for i := range d.Endpoints {
		switch s := d.Endpoints[i].State; {
		case s == diff.CheckWorse, s == diff.CheckChanged && o.failOn == "changed":
			return exitNo
		case s == diff.CheckNotReached:
			code = exitIncomplete
		}
	}
	return code
}

func readLock(app *App, name string) (*diff.Lock, error) {
	data, err := readInput(app, "", name)
	if err != nil {
		return nil, err
	}
	lock, err := diff.ReadLock(bytes.NewReader(data))
	if err != nil {
		return nil, unreadable("tlsprobe lock HOST -o FILE writes one", "%s: %w", name, err)
	}
	return lock, nil
}

// endpoints translates the settings of a lock.
func (o *checkOptions) endpoints(app *App, name string, lock *diff.Lock) ([]endpoint, error) {
	var list []endpoint
	for i := range lock.Endpoints {
		e := &lock.Endpoints[i]
		c, err := lockedOptions(append(slices.Clone(e.Settings), o.given...))
		if err != nil {
			return nil, unreadable("", "%s: settings of %s: %w", name, e.Target, err)
		}
		p, err := c.probe(app, e.Target)
		if err != nil {
			var x *exitError
			if errors.As(err, &x) {
				return nil, &exitError{code: exitUsage, err: fmt.Errorf("%s: %s: %w", name, e.Target, x.err), hint: x.hint}
			}
			return nil, err
		}
		list = append(list, endpoint{name: e.Target, probe: p})
	}
	return list, nil
}

// lockedOptions reads settings as flags. Only those that lock writes are known.
func lockedOptions(settings []string) (*connectOptions, error) {
	c := new(connectOptions)
	f := pflag.NewFlagSet("lock", pflag.ContinueOnError)
	f.Usage = func() {}
	c.registerProbe(f)
	for _, s := range settings {
		if !strings.HasPrefix(s, "--") || s == "--" {
			return nil, fmt.Errorf("%q is no flag", s)
		}
	}
	if err := f.Parse(settings); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("%q is no flag", f.Arg(0))
	}
	c.changed(f)
	return c, c.check()
}
