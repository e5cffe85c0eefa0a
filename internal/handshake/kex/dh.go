package kex

import (
	"io"
	"math/big"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// maxDHBits is the largest modulus that is worked with: a group of 16,384 bits costs seconds.
const maxDHBits = 8192

// DH is a Diffie-Hellman group as a ServerKeyExchange names it, by its numbers. RFC 5246,
// Section 7.4.3.
type DH struct{ p, g *big.Int }

// NewDH checks a modulus and a generator, big-endian. It does not look whether p is a prime (see
// CheckPrime). Errors are of type *Error: TooLarge, BadModulus and BadGenerator.
func NewDH(p, g []byte) (*DH, error) {
	if bits := bitLen(p); bits > maxDHBits {
		return nil, &Error{Kind: TooLarge, Got: bits, Want: maxDHBits}
	}
	d := &DH{p: new(big.Int).SetBytes(p)}
	if d.p.Bit(0) == 0 || d.p.Cmp(big.NewInt(5)) < 0 {
		return nil, &Error{Kind: BadModulus}
	}
	if bitLen(g) > d.p.BitLen() {
		return nil, &Error{Kind: BadGenerator}
	}
	d.g = new(big.Int).SetBytes(g)
	if !d.inRange(d.g) {
		return nil, &Error{Kind: BadGenerator}
	}
	return d, nil
}

// bitLen is the length of a big-endian number in bits.
func bitLen(b []byte) int {
	for i, v := range b {
		if v != 0 {
			return 8*(len(b)-i-1) + new(big.Int).SetUint64(uint64(v)).BitLen()
		}
	}
	return 0
}

// Bits returns the size of the modulus.
func (d *DH) Bits() int { return d.p.BitLen() }

// Strength estimates the security of a well-made group of this size, in bits; see [iana.FieldStrength].
func (d *DH) Strength() int { return iana.FieldStrength(d.Bits()) }

// Known tells whose modulus it is, if many have it.
func (d *DH) Known() (KnownPrime, bool) { return knownPrime(d.p.Bytes()) }

// CheckPrime tells what kind of number the modulus is, by a probabilistic test that no number is
// known to deceive. A known modulus costs nothing; one larger than maxBits is PrimeUnknown. A safe
// prime of 2048 bits takes tens of milliseconds, one of 8192 bits seconds.
func (d *DH) CheckPrime(maxBits int) PrimeKind {
	if known, ok := d.Known(); ok {
		return known.Kind
	}
	if d.Bits() > maxBits {
		return PrimeUnknown
	}
	switch {
	case !d.p.ProbablyPrime(primeRounds):
		return Composite
	case !new(big.Int).Rsh(d.p, 1).ProbablyPrime(primeRounds):
		return Prime
	}
	return SafePrime
}

// primeRounds is the number of Miller-Rabin rounds beside the Lucas test. Their bases follow from the
// number, so more rounds would not stop who can deceive a few.
const primeRounds = 2

// Generate draws a key of twice the group's strength in bits, which is all that the best attack
// leaves a longer one (RFC 7919, Section 5.2).
func (d *DH) Generate(rand io.Reader) (*DHKey, error) {
	return d.generate(rand, 2*max(d.Strength(), minDHStrength))
}

// minDHStrength is what a key is drawn for even where the group is weaker.
const minDHStrength = 112

func (d *DH) generate(rand io.Reader, keySize int) (*DHKey, error) {
	bits := min(keySize, d.Bits()-1)
	for range maxDraws {
		b, err := draw(rand, (bits+7)/8)
		if err != nil {
			return nil, err
		}
		b[0] &= byte(0xff >> (8*len(b) - bits))
		x := new(big.Int).SetBytes(b)
		if x.Cmp(big.NewInt(1)) <= 0 {
			continue
		}
		return &DHKey{d, x, d.pad(new(big.Int).Exp(d.g, x, d.p))}, nil
	}
	return nil, &Error{Kind: BadRandomness}
}

// inRange checks 1 < y < p-1.
func (d *DH) inRange(y *big.Int) bool {
	one := big.NewInt(1)
	return y.Cmp(one) > 0 && y.Cmp(new(big.Int).Sub(d.p, one)) < 0
}

// pad writes a number in the length of p.
func (d *DH) pad(n *big.Int) []byte { return n.FillBytes(make([]byte, (d.Bits()+7)/8)) }

// DHKey is an ephemeral key of a group.
type DHKey struct {
	d     *DH
	x     *big.Int
	share []byte
}

// Public returns the public value in the length of p: dh_Yc of a ClientKeyExchange.
func (k *DHKey) Public() []byte { return k.share }

// Premaster returns the secret shared with the server's dh_Ys as TLS up to 1.2 uses it: without
// leading zeros (RFC 5246, Section 8.1.2). A dh_Ys may have zeros before it. The error is of type
// *Error: OutOfRange.
func (k *DHKey) Premaster(ys []byte) ([]byte, error) {
	if bitLen(ys) > k.d.Bits() {
		return nil, &Error{Kind: OutOfRange}
	}
	y := new(big.Int).SetBytes(ys)
	if !k.d.inRange(y) {
		return nil, &Error{Kind: OutOfRange}
	}
	return y.Exp(y, k.x, k.d.p).Bytes(), nil
}

func (k *DHKey) public() []byte { return k.share }

// agree is the agreement of TLS 1.3: public value and secret have the length of p.
func (k *DHKey) agree(share []byte) ([]byte, error) {
	if len(share) != len(k.share) {
		return nil, &Error{Kind: BadLength, Got: len(share), Want: len(k.share)}
	}
	secret, err := k.Premaster(share)
	if err != nil {
		return nil, err
	}
	return append(make([]byte, len(k.share)-len(secret), len(k.share)), secret...), nil
}
