package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/demo"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// demoOptions are the flags of demo.
type demoOptions struct {
	scenario string
	list     bool
	serve    string
	portFile string
	rootFile string
	client   string
	outputOptions
	keepOptions
}

func newDemo(app *App) *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Trace a handshake with a server inside the process",
		Long: "demo starts a TLS server inside the process, with certificates made on the\n" +
			"spot, and traces a real handshake with it over TCP. Each scenario shows\n" +
			"something else.",
		Example: "  tlsprobe demo\n" +
			"  tlsprobe demo --scenario hello-retry -v\n" +
			"  tlsprobe demo --list",
		Args: nothingButFlags,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := conflicts(cmd.Flags()); err != nil {
				return err
			}
			return runDemo(cmd.Context(), app, &o)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.scenario, "scenario", "tls13", "`NAME` of what the server does; see --list")
	f.BoolVar(&o.list, "list", false, "list the scenarios")
	f.StringVar(&o.serve, "serve", "", "serve the scenario `NAME` until interrupted, and connect to nothing")
	f.StringVar(&o.portFile, "port-file", "", "with --serve: write the port to `FILE` once it listens")
	f.StringVar(&o.rootFile, "roots-file", "", "with --serve: write the certificates to trust to `FILE`")
	f.StringVar(&o.client, "client-file", "", "with --serve: write the client's certificate and key to `FILE`, where the scenario has them")
	under(f, "What to serve", "scenario", "list", "serve", "port-file", "roots-file", "client-file")
	o.outputOptions.register(f)
	o.keepOptions.register(f)
	_ = cmd.RegisterFlagCompletionFunc("scenario", completeScenarios)
	_ = cmd.RegisterFlagCompletionFunc("serve", completeScenarios)
	return cmd
}

func runDemo(ctx context.Context, app *App, o *demoOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	switch {
	case o.serve == "" && (o.portFile != "" || o.rootFile != "" || o.client != ""):
		return usage("add --serve NAME", "--port-file, --roots-file and --client-file go with --serve")
	case o.list:
		return listScenarios(app)
	case o.serve != "":
		return serveDemo(ctx, app, o)
	}
	srv, err := startDemo(ctx, app, o.scenario)
	if err != nil {
		return err
	}
	defer srv.Close() //nolint:errcheck // the process ends with it
	connect, c := connectCommand(app)
	if err := connect.ParseFlags(srv.ConnectArgs()); err != nil {
		return &exitError{code: exitInternal, err: fmt.Errorf("flags of the scenario: %w", err)}
	}
	roots, _ := cert.ParsePEMCertificates(srv.RootsPEM())
	c.fixedStore = verify.Of("the demo", roots...)
	c.fixedProof = demoCredential(srv)
	c.outputOptions, c.keepOptions = o.outputOptions, o.keepOptions
	c.changed(connect.Flags())
	return runConnect(ctx, app, c, srv.Target())
}

// demoCredential is what the client proves itself with; nil in most scenarios.
func demoCredential(srv *demo.Server) *handshake.Credential {
	chain, key := srv.Client()
	if key == nil {
		return nil
	}
	return &handshake.Credential{Chain: chain, Key: key}
}

func startDemo(ctx context.Context, app *App, name string) (*demo.Server, error) {
	sc, err := demo.Find(name)
	if err != nil {
		var unknown *demo.UnknownScenarioError
		if errors.As(err, &unknown) {
			return nil, usage(unknown.Hint(), "%w", err)
		}
		return nil, usage("tlsprobe demo --list", "%w", err)
	}
	srv, err := demo.Start(ctx, sc, demo.Options{Clock: app.Now, Rand: app.Rand})
	if err != nil {
		return nil, &exitError{code: exitNetwork, err: fmt.Errorf("start the demo's server: %w", err)}
	}
	return srv, nil
}

func listScenarios(app *App) error {
	for _, s := range demo.Scenarios() {
		if _, err := fmt.Fprintf(app.Stdout, "%-26s %s\n", s.Name, s.Summary); err != nil {
			return err
		}
	}
	return nil
}

// serveDemo serves until it is interrupted.
func serveDemo(ctx context.Context, app *App, o *demoOptions) error {
	srv, err := startDemo(ctx, app, o.serve)
	if err != nil {
		return err
	}
	defer srv.Close() //nolint:errcheck // the process ends with it
	_, port, err := splitPort(srv.Addr().String())
	if err != nil {
		return &exitError{code: exitInternal, err: err}
	}
	if o.rootFile != "" {
		if err := os.WriteFile(o.rootFile, srv.RootsPEM(), 0o644); err != nil {
			return usage("", "write the roots: %w", err)
		}
	}
	if err := writeClient(o, srv); err != nil {
		return err
	}
	if o.portFile != "" {
		if err := writeWhole(o.portFile, strconv.Itoa(port)); err != nil {
			return usage("", "write the port: %w", err)
		}
	}
	app.say("serving %s on %s; interrupt to stop\nhint: %s\n", o.serve, srv.Target(), howToConnect(srv, o))
	<-ctx.Done()
	return nil
}

// howToConnect is the command that shows what the server has to show.
func howToConnect(srv *demo.Server, o *demoOptions) string {
	words := append([]string{"tlsprobe connect", srv.Target()}, srv.ConnectArgs()...)
	var missing []string
	file := func(name, here, there, what string) {
		if name == "" {
			missing = append(missing, fmt.Sprintf("%s: %s FILE here, %s FILE there", what, here, there))
		} else {
			words = append(words, there, name)
		}
	}
	if demoCredential(srv) != nil {
		file(o.client, "--client-file", "--cert", "its client's certificate")
	}
	file(o.rootFile, "--roots-file", "--roots", "its roots")
	if len(missing) > 0 {
		return strings.Join(words, " ") + "   (" + strings.Join(missing, "; ") + ")"
	}
	return strings.Join(words, " ")
}

// writeClient writes what the client is to prove itself with, for the user alone.
func writeClient(o *demoOptions, srv *demo.Server) error {
	if o.client == "" {
		return nil
	}
	text, err := srv.ClientPEM()
	switch {
	case err != nil:
		return &exitError{code: exitInternal, err: err}
	case text == nil:
		return usage("tlsprobe demo --serve client-certificate --client-file FILE", "--client-file: the scenario %s has no certificate for its client", o.serve)
	}
	if err := os.WriteFile(o.client, text, secretMode); err != nil {
		return usage("", "write the client's certificate and key: %w", err)
	}
	return nil
}

// writeWhole writes a file that others wait for: it appears with its whole content.
func writeWhole(name, content string) error {
	if err := os.WriteFile(name+".new", []byte(content), 0o644); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

func completeScenarios(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, s := range demo.Scenarios() {
		names = append(names, s.Name+"\t"+s.Summary)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
