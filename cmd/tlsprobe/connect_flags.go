package main

import (
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
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
	twice     bool // --resume
	insecure  bool
	strict    bool
	time      string
	timeout   time.Duration
	linger    time.Duration
	http      bool
	send      string
	stdio     bool
	credentialOptions
	outputOptions
	keepOptions

	noGroups   bool                   // --groups says none
	distrusted bool                   // the chain's verdict, where the engine was told to go on
	toSend     []byte                 // what --send says
	given      func(flag string) bool // whether a flag was given, be it empty
	args       []string               // what to say to make the same probe again
	fixedStore *verify.Store          // stands in for --roots in the demo
	fixedProof *handshake.Credential  // stands in for --cert in the demo
}

func (o *connectOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	o.registerOffer(f)
	o.registerWay(f, 300*time.Millisecond)
	f.StringVar(&o.roots, "roots", "", "trust the roots of `FILE`, or system or bundled (default system, else bundled)")
	f.BoolVar(&o.insecure, "insecure", false, "exit 0 for an untrusted certificate, and talk to it all the same")
	f.BoolVar(&o.strict, "strict", false, "end the handshake at the first broken rule, as the RFCs say")
	f.StringVar(&o.time, "time", "", "verify as of `TIME`, such as 2026-11-23T16:02:00Z (default now)")
	under(f, "Whom to trust", "roots", "insecure", "strict", "time")
	o.credentialOptions.register(f)
	f.BoolVar(&o.twice, "resume", false, "connect twice, and show the second connection, which offers the session of the first")
	under(f, "Who to be", "resume")
	f.BoolVar(&o.http, "http", false, "send a GET and show status line and headers")
	f.StringVar(&o.send, "send", "", "send `TEXT`, or @FILE, and show what comes back")
	f.BoolVar(&o.stdio, "stdio", false, "join stdin and stdout to the session; the trace goes to stderr")
	under(f, "What to say", "http", "send", "stdio")
	o.outputOptions.register(f)
	o.keepOptions.register(f)
	completions(cmd)
}

// registerOffer adds the flags that say what is offered.
func (o *connectOptions) registerOffer(f *pflag.FlagSet) {
	f.StringVar(&o.sni, "sni", "", "`NAME` to ask for; '' sends none (default: the host)")
	f.StringSliceVar(&o.alpn, "alpn", nil, "application protocols, a `LIST`; '' offers none (default h2,http/1.1)")
	f.StringVar(&o.min, "min", "", "oldest `VERSION`: tls1.0, tls1.1, tls1.2 or tls1.3 (default tls1.2)")
	f.StringVar(&o.max, "max", "", "newest `VERSION` (default tls1.3)")
	f.StringSliceVar(&o.ciphers, "ciphers", nil, "cipher suites, a `LIST` of names (the registry's or OpenSSL's) or codes")
	f.StringSliceVar(&o.groups, "groups", nil, "groups, a `LIST`; '' offers none")
	f.StringSliceVar(&o.keyShares, "key-shares", nil, "groups to send a key share for, a `LIST`; '' sends none")
	f.StringSliceVar(&o.sigalgs, "sigalgs", nil, "signature schemes, a `LIST`")
	under(f, "What to offer", "sni", "alpn", "min", "max", "ciphers", "groups", "key-shares", "sigalgs")
}

// registerWay adds the flags that say where and how to connect; linger is the default of --linger.
func (o *connectOptions) registerWay(f *pflag.FlagSet, linger time.Duration) {
	f.BoolVarP(&o.four, "ipv4", "4", false, "connect by IPv4 only")
	f.BoolVarP(&o.six, "ipv6", "6", false, "connect by IPv6 only")
	f.StringVar(&o.connectTo, "connect-to", "", "connect to `ADDR[:PORT]` instead; name and SNI stay")
	f.DurationVar(&o.timeout, "timeout", 10*time.Second, "`TIME` for everything up to the end of the handshake, and --http; 0: no limit")
	f.DurationVar(&o.linger, "linger", linger, "`TIME` to wait for the server's close, and late tickets")
	under(f, "Where to connect, and how long to wait", "ipv4", "ipv6", "connect-to", "timeout", "linger")
}

// exclusive are the flags of which at most one can be given.
var exclusive = [...][]string{
	{"ipv4", "ipv6"}, {"http", "send", "stdio"}, {"stdio", "json"}, {"stdio", "events"}, {"json", "events"}, {"json", "only"}, {"events", "only"},
	{"json", "path"}, {"events", "path"}, {"json", "message"}, {"events", "message"},
	{"pem", "json"}, {"pem", "verbose"}, {"list", "scenario", "serve"},
}

// conflicts tells of flags that exclude each other.
func conflicts(f *pflag.FlagSet) error { return excluded(f, exclusive[:]) }

// excluded tells of flags that exclude each other, in one of the lists.
func excluded(f *pflag.FlagSet, lists [][]string) error {
	for _, names := range lists {
		var given []string
		for _, n := range names {
			if f.Changed(n) {
				given = append(given, "--"+n)
			}
		}
		if len(given) > 1 {
			return usage("leave one of them out", "%s exclude each other", strings.Join(given, " and "))
		}
	}
	return nil
}

// changed remembers which flags were given: an empty value is not the same as none.
func (o *connectOptions) changed(f *pflag.FlagSet) {
	o.given = f.Changed
	o.args = nil
	f.Visit(func(fl *pflag.Flag) {
		if outputFlags(fl.Name) {
			return
		}
		value := fl.Value.String()
		if list, ok := fl.Value.(pflag.SliceValue); ok {
			value = strings.Join(list.GetSlice(), ",")
		}
		o.args = append(o.args, "--"+fl.Name+"="+value)
	})
}

// check refuses what can't be, before anything is done.
func (o *connectOptions) check() error {
	switch {
	case o.timeout < 0:
		return usage("such as 10s, or 0 for no limit", "--timeout: %s is less than nothing", o.timeout)
	case o.linger < 0:
		return usage("such as 300ms, or 0 to leave at once", "--linger: %s is less than nothing", o.linger)
	}
	return o.outputOptions.check()
}

// code is what the registries name.
type code interface {
	comparable
	Name() string
}

// codes parses a list with one parser; a wrong name is told with its flag, and what it may stand for.
func codes[T code](flag string, names []string, parse func(string) (T, error), all iter.Seq[T]) ([]T, error) {
	var list []T
	for _, n := range names {
		// OpenSSL separates by colons, and so may who comes from there.
		for _, part := range present(strings.Split(n, ":")) {
			v, err := parse(part)
			if err != nil {
				hint := "names and codes are those of the IANA registry; OpenSSL's names do, too"
				if best := nearest(part, registered(all)); best != "" {
					hint = "did you mean " + best + "?"
				}
				return nil, usage(hint, "%s: %w", flag, err)
			}
			list = append(list, v)
		}
	}
	return list, nil
}

// some is codes for a list that must not be empty.
func some[T code](flag string, names []string, parse func(string) (T, error), all iter.Seq[T]) ([]T, error) {
	list, err := codes(flag, names, parse, all)
	if err == nil && len(list) == 0 {
		return nil, usage("leave it out for the default", "%s: a ClientHello needs at least one", flag)
	}
	return list, err
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
	if o.given("connect-to") {
		to, err := dial.ParseConnectTo(o.connectTo)
		if err != nil {
			return d, fromParse("--connect-to: ", err)
		}
		d.ConnectTo = to
	}
	return d, nil
}

// clock is the time of verification.
func (o *connectOptions) clock(app *App) (time.Time, error) { return clockAt(app, o.time) }

// store returns what gives the trusted roots.
func (o *connectOptions) store() (func() (*verify.Store, error), error) {
	if o.roots == "" && o.fixedStore != nil {
		return func() (*verify.Store, error) { return o.fixedStore, nil }, nil
	}
	return openStore(o.roots)
}

// fromParse turns an error of dial's parsers into one of usage, with its hint.
func fromParse(of string, err error) error {
	var p *dial.ParseError
	if errors.As(err, &p) {
		return usage(p.Hint(), "%s%w", of, err)
	}
	return usage("", "%s%w", of, err)
}
