package iana

// SchemeAlgorithm is the signature algorithm of a scheme.
type SchemeAlgorithm uint8

// The algorithms of signature schemes.
const (
	SchemeUnknown    SchemeAlgorithm = iota
	SchemeAnonymous                  // no signature: TLS 1.2's SignatureAlgorithm 0
	SchemeRSAPKCS1                   // RSASSA-PKCS1-v1_5
	SchemeRSAPSSRSAE                 // RSASSA-PSS with a key of rsaEncryption
	SchemeRSAPSSPSS                  // RSASSA-PSS with a key of id-RSASSA-PSS
	SchemeDSA
	SchemeECDSA
	SchemeEdDSA
	SchemeMLDSA
	SchemeSLHDSA
	SchemeComposite // ML-DSA and a classical signature together
	SchemeGOST
	SchemeSM2
	SchemeIBS // identity-based signatures
)

// String is a word for the algorithm: "RSA-PKCS1", "ECDSA", "ML-DSA".
func (a SchemeAlgorithm) String() string { return textOf(schemeAlgorithmTexts[:], a) }

// String is the name of the hash; "intrinsic" where the algorithm has its own.
func (h SchemeHash) String() string { return textOf(schemeHashTexts[:], h) }

var (
	schemeAlgorithmTexts = [...]string{"unknown", "anonymous", "RSA-PKCS1", "RSA-PSS-RSAE", "RSA-PSS-PSS", "DSA", "ECDSA",
		"EdDSA", "ML-DSA", "SLH-DSA", "composite", "GOST", "SM2", "IBS"}
	schemeHashTexts = [...]string{"none", "intrinsic", "MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "SM3",
		"GOST94", "STREEBOG256", "STREEBOG512"}
)

// SchemeHash is the hash that a signature scheme applies first.
type SchemeHash uint8

// The hashes of signature schemes.
const (
	SchemeHashNone      SchemeHash = iota
	SchemeHashIntrinsic            // the algorithm hashes the message itself
	SchemeHashMD5
	SchemeHashSHA1
	SchemeHashSHA224
	SchemeHashSHA256
	SchemeHashSHA384
	SchemeHashSHA512
	SchemeHashSM3
	SchemeHashGOST94
	SchemeHashStreebog256
	SchemeHashStreebog512
)

// SchemeInfo is what a signature scheme is made of.
type SchemeInfo struct {
	Algorithm SchemeAlgorithm
	Hash      SchemeHash
	Curve     Group // the curve that TLS 1.3 ties it to; 0 where there is none
}

type schemeDetail struct {
	info    SchemeInfo
	aliases string // comma-separated; the first is what OpenSSL calls it
}

// Info tells what the scheme is made of, and whether it is known at all.
func (v SignatureScheme) Info() (SchemeInfo, bool) {
	if i := table(signatureSchemeTable[:]).index(uint16(v)); i >= 0 {
		return schemeDetails[i].info, true
	}
	return SchemeInfo{}, false
}

// Hash is the first byte of the pair that TLS 1.2 sees in the value. RFC 5246, Section 7.4.1.4.1.
func (v SignatureScheme) Hash() HashAlgorithm { return HashAlgorithm(v >> 8) }

// Signature is the second byte of the pair that TLS 1.2 sees in the value. RFC 5246, Section 7.4.1.4.1.
func (v SignatureScheme) Signature() SignatureAlgorithm { return SignatureAlgorithm(v & 0xFF) }

// OpenSSLName is the scheme in the notation of OpenSSL's -sigalgs, "RSA+SHA256"; where that has
// none, it is the scheme's own name.
func (v SignatureScheme) OpenSSLName() string {
	i := table(signatureSchemeTable[:]).index(uint16(v))
	if i >= 0 && schemeDetails[i].aliases != "" {
		return firstAlias(schemeDetails[i].aliases)
	}
	return v.Name()
}
