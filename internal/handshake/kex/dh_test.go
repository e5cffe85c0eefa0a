package kex

import (
	"bytes"
	"fmt"
	"math/big"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// pi returns floor(2^n pi), by Machin's formula.
func pi(n uint) *big.Int {
	const guard = 64
	arctan := func(x int64) *big.Int { // of 1/x
		term := new(big.Int).Lsh(big.NewInt(1), n+guard)
		term.Div(term, big.NewInt(x))
		sum, square := new(big.Int).Set(term), big.NewInt(x*x)
		for k := int64(3); term.Sign() > 0; k += 2 {
			term.Div(term, square)
			t := new(big.Int).Div(term, big.NewInt(k))
			if k%4 == 3 {
				sum.Sub(sum, t)
			} else {
				sum.Add(sum, t)
			}
		}
		return sum
	}
	a := arctan(5)
	a.Mul(a, big.NewInt(16))
	a.Sub(a, new(big.Int).Mul(arctan(239), big.NewInt(4)))
	return a.Rsh(a, guard)
}

// modp returns a prime of RFC 2409 or RFC 3526 by the formula that both give:
// 2^b - 2^(b-64) - 1 + 2^64 (floor(2^(b-130) pi) + c).
func modp(b uint, c int64) *big.Int {
	p := pi(b - 130)
	p.Add(p, big.NewInt(c)).Lsh(p, 64)
	one := big.NewInt(1)
	p.Add(p, new(big.Int).Lsh(one, b)).Sub(p, new(big.Int).Lsh(one, b-64))
	return p.Sub(p, one)
}

func TestPrimesOfTheIKEGroupsAreKnown(t *testing.T) {
	for _, g := range []struct {
		bits uint
		c    int64
		name string
	}{
		{768, 149686, "RFC 2409 group 1"}, {1024, 129093, "RFC 2409 group 2"},
		{1536, 741804, "RFC 3526 group 5"}, {2048, 124476, "RFC 3526 group 14"}, {3072, 1690314, "RFC 3526 group 15"},
		{4096, 240904, "RFC 3526 group 16"}, {6144, 929484, "RFC 3526 group 17"}, {8192, 4743158, "RFC 3526 group 18"},
	} {
		d, err := NewDH(append([]byte{0, 0}, modp(g.bits, g.c).Bytes()...), []byte{2})
		if err != nil {
			t.Fatal(err)
		}
		known, ok := d.Known()
		if !ok || known.Name != g.name || !known.Standard || d.CheckPrime(0) != SafePrime || d.Bits() != int(g.bits) {
			t.Errorf("%s: %+v, %v", g.name, known, ok)
		}
	}
}

// The digests of the table come from lists of primes, ours from the formula with e.
func TestPrimesOfRFC7919AreThoseOfTheirFormula(t *testing.T) {
	for _, group := range []iana.Group{iana.Ffdhe2048, iana.Ffdhe3072, iana.Ffdhe4096, iana.Ffdhe6144, iana.Ffdhe8192} {
		known, ok := knownPrime(ffdhe{group}.prime().Bytes())
		if want := fmt.Sprintf("RFC 7919 ffdhe%d", primeBits(group)); !ok || known.Name != want {
			t.Errorf("%v: %+v", group, known)
		}
	}
}

// primeBits is the size of the prime of an FFDHE group.
func primeBits(group iana.Group) int {
	info, _ := group.Info()
	return 8 * info.ClientShareLen
}

func TestTableOfKnownPrimesHasNoDuplicates(t *testing.T) {
	seen := map[string]string{}
	for _, k := range knownPrimes {
		if other, ok := seen[k.digest]; ok || len(k.digest) != 32 {
			t.Errorf("%s and %s: %s", k.name, other, k.digest)
		}
		seen[k.digest] = k.name
	}
}

func TestCheckPrimeTellsTheKindsApartAndKnowsItsBound(t *testing.T) {
	prime, safe := big.NewInt(0), big.NewInt(0)
	_, _ = prime.SetString("ffffffffffffffc5", 16) // 2^64-59
	_, _ = safe.SetString("ffffffffffffff43", 16)  // the next below whose half is a prime too
	for !safe.ProbablyPrime(20) || !new(big.Int).Rsh(safe, 1).ProbablyPrime(20) {
		safe.Sub(safe, big.NewInt(2))
	}
	composite := new(big.Int).Mul(prime, prime)
	for _, c := range []struct {
		p    *big.Int
		max  int
		want PrimeKind
	}{{prime, 64, Prime}, {safe, 64, SafePrime}, {composite, 128, Composite}, {composite, 127, PrimeUnknown}} {
		d, err := NewDH(c.p.Bytes(), []byte{2})
		if err != nil {
			t.Fatal(err)
		}
		if got := d.CheckPrime(c.max); got != c.want {
			t.Errorf("%x up to %d bits: %v", c.p, c.max, got)
		}
	}
}

func TestGroupsThatCannotBeWorkedWithAreRefused(t *testing.T) {
	p := modp(1024, 129093)
	minus := new(big.Int).Sub(p, big.NewInt(1))
	for _, c := range []struct {
		name string
		p, g []byte
		want Kind
	}{
		{"no modulus", nil, []byte{2}, BadModulus},
		{"zero modulus", make([]byte, 1<<16), []byte{2}, BadModulus},
		{"modulus 1", []byte{1}, []byte{2}, BadModulus},
		{"modulus 3", []byte{3}, []byte{2}, BadModulus},
		{"even modulus", minus.Bytes(), []byte{2}, BadModulus},
		{"8193 bits", append([]byte{1}, make([]byte, 1024)...), []byte{2}, TooLarge},
		{"half a million bits", bytes.Repeat([]byte{0xff}, 1<<16-1), []byte{2}, TooLarge},
		{"no generator", p.Bytes(), nil, BadGenerator},
		{"generator 1", p.Bytes(), []byte{0, 1}, BadGenerator},
		{"generator p-1", p.Bytes(), minus.Bytes(), BadGenerator},
		{"generator p", p.Bytes(), p.Bytes(), BadGenerator},
		{"huge generator", p.Bytes(), bytes.Repeat([]byte{1}, 1<<16-1), BadGenerator},
		{"fine", append(make([]byte, 10), p.Bytes()...), append(make([]byte, 2000), 5), 0},
		{"tiny", []byte{23}, []byte{5}, 0},
	} {
		if _, err := NewDH(c.p, c.g); kindOf(t, err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestPublicValuesOutOfRangeAreRefused(t *testing.T) {
	p := modp(1024, 129093)
	d, err := NewDH(p.Bytes(), []byte{2})
	if err != nil {
		t.Fatal(err)
	}
	key, err := d.Generate(reader(1))
	if err != nil {
		t.Fatal(err)
	}
	group := ffdhe{iana.Ffdhe2048}
	share := generate(t, iana.Ffdhe2048, reader(1))
	for _, delta := range []int64{0, 1, -1} {
		for _, modulus := range []bool{false, true} {
			y, z := big.NewInt(delta), big.NewInt(delta)
			if modulus {
				y, z = y.Add(y, p), z.Add(z, group.prime())
			} else if delta < 0 {
				continue
			}
			if _, err := key.Premaster(y.Bytes()); kindOf(t, err) != OutOfRange {
				t.Errorf("%x: %v", y, err)
			}
			if _, err := share.Agree(z.FillBytes(make([]byte, 256))); kindOf(t, err) != OutOfRange {
				t.Errorf("ffdhe2048 %x: %v", z, err)
			}
		}
	}
	if _, err := key.Premaster(bytes.Repeat([]byte{1}, 1<<16-1)); kindOf(t, err) != OutOfRange {
		t.Errorf("a huge public value: %v", err)
	}
}

func TestLeadingZerosOfTheSecretAreStrippedBefore13AndKeptIn13(t *testing.T) {
	d, err := NewDH(modp(768, 149686).Bytes(), []byte{2})
	if err != nil {
		t.Fatal(err)
	}
	r := reader(1)
	short := 0
	for range 2000 {
		a, err := d.generate(r, 64)
		if err != nil {
			t.Fatal(err)
		}
		peer, err := d.generate(r, 64)
		if err != nil {
			t.Fatal(err)
		}
		stripped, err := a.Premaster(peer.Public())
		if err != nil {
			t.Fatal(err)
		}
		padded, err := peer.agree(a.public())
		if err != nil {
			t.Fatal(err)
		}
		if len(padded) != 96 || !bytes.Equal(bytes.TrimLeft(padded, "\x00"), stripped) {
			t.Fatalf("padded %x\nstripped %x", padded, stripped)
		}
		if len(stripped) < 96 {
			short++
		}
	}
	if short == 0 {
		t.Error("no secret with leading zeros in 2000")
	}
}

func FuzzNewDHNeverPanics(f *testing.F) {
	f.Add([]byte{23}, []byte{5}, []byte{4})
	f.Fuzz(func(t *testing.T, p, g, ys []byte) {
		if len(p) > 256 {
			return // only slow
		}
		d, err := NewDH(p, g)
		if kindOf(t, err) != 0 {
			return
		}
		d.CheckPrime(128)
		k, err := d.Generate(reader(1))
		if kindOf(t, err) != 0 {
			return
		}
		_, err = k.Premaster(ys)
		kindOf(t, err)
	})
}
