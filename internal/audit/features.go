package audit

import (
	"context"
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// features is what was found out once the versions and suites were known. Each branch writes its own fields.
type features struct {
	groups   *versionFacts // the groups of the newest version before TLS 1.3
	dh       []DHParameters
	dhAnswer Answer
	hybrids  []HybridRow
	chains   []chainFacts
	// chainsOpen says which kinds of certificates are not known, and why; chainsClosed that it closed instead of refusing one.
	chainsOpen   []string
	chainsClosed bool
	unnamed      Answer // a chain without server_name
	schemes      []SchemeList
	alpn         []choice[string]
	alpnListed   Answer
	hello        answer // to a hello with rarely used extensions
	maxLength    answer
	fallback     Answer
	robust       []Answer // as robustness
	whole        whole
	resumed      []resumed // newest first
	across       Answer    // a session of another address
	newer        newer
	otherName    otherName
}

// askFeatures asks what builds on the versions, side by side.
func (e *enumeration) askFeatures(ctx context.Context) {
	f := &e.features
	f.robust = make([]Answer, len(robustness))
	branches := []func(){
		func() { f.dh, f.dhAnswer = e.askDH(ctx) },
		func() { f.hybrids = e.askHybrids(ctx) },
		func() { e.askCertificates(ctx) },
		func() {
			f.alpn, f.alpnListed = e.askALPN(ctx)
			f.whole = e.askHandshake(ctx, values(f.alpn))
			f.resumed = e.askResumption(ctx, &f.whole)
			f.across = e.askAcross(ctx, &f.whole)
		},
		func() { f.hello = e.askRareExtensions(ctx) },
		func() { f.maxLength = e.askMaxLength(ctx) },
		func() { f.fallback = e.askFallback(ctx) },
		func() { f.newer = e.askNewer(ctx) },
	}
	for i := range robustness {
		branches = append(branches, func() { f.robust[i] = e.askRobustness(ctx, &robustness[i]) })
	}
	together(branches)
}

// plain is an ask that the server is known to accept.
func (e *enumeration) plain(v iana.Version) ask {
	a := e.base(v)
	f := e.facts(v)
	a.suites = values(f.suites)
	if v >= iana.TLS13 {
		a.groups = values(f.groups)
		a.shares = preferredShare(a.groups)
	}
	return a
}

// preferredShare is the group that a share is sent for where the answer is not about groups.
func preferredShare(groups []iana.Group) []iana.Group {
	if slices.Contains(groups, iana.X25519) {
		return []iana.Group{iana.X25519}
	}
	for _, g := range groups {
		if handshake.CanShare(g) {
			return []iana.Group{g}
		}
	}
	return nil
}

// suitesWith returns the suites of a version that were found and are as is says.
func (f *versionFacts) suitesWith(is func(*iana.SuiteParams) bool) (list []iana.CipherSuite) {
	for _, c := range f.suites {
		if p, ok := c.value.Params(); ok && is(&p) {
			list = append(list, c.value)
		}
	}
	return list
}

// inHello is the version in which a server's answers to extensions are looked at: where they are in the
// ServerHello, and no key is agreed on.
func (e *enumeration) inHello() (iana.Version, stage) {
	if v := e.newestOld(); v >= iana.TLS10 {
		return v, untilHello
	}
	return e.newest(), untilExtensions
}

// rarelyUsed are offered in one hello: none of them changes what another is answered.
func rarelyUsed(h *message.ClientHello) {
	const deflate, null = 1, 0 // RFC 3749, Section 2
	const peerAllowedToSend = 1
	if h.Extensions.Find(iana.ExtSupportedVersions) == nil { // RFC 8446, Section 4.1.2: null alone
		h.Compression = []iana.CompressionMethod{deflate, null}
	}
	extend(iana.ExtHeartbeat, &message.Heartbeat{Mode: peerAllowedToSend})(h)
	extend(iana.ExtRecordSizeLimit, &message.RecordSizeLimit{Limit: 1 << 14})(h)
}

func (e *enumeration) askRareExtensions(ctx context.Context) answer {
	v, until := e.inHello()
	a := e.plain(v).with(rarelyUsed)
	a.until = until
	return e.server.ask(ctx, a)
}

// askMaxLength asks apart from record_size_limit, beside which it must be ignored. RFC 8449, Section 5.
func (e *enumeration) askMaxLength(ctx context.Context) answer {
	const to4096 = 4
	v, until := e.inHello()
	a := e.plain(v).with(extend(iana.ExtMaxFragmentLength, &message.MaxFragmentLength{Code: to4096}))
	a.until = until
	return e.server.ask(ctx, a)
}

// askALPN eliminates the protocols of the registry.
func (e *enumeration) askALPN(ctx context.Context) ([]choice[string], Answer) {
	var all []string
	for p := range iana.AllALPNProtocols() {
		if !p.IsGREASE() {
			all = append(all, string(p))
		}
	}
	v, until := e.inHello()
	base := e.plain(v)
	base.until = until
	none := false
	found, end := eliminate(all, func(rest []string) answer {
		a := base
		a.alpn = rest
		got := e.server.ask(ctx, a)
		if got.outcome == accepted && got.find(iana.ExtALPN) == nil {
			none = true
			return answer{outcome: refused, reason: "it goes on without", connection: got.connection}
		}
		return got
	}, alpnOf)
	listed := completeFrom(&end)
	if len(found) == 0 && none {
		listed.Reason = end.reason
	}
	return found, listed
}

func alpnOf(a *answer) (string, bool) {
	x := a.find(iana.ExtALPN)
	if x == nil {
		return "", false
	}
	p, ok := x.Body.(*message.ALPN)
	if !ok || len(p.Protocols) != 1 {
		return "", false
	}
	return string(p.Protocols[0].Name), true
}

// askFallback comes back with a version below the best, and says so. RFC 7507, Section 3.
func (e *enumeration) askFallback(ctx context.Context) Answer {
	var have []iana.Version
	for _, v := range versions {
		if e.has(v) {
			have = append(have, v)
		}
	}
	if len(have) < 2 {
		return skipped("there is no version to fall back to")
	}
	a := e.plain(have[1]).with(func(h *message.ClientHello) {
		h.CipherSuites = append(slices.Clip(h.CipherSuites), iana.TLS_FALLBACK_SCSV)
	})
	got := e.server.ask(ctx, a)
	switch {
	case got.hasAlert && got.alert == iana.AlertInappropriateFallback:
		return yesAt(got.connection)
	case got.outcome == accepted:
		return Answer{Status: No, Connection: got.connection}
	}
	return unknownFrom(&got)
}

// withCurves is the newest version before TLS 1.3 that has ECDHE, and its suites with it; 0 where there is none.
func (e *enumeration) withCurves() (iana.Version, []iana.CipherSuite) {
	for _, v := range versions[1:] {
		if !e.has(v) || v < iana.TLS10 {
			continue
		}
		if suites := e.facts(v).suitesWith(agreesOnCurve); len(suites) > 0 {
			return v, suites
		}
	}
	return 0, nil
}

func agreesOnCurve(p *iana.SuiteParams) bool {
	return p.KeyExchange == iana.KeyExchangeECDHE && !p.Export
}

// groupsBefore13 eliminates the groups of a version before TLS 1.3, by what the server's parameters name.
func (e *enumeration) groupsBefore13(ctx context.Context, v iana.Version, suites []iana.CipherSuite) *versionFacts {
	f := &versionFacts{version: v, groupsHow: "ServerKeyExchange"}
	base := e.base(v)
	base.suites, base.until = notTied(suites), untilParameters
	try := func(suites []iana.CipherSuite, groups []iana.Group) answer {
		a := base
		a.suites, a.groups = suites, groups
		return e.server.ask(ctx, a)
	}
	r := &rides{groups: groupPlacesLike(base.groups, e.facts(iana.TLS13), e.facts(v)), all: base.suites, try: try}
	r.askOrder(base.suites)
	r.run(e.server.pace.share(allAtOnce))
	if of := e.facts(v); len(base.suites) > 1 { // the order of some suites is that of all
		e.suitePreference(of, base.suites, r.orElse(func(list []iana.CipherSuite) answer { return try(list, base.groups) }))
	}
	var end answer
	f.groups, end = r.groups.result()
	f.groupsListed = completeFrom(&end)
	of := func(groups []iana.Group) answer { return try(base.suites, groups) }
	f.groupPreference(of)
	if end.outcome == refused {
		f.beyondTie(base.groups, of)
	}
	if f.groupsPrefer == PreferNone {
		f.groupPreference(of)
	}
	f.inClientsOrder(base.groups)
	return f
}

// groupPreference finds out whose order of groups counts.
func (f *versionFacts) groupPreference(try func([]iana.Group) answer) {
	if p, connection := followed(f.groups); p != PreferUnknown && len(f.groups) > 1 {
		f.groupsPrefer, f.groupsOrder = p, yesAt(connection)
		return
	}
	var a answer
	f.groupsPrefer, a = whose(values(f.groups), func(iana.Group) bool { return false }, try, groupOf)
	f.groupsOrder = orderAnswer(f.groupsPrefer, &a)
}

// inClientsOrder puts groups whose order is the client's into that of our offer, as all lists are.
func (f *versionFacts) inClientsOrder(offer []iana.Group) {
	if f.groupsPrefer == PreferClient {
		slices.SortStableFunc(f.groups, func(a, b choice[iana.Group]) int {
			return slices.Index(offer, a.value) - slices.Index(offer, b.value)
		})
	}
}

// beyondTie goes on where the last group that was chosen is the curve of the certificate that came with it: it may be that nothing
// can be agreed on without it, as RFC 8422, Sections 5.1 and 5.1.1, has it. A server that follows the client chooses others that come
// before it. One with an order of its own does not, but neither does it for anybody else: every hello has to name that curve, and
// it chooses what it likes less than it for none. So the list of what can be agreed on is complete, whoever's the order is.
func (f *versionFacts) beyondTie(all []iana.Group, try func([]iana.Group) answer) {
	for n := len(f.groups); n > 0; n = len(f.groups) {
		tie := tiedTo(&f.groups[n-1].answer)
		rest := slices.DeleteFunc(slices.Clone(all), func(g iana.Group) bool { return slices.Contains(values(f.groups), g) })
		if f.groups[n-1].value != tie || len(rest) == 0 {
			return
		}
		end := try(append(rest, tie))
		g, ok := groupOf(&end)
		switch {
		case end.outcome != accepted || !ok:
			f.groupsListed = unknownFrom(&end)
			return
		case g != tie: // before the tie, so that this goes on; it chose the tie when that was offered first, so it follows the client
			f.groups = slices.Insert(f.groups, n-1, choice[iana.Group]{value: g, connection: end.connection, answer: end})
			f.groupsPrefer, f.groupsOrder = PreferClient, yesAt(end.connection)
			continue
		case f.groupsPrefer != PreferClient:
			f.groupsListed.Reason = "nothing that it may like less than the curve of its certificate, " + tie.Name() + ", can be agreed on"
		}
		return
	}
}

// notTied prefers suites whose certificate does not have to be on a group of the list. RFC 8422, Section 5.1.
func notTied(suites []iana.CipherSuite) []iana.CipherSuite {
	free := slices.DeleteFunc(slices.Clone(suites), func(s iana.CipherSuite) bool {
		p, _ := s.Params()
		return p.Authentication == iana.AuthenticationECDSA
	})
	if len(free) == 0 {
		return suites
	}
	return free
}
