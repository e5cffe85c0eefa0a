package kex

import (
	"bytes"
	"crypto/rsa"
	"errors"
	"math/big"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

func TestCryptoRSADecryptsWhatWeEncrypt(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0")
	for _, bits := range []int{512, 1024, 1039, 2048} {
		key, err := rsa.GenerateKey(reader(1), bits)
		if err != nil {
			t.Fatal(err)
		}
		e := big.NewInt(int64(key.E)).Bytes()
		premaster, err := RSAPremaster(iana.TLS12, reader(2))
		if err != nil || len(premaster) != 48 || premaster[0] != 3 || premaster[1] != 3 {
			t.Fatalf("premaster %x: %v", premaster, err)
		}
		for seed := range byte(20) {
			out, err := EncryptRSA(key.N.Bytes(), e, premaster, reader(seed))
			if err != nil {
				t.Fatal(err)
			}
			plain, err := rsa.DecryptPKCS1v15(nil, key, out) //nolint:staticcheck // deprecated, but what TLS did
			if err != nil {
				t.Fatalf("%d bits: %v", bits, err)
			}
			equal(t, "premaster", plain, premaster)
			again, err := EncryptRSA(append([]byte{0}, key.N.Bytes()...), append([]byte{0}, e...), premaster, reader(seed))
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "the same reader", again, out)
		}
	}
}

func TestRSAKeysThatCannotBeUsedAreRefused(t *testing.T) {
	good := bytes.Repeat([]byte{0xff}, 128)
	even := append(bytes.Clone(good[:127]), 0xfe)
	three, secret := []byte{3}, make([]byte, 48)
	for _, c := range []struct {
		name         string
		n, e, secret []byte
		want         Kind
	}{
		{"no modulus", nil, three, secret, TooSmall},
		{"511 bits", append([]byte{0x7f}, good[:63]...), three, secret, TooSmall},
		{"16385 bits", append([]byte{1}, bytes.Repeat([]byte{0xff}, 2048)...), three, secret, TooLarge},
		{"even modulus", even, three, secret, BadModulus},
		{"no exponent", good, nil, secret, BadExponent},
		{"exponent 1", good, []byte{1}, secret, BadExponent},
		{"even exponent", good, []byte{4}, secret, BadExponent},
		{"exponent of 65 bits", good, append([]byte{1}, good[:8]...), secret, BadExponent},
		{"secret too long", good, three, make([]byte, 118), TooSmall},
		{"longest secret", good, three, make([]byte, 117), 0},
	} {
		if _, err := EncryptRSA(c.n, c.e, c.secret, reader(1)); kindOf(t, err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := EncryptRSA(good, three, secret, zeros{}); kindOf(t, err) != BadRandomness {
		t.Errorf("a reader of zeros: %v", err)
	}
	if _, err := RSAPremaster(iana.TLS12, bytes.NewReader(nil)); !errors.Is(err, &Error{Kind: BadRandomness}) {
		t.Errorf("an empty reader: %v", err)
	}
}
