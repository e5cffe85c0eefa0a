package signature

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"math/big"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// publicKey reads a key that crypto/x509 wrote.
func publicKey(t testing.TB, public any) *cert.PublicKey {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	key, problems := cert.ParsePublicKey(der)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return key
}

// mustVerify wants the signature right, and wrong after every change.
func mustVerify(t *testing.T, key *cert.PublicKey, alg Algorithm, message, sig []byte) {
	t.Helper()
	if err := Verify(key, alg, message, sig); err != nil {
		t.Fatalf("%v by %v: %v", alg, key, err)
	}
	if Verify(key, alg, append(bytes.Clone(message), 'x'), sig) == nil {
		t.Fatalf("%v by %v: right for another message", alg, key)
	}
	for i := 0; i < len(sig); i += 1 + len(sig)/16 {
		bad := bytes.Clone(sig)
		bad[i] ^= 1
		if Verify(key, alg, message, bad) == nil {
			t.Fatalf("%v by %v: right with byte %d changed", alg, key, i)
		}
	}
	for _, n := range []int{0, 1, len(sig) - 1} {
		if Verify(key, alg, message, sig[:n]) == nil {
			t.Fatalf("%v by %v: right with %d bytes", alg, key, n)
		}
	}
	if err := Verify(key, alg, message, append(bytes.Clone(sig), 0)); !errors.Is(err, ErrMalformed) {
		t.Fatalf("%v by %v: with a byte more: %v", alg, key, err)
	}
}

var message = []byte("what was signed")

func TestStandardLibrarySignaturesVerify(t *testing.T) {
	t.Run("RSA", func(t *testing.T) {
		for _, size := range []int{1024, 1025, 2048, 2049, 3072} {
			private, err := rsa.GenerateKey(rand.Reader, size)
			if err != nil {
				t.Fatal(err)
			}
			key := publicKey(t, &private.PublicKey)
			for _, h := range []crypto.Hash{crypto.MD5, crypto.SHA1, crypto.MD5SHA1, crypto.SHA224, crypto.SHA256, crypto.SHA384, crypto.SHA512} {
				sum, _ := digest(h, message)
				sig, err := rsa.SignPKCS1v15(nil, private, h, sum)
				if err != nil {
					t.Fatal(err)
				}
				mustVerify(t, key, Algorithm{Kind: RSAPKCS1, Hash: h}, message, sig)
				sameByOwnCode(t, private, Algorithm{Kind: RSAPKCS1, Hash: h}, sum, sig)
				if h == crypto.MD5SHA1 || h == crypto.SHA512 && size < 1040 {
					continue
				}
				sig, err = rsa.SignPSS(rand.Reader, private, h, sum, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
				if err != nil {
					t.Fatal(err)
				}
				for _, salt := range []int{SaltEqualsHash, SaltAny, h.Size()} {
					alg := Algorithm{Kind: RSAPSS, Hash: h, MaskHash: h, SaltLength: salt}
					mustVerify(t, key, alg, message, sig)
					sameByOwnCode(t, private, alg, sum, sig)
				}
				for _, salt := range []int{0, h.Size() - 1, h.Size() + 1} {
					if Verify(key, Algorithm{Kind: RSAPSS, Hash: h, MaskHash: h, SaltLength: salt}, message, sig) == nil {
						t.Fatalf("a salt of %d is taken for one of %d", h.Size(), salt)
					}
				}
			}
		}
	})
	t.Run("ECDSA", func(t *testing.T) {
		for _, curve := range []elliptic.Curve{elliptic.P224(), elliptic.P256(), elliptic.P384(), elliptic.P521()} {
			private, _ := ecdsa.GenerateKey(curve, rand.Reader)
			key := publicKey(t, &private.PublicKey)
			compressed := *key
			compressed.Key = elliptic.MarshalCompressed(curve, private.X, private.Y) //nolint:staticcheck // no other way to compress
			for _, h := range []crypto.Hash{crypto.SHA1, crypto.SHA224, crypto.SHA256, crypto.SHA384, crypto.SHA512} {
				sum, _ := digest(h, message)
				sig, err := ecdsa.SignASN1(rand.Reader, private, sum)
				if err != nil {
					t.Fatal(err)
				}
				mustVerify(t, key, Algorithm{Kind: ECDSA, Hash: h}, message, sig)
				mustVerify(t, &compressed, Algorithm{Kind: ECDSA, Hash: h}, message, sig) // by our own arithmetic
			}
		}
	})
	t.Run("Ed25519", func(t *testing.T) {
		public, private, _ := ed25519.GenerateKey(rand.Reader)
		mustVerify(t, publicKey(t, public), Algorithm{Kind: Ed25519}, message, ed25519.Sign(private, message))
	})
}

// sameByOwnCode checks the encodings that we read ourselves where crypto/rsa doesn't take the key.
func sameByOwnCode(t *testing.T, private *rsa.PrivateKey, alg Algorithm, sum, sig []byte) {
	t.Helper()
	em := new(big.Int).Exp(new(big.Int).SetBytes(sig), big.NewInt(int64(private.E)), private.N).FillBytes(make([]byte, len(sig)))
	check := func(em []byte) error {
		if alg.Kind == RSAPKCS1 {
			return checkPKCS1(em, alg.Hash, sum)
		}
		return checkPSSEncoding(em, private.N.BitLen()-1, alg, sum)
	}
	if err := check(bytes.Clone(em)); err != nil {
		t.Fatalf("%v of %d bits: %v", alg, private.N.BitLen(), err)
	}
	for i := range em {
		bad := bytes.Clone(em)
		bad[i] ^= 0x40
		if check(bad) == nil {
			t.Fatalf("%v: byte %d of the encoded message doesn't matter", alg, i)
		}
	}
}

func TestKeyThatIsNotForTheAlgorithmIsAMismatch(t *testing.T) {
	private, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	key := publicKey(t, &private.PublicKey)
	for _, kind := range []Kind{RSAPKCS1, RSAPSS, DSA, Ed25519, Ed448} {
		if err := Verify(key, Algorithm{Kind: kind, Hash: crypto.SHA256}, message, []byte("x")); !errors.Is(err, ErrKeyMismatch) {
			t.Errorf("%v: %v", kind, err)
		}
	}
	if err := Verify(key, Algorithm{}, message, nil); !errors.Is(err, ErrUnsupported) {
		t.Errorf("no algorithm: %v", err)
	}
	if err := SchemeFits(iana.ECDSASecp256r1SHA256, key, iana.TLS13); err != nil {
		t.Error(err)
	}
	if err := SchemeFits(iana.ECDSASecp384r1SHA384, key, iana.TLS13); !errors.Is(err, ErrKeyMismatch) {
		t.Errorf("P-384's scheme with a P-256 key in TLS 1.3: %v", err)
	}
	if err := SchemeFits(iana.ECDSASecp384r1SHA384, key, iana.TLS12); err != nil {
		t.Errorf("SHA-384 with a P-256 key in TLS 1.2: %v", err)
	}
}

func TestOversizedKeysAreRefusedBeforeWork(t *testing.T) {
	long := func(n int) []byte { return bytes.Repeat([]byte{0xff}, n) }
	key := &cert.PublicKey{Kind: cert.KeyRSA, Modulus: long(16384/8 + 1), Exponent: []byte{3}}
	alg := Algorithm{Kind: RSAPKCS1, Hash: crypto.SHA256}
	if err := Verify(key, alg, message, long(len(key.Modulus))); !errors.Is(err, ErrTooLarge) {
		t.Errorf("modulus: %v", err)
	}
	key.Modulus, key.Exponent = long(1024), long(9)
	if err := Verify(key, alg, message, long(1024)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("exponent: %v", err)
	}
	for _, k := range []*cert.PublicKey{{Kind: cert.KeyRSA}, {Kind: cert.KeyRSA, Modulus: long(64)}, {Kind: cert.KeyRSA, Modulus: []byte{1}, Exponent: []byte{1}}} {
		if err := Verify(k, alg, message, long(64)); !errors.Is(err, ErrBadKey) {
			t.Errorf("a key without its numbers: %v", err)
		}
	}
	dsa := &cert.PublicKey{Kind: cert.KeyDSA, P: long(2000), Q: long(20), G: []byte{2}, Y: []byte{2}}
	if err := Verify(dsa, Algorithm{Kind: DSA, Hash: crypto.SHA1}, message, nil); !errors.Is(err, ErrTooLarge) {
		t.Errorf("DSA prime: %v", err)
	}
	dsa.P, dsa.Q = long(100), long(100)
	if err := Verify(dsa, Algorithm{Kind: DSA, Hash: crypto.SHA1}, message, nil); !errors.Is(err, ErrTooLarge) {
		t.Errorf("DSA order: %v", err)
	}
}

func TestSignatureOutsideStrictDERIsMalformedAndSaysWhetherItsValueIsRight(t *testing.T) {
	private, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	key := publicKey(t, &private.PublicKey)
	alg := Algorithm{Kind: ECDSA, Hash: crypto.SHA256}
	sum, _ := digest(crypto.SHA256, message)
	var r, s []byte
	for len(r) == 0 || r[0] < 0x80 || s[0] >= 0x80 { // r needs a leading zero, s doesn't
		sig, _ := ecdsa.SignASN1(rand.Reader, private, sum)
		p, _ := parsePair(sig)
		r, s = bytes.TrimLeft(p.r, "\x00"), bytes.TrimLeft(p.s, "\x00")
	}
	tlv := func(tag byte, parts ...[]byte) []byte {
		body := bytes.Join(parts, nil)
		return append([]byte{tag, byte(len(body))}, body...)
	}
	zero := []byte{0}
	good := tlv(0x30, tlv(2, zero, r), tlv(2, s))
	mustVerify(t, key, alg, message, good)
	for name, sig := range map[string][]byte{
		"leading zeros":       tlv(0x30, tlv(2, zero, zero, r), tlv(2, s)),
		"no leading zero":     tlv(0x30, tlv(2, r), tlv(2, s)),
		"bytes after s":       tlv(0x30, tlv(2, zero, r), tlv(2, s), zero),
		"bytes after the end": append(bytes.Clone(good), 0),
		"long length":         append([]byte{0x30, 0x81, byte(len(good) - 2)}, good[2:]...),
	} {
		var malformed *MalformedError
		if err := Verify(key, alg, message, sig); !errors.As(err, &malformed) || !malformed.RightValue {
			t.Errorf("%s: %v", name, err)
		}
		if err := Verify(key, alg, []byte("other"), sig); !errors.As(err, &malformed) || malformed.RightValue {
			t.Errorf("%s, of another message: %v", name, err)
		}
	}
	for n := range good {
		var malformed *MalformedError
		if err := Verify(key, alg, message, good[:n]); !errors.As(err, &malformed) || malformed.Off > n {
			t.Errorf("cut after %d: %v", n, err)
		}
	}
}

func TestPointsOffTheCurveAreRefused(t *testing.T) {
	for c := cert.P192; c <= cert.SM2; c++ {
		params, _ := c.Params()
		own := newCurve(params)
		size := (own.p.BitLen() + 7) / 8
		point := make([]byte, 1+2*size)
		point[0] = 4
		own.g.x.FillBytes(point[1 : 1+size])
		own.g.y.FillBytes(point[1+size:])
		if _, err := own.point(point); err != nil {
			t.Errorf("%v: its base point: %v", c, err)
		}
		if z := own.mulAdd(new(big.Int).Sub(own.n, big.NewInt(1)), own.g, big.NewInt(1)).z; z.Sign() != 0 {
			t.Errorf("%v: the order times the base point isn't at infinity", c)
		}
		point[2*size] ^= 1
		if _, err := own.point(point); !errors.Is(err, ErrBadKey) {
			t.Errorf("%v: a point off the curve: %v", c, err)
		}
	}
}

func FuzzVerifyNeverPanics(f *testing.F) {
	f.Add([]byte{0x30, 6, 2, 1, 1, 2, 1, 1}, []byte{0x30, 0}, uint8(3), uint8(5))
	private, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	der, _ := x509.MarshalPKIXPublicKey(&private.PublicKey)
	f.Add([]byte{0x30, 6, 2, 1, 1, 2, 1, 1}, der, uint8(3), uint8(5))
	f.Fuzz(func(t *testing.T, sig, spki []byte, kind, hash uint8) {
		if len(spki) > 600 { // larger keys are only slower
			return
		}
		key, _ := cert.ParsePublicKey(spki)
		alg := Algorithm{Kind: Kind(kind), Hash: crypto.Hash(hash % 20), MaskHash: crypto.Hash(hash % 20), SaltLength: SaltAny}
		_ = Verify(key, alg, message, sig)
	})
}

func BenchmarkVerify(b *testing.B) {
	sum, _ := digest(crypto.SHA256, message)
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ecKey := publicKey(b, &ec.PublicKey)
	ecSig, _ := ecdsa.SignASN1(rand.Reader, ec, sum)
	rs, _ := rsa.GenerateKey(rand.Reader, 2048)
	rsaKey := publicKey(b, &rs.PublicKey)
	rsaSig, _ := rsa.SignPKCS1v15(nil, rs, crypto.SHA256, sum)
	b.Run("ECDSA P-256", func(b *testing.B) {
		for b.Loop() {
			if Verify(ecKey, Algorithm{Kind: ECDSA, Hash: crypto.SHA256}, message, ecSig) != nil {
				b.Fatal("bad")
			}
		}
	})
	b.Run("ECDSA P-256 in crypto/ecdsa", func(b *testing.B) {
		for b.Loop() {
			sum, _ := digest(crypto.SHA256, message)
			if !ecdsa.VerifyASN1(&ec.PublicKey, sum, ecSig) {
				b.Fatal("bad")
			}
		}
	})
	b.Run("RSA 2048", func(b *testing.B) {
		for b.Loop() {
			if Verify(rsaKey, Algorithm{Kind: RSAPKCS1, Hash: crypto.SHA256}, message, rsaSig) != nil {
				b.Fatal("bad")
			}
		}
	})
	b.Run("RSA 2048 in crypto/rsa", func(b *testing.B) {
		for b.Loop() {
			sum, _ := digest(crypto.SHA256, message)
			if rsa.VerifyPKCS1v15(&rs.PublicKey, crypto.SHA256, sum, rsaSig) != nil {
				b.Fatal("bad")
			}
		}
	})
}
