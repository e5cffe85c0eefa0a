package handshake

import (
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// DefaultOffer is what a current, careful client offers between two versions: post-quantum hybrids
// and modern curves first, forward secrecy preferred. Below TLS 1.2 it widens to what old servers need.
func DefaultOffer(min, max iana.Version) Offer {
	o := Offer{Min: min, Max: max, ALPN: []string{"h2", "http/1.1"}}
	o.CipherSuites = slices.Concat(suites13, suites12, suitesCBC, suitesRSA)
	if max >= iana.TLS13 {
		o.Groups = append(o.Groups, hybrids...)
		o.KeyShares = []iana.Group{iana.X25519MLKEM768, iana.X25519}
	}
	o.Groups = append(o.Groups, curves...)
	o.Schemes = append(o.Schemes, schemes...)
	if min < iana.TLS12 {
		o.CipherSuites = append(o.CipherSuites, suitesOld...)
		o.Schemes = append(o.Schemes, schemesOld...)
	}
	if max >= iana.TLS13 || min < iana.TLS12 {
		o.Groups = append(o.Groups, finiteFields...)
	}
	o.CipherSuites = slices.DeleteFunc(o.CipherSuites, outside(min, max))
	return o
}

// outside tells the suites that no version between two can negotiate. RFC 5246, Appendix A.5 and RFC
// 5288, Section 4: a suite of TLS 1.2 is not to be offered without it.
func outside(min, max iana.Version) func(iana.CipherSuite) bool {
	return func(s iana.CipherSuite) bool {
		p, _ := s.Params()
		return p.MaxVersion < min || p.MinVersion > max
	}
}

var suites13 = []iana.CipherSuite{
	iana.TLS_AES_128_GCM_SHA256, iana.TLS_AES_256_GCM_SHA384, iana.TLS_CHACHA20_POLY1305_SHA256,
}

var suites12 = []iana.CipherSuite{
	iana.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, iana.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	iana.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, iana.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	iana.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, iana.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	iana.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, iana.TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,
	iana.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, iana.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
}

var suitesCBC = []iana.CipherSuite{
	iana.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, iana.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
	iana.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, iana.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
}

// suitesRSA have no forward secrecy: they come last.
var suitesRSA = []iana.CipherSuite{
	iana.TLS_RSA_WITH_AES_128_GCM_SHA256, iana.TLS_RSA_WITH_AES_256_GCM_SHA384,
	iana.TLS_RSA_WITH_AES_128_CBC_SHA, iana.TLS_RSA_WITH_AES_256_CBC_SHA,
}

// suitesOld is what only old servers want: it is offered when they are asked for. RFC 7465, Section 2,
// forbids RC4 to clients; it is here to look at servers that have nothing better.
var suitesOld = []iana.CipherSuite{
	iana.TLS_DHE_RSA_WITH_AES_128_CBC_SHA, iana.TLS_DHE_RSA_WITH_AES_256_CBC_SHA,
	iana.TLS_DHE_DSS_WITH_AES_128_CBC_SHA, iana.TLS_DHE_DSS_WITH_AES_256_CBC_SHA,
	iana.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA, iana.TLS_RSA_WITH_3DES_EDE_CBC_SHA,
	iana.TLS_RSA_WITH_RC4_128_SHA, iana.TLS_RSA_WITH_RC4_128_MD5,
}

var hybrids = []iana.Group{iana.X25519MLKEM768, iana.SecP256r1MLKEM768, iana.SecP384r1MLKEM1024}

var curves = []iana.Group{iana.X25519, iana.Secp256r1, iana.Secp384r1, iana.Secp521r1, iana.X448}

var finiteFields = []iana.Group{iana.Ffdhe2048, iana.Ffdhe3072, iana.Ffdhe4096}

var schemes = []iana.SignatureScheme{
	iana.ECDSASecp256r1SHA256, iana.RSAPSSRSAESHA256, iana.RSAPKCS1SHA256,
	iana.ECDSASecp384r1SHA384, iana.RSAPSSRSAESHA384, iana.RSAPKCS1SHA384,
	iana.ECDSASecp521r1SHA512, iana.RSAPSSRSAESHA512, iana.RSAPKCS1SHA512,
	iana.Ed25519, iana.Ed448,
	iana.RSAPSSPSSSHA256, iana.RSAPSSPSSSHA384, iana.RSAPSSPSSSHA512,
}

// schemesOld go with suitesOld: without a scheme for DSA no DHE_DSS suite can be chosen in TLS 1.2.
// RFC 5246, Section 7.4.1.4.1.
var schemesOld = []iana.SignatureScheme{iana.ECDSASHA1, iana.RSAPKCS1SHA1, iana.DSASHA256, iana.DSASHA1}
