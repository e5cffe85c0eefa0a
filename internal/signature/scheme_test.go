package signature

import (
	"crypto"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// The registry's names say algorithm, hash and curve: rsa_pss_rsae_sha256, ecdsa_secp384r1_sha384.
func TestSchemesAreWhatTheirNamesSay(t *testing.T) {
	kinds := map[Kind]string{RSAPKCS1: "rsa", RSAPSS: "rsa_pss", ECDSA: "ecdsa", DSA: "dsa", Ed25519: "ed25519", Ed448: "ed448"}
	curves := map[cert.Curve]string{cert.P256: "secp256r1", cert.P384: "secp384r1", cert.P521: "secp521r1"}
	for i, row := range schemes {
		name := row.scheme.Name()
		hash := strings.ToLower(strings.ReplaceAll(row.hash.String(), "-", ""))
		curve := curves[row.curve]
		if curve == "" && row.curve != 0 {
			curve = row.curve.String()
		}
		if !strings.HasPrefix(name, kinds[row.kind]) || row.hash != 0 && !strings.Contains(name, hash) || !strings.Contains(name, curve) {
			t.Errorf("%s: %v, %v, %v", name, row.kind, row.hash, row.curve)
		}
		if i > 0 && schemes[i-1].scheme >= row.scheme {
			t.Errorf("%s isn't in its place", name)
		}
		if strings.Contains(name, "_pss_pss_") != (row.key == cert.KeyRSAPSS) {
			t.Errorf("%s: %v", name, row.key)
		}
	}
	for _, s := range []iana.SignatureScheme{iana.SM2SigSM3, iana.MLDSA44, 0x0a0a, 0} {
		if _, ok := FromScheme(s); ok {
			t.Errorf("%v can't be verified", s)
		}
	}
}

// RFC 4346, Section 7.4.3; RFC 8422, Section 5.4.
func TestLegacySignaturesAreMD5AndSHA1OrSHA1(t *testing.T) {
	for key, want := range map[cert.KeyKind]crypto.Hash{cert.KeyRSA: crypto.MD5SHA1, cert.KeyDSA: crypto.SHA1, cert.KeyEC: crypto.SHA1} {
		if a, ok := FromLegacy(key); !ok || a.Hash != want {
			t.Errorf("%v: %v", key, a)
		}
	}
	if _, ok := FromLegacy(cert.KeyEd25519); ok {
		t.Error("Ed25519 before TLS 1.2")
	}
}
