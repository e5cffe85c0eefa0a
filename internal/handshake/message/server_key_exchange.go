package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// ServerKeyExchange carries the server's key agreement parameters, signed unless the suite is
// anonymous or keyed by a PSK. Which parameters stand there follows from the suite alone: RFC 5246,
// Section 7.4.3 (DH), RFC 8422, Section 5.4 (ECDH), RFC 4279 (PSK), RFC 4346, Section 7.4.3 (RSA export).
type ServerKeyExchange struct {
	HasHint bool
	Hint    []byte // psk_identity_hint
	DH      DHParams
	EC      ECParams
	RSA     RSAParams
	// Params is the bytes that the signature covers, after the two randoms.
	Params    []byte
	HasScheme bool // written since TLS 1.2
	Algorithm iana.SignatureScheme
	Signed    bool
	Signature []byte
	Opaque    []byte // parameters of a key exchange that has no layout here
}

// DHParams is ServerDHParams. RFC 5246, Section 7.4.3.
type DHParams struct{ P, G, Y []byte }

func (p *DHParams) layout(c *wire.Codec) {
	c.Opaque16("dh_p", &p.P, 1, 1<<16-1)
	c.Opaque16("dh_g", &p.G, 1, 1<<16-1)
	c.Opaque16("dh_ys", &p.Y, 1, 1<<16-1)
}

// The curve types.
const (
	ExplicitPrime iana.ECCurveType = 1
	ExplicitChar2 iana.ECCurveType = 2
	NamedCurve    iana.ECCurveType = 3
)

// ECParams is ServerECDHParams. RFC 8422, Section 5.4. Explicit curves (RFC 4492) stay opaque.
type ECParams struct {
	CurveType iana.ECCurveType
	Group     iana.Group
	Public    []byte
}

func (p *ECParams) layout(c *wire.Codec) {
	wire.U8(c, "curve_type", &p.CurveType)
	if p.CurveType != NamedCurve && !c.Describing() {
		return
	}
	wire.U16(c, "named_curve", &p.Group)
	c.Opaque8("public", &p.Public, 1, 1<<8-1)
}

// RSAParams is ServerRSAParams of the export suites. RFC 4346, Section 7.4.3.
type RSAParams struct{ Modulus, Exponent []byte }

func (p *RSAParams) layout(c *wire.Codec) {
	c.Opaque16("rsa_modulus", &p.Modulus, 1, 1<<16-1)
	c.Opaque16("rsa_exponent", &p.Exponent, 1, 1<<16-1)
}

// Type implements Message.
func (*ServerKeyExchange) Type() iana.HandshakeType { return iana.ServerKeyExchange }

// Name implements Message.
func (*ServerKeyExchange) Name() string { return "server_key_exchange" }

func (m *ServerKeyExchange) layout(c *wire.Codec) {
	x := context(c)
	if c.Describing() {
		m.describe(c)
		return
	}
	if !x.SuiteKnown {
		c.Rest("params", &m.Opaque)
		return
	}
	mark := c.Mark()
	switch x.KeyExchange {
	case iana.KeyExchangePSK, iana.KeyExchangeRSAPSK, iana.KeyExchangeDHEPSK, iana.KeyExchangeECDHEPSK:
		m.HasHint = true
		c.Opaque16("psk_identity_hint", &m.Hint, 0, 1<<16-1)
	}
	switch x.KeyExchange {
	case iana.KeyExchangeDHE, iana.KeyExchangeDHEPSK:
		wire.Group(c, "params", &m.DH, (*DHParams).layout)
	case iana.KeyExchangeECDHE, iana.KeyExchangeECDHEPSK:
		wire.Group(c, "params", &m.EC, (*ECParams).layout)
	case iana.KeyExchangeRSA:
		wire.Group(c, "params", &m.RSA, (*RSAParams).layout)
	case iana.KeyExchangePSK, iana.KeyExchangeRSAPSK:
	default:
		c.Rest("params", &m.Opaque)
		return
	}
	m.Params = c.Since(mark)
	if x.KeyExchange == iana.KeyExchangeECDHE && m.EC.CurveType != NamedCurve {
		c.Rest("explicit_curve", &m.Opaque)
		return
	}
	if m.Signed = signs(x); m.Signed {
		m.signature(c, x.Version >= iana.TLS12)
	}
}

func (m *ServerKeyExchange) signature(c *wire.Codec, scheme bool) {
	m.HasScheme = scheme
	if scheme {
		wire.U16(c, "algorithm", &m.Algorithm)
	}
	c.Opaque16("signature", &m.Signature, 0, 1<<16-1)
}

// signs reports whether the server's parameters are signed under a suite.
func signs(x *Context) bool {
	switch x.Authentication {
	case iana.AuthenticationRSA, iana.AuthenticationDSS, iana.AuthenticationECDSA:
	default:
		return false
	}
	switch x.KeyExchange {
	case iana.KeyExchangeDHE, iana.KeyExchangeECDHE, iana.KeyExchangeRSA:
		return true
	}
	return false
}

func (m *ServerKeyExchange) describe(c *wire.Codec) {
	c.Opaque16("psk_identity_hint", &m.Hint, 0, 0)
	wire.Group(c, "params", &m.DH, (*DHParams).layout)
	m.EC.layoutAt(c)
	m.RSA.layoutAt(c)
	c.Rest("explicit_curve", &m.Opaque)
	m.signature(c, true)
}

func (p *ECParams) layoutAt(c *wire.Codec)  { wire.Group(c, "params", p, (*ECParams).layout) }
func (p *RSAParams) layoutAt(c *wire.Codec) { wire.Group(c, "params", p, (*RSAParams).layout) }
