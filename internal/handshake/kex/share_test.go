package kex

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// groups are all that keys can be drawn for.
var groups = []iana.Group{
	iana.X25519, iana.X448, iana.Secp256r1, iana.Secp384r1, iana.Secp521r1,
	iana.Secp160k1, iana.Secp160r1, iana.Secp160r2, iana.Secp192k1, iana.Secp192r1, iana.Secp224k1,
	iana.Secp224r1, iana.Secp256k1, iana.BrainpoolP256r1, iana.BrainpoolP384r1, iana.BrainpoolP512r1,
	iana.BrainpoolP256r1TLS13, iana.BrainpoolP384r1TLS13, iana.BrainpoolP512r1TLS13,
	iana.Ffdhe2048, iana.Ffdhe3072, iana.Ffdhe4096, iana.Ffdhe6144, iana.Ffdhe8192,
	iana.MLKEM768, iana.MLKEM1024,
	iana.X25519MLKEM768, iana.SecP256r1MLKEM768, iana.SecP384r1MLKEM1024,
}

func reader(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

func generate(t testing.TB, group iana.Group, r io.Reader) KeyShare {
	t.Helper()
	k, err := Generate(group, r)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func equal(t testing.TB, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n got %x\nwant %x", what, got, want)
	}
}

// kindOf returns the kind of an error, 0 for none.
func kindOf(t testing.TB, err error) Kind {
	t.Helper()
	if err == nil {
		return 0
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("an error of another type: %v", err)
	}
	if !errors.Is(err, &Error{Kind: e.Kind}) {
		t.Errorf("%v does not know its kind", err)
	}
	return e.Kind
}

func TestBothSidesOfEveryGroupAgreeInTheSizesOfTheRegistry(t *testing.T) {
	for _, group := range groups {
		client := generate(t, group, reader(1))
		share, want, err := Encapsulate(group, client.Public(), reader(2))
		if err != nil {
			t.Fatalf("%v: %v", group, err)
		}
		got, err := client.Agree(share)
		if err != nil {
			t.Fatalf("%v: %v", group, err)
		}
		equal(t, "secret", got, want)
		info, ok := group.Info()
		if !ok || len(client.Public()) != info.ClientShareLen || len(share) != info.ServerShareLen {
			t.Errorf("%v: shares of %d and %d bytes, the registry has %d and %d", group,
				len(client.Public()), len(share), info.ClientShareLen, info.ServerShareLen)
		}
		if client.Group() != group || !Supported(group) || Strength(group) == 0 {
			t.Errorf("%v: group %v, strength %d", group, client.Group(), Strength(group))
		}
	}
}

func TestTheReaderDecidesAllKeys(t *testing.T) {
	for _, group := range groups {
		a, b := generate(t, group, reader(7)), generate(t, group, reader(7))
		equal(t, "client share", a.Public(), b.Public())
		share, secret, err := Encapsulate(group, a.Public(), reader(8))
		if err != nil {
			t.Fatal(err)
		}
		share2, secret2, err := Encapsulate(group, a.Public(), reader(8))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "server share", share2, share)
		equal(t, "secret", secret2, secret)
		if bytes.Equal(a.Public(), generate(t, group, reader(9)).Public()) {
			t.Errorf("%v: another reader, the same key", group)
		}
	}
}

func TestReadersWithoutRandomnessAreNoticed(t *testing.T) {
	for _, group := range groups {
		if _, err := Generate(group, bytes.NewReader(nil)); kindOf(t, err) != BadRandomness {
			t.Errorf("%v: %v", group, err)
		}
	}
	// A reader of zeros never gives a private key of a Weierstrass curve.
	for _, group := range []iana.Group{iana.Secp256r1, iana.BrainpoolP256r1, iana.Ffdhe2048} {
		if _, err := Generate(group, zeros{}); kindOf(t, err) != BadRandomness {
			t.Errorf("%v: %v", group, err)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestUnknownAndKyberGroupsAreNotSupported(t *testing.T) {
	for _, group := range []iana.Group{0, 0x6399, 0x0a0a, 0xff01, iana.MLKEM512, iana.Sect163k1} {
		if _, err := Generate(group, reader(1)); kindOf(t, err) != Unsupported {
			t.Errorf("%v: %v", group, err)
		}
		if _, _, err := Encapsulate(group, nil, reader(1)); kindOf(t, err) != Unsupported {
			t.Errorf("%v: %v", group, err)
		}
	}
}

func TestSharesOfEveryWrongLengthSayWhatTheyShouldBe(t *testing.T) {
	for _, group := range groups {
		client := generate(t, group, reader(1))
		share, _, err := Encapsulate(group, client.Public(), reader(2))
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range [][]byte{nil, share[:1], share[:len(share)-1], append(bytes.Clone(share), 0)} {
			_, err := client.Agree(bad)
			var e *Error
			if !errors.As(err, &e) || e.Kind != BadLength || e.Got != len(bad) || e.Want != len(share) || e.Group != group {
				t.Errorf("%v, %d of %d bytes: %v", group, len(bad), len(share), err)
			}
			if _, _, err := Encapsulate(group, bad, reader(1)); kindOf(t, err) != BadLength && len(bad) != len(client.Public()) {
				t.Errorf("%v, server with %d bytes: %v", group, len(bad), err)
			}
		}
	}
}

func TestPartsOfAHybridAreWhereTheStandardHasThem(t *testing.T) {
	for _, c := range []struct {
		group          iana.Group
		client, server []Part
	}{
		{iana.X25519MLKEM768, []Part{{iana.MLKEM768, 0, 1184}, {iana.X25519, 1184, 32}}, []Part{{iana.MLKEM768, 0, 1088}, {iana.X25519, 1088, 32}}},
		{iana.SecP256r1MLKEM768, []Part{{iana.Secp256r1, 0, 65}, {iana.MLKEM768, 65, 1184}}, []Part{{iana.Secp256r1, 0, 65}, {iana.MLKEM768, 65, 1088}}},
		{iana.SecP384r1MLKEM1024, []Part{{iana.Secp384r1, 0, 97}, {iana.MLKEM1024, 97, 1568}}, []Part{{iana.Secp384r1, 0, 97}, {iana.MLKEM1024, 97, 1568}}},
		{iana.X25519, []Part{{iana.X25519, 0, 32}}, []Part{{iana.X25519, 0, 32}}},
	} {
		for _, side := range []struct {
			server bool
			want   []Part
		}{{false, c.client}, {true, c.server}} {
			last := side.want[len(side.want)-1]
			share := make([]byte, last.Off+last.Len)
			got := Parts(c.group, share, side.server)
			for i, p := range side.want {
				if len(got) != len(side.want) || got[i] != p {
					t.Fatalf("%v: %v instead of %v", c.group, got, side.want)
				}
			}
			for _, p := range Parts(c.group, share[:len(share)/2], side.server) {
				if p.Off+p.Len > len(share)/2 {
					t.Errorf("%v: part %v lies beyond a cut share", c.group, p)
				}
			}
		}
	}
}

func TestAnErrorInAHybridNamesThePart(t *testing.T) {
	client := generate(t, iana.X25519MLKEM768, reader(1))
	share, _, err := Encapsulate(iana.X25519MLKEM768, client.Public(), reader(2))
	if err != nil {
		t.Fatal(err)
	}
	clear(share[1088:])
	_, err = client.Agree(share)
	var e *Error
	if !errors.As(err, &e) || e.Kind != AllZero || e.Group != iana.X25519MLKEM768 || e.Part != iana.X25519 || e.Off != 1088 {
		t.Errorf("%+v", e)
	}
	hello := bytes.Clone(client.Public())
	for i := range 384 * 3 {
		hello[i] = 0xff // coefficients that are not below 3329
	}
	_, _, err = Encapsulate(iana.X25519MLKEM768, hello, reader(2))
	if !errors.As(err, &e) || e.Kind != BadEncapsulation || e.Part != iana.MLKEM768 {
		t.Errorf("%v", err)
	}
}

func FuzzAgreeNeverPanics(f *testing.F) {
	for i, group := range groups {
		if Strength(group) > 0 {
			k, err := Generate(group, reader(1))
			if err != nil {
				f.Fatal(err)
			}
			f.Add(uint8(i), k.Public())
		}
	}
	f.Fuzz(func(t *testing.T, i uint8, share []byte) {
		group := groups[int(i)%len(groups)]
		k, err := Generate(group, reader(3))
		if err != nil {
			t.Fatal(err)
		}
		secret, err := k.Agree(share)
		if kindOf(t, err) == 0 && len(secret) == 0 {
			t.Error("neither a secret nor an error")
		}
		_, _, err = Encapsulate(group, share, reader(4))
		kindOf(t, err)
	})
}

func BenchmarkGenerateAndAgree(b *testing.B) {
	for _, group := range groups {
		b.Run(group.String(), func(b *testing.B) {
			r := reader(1)
			server := generate(b, group, r)
			share, _, err := Encapsulate(group, server.Public(), r)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				k, err := Generate(group, r)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := k.Agree(share); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestAPartOfAHybridIsDrawnOnceForAll(t *testing.T) {
	groups := []iana.Group{iana.X25519MLKEM768, iana.Secp256r1, iana.X25519}
	list, err := GenerateAll(groups, reader(1))
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range list {
		if k.Group() != groups[i] {
			t.Errorf("share %d is of %s", i, k.Group())
		}
		server, want, err := Encapsulate(groups[i], k.Public(), reader(2))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := k.Agree(server); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: the secrets differ, %v", groups[i], err)
		}
	}
	hybrid := list[0].Public()
	if !bytes.Equal(hybrid[len(hybrid)-32:], list[2].Public()) {
		t.Error("there are two keys for X25519")
	}
	if _, err := GenerateAll([]iana.Group{iana.X25519, 0x1234}, reader(1)); err == nil {
		t.Error("a group that nobody knows has a key")
	}
}
