package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/render"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// enumOptions are the flags of enum.
type enumOptions struct {
	askOptions
	all    bool
	basics bool
	traces string
	outputOptions
}

func newEnum(app *App) *cobra.Command {
	o := new(enumOptions)
	cmd := &cobra.Command{
		Use:   "enum HOST[:PORT]",
		Short: "Find out what a server supports",
		Long: "enum finds out which protocols, cipher suites, groups, certificates and features\n" +
			"a server has, in its order where it has one. It makes some hundred connections,\n" +
			"each given up as soon as it has answered. What could not be found out is said\n" +
			"to be unknown, with the reason.\n" +
			"The exit code is 0 when every question was answered, 3 when the server could\n" +
			"not be reached, 6 when something that can be asked stayed unknown.",
		Example: "  tlsprobe enum example.com\n" +
			"  tlsprobe enum example.com:8443 --per-host 1 --rate 5\n" +
			"  tlsprobe enum example.com --all-addresses --json -o example.json",
		Args: func(_ *cobra.Command, args []string) error {
			return wantHost("enum", args)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := conflicts(cmd.Flags()); err != nil {
				return err
			}
			o.given = cmd.Flags().Changed
			return runEnum(cmd.Context(), app, o, args[0])
		},
	}
	o.register(cmd)
	return cmd
}

func (o *enumOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	o.registerWhom(f)
	f.BoolVar(&o.all, "all-addresses", false, "ask every address of the name, and say where they differ")
	under(f, "Whom to ask", "all-addresses")
	f.BoolVar(&o.basics, "basics", false, "ask for protocols, suites and groups only")
	under(f, "What to ask", "basics")
	o.registerHow(f)
	f.StringVar(&o.traces, "save-traces", "", "write a trace of each connection into `DIR`, as NUMBER.json; show reads them")
	f.CountVarP(&o.verbose, "verbose", "v", "``list every question with its answer")
	f.BoolVar(&o.json, "json", false, "print one JSON document (tlsprobe schema enum describes it)")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print the last line only")
	under(f, "What to show", "save-traces", "verbose", "json", "quiet")
	o.registerStyle(f)
	completeEnum(cmd)
}

// check refuses what can't be, before anything is done.
func (o *enumOptions) check() error {
	if err := o.askOptions.check(); err != nil {
		return err
	}
	return o.outputOptions.check()
}

// runEnum asks the server, shows what came of it, and turns that into an exit code.
func runEnum(ctx context.Context, app *App, o *enumOptions, arg string) error {
	if err := o.check(); err != nil {
		return err
	}
	opts, err := o.options(app, arg)
	if err != nil {
		return err
	}
	var traces traceDir
	if o.traces != "" {
		if err := traces.open(o.traces); err != nil {
			return err
		}
		opts.Record = traces.save
	}
	enumerate := audit.Enumerate
	if o.all {
		enumerate = audit.EnumerateAll
	}
	d, err := enumerate(ctx, opts)
	switch {
	case ctx.Err() != nil && d == nil:
		return &exitError{code: interruptCode(ctx)}
	case err != nil:
		return unreachable(err)
	}
	err = o.write(app, "enumeration", func(w io.Writer) error {
		if o.json {
			return trace.WriteDocument(w, d)
		}
		return render.Enumeration(w, d, o.style(app, o.toTerminal(app)))
	})
	switch {
	case err != nil:
		return err
	case traces.failed != nil:
		return usage("it needs a place that can be written to, with room for it", "write a trace: %w", traces.failed)
	case ctx.Err() != nil:
		return &exitError{code: interruptCode(ctx)}
	case !d.Complete():
		return &exitError{code: exitIncomplete}
	}
	return nil
}

// unreachable says that there was no connection to ask anything over.
func unreachable(err error) error {
	e := &exitError{code: exitNetwork, err: err}
	var de *dial.Error
	if errors.As(err, &de) {
		e.hint = de.Hint()
	}
	return e
}

// options translates the flags.
func (o *enumOptions) options(app *App, arg string) (audit.Options, error) {
	target, err := dial.ParseTarget(arg)
	if err != nil {
		return audit.Options{}, fromParse("", err)
	}
	ask, err := o.enumeration(app)
	if err != nil {
		return audit.Options{}, err
	}
	options := ask(target, arg)
	options.Basics = o.basics
	return options, nil
}
