package kex

import (
	"io"
	"math/big"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// Bounds of RSA keys, in bits.
const (
	minRSABits      = 512
	maxRSABits      = 16384
	maxExponentBits = 64
)

// premasterSize is the length of the premaster secret of RSA. RFC 5246, Section 7.4.7.1.
const premasterSize = 48

// RSAPremaster draws a premaster secret: the version that the ClientHello offered, and 46 random
// bytes. RFC 5246, Section 7.4.7.1.
func RSAPremaster(offered iana.Version, rand io.Reader) ([]byte, error) {
	b, err := draw(rand, premasterSize-2)
	if err != nil {
		return nil, err
	}
	return append([]byte{byte(offered >> 8), byte(offered)}, b...), nil
}

// EncryptRSA encrypts a premaster secret under an RSA key, modulus and public exponent big-endian,
// with the padding of PKCS #1 v1.5: 00 02, nonzero random bytes, 00, the secret (RFC 8017,
// Section 7.2.1). The result has the length of the modulus; TLS puts a two-byte length before it,
// SSL 3.0 does not. Errors are of type *Error: TooSmall, TooLarge, BadModulus, BadExponent,
// BadRandomness.
func EncryptRSA(modulus, exponent, premaster []byte, rand io.Reader) ([]byte, error) {
	n, e, err := rsaKey(modulus, exponent)
	if err != nil {
		return nil, err
	}
	size := (n.BitLen() + 7) / 8
	// At least eight bytes of padding: RFC 8017, Section 7.2.1, step 1.
	if room := size - 11; len(premaster) > room {
		return nil, &Error{Kind: TooSmall, Got: n.BitLen(), Want: 8 * (len(premaster) + 11)}
	}
	block := make([]byte, size)
	block[1] = 2
	padding := block[2 : size-len(premaster)-1]
	if err := drawNonzero(rand, padding); err != nil {
		return nil, err
	}
	copy(block[size-len(premaster):], premaster)
	m := new(big.Int).SetBytes(block)
	return m.Exp(m, e, n).FillBytes(block), nil
}

func rsaKey(modulus, exponent []byte) (n, e *big.Int, err error) {
	switch bits := bitLen(modulus); {
	case bits < minRSABits:
		return nil, nil, &Error{Kind: TooSmall, Got: bits, Want: minRSABits}
	case bits > maxRSABits:
		return nil, nil, &Error{Kind: TooLarge, Got: bits, Want: maxRSABits}
	}
	if bitLen(exponent) > maxExponentBits {
		return nil, nil, &Error{Kind: BadExponent}
	}
	n, e = new(big.Int).SetBytes(modulus), new(big.Int).SetBytes(exponent)
	switch {
	case n.Bit(0) == 0:
		return nil, nil, &Error{Kind: BadModulus}
	case e.Bit(0) == 0 || e.Cmp(big.NewInt(3)) < 0:
		return nil, nil, &Error{Kind: BadExponent}
	}
	return n, e, nil
}

// drawNonzero fills b with random bytes that are not zero.
func drawNonzero(rand io.Reader, b []byte) error {
	for range maxDraws {
		fresh, err := draw(rand, len(b))
		if err != nil {
			return err
		}
		n := 0
		for _, v := range fresh {
			if v != 0 {
				b[n] = v
				n++
			}
		}
		if b = b[n:]; len(b) == 0 {
			return nil
		}
	}
	return &Error{Kind: BadRandomness}
}
