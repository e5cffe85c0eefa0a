package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/probe"
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
		Long: "connect performs a handshake with an engine of its own and shows every message, what was\n" +
			"negotiated, and whether the certificate is to be trusted. The exit code says how it ended:\n" +
			"0 fine, 3 network, 4 handshake failed, 5 certificate not trusted.",
		Example: "  tlsprobe connect example.com\n" +
			"  tlsprobe connect example.com:443 -v --only server_hello\n" +
			"  tlsprobe connect old.example --min tls1.0 --json -o trace.json",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
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
	out, err := o.open(app)
	if err != nil {
		return err
	}
	x := &exchange{app: app, options: o, target: p.Target}
	x.install(&p)
	if o.events {
		p.Observers = append(p.Observers, &trace.EventWriter{W: out})
	}
	t := probe.Run(ctx, p)
	if err := o.show(app, out, t); err != nil {
		return &exitError{code: exitInternal, err: fmt.Errorf("write the trace: %w", err)}
	}
	if err := out.Close(); err != nil {
		return &exitError{code: exitInternal, err: fmt.Errorf("close %s: %w", o.output, err)}
	}
	return o.outcome(ctx, t)
}

// probe translates the options.
func (o *connectOptions) probe(app *App, arg string) (probe.Options, error) {
	target, err := dial.ParseTarget(arg)
	if err != nil {
		return probe.Options{}, fromParse(err)
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
	return probe.Options{
		Target: target, Input: arg, Args: o.args, Dialer: dialer, Offer: offer,
		Strict: o.strict, Insecure: o.insecure, Timeout: o.timeout, Linger: o.linger,
		Rand: app.Rand, Now: app.Now, Tool: tool(), Verify: check,
	}, nil
}

// verifier makes what judges the chain. The store is read only when there is a chain to judge, except
// that a file that can't be read is told at once.
func (o *connectOptions) verifier(app *App, target dial.Target) (func(*handshake.VerifyChain) ([]finding.Finding, bool), error) {
	store, err := o.store(app)
	if err != nil {
		return nil, err
	}
	at, err := o.clock(app)
	if err != nil {
		return nil, err
	}
	name := target.Host
	if o.sniSet && o.sni != "" {
		name = o.sni
	}
	return func(v *handshake.VerifyChain) ([]finding.Finding, bool) {
		s, err := store()
		if err != nil {
			return []finding.Finding{finding.Unanswered(finding.ChainRootTrust, err.Error())}, false
		}
		res := verify.Verify(verify.Request{Chain: v.Chain, Hostname: name, Time: at, Store: s, OCSP: v.OCSP})
		return res.Findings, res.Trusted
	}, nil
}

// open opens what -o names; closing stdout does nothing.
func (o *connectOptions) open(app *App) (io.WriteCloser, error) {
	switch {
	case o.output == "" && o.stdio:
		return keepOpen{app.Stderr}, nil // stdout is the session's
	case o.output == "" || o.output == "-":
		return keepOpen{app.Stdout}, nil
	}
	f, err := os.Create(o.output)
	if err != nil {
		return nil, usage("", "create the output file: %w", err)
	}
	return f, nil
}

type keepOpen struct{ io.Writer }

func (keepOpen) Close() error { return nil }

// outcome turns the outcome of a trace into an exit code. The text view has told it already; the
// machine formats have it inside, and stderr says it for who watches a job.
func (o *connectOptions) outcome(ctx context.Context, t *trace.Trace) error {
	code := exitOK
	switch t.Outcome {
	case trace.OK:
		return nil
	case trace.Untrusted:
		if o.insecure {
			return nil
		}
		code = exitUntrusted
	case trace.Network:
		code = exitNetwork
	case trace.HandshakeFailed:
		code = exitHandshake
	case trace.Interrupted:
		code = interruptCode(ctx)
	default:
		code = exitInternal
	}
	if (o.json || o.events || o.output != "" || len(o.only) > 0) && t.Error != nil {
		return &exitError{code: code, err: fmt.Errorf("%s: %s", t.Target.Input, t.Error.Message), hint: t.Error.Hint}
	}
	return &exitError{code: code}
}
