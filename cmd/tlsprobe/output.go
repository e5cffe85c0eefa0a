package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"syscall"

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
	private bool // what is written holds secrets
}

func (o *outputOptions) register(f *pflag.FlagSet) {
	f.CountVarP(&o.verbose, "verbose", "v", "``show the fields of each message; -vv their bytes, too")
	f.StringSliceVar(&o.only, "only", nil, "show only these messages or fields, `PATH`s such as server_hello.cipher_suite")
	f.BoolVar(&o.json, "json", false, "print one JSON document (tlsprobe schema trace describes it)")
	f.BoolVar(&o.events, "events", false, "print events as JSON lines while they happen")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print the verdict only")
	under(f, "What to show", "verbose", "only", "json", "events", "quiet")
	o.registerStyle(f)
}

// outputFlags tells the flags that do not change what is probed.
func outputFlags(name string) bool {
	switch name {
	case "verbose", "only", "json", "events", "quiet", "color", "ascii", "output", "save", "pcap", "keylog", "show-secrets",
		"all", "ignore", "across", "unified", "exit-zero":
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
	for _, path := range o.only {
		if err := knownMessage(path); err != nil {
			return err
		}
	}
	return nil
}

// knownMessage refuses a path whose first step is no message. Of what is in a message no list can be
// complete: there are extensions without a name.
func knownMessage(path string) error { return knownPath("--only", path, messageNames()) }

// camel is the name that an RFC has for a message: ServerHello for server_hello.
func camel(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// show writes a trace in the form that the flags ask for; terminal tells whether w is one.
// message, unless it is 0, is the number of the one event that is asked for.
func (o *outputOptions) show(app *App, w io.Writer, t *trace.Trace, terminal bool, message int) error {
	switch {
	case o.events:
		return nil // said while it happened
	case o.json:
		return trace.Write(w, t)
	}
	r := o.style(app, terminal)
	r.Only, r.Message = o.only, message
	if err := render.Text(w, t, r); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	return nil
}

// style is how text is drawn; terminal tells whether it goes to one.
func (o *outputOptions) style(app *App, terminal bool) render.Options {
	r := render.Options{
		ASCII: render.UseASCII(o.ascii, runtime.GOOS, app.Env), Color: render.UseColor(o.color, app.Env, terminal),
		Verbosity: o.verbose, Quiet: o.quiet,
	}
	if terminal {
		r.Width = app.Width()
	}
	return r
}

// registerStyle adds the flags that every view has.
func (o *outputOptions) registerStyle(f *pflag.FlagSet) {
	f.StringVar(&o.color, "color", "auto", "`WHEN` to use colours: always, auto or never")
	f.BoolVar(&o.ascii, "ascii", false, "draw with ASCII only")
	f.StringVarP(&o.output, "output", "o", "", "write to `FILE` instead of stdout")
	under(f, "What to show", "color", "ascii", "output")
}

// open opens what -o names; closing stdout does nothing.
func (o *outputOptions) open(app *App) (io.WriteCloser, error) {
	if o.output == "" || o.output == "-" {
		return keepOpen{app.Stdout}, nil
	}
	mode := os.FileMode(openMode)
	if o.private {
		mode = secretMode
	}
	return createOutput(o.output, mode)
}

// toTerminal tells whether what open opens is a terminal.
func (o *outputOptions) toTerminal(app *App) bool {
	return (o.output == "" || o.output == "-") && app.StdoutIsTerminal
}

type keepOpen struct{ io.Writer }

func (keepOpen) Close() error { return nil }

// write opens the output, has it written, and closes it. A reader who has seen enough is no fault.
func (o *outputOptions) write(app *App, what string, body func(io.Writer) error) error {
	out, err := o.open(app)
	if err != nil {
		return err
	}
	err = body(out)
	if closed := out.Close(); err == nil {
		err = closed
	}
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE):
		return nil
	case errors.Is(err, render.ErrNothingSelected):
		return err
	}
	return usage("it needs a place that can be written to, with room for it", "write the %s: %w", what, err)
}
