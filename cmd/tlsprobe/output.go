package main

import (
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/pflag"

	"github.com/tlsprobe/tlsprobe/internal/render"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// outputOptions are the flags that say how a trace is shown.
type outputOptions struct {
	verbose int
	only    []string
	json    bool
	events  bool
	quiet   bool
	color   string
	ascii   bool
	output  string
}

func (o *outputOptions) register(f *pflag.FlagSet) {
	f.CountVarP(&o.verbose, "verbose", "v", "show the fields of each message; -vv their bytes, too")
	f.StringSliceVar(&o.only, "only", nil, "show only these messages or `PATH`s: server_hello.extensions.key_share")
	f.BoolVar(&o.json, "json", false, "print one JSON document (see: tlsprobe schema trace)")
	f.BoolVar(&o.events, "events", false, "print events as JSON lines while they happen")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print the verdict only")
	f.StringVar(&o.color, "color", "auto", "always, auto or never")
	f.BoolVar(&o.ascii, "ascii", false, "draw with ASCII only")
	f.StringVarP(&o.output, "output", "o", "", "write to `FILE` instead of stdout")
}

// outputFlags tells the flags that do not change what is probed.
func outputFlags(name string) bool {
	switch name {
	case "verbose", "only", "json", "events", "quiet", "color", "ascii", "output":
		return true
	}
	return false
}

// check refuses values that no flag has.
func (o *outputOptions) check() error {
	switch o.color {
	case "always", "auto", "never", "":
	default:
		return usage("always, auto or never", "--color: %q is none of its values", o.color)
	}
	if o.json && o.events {
		return usage("--json is one document, --events a line for each event", "--json and --events exclude each other")
	}
	return nil
}

// show writes a trace in the form that the flags ask for.
func (o *outputOptions) show(app *App, w io.Writer, t *trace.Trace) error {
	switch {
	case o.events:
		return nil // said while it happened
	case o.json:
		return trace.Write(w, t)
	}
	toTerminal := app.StdoutIsTerminal && (o.output == "" || o.output == "-")
	r := render.Options{
		ASCII: render.UseASCII(o.ascii, runtime.GOOS, app.Env), Color: render.UseColor(o.color, app.Env, toTerminal),
		Verbosity: o.verbose, Only: o.only, Quiet: o.quiet,
	}
	if toTerminal {
		r.Width = app.Width()
	}
	if err := render.Text(w, t, r); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	return nil
}
