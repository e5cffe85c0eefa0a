package lint

import (
	"fmt"
	"math/big"
	"math/bits"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// parameters are what has to stand beside the identifier of an algorithm.
type parameters uint8

const (
	absent parameters = iota
	null
)

// algorithms are the identifiers whose parameters are fixed.
var algorithms = [...]struct {
	id   cert.ID
	want parameters
	ref  string
}{
	{cert.OIDSHA256WithRSA, null, "RFC 4055, Section 5; BR 7.1.3.2.1"},
	{cert.OIDECDSAWithSHA256, absent, "RFC 5758, Section 3.2; BR 7.1.3.2.2"},
	{cert.OIDECDSAWithSHA384, absent, "RFC 5758, Section 3.2; BR 7.1.3.2.2"},
	{cert.OIDSHA384WithRSA, null, "RFC 4055, Section 5; BR 7.1.3.2.1"},
	{cert.OIDSHA512WithRSA, null, "RFC 4055, Section 5; BR 7.1.3.2.1"},
	{cert.OIDECDSAWithSHA512, absent, "RFC 5758, Section 3.2; BR 7.1.3.2.2"},
	{cert.OIDECDSAWithSHA224, absent, "RFC 5758, Section 3.2"},
	{cert.OIDECDSAWithSHA1, absent, "RFC 3279, Section 2.2.3"},
	{cert.OIDSHA1WithRSA, null, "RFC 3279, Section 2.2.1"},
	{cert.OIDSHA224WithRSA, null, "RFC 4055, Section 5"},
	{cert.OIDEd25519, absent, "RFC 8410, Section 3"},
	{cert.OIDEd448, absent, "RFC 8410, Section 3"},
	{cert.OIDMLDSA44, absent, "RFC 9881, Section 2"},
	{cert.OIDMLDSA65, absent, "RFC 9881, Section 2"},
	{cert.OIDMLDSA87, absent, "RFC 9881, Section 2"},
	{cert.OIDRSA, null, "RFC 3279, Section 2.3.1; BR 7.1.3.1.1"},
}

// algorithmParameters looks at the algorithms of the signature and of the key.
func algorithmParameters(s *subject, _ *Options) (verdict, fault) {
	v := unconcerned
	for i, a := range [...]*cert.AlgorithmIdentifier{&s.SignatureAlgorithm, &s.PublicKey.Algorithm} {
		for j := range algorithms {
			known := &algorithms[j]
			if !a.OID.Is(known.id) {
				continue
			}
			v = fine
			actual := "none"
			switch {
			case a.HasNullParams():
				actual = "NULL"
			case len(a.Params) > 0:
				actual = "something else"
			}
			expected := [...]string{absent: "none", null: "NULL"}[known.want]
			if actual != expected {
				of := [...]string{"signature", "key"}[i]
				return breach, fault{message: "has other parameters than belong to the algorithm of its " + of + ", " + known.id.Name(),
					expected: expected, actual: actual, ref: known.ref}
			}
			break
		}
	}
	return v, fault{}
}

func isRSA(s *subject) bool {
	return s.PublicKey.Kind == cert.KeyRSA || s.PublicKey.Kind == cert.KeyRSAPSS
}

// rsaSize wants a modulus whose bits fill its octets.
func rsaSize(s *subject, _ *Options) (verdict, fault) {
	if !isRSA(s) || len(s.PublicKey.Modulus) == 0 {
		return unconcerned, fault{}
	}
	n := s.PublicKey.Bits()
	if n%8 == 0 {
		return fine, fault{}
	}
	return breach, fault{message: fmt.Sprintf("has an RSA key of %d bits, which 8 doesn't divide", n),
		expected: "a size that 8 divides", actual: fmt.Sprintf("%d bits", n)}
}

// maxModulus bounds the modulus that is divided, in octets: 16384 bits.
const maxModulus = 2048

// rsaValues wants an odd exponent from 2^16+1 to 2^256-1, and a modulus without small factors.
func rsaValues(s *subject, _ *Options) (verdict, fault) {
	n, e := s.PublicKey.Modulus, s.PublicKey.Exponent
	if !isRSA(s) || len(n) == 0 || len(e) == 0 || len(n) > maxModulus {
		return unconcerned, fault{}
	}
	f := fault{expected: "an odd exponent from 65537 to 2^256-1"}
	switch {
	case e[len(e)-1]&1 == 0:
		f.message, f.actual = "has an RSA key with an even exponent", "an even one"
	case len(e) > 32:
		f.message, f.actual = "has an RSA key with an exponent of over 256 bits", fmt.Sprintf("one of %d octets", len(e))
	case len(e) < 3:
		small := new(big.Int).SetBytes(e).String()
		f.message, f.actual = "has an RSA key with the exponent "+small, small
	default:
		p := smallFactor(n)
		if p == 0 {
			return fine, fault{}
		}
		f = fault{message: fmt.Sprintf("has an RSA key whose modulus %d divides: it is no product of two great primes", p),
			expected: "no factor below 752", actual: fmt.Sprint(p)}
	}
	return breach, f
}

// smallFactor returns the smallest prime below 752 that divides the big-endian n, 0 if none does.
func smallFactor(n []byte) uint64 {
	if n[len(n)-1]&1 == 0 {
		return 2
	}
	for i := range primeProducts {
		rest := remainder(n, primeProducts[i].product)
		for _, p := range primeProducts[i].primes {
			if p != 0 && rest%uint64(p) == 0 {
				return uint64(p)
			}
		}
	}
	return 0
}

// remainder returns the big-endian n modulo m.
func remainder(n []byte, m uint64) uint64 {
	var rest uint64
	for len(n)%8 != 0 {
		_, rest = bits.Div64(rest>>56, rest<<8|uint64(n[0]), m)
		n = n[1:]
	}
	for ; len(n) > 0; n = n[8:] {
		word := uint64(n[0])<<56 | uint64(n[1])<<48 | uint64(n[2])<<40 | uint64(n[3])<<32 | uint64(n[4])<<24 | uint64(n[5])<<16 | uint64(n[6])<<8 | uint64(n[7])
		_, rest = bits.Div64(rest, word, m)
	}
	return rest
}
