package iana

import "strconv"

// KeyExchange is how a suite of TLS 1.2 or older agrees on its secret; a TLS 1.3 suite says nothing of it.
type KeyExchange uint8

// The key exchanges of the registry.
const (
	KeyExchangeAny KeyExchange = iota // TLS 1.3: negotiated apart from the suite
	KeyExchangeNULL
	KeyExchangeRSA
	KeyExchangeDHE
	KeyExchangeDH // static
	KeyExchangeECDHE
	KeyExchangeECDH // static
	KeyExchangePSK
	KeyExchangeRSAPSK
	KeyExchangeDHEPSK
	KeyExchangeECDHEPSK
	KeyExchangeSRP
	KeyExchangeKRB5
	KeyExchangeGOST
	KeyExchangeECCPWD
)

// Authentication is how a suite of TLS 1.2 or older proves who the server is.
type Authentication uint8

// The authentications of the registry.
const (
	AuthenticationAny Authentication = iota // TLS 1.3: negotiated apart from the suite
	AuthenticationNULL
	AuthenticationAnon
	AuthenticationRSA
	AuthenticationDSS
	AuthenticationECDSA
	AuthenticationPSK
	AuthenticationSRP
	AuthenticationKRB5
	AuthenticationGOST
	AuthenticationECCPWD
)

// Cipher is the bulk cipher of a suite with its mode.
type Cipher uint8

// The ciphers of the registry.
const (
	CipherNULL Cipher = iota
	CipherRC4_40
	CipherRC4_128
	CipherRC2_40
	CipherIDEA
	CipherDES40
	CipherDES
	Cipher3DES
	CipherAES128CBC
	CipherAES256CBC
	CipherAES128GCM
	CipherAES256GCM
	CipherAES128CCM
	CipherAES256CCM
	CipherAES128CCM8
	CipherAES256CCM8
	CipherChaCha20Poly1305
	CipherCAMELLIA128CBC
	CipherCAMELLIA256CBC
	CipherCAMELLIA128GCM
	CipherCAMELLIA256GCM
	CipherARIA128CBC
	CipherARIA256CBC
	CipherARIA128GCM
	CipherARIA256GCM
	CipherSEED
	CipherSM4GCM
	CipherSM4CCM
	CipherAEGIS128L
	CipherAEGIS256
	CipherKuznyechik
	CipherMagma
	CipherGOST28147
	CipherDES56Export // DES_CBC of the withdrawn EXPORT1024 drafts
	CipherOther
	CipherRC4_56 // of the withdrawn EXPORT1024 drafts
	CipherRC2_56 // of the withdrawn EXPORT1024 drafts
	CipherAsconAEAD128
	CipherChaCha20Poly1305Draft // draft-agl-tls-chacha20poly1305-04: nonce and AAD differ from RFC 7905
)

// IsCBC reports whether the cipher is a block cipher in CBC mode.
func (c Cipher) IsCBC() bool {
	switch c {
	case CipherRC2_40, CipherIDEA, CipherDES40, CipherDES, Cipher3DES, CipherAES128CBC, CipherAES256CBC,
		CipherCAMELLIA128CBC, CipherCAMELLIA256CBC, CipherARIA128CBC, CipherARIA256CBC, CipherSEED:
		return true
	}
	return false
}

// MAC is the record MAC of a suite: AEAD where the cipher has its own.
type MAC uint8

// The MACs of the registry.
const (
	MACAEAD MAC = iota
	MACNULL
	MACMD5
	MACSHA1
	MACSHA256
	MACSHA384
	MACOther
)

// Hash is the hash of a suite's PRF (TLS 1.2) or key schedule (TLS 1.3).
type Hash uint8

// The hashes.
const (
	HashLegacy Hash = iota // defined before TLS 1.2: MD5+SHA-1 there, SHA-256 in TLS 1.2
	HashSHA256
	HashSHA384
	HashSM3
	HashOther
	HashSHA512
	HashAsconHash256
)

// SuiteParams is what a cipher suite's value stands for.
type SuiteParams struct {
	KeyExchange    KeyExchange
	Authentication Authentication
	Cipher         Cipher
	MAC            MAC
	Hash           Hash
	Export         bool    // key material limited by the export rules of 1999
	MinVersion     Version // the oldest version that may negotiate it
	MaxVersion     Version // the newest version that may negotiate it
}

// String is the part of a suite's name that names the key exchange.
func (v KeyExchange) String() string { return textOf(keyExchangeTexts[:], v) }

// String is the part of a suite's name that names the authentication.
func (v Authentication) String() string { return textOf(authenticationTexts[:], v) }

// String is the part of a suite's name that names the cipher.
func (v Cipher) String() string { return textOf(cipherTexts[:], v) }

// String is the name of the hash of the MAC, or "AEAD".
func (v MAC) String() string { return textOf(macTexts[:], v) }

// String is the name of the hash; "legacy" stands for the PRF of the version.
func (v Hash) String() string { return textOf(hashTexts[:], v) }

var (
	keyExchangeTexts = [...]string{"any", "NULL", "RSA", "DHE", "DH", "ECDHE", "ECDH", "PSK", "RSA_PSK", "DHE_PSK",
		"ECDHE_PSK", "SRP", "KRB5", "GOST", "ECCPWD"}
	authenticationTexts = [...]string{"any", "NULL", "anon", "RSA", "DSS", "ECDSA", "PSK", "SRP", "KRB5", "GOST", "ECCPWD"}
	macTexts            = [...]string{"AEAD", "NULL", "MD5", "SHA1", "SHA256", "SHA384", "other"}
	hashTexts           = [...]string{"legacy", "SHA256", "SHA384", "SM3", "other", "SHA512", "ASCON-HASH256"}
	cipherTexts         = [...]string{"NULL", "RC4_40", "RC4_128", "RC2_CBC_40", "IDEA_CBC", "DES40_CBC", "DES_CBC", "3DES_EDE_CBC",
		"AES_128_CBC", "AES_256_CBC", "AES_128_GCM", "AES_256_GCM", "AES_128_CCM", "AES_256_CCM", "AES_128_CCM_8", "AES_256_CCM_8",
		"CHACHA20_POLY1305", "CAMELLIA_128_CBC", "CAMELLIA_256_CBC", "CAMELLIA_128_GCM", "CAMELLIA_256_GCM",
		"ARIA_128_CBC", "ARIA_256_CBC", "ARIA_128_GCM", "ARIA_256_GCM", "SEED_CBC", "SM4_GCM", "SM4_CCM",
		"AEGIS_128L", "AEGIS_256", "KUZNYECHIK", "MAGMA", "28147", "DES_CBC", "other", "RC4_56", "RC2_CBC_56",
		"ASCONAEAD128", "CHACHA20_POLY1305 (draft)"}
)

// textOf is the text of a value, or its number.
func textOf[T ~uint8](texts []string, v T) string {
	if int(v) < len(texts) {
		return texts[v]
	}
	return strconv.Itoa(int(v))
}

type suiteDetail struct {
	params     SuiteParams
	negotiable bool   // false for the signalling values
	aliases    string // comma-separated; the first is what OpenSSL calls it
}

// Params tells what the suite stands for, and whether it is a known suite; the signalling values
// (SCSV) and GREASE are none.
func (v CipherSuite) Params() (SuiteParams, bool) {
	if i := table(cipherSuiteTable[:]).index(uint16(v)); i >= 0 {
		return suiteDetails[i].params, suiteDetails[i].negotiable
	}
	return SuiteParams{}, false
}

// OpenSSLName is the name that OpenSSL has or had for the suite, or "".
func (v CipherSuite) OpenSSLName() string {
	if i := table(cipherSuiteTable[:]).index(uint16(v)); i >= 0 {
		return firstAlias(suiteDetails[i].aliases)
	}
	return ""
}
