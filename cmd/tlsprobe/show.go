package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tlsprobe/tlsprobe/internal/render"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// showOptions are the flags of show.
type showOptions struct {
	message int
	outputOptions
}

func newShow(app *App) *cobra.Command {
	var o showOptions
	cmd := &cobra.Command{
		Use:   "show FILE",
		Short: "Show a saved trace as it was shown live",
		Long: "show reads a trace that connect or demo wrote with --save, or with --json, and shows it\n" +
			"as they would have: all the flags that say what to show are the same. FILE may be -\n" +
			"for stdin. The exit code is 0 whatever the trace tells, 1 if it holds nothing of what\n" +
			"--only or --message ask for, and 7 if it can't be read.",
		Example: "  tlsprobe show trace.json\n" +
			"  tlsprobe show trace.json -v --message 9\n" +
			"  tlsprobe show trace.json --path server_hello.extensions.key_share\n" +
			"  ssh host tlsprobe connect localhost --json | tlsprobe show -",
		Args: oneTrace,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := conflicts(cmd.Flags()); err != nil {
				return err
			}
			if cmd.Flags().Changed("message") && o.message < 1 {
				return usage("the numbers stand behind the arrows of -v, as in #9", "--message: no event has the number %d", o.message)
			}
			return runShow(app, &o, args[0])
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.register(f)
	f.IntVar(&o.message, "message", 0, "show only the event with this number, `N` of the #N in -v; with --only, that part of it")
	f.Var(f.Lookup("only").Value, "path", "the same as --only: `PATH`s, * for one step; all below one is shown")
	under(f, "What to show", "message", "path")
	completeShow(cmd)
	return cmd
}

// runShow shows a trace that was saved.
func runShow(app *App, o *showOptions, name string) error {
	if err := o.check(); err != nil {
		return err
	}
	t, err := readTrace(app, name, "- is stdin")
	if err != nil {
		return err
	}
	err = o.write(app, "trace", func(w io.Writer) error {
		if o.events {
			return replay(w, t)
		}
		return o.outputOptions.show(app, w, t, o.toTerminal(app), o.message)
	})
	if errors.Is(err, render.ErrNothingSelected) {
		return o.missing(t)
	}
	return err
}

// missing says what was asked for that the trace does not hold.
func (o *showOptions) missing(t *trace.Trace) error {
	where := "this trace"
	if o.message != 0 {
		where = fmt.Sprintf("event %d", o.message)
		if !has(t, o.message) {
			return &exitError{code: exitNo, err: fmt.Errorf("--message: this trace has no event %d", o.message), hint: lastEvent(t)}
		}
	}
	return &exitError{code: exitNo, err: fmt.Errorf("--only: nothing in %s is called %s", where, strings.Join(o.only, " or ")), hint: "tlsprobe explain --paths lists what there can be"}
}

func has(t *trace.Trace, n int) bool {
	for _, e := range t.Events {
		if e.N == n {
			return true
		}
	}
	return false
}

func lastEvent(t *trace.Trace) string {
	if len(t.Events) == 0 {
		return "it has none at all"
	}
	return fmt.Sprintf("the last one is %d; -v shows their numbers", t.Events[len(t.Events)-1].N)
}

// replay writes the events as --events wrote them while they happened.
func replay(w io.Writer, t *trace.Trace) error {
	lines := &trace.EventWriter{W: w}
	for _, e := range t.Events {
		lines.Event(e)
	}
	return lines.Err()
}
