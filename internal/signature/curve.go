package signature

import (
	"math/big"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// curve is y² = x³ + ax + b over the field of p, for any a and b.
type curve struct {
	p, a, b, n *big.Int
	g          jacobian
}

// jacobian is the point (x/z², y/z³); z = 0 is the point at infinity.
type jacobian struct{ x, y, z *big.Int }

func newCurve(params cert.CurveParams) *curve {
	number := func(hex string) *big.Int {
		v, _ := new(big.Int).SetString(hex, 16)
		return v
	}
	c := &curve{p: number(params.P), a: number(params.A), b: number(params.B), n: number(params.N)}
	c.g = jacobian{number(params.Gx), number(params.Gy), big.NewInt(1)}
	return c
}

func (c *curve) infinity() jacobian { return jacobian{new(big.Int), big.NewInt(1), new(big.Int)} }

func (c *curve) mod(v *big.Int) *big.Int { return v.Mod(v, c.p) }

func (c *curve) mul(a, b *big.Int) *big.Int { return c.mod(new(big.Int).Mul(a, b)) }

// rightSide returns x³ + ax + b.
func (c *curve) rightSide(x *big.Int) *big.Int {
	v := c.mul(x, x)
	v.Add(v, c.a)
	v.Mul(v, x)
	v.Add(v, c.b)
	return c.mod(v)
}

// point reads a point in the uncompressed, compressed or hybrid form. SEC 1 version 2, Section 2.3.4.
func (c *curve) point(octets []byte) (jacobian, error) {
	size := (c.p.BitLen() + 7) / 8
	if len(octets) == 0 || len(octets) != 1+size && len(octets) != 1+2*size {
		return jacobian{}, &KeyError{"its point has the wrong length"}
	}
	x := new(big.Int).SetBytes(octets[1 : 1+size])
	if x.Cmp(c.p) >= 0 {
		return jacobian{}, &KeyError{"its point isn't on the curve"}
	}
	right := c.rightSide(x)
	form := octets[0]
	var y *big.Int
	switch {
	case (form == 2 || form == 3) && len(octets) == 1+size:
		y = new(big.Int).ModSqrt(right, c.p)
		if y == nil {
			return jacobian{}, &KeyError{"its point isn't on the curve"}
		}
		if y.Bit(0) != uint(form&1) {
			y.Sub(c.p, y)
		}
	case (form == 4 || form == 6 || form == 7) && len(octets) == 1+2*size:
		y = new(big.Int).SetBytes(octets[1+size:])
	default:
		return jacobian{}, &KeyError{"its point has an unknown form"}
	}
	if y.Cmp(c.p) >= 0 || c.mul(y, y).Cmp(right) != 0 || form >= 6 && y.Bit(0) != uint(form&1) {
		return jacobian{}, &KeyError{"its point isn't on the curve"}
	}
	return jacobian{x, y, big.NewInt(1)}, nil
}

// double returns 2p. The formulas are dbl-2007-bl of the Explicit-Formulas Database, for any a.
func (c *curve) double(p jacobian) jacobian {
	if p.z.Sign() == 0 || p.y.Sign() == 0 {
		return c.infinity()
	}
	yy := c.mul(p.y, p.y)
	zz := c.mul(p.z, p.z)
	s := c.mul(p.x, yy) // s = 4xy²
	s.Lsh(s, 2)
	m := c.mul(p.x, p.x) // m = 3x² + az⁴
	m.Mul(m, big.NewInt(3))
	m.Add(m, c.mul(c.a, c.mul(zz, zz)))
	c.mod(m)
	x := c.mul(m, m) // x = m² - 2s
	x.Sub(x, s).Sub(x, s)
	c.mod(x)
	y := new(big.Int).Sub(s, x) // y = m(s - x) - 8y⁴
	y.Mul(y, m)
	yyyy := c.mul(yy, yy)
	y.Sub(y, yyyy.Lsh(yyyy, 3))
	c.mod(y)
	z := c.mul(p.y, p.z) // z = 2yz
	return jacobian{x, y, c.mod(z.Lsh(z, 1))}
}

// add returns p + q.
func (c *curve) add(p, q jacobian) jacobian {
	if p.z.Sign() == 0 {
		return q
	}
	if q.z.Sign() == 0 {
		return p
	}
	z1z1, z2z2 := c.mul(p.z, p.z), c.mul(q.z, q.z)
	u1, u2 := c.mul(p.x, z2z2), c.mul(q.x, z1z1)
	s1, s2 := c.mul(p.y, c.mul(q.z, z2z2)), c.mul(q.y, c.mul(p.z, z1z1))
	h := c.mod(new(big.Int).Sub(u2, u1))
	r := c.mod(new(big.Int).Sub(s2, s1))
	if h.Sign() == 0 {
		if r.Sign() == 0 {
			return c.double(p)
		}
		return c.infinity()
	}
	hh := c.mul(h, h)
	hhh := c.mul(h, hh)
	v := c.mul(u1, hh)
	x := c.mul(r, r) // x = r² - h³ - 2v
	x.Sub(x, hhh).Sub(x, v).Sub(x, v)
	c.mod(x)
	y := new(big.Int).Sub(v, x) // y = r(v - x) - s1h³
	y.Mul(y, r).Sub(y, new(big.Int).Mul(s1, hhh))
	return jacobian{x, c.mod(y), c.mul(h, c.mul(p.z, q.z))}
}

// mulAdd returns u1·G + u2·q, both doubled along together.
func (c *curve) mulAdd(u1 *big.Int, q jacobian, u2 *big.Int) jacobian {
	both := c.add(c.g, q)
	sum := c.infinity()
	for i := max(u1.BitLen(), u2.BitLen()) - 1; i >= 0; i-- {
		sum = c.double(sum)
		switch u1.Bit(i) | u2.Bit(i)<<1 {
		case 1:
			sum = c.add(sum, c.g)
		case 2:
			sum = c.add(sum, q)
		case 3:
			sum = c.add(sum, both)
		}
	}
	return sum
}

// affineX returns the x-coordinate of p; ok is false for the point at infinity.
func (c *curve) affineX(p jacobian) (x *big.Int, ok bool) {
	if p.z.Sign() == 0 {
		return nil, false
	}
	inverse := new(big.Int).ModInverse(p.z, c.p)
	return c.mul(p.x, c.mul(inverse, inverse)), true
}
