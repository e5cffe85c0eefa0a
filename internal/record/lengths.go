package record

import "github.com/tlsprobe/tlsprobe/internal/iana"

// mode is how a cipher protects a record.
type mode uint8

const (
	modeNULL mode = iota + 1
	modeStream
	modeCBC
	modeGCM
	modeCCM
	modeChaCha20Poly1305
)

// shape is what this package knows of a cipher. Lengths are in bytes.
type shape struct {
	cipher   iana.Cipher
	mode     mode
	material int // cut from the key block; differs from key for export ciphers
	key      int
	block    int
	tag      int
}

// shapeOf returns the shape of a cipher that this package can compute. The lengths of the older
// ones are in RFC 2246, Appendix C.
func shapeOf(c iana.Cipher) (shape, bool) {
	for _, s := range [...]shape{
		{iana.CipherNULL, modeNULL, 0, 0, 0, 0},
		{iana.CipherRC4_40, modeStream, 5, 16, 0, 0},
		{iana.CipherRC4_128, modeStream, 16, 16, 0, 0},
		{iana.CipherDES40, modeCBC, 5, 8, 8, 0},
		{iana.CipherDES, modeCBC, 8, 8, 8, 0},
		{iana.Cipher3DES, modeCBC, 24, 24, 8, 0},
		{iana.CipherAES128CBC, modeCBC, 16, 16, 16, 0},
		{iana.CipherAES256CBC, modeCBC, 32, 32, 16, 0},
		{iana.CipherAES128GCM, modeGCM, 16, 16, 16, 16},
		{iana.CipherAES256GCM, modeGCM, 32, 32, 16, 16},
		{iana.CipherAES128CCM, modeCCM, 16, 16, 16, 16},
		{iana.CipherAES256CCM, modeCCM, 32, 32, 16, 16},
		{iana.CipherAES128CCM8, modeCCM, 16, 16, 16, 8},
		{iana.CipherAES256CCM8, modeCCM, 32, 32, 16, 8},
		{iana.CipherChaCha20Poly1305, modeChaCha20Poly1305, 32, 32, 0, 16},
	} {
		if s.cipher == c {
			return s, true
		}
	}
	return shape{}, false
}

// macLength returns the length of a MAC in bytes.
func macLength(m iana.MAC) (int, bool) {
	for _, l := range [...]struct {
		mac iana.MAC
		n   int
	}{
		{iana.MACAEAD, 0}, {iana.MACNULL, 0}, {iana.MACMD5, 16},
		{iana.MACSHA1, 20}, {iana.MACSHA256, 32}, {iana.MACSHA384, 48},
	} {
		if l.mac == m {
			return l.n, true
		}
	}
	return 0, false
}

const (
	explicitNonceLen = 8  // RFC 5288, Section 3; RFC 6655, Section 3
	aeadNonceLen     = 12 // N_MIN and N_MAX of every AEAD here
)

// Lengths tells how long, in bytes, the keys of one direction are under version v with the suite's
// cipher and MAC: the MAC key, the key, and the IV that is derived with them. Before TLS 1.3 these
// are the parts of the key block (RFC 5246, Section 6.3): iv is a fixed IV for AEADs, the first IV
// for CBC up to TLS 1.0, and 0 for CBC since TLS 1.1, where each record brings its own.
//
// With the export ciphers, key is the key material that is cut from the key block, the key that is
// then made of it has the length FinalKeyLength, and the IV is derived apart. RFC 2246, Section 6.3.1.
//
// The error is an *UnsupportedError.
func Lengths(v iana.Version, p iana.SuiteParams) (mac, key, iv int, err error) {
	s, mac, err := suiteShape(v, p)
	if err != nil {
		return 0, 0, 0, err
	}
	switch s.mode {
	case modeGCM, modeCCM:
		iv = aeadNonceLen - explicitNonceLen
		if v == iana.TLS13 {
			iv = aeadNonceLen
		}
	case modeChaCha20Poly1305:
		iv = aeadNonceLen
	case modeCBC:
		if v <= iana.TLS10 {
			iv = s.block
		}
	case modeNULL:
		if v == iana.TLS13 {
			// Integrity only: key and nonce are as long as the hash. RFC 9150, Sections 5 and 6.
			return 0, mac, mac, nil
		}
	}
	return mac, s.material, iv, nil
}

// FinalKeyLength returns the length in bytes of the key that Keys wants: for export ciphers, longer
// than the key material.
func FinalKeyLength(p iana.SuiteParams) (int, error) {
	s, ok := shapeOf(p.Cipher)
	if !ok {
		return 0, &UnsupportedError{Cipher: p.Cipher, MAC: p.MAC}
	}
	return s.key, nil
}

// suiteShape finds the shape of a suite's cipher and the length of its MAC, and refuses what the
// version has no way to use.
func suiteShape(v iana.Version, p iana.SuiteParams) (shape, int, error) {
	s, ok := shapeOf(p.Cipher)
	mac, macOK := macLength(p.MAC)
	aead := s.mode >= modeGCM
	switch {
	case v < iana.SSL30 || v > iana.TLS13:
		ok = false
	case v == iana.TLS13 && s.mode == modeNULL:
		// Tables differ in whether these suites carry a MAC or are called an AEAD.
		if mac == 0 {
			mac, macOK = hashLength(p.Hash)
		}
	case v == iana.TLS13:
		ok, mac = ok && aead, 0
	case aead:
		ok, mac = v == iana.TLS12, 0
	case p.MAC == iana.MACAEAD:
		ok = false
	case v == iana.SSL30:
		ok = ok && mac <= 20 // SSL 3.0 has its MAC for MD5 and SHA-1 only. RFC 6101, Section 5.2.3.1.
	}
	if !ok || !macOK {
		return shape{}, 0, &UnsupportedError{Version: v, Cipher: p.Cipher, MAC: p.MAC}
	}
	return s, mac, nil
}

func hashLength(h iana.Hash) (int, bool) {
	switch h {
	case iana.HashSHA256:
		return 32, true
	case iana.HashSHA384:
		return 48, true
	}
	return 0, false
}
