package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// connectOptions are the flags of connect.
type connectOptions struct {
	sni       string
	alpn      []string
	min, max  string
	ciphers   []string
	groups    []string
	keyShares []string
	sigalgs   []string
	four, six bool
	connectTo string
	roots     string
	insecure  bool
	strict    bool
	time      string
	timeout   time.Duration
	linger    time.Duration
	http      bool
	send      string
	stdio     bool
	outputOptions

	sniSet, alpnSet, sendSet bool
	groupsSet, sharesSet     bool
	args                     []string      // what to say to make the same probe again
	fixedStore               *verify.Store // stands in for --roots in the demo
}

func (o *connectOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.sni, "sni", "", "name to ask for; '' sends none (default: the host)")
	f.StringSliceVar(&o.alpn, "alpn", nil, "application protocols to offer; '' offers none (default h2,http/1.1)")
	f.StringVar(&o.min, "min", "", "oldest version to offer: tls1.0, tls1.1, tls1.2, tls1.3 (default tls1.2)")
	f.StringVar(&o.max, "max", "", "newest version to offer (default tls1.3)")
	f.StringSliceVar(&o.ciphers, "ciphers", nil, "cipher suites to offer, by the registry's names or OpenSSL's")
	f.StringSliceVar(&o.groups, "groups", nil, "groups to offer")
	f.StringSliceVar(&o.keyShares, "key-shares", nil, "groups to send a key share for; '' sends none")
	f.StringSliceVar(&o.sigalgs, "sigalgs", nil, "signature schemes to offer")
	f.BoolVarP(&o.four, "ipv4", "4", false, "connect by IPv4 only")
	f.BoolVarP(&o.six, "ipv6", "6", false, "connect by IPv6 only")
	f.StringVar(&o.connectTo, "connect-to", "", "`ADDR[:PORT]` to connect to instead; name and SNI stay")
	f.StringVar(&o.roots, "roots", "", "trusted roots: system, bundled or a `FILE` (default system, else bundled)")
	f.BoolVar(&o.insecure, "insecure", false, "exit 0 for an untrusted certificate, and talk to it all the same")
	f.BoolVar(&o.strict, "strict", false, "end the handshake at the first broken rule, as the RFCs say")
	f.StringVar(&o.time, "time", "", "verify at this time, `RFC3339` (default now)")
	f.DurationVar(&o.timeout, "timeout", 10*time.Second, "for everything up to the end of the handshake, and --http")
	f.DurationVar(&o.linger, "linger", 300*time.Millisecond, "how long to wait for the server's close, and late tickets")
	f.BoolVar(&o.http, "http", false, "send a GET and show status line and headers")
	f.StringVar(&o.send, "send", "", "send `TEXT`, or @FILE, and show what comes back")
	f.BoolVar(&o.stdio, "stdio", false, "join stdin and stdout to the session; the trace goes to stderr")
	o.outputOptions.register(f)
	cmd.MarkFlagsMutuallyExclusive("ipv4", "ipv6")
	cmd.MarkFlagsMutuallyExclusive("http", "send", "stdio")
	cmd.MarkFlagsMutuallyExclusive("stdio", "json")
	cmd.MarkFlagsMutuallyExclusive("stdio", "events")
	completions(cmd)
}

// changed remembers which flags were given: an empty value is not the same as none.
func (o *connectOptions) changed(f *pflag.FlagSet) {
	o.sniSet, o.alpnSet, o.sendSet = f.Changed("sni"), f.Changed("alpn"), f.Changed("send")
	o.groupsSet, o.sharesSet = f.Changed("groups"), f.Changed("key-shares")
	o.args = nil
	f.Visit(func(fl *pflag.Flag) {
		if !outputFlags(fl.Name) {
			o.args = append(o.args, fmt.Sprintf("--%s=%s", fl.Name, strings.Trim(fl.Value.String(), "[]")))
		}
	})
}

// offer makes the ClientHello that the flags ask for.
func (o *connectOptions) offer(target dial.Target) (handshake.Offer, error) {
	low, high, err := o.versions()
	if err != nil {
		return handshake.Offer{}, err
	}
	offer := handshake.DefaultOffer(low, high)
	offer.ServerName = target.SNI
	if o.sniSet {
		offer.ServerName = o.sni
	}
	switch {
	case o.alpnSet:
		offer.ALPN = present(o.alpn)
	case o.http:
		offer.ALPN = []string{"http/1.1"}
	}
	for _, p := range offer.ALPN {
		if len(p) > 255 {
			return offer, usage("", "the ALPN protocol %.20q… is longer than 255 bytes", p)
		}
	}
	if len(offer.ServerName) > 1<<16-6 {
		return offer, usage("", "the name of --sni is longer than a hello can hold")
	}
	return offer, o.lists(&offer)
}

// versions reads --min and --max. With --max alone, what is older than the default minimum widens it.
func (o *connectOptions) versions() (low, high iana.Version, err error) {
	low, high = iana.TLS12, iana.TLS13
	if o.max != "" {
		if high, err = version13(o.max, "--max"); err != nil {
			return 0, 0, err
		}
		if high < low {
			low = iana.TLS10
		}
	}
	if o.min != "" {
		if low, err = version13(o.min, "--min"); err != nil {
			return 0, 0, err
		}
	}
	if low > high {
		return 0, 0, usage("", "--min %s is newer than --max %s", low, high)
	}
	return low, high, nil
}

func version13(s, flag string) (iana.Version, error) {
	v, err := iana.ParseVersion(s)
	if err != nil || v < iana.TLS10 || v > iana.TLS13 {
		return 0, usage("tls1.0, tls1.1, tls1.2 or tls1.3", "%s: %q is no version that can be offered", flag, s)
	}
	return v, nil
}

// lists reads the flags that are lists of code points.
func (o *connectOptions) lists(offer *handshake.Offer) (err error) {
	if len(present(o.ciphers)) > 0 {
		if offer.CipherSuites, err = codes("--ciphers", o.ciphers, iana.ParseCipherSuite); err != nil {
			return err
		}
	}
	if len(present(o.sigalgs)) > 0 {
		if offer.Schemes, err = codes("--sigalgs", o.sigalgs, iana.ParseSignatureScheme); err != nil {
			return err
		}
	}
	if o.groupsSet {
		if offer.Groups, err = codes("--groups", o.groups, iana.ParseGroup); err != nil {
			return err
		}
		offer.KeyShares = slices.DeleteFunc(slices.Clone(offer.KeyShares), func(g iana.Group) bool { return !slices.Contains(offer.Groups, g) })
		if len(offer.KeyShares) == 0 && len(offer.Groups) > 0 {
			offer.KeyShares = offer.Groups[:1]
		}
	}
	if o.sharesSet {
		if offer.KeyShares, err = codes("--key-shares", o.keyShares, iana.ParseGroup); err != nil {
			return err
		}
	}
	return o.canShare(offer)
}

// canShare refuses a key share that can't be made.
func (o *connectOptions) canShare(offer *handshake.Offer) error {
	for i, g := range offer.KeyShares {
		if !handshake.CanShare(g) {
			if !o.sharesSet { // offered without a share: the server may still ask for it
				offer.KeyShares = slices.Delete(slices.Clone(offer.KeyShares), i, i+1)
				return nil
			}
			return usage("it can be offered with --groups, without a share", "--key-shares: no key share can be made for %s", g)
		}
	}
	return nil
}

// codes parses a list with one parser; a wrong name is told with its flag.
func codes[T any](flag string, names []string, parse func(string) (T, error)) ([]T, error) {
	var list []T
	for _, n := range names {
		// OpenSSL separates by colons, and so may who comes from there.
		for _, part := range present(strings.Split(n, ":")) {
			v, err := parse(part)
			if err != nil {
				return nil, usage("tlsprobe explain NAME tells what is known", "%s: %w", flag, err)
			}
			list = append(list, v)
		}
	}
	return list, nil
}

// present drops the empty strings: the way to say none.
func present(list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == "" })
}

func (o *connectOptions) dialer() (dial.Dialer, error) {
	d := dial.Dialer{}
	switch {
	case o.four:
		d.Family = dial.IPv4
	case o.six:
		d.Family = dial.IPv6
	}
	if o.connectTo != "" {
		to, err := dial.ParseConnectTo(o.connectTo)
		if err != nil {
			return d, fromParse(err)
		}
		d.ConnectTo = to
	}
	return d, nil
}

// clock is the time of verification.
func (o *connectOptions) clock(app *App) (time.Time, error) {
	if o.time == "" {
		return app.Now(), nil
	}
	t, err := time.Parse(time.RFC3339, o.time)
	if err != nil {
		return t, usage("such as 2026-11-23T16:02:00Z", "--time: %q is no RFC 3339 time", o.time)
	}
	return t, nil
}

// store returns what gives the trusted roots.
func (o *connectOptions) store(*App) (func() (*verify.Store, error), error) {
	fixed := func(s *verify.Store) func() (*verify.Store, error) {
		return func() (*verify.Store, error) { return s, nil }
	}
	switch o.roots {
	case "":
		if o.fixedStore != nil {
			return fixed(o.fixedStore), nil
		}
		return func() (*verify.Store, error) {
			if s, err := verify.System(); err == nil {
				return s, nil
			}
			return verify.Bundled(), nil
		}, nil
	case "system":
		return verify.System, nil
	case "bundled":
		return func() (*verify.Store, error) { return verify.Bundled(), nil }, nil
	}
	s, err := verify.File(o.roots)
	if err != nil {
		return nil, &exitError{code: exitUsage, err: fmt.Errorf("--roots: %w", err), hint: "system, bundled, or a file of certificates in PEM or DER"}
	}
	return fixed(s), nil
}

// fromParse turns an error of dial's parsers into one of usage, with its hint.
func fromParse(err error) error {
	var p *dial.ParseError
	if errors.As(err, &p) {
		return usage(p.Hint(), "%w", err)
	}
	return usage("", "%w", err)
}
