package iana

import (
	"crypto/ecdh"
	"crypto/mlkem"
	"crypto/tls"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestGroupsAreThoseOfCryptoTLS(t *testing.T) {
	for _, id := range []tls.CurveID{tls.CurveP256, tls.CurveP384, tls.CurveP521, tls.X25519, tls.X25519MLKEM768,
		tls.SecP256r1MLKEM768, tls.SecP384r1MLKEM1024} {
		name := strings.TrimPrefix(id.String(), "Curve")
		if strings.HasPrefix(name, "P") {
			name = "P-" + name[1:]
		}
		if v, err := ParseGroup(name); err != nil || v != Group(id) {
			t.Errorf("ParseGroup(%q) = %v, %v; crypto/tls says %#x", name, v, err, uint16(id))
		}
	}
}

func TestSharesAreAsLongAsTheirKeys(t *testing.T) {
	for _, c := range []struct {
		group          Group
		client, server int
	}{
		{Secp256r1, keyLen(t, ecdh.P256()), keyLen(t, ecdh.P256())},
		{Secp384r1, keyLen(t, ecdh.P384()), keyLen(t, ecdh.P384())},
		{Secp521r1, keyLen(t, ecdh.P521()), keyLen(t, ecdh.P521())},
		{X25519, keyLen(t, ecdh.X25519()), keyLen(t, ecdh.X25519())},
		{MLKEM768, mlkem.EncapsulationKeySize768, mlkem.CiphertextSize768},
		{MLKEM1024, mlkem.EncapsulationKeySize1024, mlkem.CiphertextSize1024},
		// RFC 10024, Section 3, and draft-yang-tls-hybrid-sm2-mlkem.
		{SecP256r1MLKEM768, 1249, 1153},
		{X25519MLKEM768, 1216, 1120},
		{SecP384r1MLKEM1024, 1665, 1665},
		{CurveSM2MLKEM768, 1249, 1153},
		{MLKEM512X25519, 832, 800},
		{SecP256r1MLKEM512, 865, 833},
		{X25519Kyber768Draft00, 1216, 1120},
		{X448, 56, 56},
		{Ffdhe2048, 256, 256},
		{Ffdhe8192, 1024, 1024},
	} {
		info, ok := c.group.Info()
		if !ok || info.ClientShareLen != c.client || info.ServerShareLen != c.server {
			t.Errorf("%v: %d and %d bytes, want %d and %d", c.group, info.ClientShareLen, info.ServerShareLen, c.client, c.server)
		}
	}
}

func keyLen(t *testing.T, curve ecdh.Curve) int {
	t.Helper()
	one := make([]byte, map[ecdh.Curve]int{ecdh.P256(): 32, ecdh.P384(): 48, ecdh.P521(): 66, ecdh.X25519(): 32}[curve])
	one[len(one)-1] = 1
	key, err := curve.NewPrivateKey(one)
	if err != nil {
		t.Fatal(err)
	}
	return len(key.PublicKey().Bytes())
}

func TestHybridsAreTheSumOfTheirParts(t *testing.T) {
	order := map[Group][2]Group{
		X25519MLKEM768:           {MLKEM768, X25519},
		MLKEM512X25519:           {MLKEM512, X25519},
		SecP256r1MLKEM512:        {Secp256r1, MLKEM512},
		SecP256r1MLKEM768:        {Secp256r1, MLKEM768},
		SecP384r1MLKEM1024:       {Secp384r1, MLKEM1024},
		CurveSM2MLKEM768:         {CurveSM2, MLKEM768},
		X25519Kyber768Draft00:    {X25519, MLKEM768},
		SecP256r1Kyber768Draft00: {Secp256r1, MLKEM768},
	}
	for v := range AllGroups() {
		info, ok := v.Info()
		if !ok || info.Kind == GroupUnknown {
			t.Errorf("%v has no info", v)
		}
		if (info.Kind == GroupHybrid) != (len(info.Parts) == 2) {
			t.Errorf("%v is %v with %d parts", v, info.Kind, len(info.Parts))
			continue
		}
		if (info.PQCategory > 0) != (info.Kind == GroupHybrid || info.Kind == GroupKEM) {
			t.Errorf("%v is %v in category %d", v, info.Kind, info.PQCategory)
		}
		if info.Kind != GroupExplicit && (info.Strength == 0 || info.ClientShareLen == 0 || info.ServerShareLen == 0) {
			t.Errorf("%v: %+v", v, info)
		}
		if info.Kind != GroupHybrid {
			continue
		}
		client, server := 0, 0
		for i, part := range info.Parts {
			if part.Group != order[v][i] {
				t.Errorf("%v: part %d is %v, want %v", v, i, part.Group, order[v][i])
			}
			client, server = client+part.ClientShareLen, server+part.ServerShareLen
		}
		if client != info.ClientShareLen || server != info.ServerShareLen {
			t.Errorf("%v: %d and %d bytes in parts, %+v", v, client, server, info)
		}
	}
}

func TestCurvesHaveTheFieldSizesOfOpenSSL(t *testing.T) {
	out, err := exec.Command("openssl", "ecparam", "-list_curves").Output()
	if err != nil {
		t.Skip("no openssl:", err)
	}
	bitsOf := map[string]int{}
	for _, m := range regexp.MustCompile(`(\w+)\s*:[^\n]*?(?:over a|over)\s+(?:a )?(\d+)[- ]bit`).FindAllStringSubmatch(string(out), -1) {
		bitsOf[m[1]], _ = strconv.Atoi(m[2])
	}
	seen := 0
	for v := range AllGroups() {
		bits, ok := bitsOf[v.OpenSSLName()]
		info, _ := v.Info()
		if !ok || info.Kind != GroupECDH {
			continue
		}
		seen++
		if want := 1 + 2*((bits+7)/8); info.ClientShareLen != want {
			t.Errorf("%v: %d bytes, a field of %d bits makes %d", v, info.ClientShareLen, bits, want)
		}
		if strength := bits / 2; info.Strength > strength+1 || info.Strength < strength*3/4 {
			t.Errorf("%v: strength %d in a field of %d bits", v, info.Strength, bits)
		}
	}
	if seen == 0 {
		t.Skip("openssl lists none of the curves")
	}
}
