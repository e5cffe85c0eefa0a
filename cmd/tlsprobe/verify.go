package main

import (
	"context"
	"crypto/x509"
	"io"

	"github.com/spf13/cobra"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/render"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// verifyOptions are the flags of verify.
type verifyOptions struct {
	roots      string
	hostname   string
	time       string
	purpose    string
	rules      string
	revocation string
	ocsp       []string
	crls       []string
	sctList    string
	ctLogs     string
	policies   []string
	explicit   bool
	noMapping  bool
	noAny      bool
	maxDepth   int
	requireCT  bool
	online     bool
	outputOptions

	depthGiven bool // --max-depth 0 is not the same as none
}

func newVerify(app *App) *cobra.Command {
	o := new(verifyOptions)
	cmd := &cobra.Command{
		Use:   "verify CHAIN",
		Short: "Check a certificate chain, and say why it is or isn't trusted",
		Long: "verify makes every check on a certificate chain: CHAIN is a file in PEM or DER,\n" +
			"or - for stdin, the server's own certificate first, the others in any order.\n" +
			"It tries every path to a root and says of each what is wrong with it. Nothing\n" +
			"is fetched without --online.\n" +
			"The exit code is 0 for accepted, 1 for rejected, 6 for inconclusive, 7 for a\n" +
			"file that holds no certificate.",
		Example: "  tlsprobe verify chain.pem --hostname example.com\n" +
			"  tlsprobe verify chain.pem --roots corp.pem --crl corp.crl --revocation require\n" +
			"  tlsprobe verify chain.pem --rules rfc5280 --time 2026-11-23T16:02:00Z --json",
		Args: oneChain,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.depthGiven = cmd.Flags().Changed("max-depth")
			return runVerify(cmd.Context(), app, o, args[0])
		},
	}
	o.register(cmd)
	return cmd
}

func (o *verifyOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.hostname, "hostname", "", "DNS name or address that the certificate is to be for, a `NAME`; without it that isn't checked")
	f.StringVar(&o.purpose, "purpose", "server", "`PURPOSE` of the certificate: server, client or any")
	f.StringVar(&o.time, "time", "", "verify as of `TIME`, such as 2026-11-23T16:02:00Z (default now)")
	f.StringVar(&o.rules, "rules", "webpki", "`RULES`: webpki, what public authorities must keep to; client, what browsers mind; rfc5280, path validation alone; profile, that and what else RFC 5280 demands")
	under(f, "What it is checked for", "hostname", "purpose", "time", "rules")
	f.StringVar(&o.roots, "roots", "", "trust the roots of `FILE`, or system or bundled (default system, else bundled)")
	f.IntVar(&o.maxDepth, "max-depth", 0, "at most `N` intermediates, self-issued ones not counted")
	f.StringArrayVar(&o.policies, "policy", nil, "certificate policy to accept, an `OID` such as 2.23.140.1.2.1; repeatable (default any)")
	f.BoolVar(&o.explicit, "require-explicit-policy", false, "a policy must hold for the whole path")
	f.BoolVar(&o.noMapping, "inhibit-policy-mapping", false, "policies of one authority never stand for those of another")
	f.BoolVar(&o.noAny, "inhibit-any-policy", false, "anyPolicy in a certificate does not count")
	under(f, "Paths", "roots", "max-depth", "policy", "require-explicit-policy", "inhibit-policy-mapping", "inhibit-any-policy")
	f.StringVar(&o.revocation, "revocation", "soft", "`HOW` revocation counts: soft, where it is known; require, it must be known; off")
	f.StringArrayVar(&o.ocsp, "ocsp-response", nil, "OCSP responses, a `FILE` in DER or PEM; repeatable")
	f.StringArrayVar(&o.crls, "crl", nil, "certificate revocation lists, a `FILE` in DER or PEM; repeatable")
	f.StringVar(&o.sctList, "sct-list", "", "certificate timestamps as in the TLS extension (a SignedCertificateTimestampList), a `FILE`")
	f.StringVar(&o.ctLogs, "ct-logs", "", "known logs, a `FILE` in the JSON of Google's list, version 3 (default built in)")
	f.BoolVar(&o.requireCT, "require-ct", false, "timestamps that are wrong, or fewer than browsers want, reject")
	f.BoolVar(&o.online, "online", false, "fetch revocation and missing issuers from where the certificates say")
	under(f, "Revocation and certificate transparency", "revocation", "ocsp-response", "crl", "sct-list", "ct-logs", "require-ct", "online")
	f.CountVarP(&o.verbose, "verbose", "v", "``list all checks, also those that went well, and all paths")
	f.BoolVar(&o.json, "json", false, "print one JSON document (tlsprobe schema verify describes it)")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print the verdict only")
	under(f, "What to show", "verbose", "json", "quiet")
	o.registerStyle(f)
	completeVerify(cmd)
}

// runVerify verifies the chain that the options ask for, shows the report, and turns the verdict into an exit code.
func runVerify(ctx context.Context, app *App, o *verifyOptions, name string) error {
	if err := o.check(); err != nil {
		return err
	}
	req, err := o.request(app, name)
	if err != nil {
		return err
	}
	var done func()
	req.Fetch, done = fetcher(ctx, o.online)
	defer done()
	result := verify.Verify(*req)
	d := verify.NewDocument(req, &result, tool())
	err = o.write(app, "report", func(w io.Writer) error {
		if o.json {
			return trace.WriteDocument(w, d)
		}
		return render.Verification(w, d, name, o.style(app, o.toTerminal(app)))
	})
	if err != nil {
		return err
	}
	if ctx.Err() != nil { // while something was fetched; what is known is shown
		return &exitError{code: interruptCode(ctx)}
	}
	if code := verdictCode(result.Verdict); code != exitOK {
		return &exitError{code: code}
	}
	return nil
}

// verdictCode is the exit code of a verdict.
func verdictCode(v verify.Verdict) int {
	switch v {
	case verify.Accept:
		return exitOK
	case verify.Reject:
		return exitNo
	}
	return exitIncomplete
}

// request translates the options and reads the files that they name.
func (o *verifyOptions) request(app *App, name string) (*verify.Request, error) {
	req := &verify.Request{Hostname: o.hostname, RequireCT: o.requireCT, SecondOpinion: true, Offline: true}
	if err := o.settings(app, req); err != nil {
		return nil, err
	}
	data, err := readInput(app, "", name)
	if err != nil {
		return nil, err
	}
	if req.Chain, err = certificatesIn(app, name, data); err != nil {
		return nil, err
	}
	return req, o.evidence(app, req)
}

// settings translates the flags that name no evidence.
func (o *verifyOptions) settings(app *App, req *verify.Request) (err error) {
	if req.Purpose, err = choice("purpose", o.purpose, verify.Purposes()); err != nil {
		return err
	}
	if req.Rules, err = choice("rules", o.rules, verify.AllRules()); err != nil {
		return err
	}
	if req.Revocation, err = choice("revocation", o.revocation, verify.Revocations()); err != nil {
		return err
	}
	if req.Time, err = clockAt(app, o.time); err != nil {
		return err
	}
	if o.depthGiven {
		if o.maxDepth < 0 {
			return usage("0 for none at all", "--max-depth: %d is less than nothing", o.maxDepth)
		}
		req.MaxDepth = &o.maxDepth
	}
	req.Policies = verify.Policies{RequireExplicit: o.explicit, InhibitMapping: o.noMapping, InhibitAny: o.noAny}
	for _, p := range o.policies {
		id, err := parseOID(p)
		if err != nil {
			return usage("the numbers with dots, such as 2.23.140.1.2.1", "--policy: %q is no object identifier", p)
		}
		req.Policies.Acceptable = append(req.Policies.Acceptable, id)
	}
	open, err := openStore(o.roots)
	if err != nil {
		return err
	}
	if req.Store, err = open(); err != nil {
		return usage("--roots bundled has roots on every system", "--roots: %w", err)
	}
	return nil
}

// parseOID reads the dotted form.
func parseOID(text string) (cert.OID, error) {
	id, err := x509.ParseOID(text)
	if err != nil {
		return nil, err
	}
	der, err := id.MarshalBinary()
	return cert.OID(der), err
}
