package main

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/render"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// certOptions are the flags of cert. Those of a connection are the ones of connect.
type certOptions struct {
	connectOptions
	pem bool
}

func newCert(app *App) *cobra.Command {
	o := new(certOptions)
	cmd := &cobra.Command{
		Use:   "cert FILE|HOST[:PORT]...",
		Short: "Show what certificates say",
		Long: "cert shows the certificates of a file (PEM or DER, - for stdin) or of a server:\n" +
			"names, validity, key, extensions, fingerprints and the pin of the key, whatever\n" +
			"they are worth. With -v it shows every field, with -vv every byte. A name that\n" +
			"is that of a file is taken for the file; write HOST:PORT for the server then.\n" +
			"Whether a chain is to be trusted is for tlsprobe verify and connect to say.",
		Example: "  tlsprobe cert chain.pem\n" +
			"  tlsprobe cert example.com -v\n" +
			"  tlsprobe cert example.com --pem > chain.pem",
		Args: someCertificates,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := conflicts(cmd.Flags()); err != nil {
				return err
			}
			o.changed(cmd.Flags())
			return runCert(cmd.Context(), app, o, args)
		},
	}
	o.registerCert(cmd)
	return cmd
}

func (o *certOptions) registerCert(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.CountVarP(&o.verbose, "verbose", "v", "``show every field; -vv the bytes, too")
	f.BoolVar(&o.json, "json", false, "print a JSON document, for several arguments one on each line (tlsprobe schema certificate describes it)")
	f.BoolVar(&o.pem, "pem", false, "print the certificates in PEM and nothing else")
	f.StringVar(&o.time, "time", "", "count days as of `TIME`, such as 2026-11-23T16:02:00Z (default now)")
	under(f, "What to show", "verbose", "json", "pem", "time")
	o.registerStyle(f)
	o.registerOffer(f)
	o.registerWay(f, 300*time.Millisecond)
	completions(cmd)
}

// runCert shows the certificates of each argument. The exit code of several is 6 if one of them failed, unless it was wrong use.
func runCert(ctx context.Context, app *App, o *certOptions, args []string) error {
	if err := o.check(); err != nil {
		return err
	}
	if _, err := o.clock(app); err != nil {
		return err
	}
	var failed []error
	err := o.write(app, "certificates", func(w io.Writer) error {
		for i, arg := range args {
			d, err := o.certificates(ctx, app, arg)
			if err != nil {
				failed = append(failed, err)
			}
			if err := o.showCertificates(app, w, d, i > 0); err != nil {
				return err
			}
			if ctx.Err() != nil {
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return worstOf(app, failed, len(args))
}

// worstOf says the errors of several arguments, and returns one with the exit code that they come to.
func worstOf(app *App, failed []error, of int) error {
	if of == 1 || len(failed) == 0 {
		return errors.Join(failed...)
	}
	code := exitIncomplete
	for _, err := range failed {
		switch c := app.exit(err); c {
		case exitUsage:
			code = exitUsage
		case exitInternal, exitInterrupt, 143:
			return &exitError{code: c}
		}
	}
	return &exitError{code: code}
}

// showCertificates writes a document in the form that the flags ask for.
func (o *certOptions) showCertificates(app *App, w io.Writer, d *render.CertificateDocument, further bool) error {
	switch {
	case o.json:
		return trace.WriteDocument(w, d)
	case o.pem:
		for i := range d.Certificates {
			if err := pem.Encode(w, &pem.Block{Type: "CERTIFICATE", Bytes: d.Certificates[i].DER}); err != nil {
				return err
			}
		}
		return nil
	case len(d.Certificates) == 0 && d.Error != nil:
		return nil // stderr has it
	case further:
		if _, err := io.WriteString(w, "\n"); err != nil {
			return err
		}
	}
	return render.Certificates(w, d, o.style(app, o.toTerminal(app)))
}

// certificates returns the certificates that an argument names. There always is a document; the error is what kept it from
// having them, and is in it, too.
func (o *certOptions) certificates(ctx context.Context, app *App, arg string) (*render.CertificateDocument, error) {
	now, err := o.clock(app)
	if err != nil {
		return nil, err
	}
	if !isFile(arg) {
		return o.ofServer(ctx, app, arg)
	}
	var found [][]byte
	data, err := readInput(app, "", arg)
	if err == nil {
		found, err = certificatesIn(app, arg, data)
	}
	d := render.NewCertificateDocument(arg, found, now, tool())
	d.Error = certificateError("unreadable", err)
	return d, err
}

// certificateError is an error as the document has it.
func certificateError(kind string, err error) *render.CertificateError {
	if err == nil {
		return nil
	}
	e := &render.CertificateError{Kind: kind, Message: err.Error()}
	var x *exitError
	if errors.As(err, &x) {
		e.Hint = x.hint
	}
	return e
}

// isFile tells a file from a host: it is there, or looks like nothing but the name of one.
func isFile(arg string) bool {
	if _, err := os.Stat(arg); err == nil || arg == "-" {
		return true
	}
	if strings.Contains(arg, "://") {
		return false
	}
	return strings.ContainsAny(arg, `/\`) || slices.Contains(certificateSuffixes[:], strings.ToLower(filepath.Ext(arg)))
}

// certificateSuffixes are the ends of the names of files with certificates. None is a top-level domain.
var certificateSuffixes = [...]string{".pem", ".crt", ".cer", ".der", ".p7b", ".p7c", ".p12", ".pfx"}

// ofServer makes a handshake for the certificates that a server shows. What they are worth doesn't matter here.
func (o *certOptions) ofServer(ctx context.Context, app *App, arg string) (*render.CertificateDocument, error) {
	now, err := o.clock(app)
	if err != nil {
		return nil, err
	}
	none := render.NewCertificateDocument(arg, nil, now, tool())
	p, err := o.probe(app, arg)
	if err != nil {
		none.Error = certificateError("usage", err)
		return none, err
	}
	p.Verify = nil
	t := probe.Run(ctx, p)
	d := render.NewCertificateDocument(arg, t.ServerChain(), now, tool())
	d.Address = t.Summary.Address
	if t.Error != nil {
		d.Error = &render.CertificateError{Kind: t.Error.Kind, Message: t.Error.Message, Hint: t.Error.Hint}
	}
	if t.Outcome == trace.Untrusted && t.Error == nil {
		if len(d.Certificates) == 0 {
			d.Error = &render.CertificateError{Kind: "no_certificate", Message: "the server showed no certificate"}
			return d, &exitError{code: exitHandshake, err: fmt.Errorf("%s: %s", arg, d.Error.Message)}
		}
		return d, nil
	}
	o.insecure = false
	err = o.outcome(ctx, t, nil)
	var x *exitError
	if errors.As(err, &x) && x.err == nil { // here no view has told it
		return d, &exitError{code: x.code, err: told(t), hint: hinted(t)}
	}
	return d, err
}
