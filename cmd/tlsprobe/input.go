package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// maxInput bounds what is read of a file: more than any chain, CRL or bundle of roots has.
const maxInput = 64 << 20

// unreadable is the error for a file that is there and does not hold what is asked of it.
func unreadable(hint, format string, args ...any) error {
	return &exitError{code: exitUnreadable, err: fmt.Errorf(format, args...), hint: hint}
}

// readInput reads a file, or stdin for "-". One that can't be read is wrong use, one that is too large unreadable. flag is what
// named it, empty for an argument.
func readInput(app *App, flag, name string) ([]byte, error) {
	said := name
	if flag != "" {
		said = flag + ": " + name
	}
	r := app.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, usage("- is stdin", "%s: %w", said, pathless(err))
		}
		defer f.Close() //nolint:errcheck // only read
		r = f
	}
	data, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	switch {
	case err != nil:
		return nil, usage("- is stdin", "%s: %w", said, pathless(err))
	case len(data) > maxInput:
		return nil, unreadable("", "%s: more than %d MiB", said, maxInput>>20)
	}
	return data, nil
}

// readTrace reads a saved trace, of stdin for "-". A file that is not there is wrong use, with that hint; one that holds no trace
// is unreadable.
func readTrace(app *App, name, missing string) (*trace.Trace, error) {
	r := app.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, usage(missing, "%s: %w", name, pathless(err))
		}
		defer f.Close() //nolint:errcheck // only read
		r = f
	}
	t, err := trace.Read(r)
	if err == nil {
		return t, nil
	}
	hint := "a trace is what tlsprobe connect --save FILE writes, or --json"
	switch {
	case errors.Is(err, trace.ErrNotTrace):
	case errors.Is(err, trace.ErrNewer):
		hint = "a newer tlsprobe reads it"
	case errors.Is(err, trace.ErrMalformed), errors.Is(err, trace.ErrTooLarge):
		hint = "it may have been cut or changed; tlsprobe schema trace tells what a trace looks like"
	case errors.Is(err, trace.ErrEvents):
		hint = "--save FILE keeps the whole trace beside --events"
	default: // the reader's own
		return nil, usage("- is stdin", "%s: %w", name, pathless(err))
	}
	return nil, unreadable(hint, "%s: %w", name, err)
}

// pathless drops the path from an error that names it already.
func pathless(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// certificatesIn returns the certificates of a file, in its order, and says on stderr what of it was passed over.
func certificatesIn(app *App, name string, data []byte) ([][]byte, error) {
	const hint = "PEM or DER of certificates; of PKCS #12: openssl pkcs12 -in FILE -nokeys, of PKCS #7: openssl pkcs7 -in FILE -print_certs"
	found, problems := cert.ParseCertificates(data)
	var certificates [][]byte
	for _, der := range found {
		if isCertificate(der) {
			certificates = append(certificates, der)
		}
	}
	switch {
	case len(certificates) == 0 && len(data) == 0:
		return nil, unreadable(hint, "%s is empty", name)
	case len(certificates) == 0 && len(problems) > 0:
		return nil, unreadable(hint, "%s holds no certificate: %w", name, problems[0])
	case len(certificates) == 0:
		return nil, unreadable(hint, "%s holds no certificate", name)
	}
	if n := len(found) - len(certificates); n > 0 {
		app.say("note: %s: %d of what stands there as a certificate is none\n", safetext.Visible(name), n)
	}
	for i, p := range problems {
		if i == maxPassedOver {
			app.say("note: %s: and %d more\n", safetext.Visible(name), len(problems)-i)
			break
		}
		app.say("note: %s: %s; passed over\n", safetext.Visible(name), safetext.Visible(p.Error()))
	}
	return certificates, nil
}

// maxPassedOver is how much of what was passed over is told.
const maxPassedOver = 4

// isCertificate reports whether enough of a certificate could be read to tell it from other DER that begins alike: a CRL or a
// request has no validity where a certificate has it, and no key.
func isCertificate(der []byte) bool {
	c, _ := cert.Parse(der)
	return len(c.RawTBS) > 0 && (len(c.PublicKey.Algorithm.OID) > 0 || !c.NotBefore.IsZero())
}
