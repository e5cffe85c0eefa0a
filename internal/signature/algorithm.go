// Package signature verifies the signatures of handshakes and of certificates, also those that the standard library refuses
// or doesn't know: small RSA keys, MD5, DSA, Ed448, brainpool curves. Whether a key or a hash is good enough is for others to
// say; here it is only whether the signature is right.
package signature

import (
	"crypto"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// Kind is a family of signature algorithms.
type Kind uint8

// The families.
const (
	None     Kind = iota
	RSAPKCS1      // RSASSA-PKCS1-v1_5. RFC 8017, Section 8.2
	RSAPSS        // RSASSA-PSS. RFC 8017, Section 8.1
	ECDSA         // FIPS 186-5, Section 6
	Ed25519       // RFC 8032
	Ed448         // RFC 8032
	DSA           // FIPS 186-4, Section 4
)

// kindNames are the names of the families.
var kindNames = [...]string{"none", "RSA PKCS#1 v1.5", "RSA-PSS", "ECDSA", "Ed25519", "Ed448", "DSA"}

// String returns the family's name.
func (k Kind) String() string { return kindNames[min(int(k), len(kindNames)-1)] }

// The salt lengths that are no number of octets.
const (
	SaltEqualsHash = -1 // as long as the hash, as TLS has it
	SaltAny        = -2 // whatever the signature has
)

// Algorithm says how a signature is verified.
type Algorithm struct {
	Kind       Kind
	Hash       crypto.Hash // 0 for Ed25519 and Ed448; crypto.MD5SHA1 for RSA before TLS 1.2
	MaskHash   crypto.Hash // RSA-PSS: the hash of MGF1
	SaltLength int         // RSA-PSS: octets, SaltEqualsHash or SaltAny
}

// String returns the algorithm's name: "ECDSA with SHA-256".
func (a Algorithm) String() string {
	if a.Hash == 0 {
		return a.Kind.String()
	}
	return a.Kind.String() + " with " + a.Hash.String()
}

// schemeRow is how a SignatureScheme is verified and, in TLS 1.3, by which keys.
type schemeRow struct {
	scheme iana.SignatureScheme
	kind   Kind
	hash   crypto.Hash
	key    cert.KeyKind
	curve  cert.Curve // TLS 1.3 alone binds ECDSA to a curve
}

// schemes are the signature schemes, by code point. RFC 8446, Section 4.2.3; RFC 8734 (brainpool); for those of TLS 1.2 whose
// code point is hash and signature, RFC 5246, Section 7.4.1.4.1.
var schemes = [...]schemeRow{
	{iana.RSAMD5, RSAPKCS1, crypto.MD5, cert.KeyRSA, 0},
	{iana.DSAMD5, DSA, crypto.MD5, cert.KeyDSA, 0},
	{iana.ECDSAMD5, ECDSA, crypto.MD5, cert.KeyEC, 0},
	{iana.RSAPKCS1SHA1, RSAPKCS1, crypto.SHA1, cert.KeyRSA, 0},
	{iana.DSASHA1, DSA, crypto.SHA1, cert.KeyDSA, 0},
	{iana.ECDSASHA1, ECDSA, crypto.SHA1, cert.KeyEC, 0},
	{iana.RSAPKCS1SHA224, RSAPKCS1, crypto.SHA224, cert.KeyRSA, 0},
	{iana.DSASHA224, DSA, crypto.SHA224, cert.KeyDSA, 0},
	{iana.ECDSASHA224, ECDSA, crypto.SHA224, cert.KeyEC, 0},
	{iana.RSAPKCS1SHA256, RSAPKCS1, crypto.SHA256, cert.KeyRSA, 0},
	{iana.DSASHA256, DSA, crypto.SHA256, cert.KeyDSA, 0},
	{iana.ECDSASecp256r1SHA256, ECDSA, crypto.SHA256, cert.KeyEC, cert.P256},
	{iana.RSAPKCS1SHA256Legacy, RSAPKCS1, crypto.SHA256, cert.KeyRSA, 0}, // rsa_pkcs1_sha256_legacy. RFC 9963
	{iana.RSAPKCS1SHA384, RSAPKCS1, crypto.SHA384, cert.KeyRSA, 0},
	{iana.DSASHA384, DSA, crypto.SHA384, cert.KeyDSA, 0},
	{iana.ECDSASecp384r1SHA384, ECDSA, crypto.SHA384, cert.KeyEC, cert.P384},
	{iana.RSAPKCS1SHA384Legacy, RSAPKCS1, crypto.SHA384, cert.KeyRSA, 0},
	{iana.RSAPKCS1SHA512, RSAPKCS1, crypto.SHA512, cert.KeyRSA, 0},
	{iana.DSASHA512, DSA, crypto.SHA512, cert.KeyDSA, 0},
	{iana.ECDSASecp521r1SHA512, ECDSA, crypto.SHA512, cert.KeyEC, cert.P521},
	{iana.RSAPKCS1SHA512Legacy, RSAPKCS1, crypto.SHA512, cert.KeyRSA, 0},
	{iana.RSAPSSRSAESHA256, RSAPSS, crypto.SHA256, cert.KeyRSA, 0},
	{iana.RSAPSSRSAESHA384, RSAPSS, crypto.SHA384, cert.KeyRSA, 0},
	{iana.RSAPSSRSAESHA512, RSAPSS, crypto.SHA512, cert.KeyRSA, 0},
	{iana.Ed25519, Ed25519, 0, cert.KeyEd25519, 0},
	{iana.Ed448, Ed448, 0, cert.KeyEd448, 0},
	{iana.RSAPSSPSSSHA256, RSAPSS, crypto.SHA256, cert.KeyRSAPSS, 0},
	{iana.RSAPSSPSSSHA384, RSAPSS, crypto.SHA384, cert.KeyRSAPSS, 0},
	{iana.RSAPSSPSSSHA512, RSAPSS, crypto.SHA512, cert.KeyRSAPSS, 0},
	{iana.ECDSABrainpoolP256r1TLS13SHA256, ECDSA, crypto.SHA256, cert.KeyEC, cert.BrainpoolP256r1},
	{iana.ECDSABrainpoolP384r1TLS13SHA384, ECDSA, crypto.SHA384, cert.KeyEC, cert.BrainpoolP384r1},
	{iana.ECDSABrainpoolP512r1TLS13SHA512, ECDSA, crypto.SHA512, cert.KeyEC, cert.BrainpoolP512r1},
}

func rowOf(s iana.SignatureScheme) (schemeRow, bool) {
	for i := range schemes {
		if schemes[i].scheme == s {
			return schemes[i], true
		}
	}
	return schemeRow{}, false
}

// FromScheme returns how a signature of a SignatureScheme is verified, in TLS 1.2 and 1.3; ok is false for one that we can't
// verify. Whether the scheme may be used with the key is for [SchemeFits].
func FromScheme(s iana.SignatureScheme) (a Algorithm, ok bool) {
	row, ok := rowOf(s)
	if !ok {
		return Algorithm{}, false
	}
	return row.algorithm(), true
}

func (row schemeRow) algorithm() Algorithm {
	a := Algorithm{Kind: row.kind, Hash: row.hash}
	if row.kind == RSAPSS {
		a.MaskHash, a.SaltLength = row.hash, SaltEqualsHash
	}
	return a
}

// SchemeFits reports whether a peer with this key may use the scheme in this version: nil, or an [ErrKeyMismatch]. In TLS 1.3
// ECDSA is bound to a curve, and rsa_pss_rsae to keys whose identifier is rsaEncryption, rsa_pss_pss to those with
// id-RSASSA-PSS. RFC 8446, Section 4.2.3.
func SchemeFits(s iana.SignatureScheme, key *cert.PublicKey, version iana.Version) error {
	row, ok := rowOf(s)
	if !ok {
		return ErrUnsupported
	}
	if row.key != key.Kind {
		return &MismatchError{Algorithm: row.algorithm(), Key: key.String()}
	}
	if version >= iana.TLS13 && row.curve != 0 && row.curve != key.Curve {
		return &MismatchError{Algorithm: row.algorithm(), Key: key.String(), Why: "the scheme is for " + row.curve.String()}
	}
	return nil
}

// FromLegacy returns how signatures are made before TLS 1.2, where the key alone says it: RSA with MD5 and SHA-1 together, DSA
// and ECDSA with SHA-1. RFC 4346, Section 7.4.3; RFC 8422, Section 5.4.
func FromLegacy(key cert.KeyKind) (a Algorithm, ok bool) {
	switch key {
	case cert.KeyRSA:
		return Algorithm{Kind: RSAPKCS1, Hash: crypto.MD5SHA1}, true
	case cert.KeyDSA:
		return Algorithm{Kind: DSA, Hash: crypto.SHA1}, true
	case cert.KeyEC:
		return Algorithm{Kind: ECDSA, Hash: crypto.SHA1}, true
	}
	return Algorithm{}, false
}

// oids are the signature algorithms of certificates without parameters. RFC 3279, Section 2.2; RFC 4055, Section 5; RFC 5758,
// Section 3; RFC 8410, Section 3.
var oids = [...]struct {
	id   cert.ID
	kind Kind
	hash crypto.Hash
}{
	{cert.OIDSHA256WithRSA, RSAPKCS1, crypto.SHA256},
	{cert.OIDECDSAWithSHA256, ECDSA, crypto.SHA256},
	{cert.OIDECDSAWithSHA384, ECDSA, crypto.SHA384},
	{cert.OIDSHA384WithRSA, RSAPKCS1, crypto.SHA384},
	{cert.OIDSHA512WithRSA, RSAPKCS1, crypto.SHA512},
	{cert.OIDSHA1WithRSA, RSAPKCS1, crypto.SHA1},
	{cert.OIDSHA1WithRSAISO, RSAPKCS1, crypto.SHA1},
	{cert.OIDSHA224WithRSA, RSAPKCS1, crypto.SHA224},
	{cert.OIDMD5WithRSA, RSAPKCS1, crypto.MD5},
	{cert.OIDECDSAWithSHA1, ECDSA, crypto.SHA1},
	{cert.OIDECDSAWithSHA224, ECDSA, crypto.SHA224},
	{cert.OIDECDSAWithSHA512, ECDSA, crypto.SHA512},
	{cert.OIDEd25519, Ed25519, 0},
	{cert.OIDEd448, Ed448, 0},
	{cert.OIDDSAWithSHA1, DSA, crypto.SHA1},
	{cert.OIDDSAWithSHA224, DSA, crypto.SHA224},
	{cert.OIDDSAWithSHA256, DSA, crypto.SHA256},
	{cert.OIDDSAWithSHA384, DSA, crypto.SHA384},
	{cert.OIDDSAWithSHA512, DSA, crypto.SHA512},
}

// hashes are the hash functions by identifier.
var hashes = [...]struct {
	id   cert.ID
	hash crypto.Hash
}{
	{cert.OIDSHA256, crypto.SHA256}, {cert.OIDSHA384, crypto.SHA384}, {cert.OIDSHA512, crypto.SHA512}, {cert.OIDSHA1, crypto.SHA1},
	{cert.OIDSHA224, crypto.SHA224}, {cert.OIDMD5, crypto.MD5}, {cert.OIDSHA512_256, crypto.SHA512_256},
	{cert.OIDSHA512_224, crypto.SHA512_224},
}

// HashOf returns the hash function with an identifier, 0 if we don't have it.
func HashOf(id cert.OID) crypto.Hash {
	for i := range hashes {
		if id.Is(hashes[i].id) {
			return hashes[i].hash
		}
	}
	return 0
}

// FromOID returns how a signature of a certificate, CRL or OCSP response is verified; ok is false for an algorithm that we
// can't verify. Parameters that must be NULL or absent aren't looked at.
func FromOID(id cert.AlgorithmIdentifier) (a Algorithm, ok bool) {
	for i := range oids {
		if id.OID.Is(oids[i].id) {
			return Algorithm{Kind: oids[i].kind, Hash: oids[i].hash}, true
		}
	}
	params, ok, problems := id.PSS()
	if !ok || len(problems) > 0 {
		return Algorithm{}, false
	}
	a = Algorithm{Kind: RSAPSS, Hash: HashOf(params.Hash), MaskHash: HashOf(params.MaskHash), SaltLength: params.SaltLength}
	ok = a.Hash != 0 && a.MaskHash != 0 && params.MaskGen.Is(cert.OIDMGF1) && params.Trailer == 1
	return a, ok
}
