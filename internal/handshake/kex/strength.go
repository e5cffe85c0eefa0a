package kex

import (
	"math"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// Strength returns the classical security of a group in bits, 0 if it is not known.
func Strength(group iana.Group) int {
	info, _ := group.Info()
	return info.Strength
}

// ModulusStrength estimates the security of an RSA modulus, or of a finite field with a prime of
// that size, in bits. It goes through the points of NIST SP 800-57 Part 1 (Revision 5, Table 2):
// 1024 → 80, 2048 → 112, 3072 → 128, 7680 → 192, 15360 → 256, and lies between and beyond them on the
// number field sieve's curve, scaled to the point below.
func ModulusStrength(bits int) int {
	points := [...]struct{ bits, strength int }{
		{1024, 80}, {2048, 112}, {3072, 128}, {7680, 192}, {15360, 256},
	}
	if bits <= 0 {
		return 0
	}
	for i, p := range points {
		switch {
		case bits == p.bits:
			return p.strength
		case bits < p.bits && i == 0:
			return int(float64(p.strength) * sieve(bits) / sieve(p.bits))
		case bits < p.bits:
			q := points[i-1]
			share := (sieve(bits) - sieve(q.bits)) / (sieve(p.bits) - sieve(q.bits))
			return q.strength + int(share*float64(p.strength-q.strength))
		}
	}
	return points[len(points)-1].strength
}

// sieve is the exponent of the number field sieve's cost, up to a factor:
// (ln n)^(1/3) (ln ln n)^(2/3).
func sieve(bits int) float64 {
	ln := float64(bits) * math.Ln2
	if ln < math.E {
		return 0
	}
	return math.Cbrt(ln) * math.Pow(math.Log(ln), 2.0/3)
}
