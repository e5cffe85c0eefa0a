package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"math/big"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// stdlibCurve returns the curve of the standard library, nil if it has none.
func stdlibCurve(c cert.Curve) elliptic.Curve {
	switch c {
	case cert.P256:
		return elliptic.P256()
	case cert.P384:
		return elliptic.P384()
	case cert.P521:
		return elliptic.P521()
	case cert.P224:
		return elliptic.P224()
	}
	return nil
}

func verifyECDSA(key *cert.PublicKey, h crypto.Hash, message, sig []byte) error {
	params, known := key.Curve.Params()
	if !known {
		return ErrUnsupported
	}
	sum, ok := digest(h, message)
	if !ok {
		return ErrUnsupported
	}
	pair, malformed := parsePair(sig)
	if malformed != nil && !pair.readable {
		return malformed
	}
	var right bool
	var err error
	if std := stdlibCurve(key.Curve); std != nil && len(key.Key) > 0 && key.Key[0] == 4 {
		right, err = verifyStdlibECDSA(std, key.Key, sum, sig, pair, malformed != nil)
	} else {
		right, err = verifyOnCurve(params, key.Key, sum, pair)
	}
	switch {
	case err != nil:
		return err
	case malformed != nil:
		malformed.RightValue = right
		return malformed
	case !right:
		return ErrBad
	}
	return nil
}

func verifyStdlibECDSA(curve elliptic.Curve, point, sum, sig []byte, pair pair, malformed bool) (bool, error) {
	public, err := ecdsa.ParseUncompressedPublicKey(curve, point)
	if err != nil {
		return false, &KeyError{"its point isn't on the curve"}
	}
	if malformed {
		sig = pair.canonical()
	}
	return ecdsa.VerifyASN1(public, sum, sig), nil
}

// verifyOnCurve verifies on the curves that the standard library doesn't have, and for compressed points. FIPS 186-5,
// Section 6.4.2. Nothing here is secret, so nothing is done in constant time.
func verifyOnCurve(params cert.CurveParams, point, sum []byte, pair pair) (bool, error) {
	c := newCurve(params)
	q, err := c.point(point)
	if err != nil {
		return false, err
	}
	r, s := new(big.Int).SetBytes(pair.r), new(big.Int).SetBytes(pair.s)
	if r.Sign() == 0 || s.Sign() == 0 || r.Cmp(c.n) >= 0 || s.Cmp(c.n) >= 0 {
		return false, nil
	}
	w := new(big.Int).ModInverse(s, c.n)
	u1 := hashToInt(sum, c.n)
	u1.Mul(u1, w).Mod(u1, c.n)
	u2 := w.Mul(r, w)
	u2.Mod(u2, c.n)
	x, ok := c.affineX(c.mulAdd(u1, q, u2))
	if !ok {
		return false, nil
	}
	return x.Mod(x, c.n).Cmp(r) == 0, nil
}

// hashToInt takes as many of the leftmost bits of a hash as the order has. FIPS 186-5, Section 6.4.1.
func hashToInt(sum []byte, n *big.Int) *big.Int {
	size := n.BitLen()
	if octets := (size + 7) / 8; len(sum) > octets {
		sum = sum[:octets]
	}
	v := new(big.Int).SetBytes(sum)
	if excess := 8*len(sum) - size; excess > 0 {
		v.Rsh(v, uint(excess))
	}
	return v
}
