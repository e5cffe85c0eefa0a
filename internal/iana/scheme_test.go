package iana

import (
	"crypto/tls"
	"strings"
	"testing"
)

func TestSignatureSchemesAreThoseOfCryptoTLS(t *testing.T) {
	names := map[tls.SignatureScheme]string{
		tls.PKCS1WithSHA1: "rsa_pkcs1_sha1", tls.PKCS1WithSHA256: "rsa_pkcs1_sha256", tls.PKCS1WithSHA384: "rsa_pkcs1_sha384",
		tls.PKCS1WithSHA512: "rsa_pkcs1_sha512", tls.PSSWithSHA256: "rsa_pss_rsae_sha256", tls.PSSWithSHA384: "rsa_pss_rsae_sha384",
		tls.PSSWithSHA512: "rsa_pss_rsae_sha512", tls.ECDSAWithSHA1: "ecdsa_sha1", tls.ECDSAWithP256AndSHA256: "ecdsa_secp256r1_sha256",
		tls.ECDSAWithP384AndSHA384: "ecdsa_secp384r1_sha384", tls.ECDSAWithP521AndSHA512: "ecdsa_secp521r1_sha512", tls.Ed25519: "ed25519",
	}
	for id, name := range names {
		v := SignatureScheme(id)
		if v.Name() != name {
			t.Errorf("%#04x is %q, want %q", uint16(id), v.Name(), name)
		}
		info, _ := v.Info()
		text := id.String() // "PSSWithSHA256", "ECDSAWithP256AndSHA256"
		if info.Hash != SchemeHashIntrinsic && !strings.HasSuffix(text, info.Hash.String()) {
			t.Errorf("%v has the hash %v, crypto/tls calls it %s", v, info.Hash, text)
		}
		if algorithm, _, with := strings.Cut(text, "With"); with && !strings.Contains(info.Algorithm.String(), algorithm) {
			t.Errorf("%v has the algorithm %v, crypto/tls calls it %s", v, info.Algorithm, text)
		}
	}
}

// RFC 5246, Section 7.4.1.4.1: the first byte is the hash, the second the signature.
func TestPairsOfTLS12AreMadeOfHashAndSignature(t *testing.T) {
	for v := range AllSignatureSchemes() {
		hash, signature := v.Hash().Name(), v.Signature().Name()
		if v >= 0x0700 || v&0xFF > 3 {
			continue
		}
		info, _ := v.Info()
		if !strings.EqualFold(hash, info.Hash.String()) {
			t.Errorf("%v: hash %v, its first byte says %q", v, info.Hash, hash)
		}
		if !strings.HasPrefix(v.Name(), signature+"_") {
			t.Errorf("%v: its second byte says %q", v, signature)
		}
	}
}

func TestEverySchemeHasAnAlgorithm(t *testing.T) {
	for v := range AllSignatureSchemes() {
		info, ok := v.Info()
		if !ok || info.Algorithm == SchemeUnknown || info.Hash == SchemeHashNone {
			t.Errorf("%v: %+v", v, info)
		}
		if info.Curve != 0 && info.Curve.Name() == "" {
			t.Errorf("%v: unknown curve %v", v, info.Curve)
		}
	}
}

func TestSchemesAreFoundByTheNamesOfOpenSSL(t *testing.T) {
	for name, want := range map[string]SignatureScheme{
		"RSA+SHA256": RSAPKCS1SHA256, "rsa-pss+sha384": RSAPSSRSAESHA384, "PSS+SHA512": RSAPSSRSAESHA512, "ECDSA+SHA256": ECDSASecp256r1SHA256,
		"DSA+SHA1": DSASHA1, "ed25519": Ed25519, "rsa_pss_pss_sha256": RSAPSSPSSSHA256, "0x0905": MLDSA65,
	} {
		if got, err := ParseSignatureScheme(name); err != nil || got != want {
			t.Errorf("ParseSignatureScheme(%q) = %v, %v; want %v", name, got, err, want)
		}
	}
}
