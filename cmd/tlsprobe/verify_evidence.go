package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/ct"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/fetch"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// evidence reads the files of revocation and certificate transparency.
func (o *verifyOptions) evidence(app *App, req *verify.Request) (err error) {
	if req.OCSP, err = o.blocks(app, "--ocsp-response", "an OCSP response", cert.LabelOCSP, o.ocsp); err != nil {
		return err
	}
	if req.CRLs, err = o.blocks(app, "--crl", "a CRL", cert.LabelCRL, o.crls); err != nil {
		return err
	}
	if o.sctList != "" {
		data, err := readInput(app, "--sct-list", o.sctList)
		if err != nil {
			return err
		}
		if req.SCTs, err = ct.SplitList(data); err != nil {
			return unreadable("the bytes of the TLS extension: a length of two bytes, then for each timestamp one of two bytes and the timestamp",
				"--sct-list: %s is no SignedCertificateTimestampList: %w", o.sctList, err)
		}
	}
	if o.ctLogs != "" {
		data, err := readInput(app, "--ct-logs", o.ctLogs)
		if err != nil {
			return err
		}
		if req.Logs, err = ct.ReadLogs(bytes.NewReader(data)); err != nil {
			return unreadable("the JSON of https://www.gstatic.com/ct/log_list/v3/all_logs_list.json", "--ct-logs: %s: %w", o.ctLogs, err)
		}
	}
	return nil
}

// blocks reads files that hold one or more of a kind each.
func (o *verifyOptions) blocks(app *App, flag, kind, label string, names []string) (all [][]byte, err error) {
	for _, name := range names {
		data, err := readInput(app, flag, name)
		if err != nil {
			return nil, err
		}
		found, problems := cert.ParseBlocks(data, label)
		if len(found) == 0 {
			err := fmt.Errorf("%s: %s holds nothing like %s", flag, name, kind)
			if len(problems) > 0 {
				err = fmt.Errorf("%w: %w", err, problems[0])
			}
			return nil, &exitError{code: exitUnreadable, err: err, hint: "DER, or PEM with the label " + label}
		}
		all = append(all, found...)
	}
	return all, nil
}

// fetcher returns what fetches for --online, bound to ctx and in what it may cost; nil without. close ends it.
func fetcher(ctx context.Context, online bool) (f verify.Fetcher, close func()) {
	if !online {
		return nil, func() {}
	}
	c := fetch.New(ctx, dial.Dialer{}, fetch.Limits{})
	return c, c.Close
}
