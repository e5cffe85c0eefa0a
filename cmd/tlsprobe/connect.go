package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/render"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

func newConnect(app *App) *cobra.Command {
	cmd, _ := connectCommand(app)
	return cmd
}

// connectCommand returns the command with the options that its flags fill.
func connectCommand(app *App) (*cobra.Command, *connectOptions) {
	o := new(connectOptions)
	cmd := &cobra.Command{
		Use:   "connect HOST[:PORT]",
		Short: "Perform a handshake and show every step",
		Long: "connect performs a handshake with an engine of its own and shows every message,\n" +
			"what was negotiated, and whether the certificate is to be trusted. HOST is a\n" +
			"name, an address, or an https:// URL; the port is 443 unless it says another.\n" +
			"The exit code says how it ended: 0 fine, 3 network, 4 handshake failed,\n" +
			"5 certificate not trusted.",
		Example: "  tlsprobe connect example.com\n" +
			"  tlsprobe connect example.com:8443 --only server_hello -v\n" +
			"  tlsprobe connect old.example --min tls1.0 --json -o trace.json",
		Args:              oneHost,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := conflicts(cmd.Flags()); err != nil {
				return err
			}
			o.changed(cmd.Flags())
			return runConnect(cmd.Context(), app, o, args[0])
		},
	}
	o.register(cmd)
	return cmd, o
}

// runConnect makes the probe that the options ask for, shows it, and turns its outcome into an exit code.
func runConnect(ctx context.Context, app *App, o *connectOptions, arg string) error {
	if err := o.check(); err != nil {
		return err
	}
	p, err := o.probe(app, arg)
	if err != nil {
		return err
	}
	if err := o.readSend(app); err != nil {
		return err
	}
	o.private = o.showSecrets
	kept, err := openKept(app, &o.keepOptions, o.output)
	if err != nil {
		return err
	}
	out, err := o.open(app)
	if err != nil {
		_ = kept.close()
		return err
	}
	if fault := unusualName(o.sni); fault != "" {
		app.say("note: server_name should hold a DNS name, %s (RFC 6066, Section 3); %s is sent as asked\n", fault, safetext.Visible(o.sni))
	}
	x := &exchange{app: app, options: o, target: p.Target}
	x.install(&p)
	kept.install(&p)
	lines := &trace.EventWriter{W: out}
	if o.events {
		p.Observers = append(p.Observers, lines)
	}
	t := probe.Run(ctx, o.withSession(ctx, p))
	if o.distrusted && t.Outcome == trace.OK {
		t.Outcome = trace.Untrusted
	}
	err = o.show(app, out, t, o.toTerminal(app), 0)
	if o.events {
		err = lines.Err()
	}
	if closed := out.Close(); err == nil {
		err = closed
	}
	notKept := kept.finish(t)
	if p.Exchange != nil && !x.began && established(t) {
		app.say("note: nothing was sent to a server that is not to be trusted; --insecure sends all the same\n")
	}
	failed := o.unwritten(t, err)
	if failed == nil {
		failed = notKept
	}
	return o.outcome(ctx, t, failed)
}

// unwritten words what kept the trace from being shown.
func (o *connectOptions) unwritten(t *trace.Trace, err error) error {
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE):
		return nil // a reader who has seen enough is no fault
	case errors.Is(err, render.ErrNothingSelected) && t.Outcome != trace.OK:
		return nil // the failure says more
	case errors.Is(err, render.ErrNothingSelected):
		return &exitError{code: exitNo, err: fmt.Errorf("--only: nothing in this trace is called %s", strings.Join(o.only, " or ")),
			hint: "tlsprobe explain --paths lists what there can be"}
	}
	return usage("it needs a place that can be written to, with room for it", "write the trace: %w", err)
}

// established tells whether the handshake came to its end.
func established(t *trace.Trace) bool {
	return t.Outcome == trace.OK || t.Outcome == trace.Untrusted || t.Error != nil && t.Error.Kind == string(handshake.ProofFailed)
}

// probe translates the options.
func (o *connectOptions) probe(app *App, arg string) (probe.Options, error) {
	target, err := dial.ParseTarget(arg)
	if err != nil {
		return probe.Options{}, fromParse("", err)
	}
	offer, err := o.offer(target)
	if err != nil {
		return probe.Options{}, err
	}
	dialer, err := o.dialer()
	if err != nil {
		return probe.Options{}, err
	}
	check, err := o.verifier(app, target)
	if err != nil {
		return probe.Options{}, err
	}
	credential, err := o.credential()
	if err != nil {
		return probe.Options{}, err
	}
	if credential == nil {
		credential = o.fixedProof
	}
	return probe.Options{
		Target: target, Input: arg, Args: o.args, Dialer: dialer, Offer: offer, Credential: credential,
		Strict: o.strict, Insecure: o.insecure, Timeout: o.timeout, Linger: o.linger,
		Rand: app.Rand, Now: app.Now, Tool: tool(), Verify: o.goOn(check),
	}, nil
}

// verifier judges a chain: what is to be said of it, and whether it is trusted.
type verifier = func(*handshake.VerifyChain) ([]finding.Finding, bool)

// verifier makes what judges the chain. The store is read only when there is a chain to judge, except
// that a file that can't be read is told at once.
func (o *connectOptions) verifier(app *App, target dial.Target) (verifier, error) {
	store, err := o.store()
	if err != nil {
		return nil, err
	}
	at, err := o.clock(app)
	if err != nil {
		return nil, err
	}
	name := target.Host
	if o.sni != "" {
		name = o.sni
	}
	return func(v *handshake.VerifyChain) ([]finding.Finding, bool) {
		s, err := store()
		if err != nil {
			return []finding.Finding{finding.Unanswered(finding.ChainRootTrust, err.Error())}, false
		}
		res := verify.Verify(verify.Request{Chain: v.Chain, Hostname: name, Time: at, Store: s, Staples: v.Staples, SCTs: v.SCTs, Rules: verify.RulesClient})
		return res.Findings, res.Trusted
	}, nil
}

// goOn keeps a strict engine from ending the handshake for a verdict that --insecure says does not matter.
func (o *connectOptions) goOn(check verifier) verifier {
	if !o.strict || !o.insecure {
		return check
	}
	return func(v *handshake.VerifyChain) ([]finding.Finding, bool) {
		findings, trusted := check(v)
		o.distrusted = !trusted
		return findings, true
	}
}

// open opens what -o names, or stderr where stdout is the session's.
func (o *connectOptions) open(app *App) (io.WriteCloser, error) {
	if o.output == "" && o.stdio {
		return keepOpen{app.Stderr}, nil
	}
	return o.outputOptions.open(app)
}

// toTerminal tells whether what open opens is a terminal.
func (o *connectOptions) toTerminal(app *App) bool {
	if o.output == "" && o.stdio {
		return app.StderrIsTerminal
	}
	return o.outputOptions.toTerminal(app)
}

// outcome turns the outcome of a trace into an exit code, unless something worse came of showing it. The
// text view has told it already; the machine formats have it inside, and stderr says it for who watches a job.
func (o *connectOptions) outcome(ctx context.Context, t *trace.Trace, failed error) error {
	code := exitInternal
	switch t.Outcome {
	case trace.OK:
		return failed
	case trace.Untrusted:
		code = exitUntrusted
		if o.insecure && t.Error == nil {
			return failed
		}
	case trace.Network:
		code = exitNetwork
	case trace.HandshakeFailed:
		code = exitHandshake
	case trace.Interrupted:
		code = interruptCode(ctx)
	}
	if failed != nil {
		return failed
	}
	if o.json || o.events || o.output != "" || len(o.only) > 0 {
		return &exitError{code: code, err: told(t), hint: hinted(t)}
	}
	return &exitError{code: code}
}

// told says on one line what went wrong.
func told(t *trace.Trace) error {
	message := "the certificate is not trusted"
	switch {
	case resumedChain(t):
		message = "the certificate of the session that was resumed is not trusted"
	case len(t.Summary.Certificates) == 0:
		message = "the server gave no certificate: it could be anybody"
	}
	if t.Error != nil {
		message = t.Error.Message
	} else if f, ok := distrusted(t); ok {
		message += ": " + f.Message
		if f.Actual != "" {
			message += " (" + f.Actual + ")"
		}
	}
	if strings.Contains(message, t.Target.Host) {
		return errors.New(message)
	}
	return fmt.Errorf("%s: %s", t.Target.Input, message)
}

func hinted(t *trace.Trace) string {
	if t.Error != nil {
		return t.Error.Hint
	}
	f, _ := distrusted(t)
	return f.Fix
}

// distrusted finds the check that a chain failed, the gravest of several.
func distrusted(t *trace.Trace) (worst finding.Finding, ok bool) {
	for _, f := range t.Summary.Checks {
		if f.Status == finding.Fail && (!ok || f.Severity > worst.Severity) {
			worst, ok = f, true
		}
	}
	return worst, ok
}

// readSend reads what --send says, which may be a file or stdin.
func (o *connectOptions) readSend(app *App) error {
	name, isFile := strings.CutPrefix(o.send, "@")
	var err error
	switch {
	case !isFile:
		o.toSend = []byte(o.send)
	case name == "-":
		o.toSend, err = io.ReadAll(app.Stdin)
	default:
		o.toSend, err = os.ReadFile(name)
	}
	if err != nil {
		return usage("--send takes the text itself, @FILE, or @- for stdin", "--send: %w", err)
	}
	return nil
}
