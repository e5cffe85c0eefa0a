package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/tlsprobe/tlsprobe/internal/assess"
	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/render"
	"github.com/tlsprobe/tlsprobe/internal/scan"
)

// auditOptions are the flags of audit.
type auditOptions struct {
	askOptions
	file     string
	resume   string
	policy   string
	waivers  string
	baseline string
	failOn   string
	format   string
	evidence bool
	workers  int
	outputOptions
}

func newAudit(app *App) *cobra.Command {
	o := new(auditOptions)
	cmd := &cobra.Command{
		Use:   "audit [HOST[:PORT]...]",
		Short: "Judge what servers support by a policy",
		Long: "audit finds out what each address of each target supports, as enum does, and judges\n" +
			"it by a policy: rules pass, fail or are unknown, and what was not found out never\n" +
			"passes. A list of targets has one a line: host, host:port, [v6]:port or\n" +
			"https://host; # begins a comment; - is stdin.\n" +
			"The exit code is 0 if nothing fails, 1 if a rule does (docs/ci.md tells of waivers\n" +
			"and baselines), 6 if a rule is unknown or a target could not be reached.",
		Example: "  tlsprobe audit example.com\n" +
			"  tlsprobe audit -f hosts.txt --policy mozilla-intermediate --format sarif -o tls.sarif\n" +
			"  tlsprobe audit example.com --policy corp.yaml --baseline last.json --fail-on warn",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := conflicts(cmd.Flags()); err != nil {
				return err
			}
			o.given = cmd.Flags().Changed
			return runAudit(cmd.Context(), app, o, args)
		},
	}
	o.register(cmd)
	return cmd
}

func (o *auditOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVarP(&o.file, "file", "f", "", "read targets from `FILE`, one a line; - is stdin")
	f.StringVar(&o.resume, "resume-run", "", "append reports to `FILE` as JSON lines, and leave out the targets that are in there")
	f.IntVar(&o.workers, "workers", 4, "`N` targets at once")
	under(f, "What to audit", "file", "resume-run", "workers")
	f.StringVar(&o.policy, "policy", "default", "judge by `POLICY`, a name of tlsprobe policy list or a file")
	f.StringVar(&o.waivers, "waivers", "", "let pass what the waivers in `FILE` name")
	f.StringVar(&o.baseline, "baseline", "", "let pass what broke a rule already in `FILE`, the --json of a former audit")
	f.StringVar(&o.failOn, "fail-on", "fail", "the exit code is 1 from `LEVEL` on: fail, warn or note")
	under(f, "What to judge by", "policy", "waivers", "baseline", "fail-on")
	o.registerWhom(f)
	o.registerHow(f)
	f.StringVar(&o.format, "format", "text", "print `FORMAT`: "+joinWords(auditFormats()))
	f.BoolVar(&o.json, "json", false, "print one JSON document, as --format json (tlsprobe schema audit describes it)")
	f.CountVarP(&o.verbose, "verbose", "v", "``list what passes and what does not apply, too")
	f.BoolVar(&o.evidence, "evidence", false, "show the connections that findings rest on, too")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print the last line only")
	under(f, "What to show", "format", "json", "verbose", "evidence", "quiet")
	o.registerStyle(f)
	completeAudit(cmd)
}

// check refuses what can't be, before anything is done.
func (o *auditOptions) check(args []string) error {
	const most = 256
	if o.json {
		if o.given("format") && o.format != formatJSON {
			return usage("give one of them", "--json and --format %s exclude each other", o.format)
		}
		o.format = formatJSON
	}
	switch {
	case o.workers < 1 || o.workers > most:
		return usage("such as 4", "--workers: %d is not between 1 and %d", o.workers, most)
	case o.file == "" && len(args) == 0:
		return usage("tlsprobe audit example.com, or -f hosts.txt, or - for a list on stdin", "audit wants targets, and was given none")
	case stdinsOf(o.file, args)+stdinsOf(o.policy, []string{o.waivers, o.baseline}) > 1:
		return usage("give - once", "stdin can be read only once")
	}
	if err := known("format", o.format, auditFormats()); err != nil {
		return err
	}
	if err := o.fitsFormat(); err != nil {
		return err
	}
	if err := known("fail-on", o.failOn, failLevels()); err != nil {
		return err
	}
	if err := o.askOptions.check(); err != nil {
		return err
	}
	return o.outputOptions.check()
}

// fitsFormat refuses what the format has no place for.
func (o *auditOptions) fitsFormat() error {
	const text, lines = "text", "jsonl"
	switch {
	case o.evidence && o.format != text && o.format != formatJSON && o.format != lines:
		return usage("text, json and jsonl hold it", "--evidence: there is no place for connections in %s", o.format)
	case o.quiet && o.format != text:
		return usage("leave it out", "--quiet: it is of text alone, not of %s", o.format)
	case o.verbose > 0 && o.format != text:
		return usage("leave it out: the other formats hold everything", "--verbose: it is of text alone, not of %s", o.format)
	}
	return nil
}

// known refuses a word that is none of those that a flag has.
func known(flag, word string, words []string) error {
	for _, w := range words {
		if w == word {
			return nil
		}
	}
	hint := "one of " + joinWords(words)
	if best := nearest(word, words); best != "" {
		hint = "did you mean " + best + "?"
	}
	return usage(hint, "--%s: %q is none of its values", flag, word)
}

func auditFormats() (names []string) {
	for _, f := range render.AuditFormats() {
		names = append(names, f.Name)
	}
	return names
}

const formatJSON = "json"

func failLevels() []string {
	return []string{string(policy.LevelFail), string(policy.LevelWarn), string(policy.LevelNote)}
}

// runAudit audits the targets, shows what came of them, and turns that into an exit code.
func runAudit(ctx context.Context, app *App, o *auditOptions, args []string) error {
	if err := o.check(args); err != nil {
		return err
	}
	how, err := o.assessment(app)
	if err != nil {
		return err
	}
	list, err := openTargets(app, o.file, args)
	if err != nil {
		return err
	}
	defer list.close()
	out, err := o.auditOutput(app, how, args)
	if err != nil {
		return err
	}
	var progress assess.Progress
	end := o.showProgress(app, &progress)
	err = how.All(ctx, out.remaining(list), &progress, out.report)
	end()
	code, closed := out.close(ctx)
	if err == nil {
		err = closed
	}
	return o.audited(ctx, out, list.seen.Load(), code, err)
}

// audited turns what a run came to into an exit code, the gravest of several.
func (o *auditOptions) audited(ctx context.Context, out *auditOutput, seen int64, code int, err error) error {
	switch {
	case ctx.Err() != nil:
		return &exitError{code: code, err: errors.New("interrupted: what is known by now is written"), hint: o.goOnHint()}
	case errors.Is(err, syscall.EPIPE):
		return err
	case errors.Is(err, scan.ErrInput):
		return usage(o.goOnHint(), "%w", err)
	case err != nil:
		return usage("it needs a place that can be written to, with room for it", "write the reports: %w", err)
	case seen == 0:
		return unreadable("one target a line: host, host:port, [v6]:port or https://host", "there is no target in the list")
	case out.bug != "":
		return &exitError{code: code, err: fmt.Errorf("this is a bug: %s", out.bug)}
	case code == exitOK:
		return nil
	}
	return &exitError{code: code}
}

func (o *auditOptions) goOnHint() string {
	if o.resume != "" {
		return "the same command again goes on"
	}
	return "with --resume-run FILE the same command can go on where it was interrupted"
}

// assessment translates the flags to how targets are audited.
func (o *auditOptions) assessment(app *App) (*assess.Options, error) {
	how := &assess.Options{
		FailOn: policy.Level(o.failOn), Evidence: o.evidence, Workers: o.workers, Now: app.Now, Tool: tool(),
	}
	var err error
	if how.Policy, how.File, err = loadPolicy(app, o.policy); err != nil {
		return nil, err
	}
	if o.waivers != "" {
		data, err := readInput(app, "--waivers", o.waivers)
		if err != nil {
			return nil, err
		}
		if how.Waivers, err = policy.ParseWaivers(o.waivers, data, how.Policy); err != nil {
			return nil, app.sayMistakes(err)
		}
	}
	if o.baseline != "" {
		data, err := readInput(app, "--baseline", o.baseline)
		if err != nil {
			return nil, err
		}
		if how.Baseline, err = policy.ReadBaseline(bytes.NewReader(data)); err != nil {
			return nil, unreadable("a baseline is what tlsprobe audit --json has printed", "--baseline: %s: %w", o.baseline, err)
		}
	}
	how.Enumeration, err = o.enumeration(app)
	return how, err
}
