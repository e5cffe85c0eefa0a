package iana

import "math"

// fieldStrengths are the sizes of SP 800-57 Part 1 Rev. 5, Table 2, in bits, and what they are worth.
var fieldStrengths = [...]struct{ size, strength int }{{1024, 80}, {2048, 112}, {3072, 128}, {7680, 192}, {15360, 256}}

// FieldStrength returns the classical security in bits of an RSA modulus, or of a finite field with a prime, of so many bits; 0
// where that is next to nothing. It is what SP 800-57 Part 1 Rev. 5, Table 2, says of the sizes in it, and else the estimate of SP
// 800-56B Rev. 2, Appendix D, in steps of 8, but no more than a larger size of the table has. SP 800-56A Rev. 3, Appendix D, gives
// the groups of RFC 7919 the same: 112 bits for ffdhe2048, to 200 for ffdhe8192. RFC 7919, Appendix A, has estimates of its own,
// from 103 to 192, by which 2048 bits would be less than the 112 that RFC 9325, Section 4.5, takes them for; they are not used here.
func FieldStrength(size int) int {
	most := math.MaxInt
	for _, p := range fieldStrengths {
		if size == p.size {
			return p.strength
		}
		if size < p.size {
			most = p.strength
			break
		}
	}
	if size < 64 {
		return 0
	}
	x := float64(size) * math.Ln2
	l := math.Log(x)
	e := (1.923*math.Cbrt(x*l*l) - 4.69) / math.Ln2
	return min(8*int(math.Round(e/8)), most)
}
