package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/tlsprobe/tlsprobe/internal/handshake/kex"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// maxPrimeCheck is the largest prime, in bits, that is tested: it costs a second, and a larger one minutes.
const maxPrimeCheck = 4096

// askDH looks at what DHE agrees over before TLS 1.3: twice without naming a group, which also shows
// whether the key is used again, and once naming those of RFC 7919.
func (e *enumeration) askDH(ctx context.Context) ([]DHParameters, Answer) {
	list := []DHParameters{}
	var v iana.Version
	var suites []iana.CipherSuite
	for _, v = range versions[1:] {
		if e.has(v) {
			suites = e.facts(v).suitesWith(func(p *iana.SuiteParams) bool { return p.KeyExchange == iana.KeyExchangeDHE && !p.Export })
		}
		if len(suites) > 0 {
			break
		}
	}
	if open := e.openSuites(); len(suites) == 0 && open != nil {
		return list, *open
	}
	if len(suites) == 0 {
		return list, skipped("it has no suite with DHE before TLS 1.3")
	}
	a := e.base(v)
	a.suites, a.until = suites, untilParameters
	first := e.server.ask(ctx, a)
	if first.outcome != accepted || first.parameters == nil {
		return list, unknownFrom(&first)
	}
	e.server.ask(ctx, a)
	list = appendParameters(list, "none", &first)
	a.groups = nil
	for g := range iana.AllGroups() {
		if info, _ := g.Info(); info.Kind == iana.GroupFFDHE {
			a.groups = append(a.groups, g)
		}
	}
	// Hellos with suites of DHE alone have the extension only for these groups. RFC 7919, Section 3.
	named := e.server.ask(ctx, a.with(extend(iana.ExtSupportedGroups, &message.SupportedGroups{Groups: a.groups})))
	if named.outcome == accepted && named.parameters != nil {
		list = appendParameters(list, "ffdhe", &named)
	}
	return list, yesAt(first.connection)
}

// appendParameters describes the parameters of an answer.
func appendParameters(list []DHParameters, offered string, a *answer) []DHParameters {
	p := &a.parameters.DH
	sum := sha256.Sum256(p.P)
	d := DHParameters{
		Offered: offered, Generator: clip(hex.EncodeToString(p.G)), Prime: kex.PrimeUnknown.String(),
		SHA256: hex.EncodeToString(sum[:]), Connection: a.connection,
	}
	if group, err := kex.NewDH(p.P, p.G); err == nil {
		d.Bits, d.Strength = group.Bits(), group.Strength()
		if known, ok := group.Known(); ok {
			d.Known, d.Prime = known.Name, known.Kind.String()
		} else {
			d.Prime = group.CheckPrime(maxPrimeCheck).String()
		}
	}
	return append(list, d)
}

// openSuites is why not all suites before TLS 1.3 are known; nil where they are.
func (e *enumeration) openSuites() *Answer {
	for _, v := range versions[1:] {
		if f := e.facts(v); f.support.Status == Yes && f.listed.Status == Unknown {
			return &f.listed
		}
	}
	return nil
}
