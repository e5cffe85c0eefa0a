package main

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// offer makes the ClientHello that the flags ask for.
func (o *connectOptions) offer(target dial.Target) (handshake.Offer, error) {
	var offer handshake.Offer
	suites, groups, err := o.suitesAndGroups()
	if err != nil {
		return offer, err
	}
	low, high, err := o.versions()
	if err == nil {
		low, high, err = o.reachable(low, high, suites)
	}
	if err != nil {
		return offer, err
	}
	offer = handshake.DefaultOffer(low, high)
	if o.given("ciphers") {
		offer.CipherSuites = suites
	}
	if o.given("groups") {
		offer.Groups = groups
	}
	if o.given("sigalgs") {
		if offer.Schemes, err = some("--sigalgs", o.sigalgs, iana.ParseSignatureScheme, iana.AllSignatureSchemes()); err != nil {
			return offer, err
		}
	}
	if err := o.names(&offer, target); err != nil {
		return offer, err
	}
	return offer, o.shares(&offer)
}

// names fills in what the hello names: the server, and the protocols.
func (o *connectOptions) names(offer *handshake.Offer, target dial.Target) error {
	offer.ServerName = target.SNI
	if o.given("sni") {
		offer.ServerName = o.sni
	}
	switch {
	case o.given("alpn"):
		offer.ALPN = present(o.alpn)
	case o.http:
		offer.ALPN = []string{"http/1.1"}
	}
	for _, p := range offer.ALPN {
		if len(p) > 255 {
			return usage("", "the ALPN protocol %.20q… is longer than 255 bytes", p)
		}
	}
	if len(offer.ServerName) > 1<<16-6 {
		return usage("a name in the DNS has at most 253 bytes", "--sni: the name has %d bytes, more than a hello can hold", len(offer.ServerName))
	}
	return nil
}

// suitesAndGroups reads the lists that decide which versions can be negotiated.
func (o *connectOptions) suitesAndGroups() (suites []iana.CipherSuite, groups []iana.Group, err error) {
	if o.given("ciphers") {
		if suites, err = some("--ciphers", o.ciphers, iana.ParseCipherSuite, iana.AllCipherSuites()); err != nil {
			return nil, nil, err
		}
	}
	if o.given("groups") {
		groups, err = codes("--groups", o.groups, iana.ParseGroup, iana.AllGroups())
		o.noGroups = len(groups) == 0
	}
	return suites, groups, err
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
		return 0, 0, usage("the other way round?", "--min %s is newer than --max %s", low, high)
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

// reachable leaves out the versions at either end that no server could choose with what else is
// offered. One that a flag names is not left out: that would not be what was asked for.
func (o *connectOptions) reachable(low, high iana.Version, suites []iana.CipherSuite) (iana.Version, iana.Version, error) {
	first, last := low, high
	for last >= first && o.lacks(last, suites) != "" {
		last--
	}
	for first <= last && o.lacks(first, suites) != "" {
		first++
	}
	switch {
	case last < high && o.max != "":
		return 0, 0, usage("offer what it needs, or leave out --max", "--max %s can't be negotiated: %s", high, o.lacks(high, suites))
	case first > low && o.min != "", last < first && o.min != "":
		return 0, 0, usage("offer what it needs, or leave out --min", "--min %s can't be negotiated: %s", low, o.lacks(low, suites))
	case last < first:
		return 0, 0, usage("offer what one of them needs, or other versions with --min and --max",
			"neither %s nor %s can be negotiated: %s", low, high, o.lacks(low, suites))
	}
	return first, last, nil
}

// lacks says what a version needs and is not offered; empty where nothing is missing.
func (o *connectOptions) lacks(v iana.Version, suites []iana.CipherSuite) string {
	switch {
	case len(suites) > 0 && !negotiable(suites, v):
		return "--ciphers has no suite of that version"
	case v >= iana.TLS13 && o.noGroups:
		return "--groups has no group, and without one there is no key exchange" // RFC 8446, Section 9.2
	}
	return ""
}

// negotiable reports whether one of the suites can be negotiated in a version.
func negotiable(suites []iana.CipherSuite, v iana.Version) bool {
	known := false
	for _, s := range suites {
		p, ok := s.Params()
		switch {
		case ok && p.MinVersion <= v && v <= p.MaxVersion:
			return true
		case ok:
			known = true
		case s.Name() == "" && !s.IsGREASE():
			return true // what nobody knows may be of any version
		}
	}
	return !known // signalling values and GREASE say nothing of versions
}

// shares chooses the groups of the key shares, in the order of the groups and each once, as RFC 8446,
// Section 4.2.8 asks.
func (o *connectOptions) shares(offer *handshake.Offer) error {
	wanted := offer.KeyShares
	if o.given("key-shares") {
		var err error
		if wanted, err = codes("--key-shares", o.keyShares, iana.ParseGroup, iana.AllGroups()); err != nil {
			return err
		}
		if err := canShare(wanted, offer); err != nil {
			return err
		}
	}
	var list []iana.Group
	for _, g := range offer.Groups {
		if slices.Contains(wanted, g) && !slices.Contains(list, g) {
			list = append(list, g)
		}
	}
	// A first group that no share can be made for is offered without: the server may still ask for it.
	if len(list) == 0 && !o.given("key-shares") && len(offer.Groups) > 0 && handshake.CanShare(offer.Groups[0]) {
		list = offer.Groups[:1]
	}
	offer.KeyShares = list
	return nil
}

// canShare refuses key shares that can't be made, or that no server could take.
func canShare(wanted []iana.Group, offer *handshake.Offer) error {
	for _, g := range wanted {
		switch {
		case !handshake.CanShare(g):
			return usage("it can be offered with --groups, without a share", "--key-shares: no key share can be made for %s", g)
		case offer.Max < iana.TLS13:
			return usage("leave it out, or offer what TLS 1.3 needs", "--key-shares: only TLS 1.3 has key shares, and it is not offered")
		case !slices.Contains(offer.Groups, g):
			return usage("offer it with --groups, too", "--key-shares: %s is not among the groups that are offered", g)
		}
	}
	return nil
}

// unusualName says what is wrong with a server_name; empty where nothing is. RFC 6066, Section 3.
func unusualName(name string) string {
	switch _, err := netip.ParseAddr(strings.Trim(name, "[]")); {
	case err == nil:
		return "not an address"
	case strings.HasSuffix(name, "."):
		return "without a trailing dot"
	}
	return ""
}
