package signature

import (
	"crypto"
	"math/big"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// Limits on DSA keys. FIPS 186-4, Section 4.2, ends at 3072 and 256 bits; OpenSSL takes 10,000.
const (
	maxDSAModulus = 10000
	maxDSAOrder   = 512
)

// verifyDSA verifies as FIPS 186-4, Section 4.7, says.
func verifyDSA(key *cert.PublicKey, h crypto.Hash, message, sig []byte) error {
	if size := bitLen(key.P); size > maxDSAModulus {
		return &SizeError{"a prime", size, maxDSAModulus}
	}
	if size := bitLen(key.Q); size > maxDSAOrder {
		return &SizeError{"an order", size, maxDSAOrder}
	}
	p, q := new(big.Int).SetBytes(key.P), new(big.Int).SetBytes(key.Q)
	g, y := new(big.Int).SetBytes(key.G), new(big.Int).SetBytes(key.Y)
	one := big.NewInt(1)
	if p.BitLen() < 2 || q.BitLen() < 2 || g.Cmp(one) <= 0 || g.Cmp(p) >= 0 || y.Cmp(one) <= 0 || y.Cmp(p) >= 0 {
		return &KeyError{"its parameters are missing or out of range"}
	}
	sum, ok := digest(h, message)
	if !ok {
		return ErrUnsupported
	}
	pair, malformed := parsePair(sig)
	if malformed != nil && !pair.readable {
		return malformed
	}
	right := rightDSA(p, q, g, y, sum, pair)
	switch {
	case malformed != nil:
		malformed.RightValue = right
		return malformed
	case !right:
		return ErrBad
	}
	return nil
}

func rightDSA(p, q, g, y *big.Int, sum []byte, pair pair) bool {
	r, s := new(big.Int).SetBytes(pair.r), new(big.Int).SetBytes(pair.s)
	if r.Sign() == 0 || s.Sign() == 0 || r.Cmp(q) >= 0 || s.Cmp(q) >= 0 {
		return false
	}
	w := new(big.Int).ModInverse(s, q)
	if w == nil {
		return false // q isn't prime
	}
	u1 := hashToInt(sum, q)
	u1.Mul(u1, w).Mod(u1, q)
	u2 := new(big.Int).Mul(r, w)
	u2.Mod(u2, q)
	v := g.Exp(g, u1, p)
	v.Mul(v, y.Exp(y, u2, p)).Mod(v, p).Mod(v, q)
	return v.Cmp(r) == 0
}
