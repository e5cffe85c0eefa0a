package kex

import (
	"io"
	"math/big"
)

// weierstrass is ECDH on a curve that the standard library does not have: y² = x³ + ax + b over a
// prime field, cofactor 1. It counts in affine coordinates, the shortest thing that is right; an
// agreement takes milliseconds.
type weierstrass struct{ c *curve }

// point is a point in affine coordinates; x is nil at infinity.
type point struct{ x, y *big.Int }

func (w weierstrass) generate(rand io.Reader) (private, error) {
	bits := w.c.n.BitLen()
	for range maxDraws {
		b, err := draw(rand, (bits+7)/8)
		if err != nil {
			return nil, err
		}
		b[0] &= byte(0xff >> (8*len(b) - bits))
		if d := new(big.Int).SetBytes(b); d.Sign() > 0 && d.Cmp(w.c.n) < 0 {
			return weierstrassKey{w.c, d, w.c.encode(w.c.multiply(point{w.c.gx, w.c.gy}, d))}, nil
		}
	}
	return nil, &Error{Kind: BadRandomness}
}

func (w weierstrass) encapsulate(clientShare []byte, rand io.Reader) ([]byte, []byte, error) {
	return exchange(w, clientShare, rand)
}

type weierstrassKey struct {
	c     *curve
	d     *big.Int
	share []byte
}

func (k weierstrassKey) public() []byte { return k.share }

func (k weierstrassKey) agree(share []byte) ([]byte, error) {
	size := k.c.size()
	if err := checkPoint(share, size); err != nil {
		return nil, err
	}
	p := point{new(big.Int).SetBytes(share[1 : 1+size]), new(big.Int).SetBytes(share[1+size:])}
	if !k.c.contains(p) {
		return nil, &Error{Kind: BadPoint}
	}
	// The order is prime and the point not at infinity, so the product is not either.
	return k.c.multiply(p, k.d).x.FillBytes(make([]byte, size)), nil
}

// size is the length of a coordinate in bytes.
func (c *curve) size() int { return (c.p.BitLen() + 7) / 8 }

func (c *curve) encode(p point) []byte {
	size := c.size()
	out := make([]byte, 1+2*size)
	out[0] = 4
	p.x.FillBytes(out[1 : 1+size])
	p.y.FillBytes(out[1+size:])
	return out
}

// contains checks the coordinates' range and the equation.
func (c *curve) contains(p point) bool {
	if p.x.Cmp(c.p) >= 0 || p.y.Cmp(c.p) >= 0 {
		return false
	}
	right := new(big.Int).Mul(p.x, p.x)
	right.Add(right, c.a).Mul(right, p.x).Add(right, c.b).Mod(right, c.p)
	left := new(big.Int).Mul(p.y, p.y)
	return left.Mod(left, c.p).Cmp(right) == 0
}

func (c *curve) multiply(p point, k *big.Int) point {
	var sum point
	for i := k.BitLen() - 1; i >= 0; i-- {
		sum = c.add(sum, sum)
		if k.Bit(i) == 1 {
			sum = c.add(sum, p)
		}
	}
	return sum
}

// add is the group law with all its cases. SEC 1, Section 2.2.1.
func (c *curve) add(p, q point) point {
	switch {
	case p.x == nil:
		return q
	case q.x == nil:
		return p
	}
	slope, below := new(big.Int), new(big.Int)
	if p.x.Cmp(q.x) != 0 {
		slope.Sub(q.y, p.y)
		below.Sub(q.x, p.x)
	} else {
		if p.y.Cmp(q.y) != 0 || p.y.Sign() == 0 {
			return point{}
		}
		slope.Mul(p.x, p.x).Mul(slope, big.NewInt(3)).Add(slope, c.a)
		below.Lsh(p.y, 1)
	}
	below.Mod(below, c.p).ModInverse(below, c.p)
	slope.Mul(slope, below).Mod(slope, c.p)
	x := new(big.Int).Mul(slope, slope)
	x.Sub(x, p.x).Sub(x, q.x).Mod(x, c.p)
	y := new(big.Int).Sub(p.x, x)
	y.Mul(y, slope).Sub(y, p.y).Mod(y, c.p)
	return point{x, y}
}
