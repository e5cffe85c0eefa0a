package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// App is the program with the world injected.
type App struct {
	Stdin            io.Reader
	Stdout, Stderr   io.Writer
	Env              func(string) string
	Now              func() time.Time
	Rand             io.Reader
	StdoutIsTerminal bool
	StderrIsTerminal bool
	Width            func() int // of the terminal in columns; 0 where there is none
}

// The exit codes. docs/exit-codes.md explains them.
const (
	exitOK         = 0
	exitNo         = 1
	exitUsage      = 2
	exitNetwork    = 3
	exitHandshake  = 4
	exitUntrusted  = 5
	exitIncomplete = 6
	exitUnreadable = 7
	exitInternal   = 70
	exitInterrupt  = 130
)

// exitError carries an exit code and, unless it is only a code, what to say.
type exitError struct {
	code int
	err  error  // nil: everything has been said
	hint string // what to try
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func usage(hint, format string, args ...any) error {
	return &exitError{code: exitUsage, err: fmt.Errorf(format, args...), hint: hint}
}

// Run runs the program with arguments and returns its exit code.
func (app *App) Run(ctx context.Context, args []string) (code int) {
	defer func() {
		if r := recover(); r != nil {
			app.say("tlsprobe: this is a bug: %v\n%s", r, debug.Stack())
			code = exitInternal
		}
	}()
	root := newRoot(app, args)
	root.SetArgs(args)
	root.SetIn(app.Stdin)
	root.SetOut(app.Stdout)
	root.SetErr(app.Stderr)
	return app.exit(root.ExecuteContext(ctx))
}

// exit says an error and returns its code. What cobra itself finds wrong is usage.
func (app *App) exit(err error) int {
	if err == nil {
		return exitOK
	}
	if errors.Is(err, syscall.EPIPE) {
		return exitOK // nobody reads any more: that is no fault
	}
	var e *exitError
	if !errors.As(err, &e) {
		e = &exitError{code: exitUsage, err: err, hint: "tlsprobe --help"}
	}
	if e.err != nil {
		app.say("tlsprobe: %s\n", safetext.Visible(e.err.Error()))
	}
	if e.hint != "" {
		app.say("hint: %s\n", safetext.Visible(e.hint))
	}
	return e.code
}

// say writes to stderr. Where that can't be written to, nobody can be told.
func (app *App) say(format string, args ...any) { _, _ = fmt.Fprintf(app.Stderr, format, args...) }

// version is set by the build; a module's build info says it otherwise.
var version string

func toolVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func tool() trace.Tool { return trace.Tool{Name: "tlsprobe", Version: toolVersion()} }

// commands are the commands by name.
func commands() []command {
	return []command{
		{"audit", newAudit}, {"cert", newCert}, {"check", newCheck}, {"connect", newConnect}, {"decode", newDecode}, {"demo", newDemo},
		{"diff", newDiff}, {"enum", newEnum}, {"explain", newExplain}, {"lock", newLock}, {"policy", newPolicy}, {"scan", newScan},
		{"schema", newSchema}, {"show", newShow},
		{"verify", newVerify}, {"version", newVersion},
	}
}

type command struct {
	name string
	make func(*App) *cobra.Command
}

// addCommands gives root its commands. The one that args name is made alone: the others, and cobra's
// own, would take a tenth of the time of a whole handshake.
func addCommands(root *cobra.Command, app *App, args []string) {
	for _, c := range commands() {
		if len(args) > 0 && args[0] == c.name {
			root.CompletionOptions.DisableDefaultCmd = true
			root.AddCommand(c.make(app))
			return
		}
	}
	for _, c := range commands() {
		root.AddCommand(c.make(app))
	}
}

func newRoot(app *App, args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "tlsprobe",
		Short: "Look inside TLS handshakes",
		Long: "tlsprobe performs TLS handshakes step by step with an engine of its own, and\n" +
			"shows and explains everything that passed.",
		Example: "  tlsprobe connect example.com           every step of a handshake, and the verdict\n" +
			"  tlsprobe explain handshake_failure     what a word of it means, and what to try\n" +
			"  tlsprobe demo --scenario expired       the same with a server inside the process",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetHelpCommand(&cobra.Command{
		Use: "help [COMMAND]", Short: "Tell more of a command", ValidArgsFunction: completeCommands,
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return knownCommand(root, args)
			}
			app.help(cmd)
			return nil
		},
	})
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { app.help(cmd) })
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &exitError{code: exitUsage, err: err, hint: nearestFlag(cmd, err)}
	})
	addCommands(root, app, args)
	return root
}

func completeCommands(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	var words []string
	for _, c := range cmd.Root().Commands() {
		if c.IsAvailableCommand() {
			words = append(words, c.Name()+"\t"+c.Short)
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

func newVersion(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  nothing,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(app.Stdout, "tlsprobe %s %s %s/%s\n", toolVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
