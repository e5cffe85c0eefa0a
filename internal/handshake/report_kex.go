package handshake

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/kex"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// reportGroup reports an agreement in a named group; a method is named before TLS 1.3.
func (e *Engine) reportGroup(method string, g iana.Group, secret int) {
	info, _ := g.Info()
	if method == "" {
		method = groupMethods[info.Kind]
	}
	strength := kex.Strength(g)
	if strength > 0 && strength < weakBits {
		e.breaks(finding.WeakGroup, "", "at least 112 bits of security", g.String())
	}
	e.reportExchange(&trace.Exchange{
		Method: e.anonymous(method), Group: trace.CodeOf(g), Strength: strength, Quantum: info.PQCategory > 0, Secret: secret,
	})
}

// anonymous names a method as the suites do whose server proves nothing.
func (e *Engine) anonymous(method string) string {
	if e.session.Params.Authentication != iana.AuthenticationAnon {
		return method
	}
	return strings.TrimSuffix(method, "E") + "_anon"
}

// groupMethods names the method of a key agreement in TLS 1.3 by the group's kind.
var groupMethods = [...]string{
	iana.GroupUnknown: "", iana.GroupECDH: "ECDHE", iana.GroupXDH: "ECDHE", iana.GroupFFDHE: "DHE",
	iana.GroupKEM: "KEM", iana.GroupHybrid: "hybrid", iana.GroupGOST: "GOST", iana.GroupExplicit: "ECDHE",
}

// reportDH reports an agreement in a group that the server made up or took from somewhere.
func (e *Engine) reportDH(d *kex.DH, secret int) {
	x := &trace.Exchange{Method: e.anonymous("DHE"), Bits: d.Bits(), Strength: d.Strength(), Secret: secret}
	if k, ok := d.Known(); ok {
		x.Known = k.Name
	}
	if d.Strength() < weakBits {
		e.breaks(finding.WeakGroup, "server_key_exchange.params.dh_p", "at least 2048 bits", fmt.Sprintf("%d bits", d.Bits()))
	}
	e.reportExchange(x)
}

func (e *Engine) reportExchange(x *trace.Exchange) {
	if e.cfg.Observed {
		e.do(&Report{Event: &trace.Event{Dir: trace.None, Layer: trace.LayerKey, Kind: "exchange", Detail: x}, About: e.current})
	}
}

// reportRSA reports that the premaster secret went under the server's key.
func (e *Engine) reportRSA(bits, secret int) {
	e.reportExchange(&trace.Exchange{Method: "RSA", Bits: bits, Strength: iana.FieldStrength(bits), Secret: secret})
}

// isKex reports whether an error of a key agreement is of a kind.
func isKex(err error, k kex.Kind) bool { return errors.Is(err, &kex.Error{Kind: k}) }
