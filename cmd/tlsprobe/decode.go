package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/tlsprobe/tlsprobe/internal/capture"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// decodeOptions are the flags of decode.
type decodeOptions struct {
	keylog string
	stream int
	filter string
	roots  string
	time   string
	outputOptions

	streamGiven bool
}

func newDecode(app *App) *cobra.Command {
	o := new(decodeOptions)
	cmd := &cobra.Command{
		Use:   "decode CAPTURE",
		Short: "Show the TLS connections in a packet capture",
		Long: "decode reads a capture in pcap or pcapng, or - for stdin, and follows the TLS\n" +
			"connections in it, on whatever port: one is shown as connect shows its own, of\n" +
			"several each has a line. What a key log or the capture itself has secrets for is\n" +
			"decrypted, and proofs are checked; of the rest it says what can't be known.\n" +
			"The exit code is 0 for shown, 1 for no TLS connection in it, or none that was\n" +
			"asked for, 7 for no capture, or one that is cut or damaged.",
		Example: "  tlsprobe decode capture.pcapng\n" +
			"  tlsprobe decode capture.pcap --keylog keys.log --stream 3 -v\n" +
			"  tcpdump -i any -w - port 443 | tlsprobe decode -",
		Args: oneCapture,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := conflicts(cmd.Flags()); err != nil {
				return err
			}
			o.streamGiven = cmd.Flags().Changed("stream")
			return runDecode(app, o, args[0])
		},
	}
	o.register(cmd)
	return cmd
}

func (o *decodeOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.keylog, "keylog", "", "secrets to decrypt with, a `FILE` as SSLKEYLOGFILE makes it")
	f.IntVar(&o.stream, "stream", 0, "show stream `N`, as they are numbered in the list and by Wireshark")
	f.StringVar(&o.filter, "filter", "", "only streams of `HOST:PORT`, HOST or :PORT; HOST is an address or the name asked for")
	under(f, "What to decode", "keylog", "stream", "filter")
	f.StringVar(&o.roots, "roots", "", "trust the roots of `FILE`, or system or bundled (default system, else bundled)")
	f.StringVar(&o.time, "time", "", "verify as of `TIME`, such as 2026-11-23T16:02:00Z (default when the stream began)")
	under(f, "Whom to trust", "roots", "time")
	o.outputOptions.register(f)
	completeDecode(cmd)
}

// decoding is one run of decode.
type decoding struct {
	app   *App
	o     *decodeOptions
	name  string
	out   io.Writer
	cfg   capture.DecodeConfig
	began int             // streams
	first *capture.Stream // held until it is known whether there is another
	told  bool            // first has had its line already
	live  *trace.EventWriter
	lives int // the number of the stream whose events live writes
	count int
	err   error // of writing

	nothing bool // --only selected nothing
}

// runDecode decodes the capture that the options ask for.
func runDecode(app *App, o *decodeOptions, name string) error {
	if err := o.check(); err != nil {
		return err
	}
	d := &decoding{app: app, o: o, name: name}
	if err := d.configure(); err != nil {
		return err
	}
	var failed error
	err := o.write(app, "capture", func(w io.Writer) error {
		d.out = w
		failed = d.read()
		return d.finish()
	})
	if err == nil {
		err = d.result(failed)
	}
	return err
}

// configure translates the options.
func (d *decoding) configure() error {
	d.cfg = capture.DecodeConfig{Secrets: new(capture.KeyLog), Tool: tool(), Done: d.take}
	if d.o.streamGiven {
		if d.o.stream < 0 {
			return usage("they are numbered from 0", "--stream: %d is less than nothing", d.o.stream)
		}
		d.cfg.Stream = &d.o.stream
	}
	if d.o.filter != "" {
		f, err := capture.ParseFilter(d.o.filter)
		if err != nil {
			return usage("such as 192.0.2.1:443, example.com or :8443", "--filter: %w", err)
		}
		d.cfg.Filter = f
	}
	var err error
	if d.cfg.Verify, err = d.verifier(); err != nil {
		return err
	}
	d.cfg.Began = d.begin
	return d.readKeyLog()
}

// readKeyLog reads what --keylog names.
func (d *decoding) readKeyLog() error {
	if d.o.keylog == "" {
		return nil
	}
	data, err := readInput(d.app, "--keylog", d.o.keylog)
	if err != nil {
		return err
	}
	d.cfg.Secrets.Add(data)
	if d.cfg.Secrets.Len() == 0 {
		return unreadable("lines such as CLIENT_RANDOM 00…ff 00…ff (RFC 9850)", "--keylog: %s holds no secrets", d.o.keylog)
	}
	if n := d.cfg.Secrets.Strange; n > 0 {
		d.app.say("note: --keylog: %s: %d lines that are none of a key log; passed over\n", safetext.Visible(d.o.keylog), n)
	}
	return nil
}

// verifier makes what judges the chains.
func (d *decoding) verifier() (func(*handshake.VerifyChain, time.Time) ([]finding.Finding, bool), error) {
	open, err := openStore(d.o.roots)
	if err != nil {
		return nil, err
	}
	open = sync.OnceValues(open) // once for all chains
	fixed := time.Time{}
	if d.o.time != "" {
		if fixed, err = clockAt(d.app, d.o.time); err != nil {
			return nil, err
		}
	}
	return func(v *handshake.VerifyChain, began time.Time) ([]finding.Finding, bool) {
		store, err := open()
		if err != nil {
			return []finding.Finding{finding.Unanswered(finding.ChainRootTrust, err.Error())}, false
		}
		if !fixed.IsZero() {
			began = fixed
		}
		res := verify.Verify(verify.Request{Chain: v.Chain, Hostname: v.ServerName, Time: began, Store: store, Staples: v.Staples,
			SCTs: v.SCTs, Rules: verify.RulesClient})
		return res.Findings, res.Trusted
	}, nil
}

// read decodes the capture. A file is looked through for secrets first, as they may stand behind what they open.
func (d *decoding) read() error {
	if d.piped() {
		return capture.NewDecoder(d.cfg).Read(untilBroken{d.app.Stdin, d})
	}
	f, err := os.Open(d.name)
	if err != nil {
		return usage("- is stdin", "%s: %w", d.name, pathless(err))
	}
	defer f.Close() //nolint:errcheck // only read
	if _, err := f.Seek(0, io.SeekStart); err == nil {
		_ = capture.ReadSecrets(f, d.cfg.Secrets) // what is wrong with it is told by who reads all of it
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("read %s again: %w", d.name, err)
		}
	}
	decoder := capture.NewDecoder(d.cfg)
	failed := decoder.Read(f)
	d.tell(decoder.Stats())
	if d.count == 1 && d.first != nil && !d.first.Whole { // others were passed over: it is read once more, for its whole trace
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("read %s again: %w", d.name, err)
		}
		number := d.first.Number
		d.cfg.Stream, d.cfg.Began, d.first, d.count = &number, nil, nil, 0
		return capture.NewDecoder(d.cfg).Read(f)
	}
	return failed
}

// tell says what of the capture was left aside.
func (d *decoding) tell(s capture.Stats) {
	for _, n := range [...]struct {
		count int
		what  string
	}{
		{s.Fragments, "fragments of IP packets, which are not put together"},
		{s.Foreign, fmt.Sprintf("packets of a link layer that is not read (%d)", s.ForeignLink)},
		{s.Ended, "connections ended early, because there were too many at a time"},
	} {
		if n.count > 0 {
			d.app.say("note: %s: %d %s\n", safetext.Visible(d.name), n.count, n.what)
		}
	}
}

// result turns how it went into an exit code.
func (d *decoding) result(failed error) error {
	var e *exitError
	switch {
	case failed == nil && d.nothing:
		return &exitError{code: exitNo, err: fmt.Errorf("--only: nothing in this trace is called %s", strings.Join(d.o.only, " or ")),
			hint: "tlsprobe explain --paths lists what there can be"}
	case failed == nil && d.count > 0:
		return nil
	case failed == nil && (d.o.streamGiven || d.o.filter != ""):
		return &exitError{code: exitNo, err: fmt.Errorf("%s: no TLS stream is the one that was asked for", d.name), hint: "without --stream and --filter all are listed"}
	case failed == nil:
		return &exitError{code: exitNo, err: fmt.Errorf("%s: no TLS stream", d.name), hint: "what begins in the clear (STARTTLS) is not looked into"}
	case errors.As(failed, &e):
		return failed
	case errors.Is(failed, capture.ErrNotCapture):
		return unreadable("a file of tcpdump -w, dumpcap or Wireshark; one that is compressed: zcat FILE | tlsprobe decode -", "%s: %w", d.name, failed)
	case errors.Is(failed, capture.ErrCut), errors.Is(failed, capture.ErrDamaged):
		return unreadable("what was there before has been shown", "%s: %w", d.name, failed)
	}
	return usage("", "read %s: %w", d.name, failed)
}
