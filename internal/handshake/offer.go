package handshake

import (
	"fmt"
	"io"
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/handshake/kex"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// Offer is what a ClientHello says. Lists are in order of preference.
type Offer struct {
	Min, Max     iana.Version
	CipherSuites []iana.CipherSuite
	Groups       []iana.Group
	KeyShares    []iana.Group // groups to send a share for at once; TLS 1.3
	Schemes      []iana.SignatureScheme
	ALPN         []string
	ServerName   string // empty: no server_name
	// PSKModes are how a session of TLS 1.3 may be resumed; nil for psk_dhe_ke alone.
	PSKModes []iana.PSKKeyExchangeMode
}

// offers13 reports whether TLS 1.3 is among the versions.
func (o *Offer) offers13() bool { return o.Max >= iana.TLS13 && o.Min <= iana.TLS13 }

// offersOld reports whether a version before TLS 1.3 is among the versions.
func (o *Offer) offersOld() bool { return o.Min <= iana.TLS12 }

// offersSuite reports whether one of the suites is as is says.
func (o *Offer) offersSuite(is func(*iana.SuiteParams) bool) bool {
	return slices.ContainsFunc(o.CipherSuites, func(s iana.CipherSuite) bool {
		p, ok := s.Params()
		return ok && is(&p)
	})
}

// macsApart tells the suites that can have encrypt_then_mac: those with CBC (RFC 7366, Section 3), and
// those without a cipher, where it changes no byte and OpenSSL answers it.
func macsApart(p *iana.SuiteParams) bool { return p.Cipher.IsCBC() || p.Cipher == iana.CipherNULL }

// usesCurve tells the suites before TLS 1.3 that agree on a curve. RFC 8422, Section 2.
func usesCurve(p *iana.SuiteParams) bool {
	switch p.KeyExchange {
	case iana.KeyExchangeECDHE, iana.KeyExchangeECDH, iana.KeyExchangeECDHEPSK, iana.KeyExchangeECCPWD, iana.KeyExchangeGOST:
		return true
	}
	return false
}

// usesField tells the suites before TLS 1.3 that agree on a group of a finite field. RFC 7919, Section 4.
func usesField(p *iana.SuiteParams) bool {
	return p.KeyExchange == iana.KeyExchangeDHE || p.KeyExchange == iana.KeyExchangeDHEPSK
}

// needsGroups reports whether supported_groups is to be sent: RFC 8422, Section 4, forbids it where
// nothing that is offered has a use for it.
func (o *Offer) needsGroups() bool {
	switch {
	case len(o.Groups) == 0:
		return false
	case o.offers13(), o.offersSuite(usesCurve):
		return true
	}
	return o.offersSuite(usesField) && slices.ContainsFunc(o.Groups, func(g iana.Group) bool {
		info, _ := g.Info()
		return info.Kind == iana.GroupFFDHE
	})
}

// versions lists the versions, newest first.
func (o *Offer) versions() []iana.Version {
	var list []iana.Version
	for v := o.Max; v >= o.Min && v >= iana.SSL30; v-- {
		list = append(list, v)
	}
	return list
}

// share is a key share whose private half we have.
type share struct {
	group iana.Group
	key   kex.KeyShare
}

// start makes the first ClientHello and proposes it.
func (e *Engine) start() {
	h, err := e.clientHello()
	if err != nil {
		e.fail(local(err))
		return
	}
	e.proposeHello(h)
}

// sentHello takes what went out as what was offered: an interceptor may have changed it.
func (e *Engine) sentHello(m message.Message) {
	h, ok := m.(*message.ClientHello)
	if !ok {
		e.fail(&Failure{Kind: Local, Message: "what was sent in the place of the ClientHello is none"})
		return
	}
	e.hello = h
	e.session.ClientRandom = h.Random
	if e.resuming.offers13() && h.Extensions.Find(iana.ExtPreSharedKey) != nil {
		_, key := e.resuming.offered.binderKey()
		e.reportSecret(key)
	}
	e.enter(expectServerHello)
}

func (e *Engine) clientHello() (*message.ClientHello, error) {
	o := &e.cfg.Offer
	h := &message.ClientHello{
		LegacyVersion: min(o.Max, iana.TLS12),
		CipherSuites:  o.CipherSuites,
		Compression:   []iana.CompressionMethod{0},
		HasExtensions: true,
	}
	if _, err := io.ReadFull(e.cfg.Rand, h.Random[:]); err != nil {
		return nil, fmt.Errorf("read random: %w", err)
	}
	e.chooseSession()
	if s := e.resuming.offered; e.resuming.offers12() && len(s.Ticket) == 0 {
		h.SessionID = s.SessionID
	} else if o.offers13() || e.resuming.offers12() {
		// RFC 8446, Appendix D.4: looks like a resumption to middleboxes. RFC 5077, Section 3.4: who takes the ticket echoes it.
		h.SessionID = make([]byte, 32)
		if _, err := io.ReadFull(e.cfg.Rand, h.SessionID); err != nil {
			return nil, fmt.Errorf("read session id: %w", err)
		}
	}
	if err := e.makeShares(o.KeyShares); err != nil {
		return nil, err
	}
	h.Extensions = e.extensions()
	return h, nil
}

func (e *Engine) makeShares(groups []iana.Group) error {
	if !e.cfg.Offer.offers13() {
		return nil
	}
	e.shares = e.shares[:0]
	keys, err := kex.GenerateAll(groups, e.cfg.Rand)
	if err != nil {
		return fmt.Errorf("make key shares: %w", err)
	}
	for i, g := range groups {
		e.shares = append(e.shares, share{g, keys[i]})
	}
	return nil
}

// extensions lists the extensions of a first hello in the order in which they are sent.
func (e *Engine) extensions() message.Extensions {
	o := &e.cfg.Offer
	x := make(message.Extensions, 0, 16)
	add := func(t iana.ExtensionType, b message.ExtensionBody) {
		x = append(x, message.Extension{Type: t, Body: b})
	}
	if o.ServerName != "" {
		add(iana.ExtServerName, &message.ServerNameList{Names: []message.ServerName{{HostName: []byte(o.ServerName)}}})
	}
	if o.offersOld() {
		add(iana.ExtExtendedMasterSecret, &message.Acknowledgement{})
		if o.offersSuite(macsApart) {
			add(iana.ExtEncryptThenMAC, &message.Acknowledgement{})
		}
		add(iana.ExtRenegotiationInfo, &message.RenegotiationInfo{})
		add(iana.ExtSessionTicket, &message.SessionTicket{Ticket: e.resuming.ticket12()})
		if o.offersSuite(usesCurve) {
			add(iana.ExtECPointFormats, &message.ECPointFormats{Formats: []iana.ECPointFormat{0}})
		}
	}
	if o.needsGroups() {
		add(iana.ExtSupportedGroups, &message.SupportedGroups{Groups: o.Groups})
	}
	if len(o.ALPN) > 0 {
		add(iana.ExtALPN, alpn(o.ALPN))
	}
	add(iana.ExtStatusRequest, &message.StatusRequest{StatusType: message.StatusOCSP})
	if len(o.Schemes) > 0 && o.Max >= iana.TLS12 {
		add(iana.ExtSignatureAlgorithms, &message.SignatureAlgorithms{Schemes: o.Schemes})
	}
	add(iana.ExtSCT, &message.Acknowledgement{})
	if o.offers13() {
		add(iana.ExtSupportedVersions, &message.SupportedVersions{Versions: o.versions()})
		modes := o.PSKModes
		if modes == nil {
			modes = []iana.PSKKeyExchangeMode{1}
		}
		add(iana.ExtPSKKeyExchangeModes, &message.PSKKeyExchangeModes{Modes: modes})
		add(iana.ExtKeyShare, e.keyShares())
		if e.resuming.offers13() {
			add(iana.ExtPreSharedKey, e.preSharedKeys()) // the last of all: RFC 8446, Section 4.2.11
		}
	}
	return x
}

func (e *Engine) keyShares() *message.KeyShares {
	list := make([]message.KeyShareEntry, len(e.shares))
	for i, s := range e.shares {
		list[i] = message.KeyShareEntry{Group: s.group, KeyExchange: s.key.Public()}
	}
	return &message.KeyShares{Shares: list}
}

func alpn(names []string) *message.ALPN {
	x := &message.ALPN{}
	for _, n := range names {
		x.Protocols = append(x.Protocols, message.ProtocolName{Name: []byte(n)})
	}
	return x
}

// CanShare reports whether a key share can be made for a group.
func CanShare(g iana.Group) bool { return kex.Supported(g) }
