package kex

import (
	"bytes"
	"crypto/ecdh"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// RFC 7748, Section 6.
func TestDiffieHellmanExamplesOfRFC7748(t *testing.T) {
	for _, v := range []struct {
		group                    iana.Group
		a, aPub, b, bPub, secret string
	}{
		{iana.X25519,
			"77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
			"8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
			"5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
			"de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
			"4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"},
		{iana.X448,
			"9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b",
			"9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0",
			"1c306a7ac2a0e2e0990b294470cba339e6453772b075811d8fad0d1d6927c120bb5ee8972b0d3e21374c9c921b09d1b0366f10b65173992d",
			"3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609",
			"07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a449a5037514a879d"},
	} {
		a := generate(t, v.group, bytes.NewReader(unhex(t, v.a)))
		equal(t, "alice", a.Public(), unhex(t, v.aPub))
		b := generate(t, v.group, bytes.NewReader(unhex(t, v.b)))
		equal(t, "bob", b.Public(), unhex(t, v.bPub))
		secret, err := a.Agree(b.Public())
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "secret", secret, unhex(t, v.secret))
	}
}

// RFC 5903, Section 8: the examples for the NIST curves.
func TestExampleOfRFC5903ForP256(t *testing.T) {
	i := generate(t, iana.Secp256r1, bytes.NewReader(unhex(t, "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433")))
	equal(t, "public", i.Public()[1:33], unhex(t, "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"))
	secret, err := i.Agree(unhex(t, "04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab"))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "secret", secret, unhex(t, "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"))
}

// RFC 7027, Appendix A.1.
func TestExampleOfRFC7027ForBrainpoolP256r1(t *testing.T) {
	a := generate(t, iana.BrainpoolP256r1, bytes.NewReader(unhex(t, "81db1ee100150ff2ea338d708271be38300cb54241d79950f77b063039804f1d")))
	equal(t, "public", a.Public(), unhex(t, "0444106e913f92bc02a1705d9953a8414db95e1aaa49e81d9e85f929a8e3100be58ab4846f11caccb73ce49cbdd120f5a900a69fd32c272223f789ef10eb089bdc"))
	secret, err := a.Agree(unhex(t, "048d2d688c6cf93e1160ad04cc4429117dc2c41825e1e9fca0addd34e6f1b39f7b990c57520812be512641e47034832106bc7d3e8dd0e4c7f1136d7006547cec6a"))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "secret", secret, unhex(t, "89afc39d41d3b327814b80940b042590f96556ec91e6ae7939bce31f3a18bf2b"))
}

// The curves with our own arithmetic, against the same parameters in the standard library's hands.
func TestWeierstrassArithmeticIsThatOfTheStandardLibrary(t *testing.T) {
	p256 := weierstrass{parameters(
		"ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
		"ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
		"5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
		"6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
		"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
		"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")}
	r := reader(5)
	for range 20 {
		ours, err := p256.generate(r)
		if err != nil {
			t.Fatal(err)
		}
		theirs := generate(t, iana.Secp256r1, r)
		a, err := ours.agree(theirs.Public())
		if err != nil {
			t.Fatal(err)
		}
		b, err := theirs.Agree(ours.public())
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "secret", a, b)
	}
}

func TestOrderOfEveryCurveTakesItsGeneratorToInfinity(t *testing.T) {
	for _, group := range groups {
		c, ok := curveOf(group)
		if !ok {
			continue
		}
		g := point{c.gx, c.gy}
		if !c.contains(g) || c.multiply(g, c.n).x != nil || !c.n.ProbablyPrime(8) || !c.p.ProbablyPrime(8) {
			t.Errorf("%v: wrong parameters", group)
		}
	}
}

func TestBadPointsAreRefusedForWhatTheyAre(t *testing.T) {
	for _, group := range []iana.Group{iana.Secp256r1, iana.Secp384r1, iana.Secp521r1, iana.Secp224r1, iana.BrainpoolP512r1, iana.Secp160r1} {
		client := generate(t, group, reader(1))
		good := client.Public()
		size := len(good) / 2
		edit := func(f func(b []byte)) []byte {
			b := bytes.Clone(good)
			f(b)
			return b
		}
		for _, c := range []struct {
			name  string
			share []byte
			want  Kind
		}{
			{"off the curve", edit(func(b []byte) { b[len(b)-1] ^= 1 }), BadPoint},
			{"zero", edit(func(b []byte) { clear(b[1:]) }), BadPoint},
			{"coordinates out of range", edit(func(b []byte) {
				for i := range b[1:] {
					b[1+i] = 0xff
				}
			}), BadPoint},
			{"compressed", append([]byte{2}, good[1:1+size]...), BadPointFormat},
			{"hybrid form", edit(func(b []byte) { b[0] = 6 }), BadPointFormat},
			{"infinity", []byte{0}, BadLength},
			{"itself", good, 0},
		} {
			if _, err := client.Agree(c.share); kindOf(t, err) != c.want {
				t.Errorf("%v, %s: %v", group, c.name, err)
			}
		}
	}
}

// The points of small order of both curves: RFC 7748, Section 6; https://cr.yp.to/ecdh.html.
func TestPointsOfSmallOrderAreRefused(t *testing.T) {
	one448 := "01" + string(bytes.Repeat([]byte("00"), 55))
	minus448 := "fe" + string(bytes.Repeat([]byte("ff"), 27)) + "fe" + string(bytes.Repeat([]byte("ff"), 27))
	for _, c := range []struct {
		group iana.Group
		point string
	}{
		{iana.X25519, "0000000000000000000000000000000000000000000000000000000000000000"},
		{iana.X25519, "0100000000000000000000000000000000000000000000000000000000000000"},
		{iana.X25519, "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"},
		{iana.X25519, "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"},
		{iana.X25519, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
		{iana.X25519, "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
		{iana.X25519, "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
		{iana.X448, string(bytes.Repeat([]byte("00"), 56))},
		{iana.X448, one448},
		{iana.X448, minus448},
		{iana.X448, "ff" + minus448[2:]}, // p: zero again
	} {
		if _, err := generate(t, c.group, reader(1)).Agree(unhex(t, c.point)); kindOf(t, err) != AllZero {
			t.Errorf("%v %s: %v", c.group, c.point, err)
		}
	}
}

func TestCurvesOfTheStandardLibraryAgreeWithItsOwnKeys(t *testing.T) {
	for _, c := range []struct {
		group iana.Group
		curve ecdh.Curve
	}{
		{iana.X25519, ecdh.X25519()}, {iana.Secp256r1, ecdh.P256()}, {iana.Secp384r1, ecdh.P384()}, {iana.Secp521r1, ecdh.P521()},
	} {
		ours := generate(t, c.group, reader(3))
		peer, err := c.curve.GenerateKey(reader(4))
		if err != nil {
			t.Fatal(err)
		}
		public, err := c.curve.NewPublicKey(ours.Public())
		if err != nil {
			t.Fatal(err)
		}
		want, err := peer.ECDH(public)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ours.Agree(peer.PublicKey().Bytes())
		if err != nil {
			t.Fatal(err)
		}
		equal(t, c.group.String(), got, want)
	}
}
