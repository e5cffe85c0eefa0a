package interop

import (
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// every is all that the engine can complete a handshake with, between two versions.
func every(min, max iana.Version) handshake.Offer {
	o := handshake.Offer{Min: min, Max: max, Schemes: allSchemes(), Groups: allGroups(), ServerName: "localhost"}
	if max >= iana.TLS13 {
		o.KeyShares = []iana.Group{iana.X25519}
	}
	for suite := range iana.AllCipherSuites() {
		if p, ok := suite.Params(); ok && completable(p) && p.MinVersion <= max && p.MaxVersion >= min {
			o.CipherSuites = append(o.CipherSuites, suite)
		}
	}
	return o
}

// only is an offer of one version and one suite.
func only(v iana.Version, suite iana.CipherSuite) handshake.Offer {
	o := every(v, v)
	o.CipherSuites = []iana.CipherSuite{suite}
	return o
}

// with is an offer of one group, without a share for it unless told.
func with(o handshake.Offer, g iana.Group) handshake.Offer {
	o.Groups = []iana.Group{g}
	o.KeyShares = nil
	if o.Max >= iana.TLS13 {
		o.KeyShares = []iana.Group{g}
	}
	return o
}

// completable tells the suites that the engine has to complete a handshake with, from the list of
// what was promised rather than from the engine.
func completable(p iana.SuiteParams) bool {
	if p.Export {
		return false
	}
	switch p.Cipher {
	case iana.CipherNULL, iana.CipherRC4_128, iana.Cipher3DES, iana.CipherAES128CBC, iana.CipherAES256CBC,
		iana.CipherAES128GCM, iana.CipherAES256GCM, iana.CipherAES128CCM, iana.CipherAES256CCM,
		iana.CipherAES128CCM8, iana.CipherAES256CCM8, iana.CipherChaCha20Poly1305:
	default:
		return false
	}
	switch p.KeyExchange {
	case iana.KeyExchangeAny:
		return p.MinVersion >= iana.TLS13
	case iana.KeyExchangeRSA:
		return p.Authentication == iana.AuthenticationRSA
	case iana.KeyExchangeDHE, iana.KeyExchangeECDHE:
		switch p.Authentication {
		case iana.AuthenticationRSA, iana.AuthenticationECDSA, iana.AuthenticationDSS, iana.AuthenticationAnon:
			return true
		}
	case iana.KeyExchangeDH, iana.KeyExchangeECDH:
		return p.Authentication == iana.AuthenticationAnon
	}
	return false
}

func allGroups() []iana.Group {
	return []iana.Group{
		iana.X25519, iana.Secp256r1, iana.Secp384r1, iana.Secp521r1, iana.X448,
		iana.Ffdhe2048, iana.Ffdhe3072, iana.Ffdhe4096, iana.Ffdhe6144, iana.Ffdhe8192,
	}
}

func allSchemes() []iana.SignatureScheme {
	return []iana.SignatureScheme{
		iana.ECDSASecp256r1SHA256, iana.ECDSASecp384r1SHA384, iana.ECDSASecp521r1SHA512, iana.Ed25519, iana.Ed448,
		iana.RSAPSSPSSSHA256, iana.RSAPSSPSSSHA384, iana.RSAPSSPSSSHA512,
		iana.RSAPSSRSAESHA256, iana.RSAPSSRSAESHA384, iana.RSAPSSRSAESHA512,
		iana.RSAPKCS1SHA256, iana.RSAPKCS1SHA384, iana.RSAPKCS1SHA512,
		iana.ECDSASHA1, iana.RSAPKCS1SHA1, dsaSHA256, dsaSHA1,
	}
}

// Pairs of hash and signature algorithm for DSA: RFC 5246, Section 7.4.1.4.1.
const (
	dsaSHA256 = iana.SignatureScheme(0x0402)
	dsaSHA1   = iana.SignatureScheme(0x0202)
)
