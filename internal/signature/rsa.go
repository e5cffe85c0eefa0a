package signature

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/subtle"
	"math/big"
	"math/bits"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// Limits on keys, for the time that verifying takes: 16,384 bits with a small exponent take 10 ms. crypto/rsa verifies with
// moduli from 1024 bits and odd exponents up to 2^31-1; what lies outside is ours.
const (
	maxModulus       = 16384
	longModulus      = 4096 // over it the exponent is limited, as in OpenSSL
	maxLongExponent  = 64
	minStdlibModulus = 1024
	maxStdlibExp     = 31
)

func verifyRSA(key *cert.PublicKey, alg Algorithm, message, sig []byte) error {
	if err := checkRSA(key); err != nil {
		return err
	}
	if err := checkPSS(key, alg); err != nil {
		return err
	}
	sum, ok := digest(alg.Hash, message)
	if !ok {
		return ErrUnsupported
	}
	size := (bitLen(key.Modulus) + 7) / 8
	if len(sig) != size {
		return &MalformedError{What: "an RSA signature is as long as the modulus", Off: min(len(sig), size)}
	}
	if stdlibTakes(key, alg) {
		return verifyStdlibRSA(key, alg, sum, sig)
	}
	s, n := new(big.Int).SetBytes(sig), new(big.Int).SetBytes(key.Modulus)
	if s.Cmp(n) >= 0 {
		return ErrBad
	}
	em := make([]byte, size)
	s.Exp(s, new(big.Int).SetBytes(key.Exponent), n).FillBytes(em)
	if alg.Kind == RSAPKCS1 {
		return checkPKCS1(em, alg.Hash, sum)
	}
	return checkPSSEncoding(em, bitLen(key.Modulus)-1, alg, sum)
}

// checkRSA bounds the work before any is done.
func checkRSA(key *cert.PublicKey) error {
	n, e := bitLen(key.Modulus), bitLen(key.Exponent)
	switch {
	case n < 2 || e == 0:
		return &KeyError{"its modulus or exponent is missing or zero"}
	case n > maxModulus:
		return &SizeError{"a modulus", n, maxModulus}
	case e > n:
		return &KeyError{"its exponent is greater than its modulus"}
	case n > longModulus && e > maxLongExponent:
		return &SizeError{"an exponent (with a modulus over 4096 bits)", e, maxLongExponent}
	}
	return nil
}

// checkPSS compares an algorithm with the parameters that a key of kind RSA-PSS may demand. RFC 4055, Section 3.3.
func checkPSS(key *cert.PublicKey, alg Algorithm) error {
	if !key.HasPSS || alg.Kind != RSAPSS {
		return nil
	}
	why := ""
	switch {
	case HashOf(key.PSS.Hash) != alg.Hash:
		why = "it demands the hash " + key.PSS.Hash.Label()
	case HashOf(key.PSS.MaskHash) != alg.MaskHash:
		why = "it demands the mask generation hash " + key.PSS.MaskHash.Label()
	case saltOctets(alg) >= 0 && saltOctets(alg) < key.PSS.SaltLength:
		why = "it demands a longer salt"
	default:
		return nil
	}
	return &MismatchError{Algorithm: alg, Key: key.String(), Why: why}
}

func saltOctets(alg Algorithm) int {
	if alg.SaltLength == SaltEqualsHash {
		return alg.Hash.Size()
	}
	return alg.SaltLength
}

// stdlibTakes reports whether crypto/rsa takes the key and can be asked for exactly this: it knows one hash for PSS and its
// mask, and a salt of no octets means any there.
func stdlibTakes(key *cert.PublicKey, alg Algorithm) bool {
	if alg.Kind == RSAPSS && (alg.MaskHash != alg.Hash || alg.SaltLength == 0) {
		return false
	}
	return bitLen(key.Modulus) >= minStdlibModulus && key.Modulus[len(key.Modulus)-1]&1 == 1 &&
		bitLen(key.Exponent) <= maxStdlibExp && key.Exponent[len(key.Exponent)-1]&1 == 1 && bitLen(key.Exponent) > 1
}

func verifyStdlibRSA(key *cert.PublicKey, alg Algorithm, sum, sig []byte) error {
	e := 0
	for _, c := range key.Exponent {
		e = e<<8 | int(c)
	}
	public := &rsa.PublicKey{N: new(big.Int).SetBytes(key.Modulus), E: e}
	if alg.Kind == RSAPKCS1 {
		if rsa.VerifyPKCS1v15(public, alg.Hash, sum, sig) != nil {
			return ErrBad
		}
		return nil
	}
	salt := saltOctets(alg)
	if salt == SaltAny {
		salt = rsa.PSSSaltLengthAuto
	}
	if rsa.VerifyPSS(public, alg.Hash, sum, sig, &rsa.PSSOptions{SaltLength: salt}) != nil {
		return ErrBad
	}
	return nil
}

// digestInfo returns the DER of a DigestInfo before the digest. RFC 8017, Section 9.2, Note 1.
func digestInfo(h crypto.Hash) (prefix string, ok bool) {
	switch h {
	case crypto.MD5SHA1:
		return "", true // no DigestInfo before TLS 1.2. RFC 4346, Section 4.7
	case crypto.MD5:
		return "\x30\x20\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00\x04\x10", true
	case crypto.SHA1:
		return "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14", true
	case crypto.SHA224:
		return "\x30\x2d\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04\x05\x00\x04\x1c", true
	case crypto.SHA256:
		return "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20", true
	case crypto.SHA384:
		return "\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30", true
	case crypto.SHA512:
		return "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40", true
	}
	return "", false
}

// checkPKCS1 compares an encoded message with the only one there is: it is built, never parsed. RFC 8017, Section 8.2.2.
func checkPKCS1(em []byte, h crypto.Hash, sum []byte) error {
	prefix, ok := digestInfo(h)
	if !ok {
		return ErrUnsupported
	}
	const overhead = 11 // 00 01, eight ff at least, 00
	padding := len(em) - len(prefix) - len(sum)
	if padding < overhead {
		return &KeyError{"its modulus is too short for the hash"}
	}
	want := make([]byte, 0, len(em))
	want = append(want, 0, 1)
	want = append(want, bytes.Repeat([]byte{0xff}, padding-3)...)
	want = append(want, 0)
	want = append(want, prefix...)
	want = append(want, sum...)
	if !bytes.Equal(em, want) {
		return ErrBad
	}
	return nil
}

// checkPSSEncoding is EMSA-PSS-VERIFY on emBits bits. RFC 8017, Section 9.1.2.
func checkPSSEncoding(em []byte, emBits int, alg Algorithm, sum []byte) error {
	emLen := (emBits + 7) / 8
	if len(em) > emLen { // the modulus is one bit longer than a whole number of octets
		if em[0] != 0 {
			return ErrBad
		}
		em = em[1:]
	}
	hLen := len(sum)
	salt := saltOctets(alg)
	if emLen < hLen+max(salt, 0)+2 {
		return &KeyError{"its modulus is too short for hash and salt"}
	}
	db, h := bytes.Clone(em[:emLen-hLen-1]), em[emLen-hLen-1:emLen-1]
	topMask := byte(0xff >> (8*emLen - emBits))
	if em[emLen-1] != 0xbc || db[0]&^topMask != 0 {
		return ErrBad
	}
	if !mask(db, h, alg.MaskHash) {
		return ErrUnsupported
	}
	db[0] &= topMask
	at := bytes.IndexByte(db, 1)
	if at < 0 || len(bytes.TrimLeft(db[:at], "\x00")) > 0 {
		return ErrBad
	}
	found := db[at+1:]
	if salt >= 0 && len(found) != salt {
		return ErrBad
	}
	again := make([]byte, 8, 8+hLen+len(found))
	again = append(append(again, sum...), found...)
	want, _ := digest(alg.Hash, again)
	if subtle.ConstantTimeCompare(want, h) != 1 {
		return ErrBad
	}
	return nil
}

// mask takes the mask MGF1(seed) off db. RFC 8017, Appendix B.2.1.
func mask(db, seed []byte, h crypto.Hash) bool {
	block := append(bytes.Clone(seed), 0, 0, 0, 0)
	counter := block[len(seed):]
	for i := uint32(0); len(db) > 0; i++ {
		counter[0], counter[1], counter[2], counter[3] = byte(i>>24), byte(i>>16), byte(i>>8), byte(i)
		sum, ok := digest(h, block)
		if !ok {
			return false
		}
		n := subtle.XORBytes(db, db, sum)
		db = db[n:]
	}
	return true
}

func bitLen(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	return 8*(len(b)-1) + bits.Len8(b[0])
}
