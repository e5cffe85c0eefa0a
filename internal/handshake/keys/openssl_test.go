package keys

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// opensslKDF asks the openssl command for a derivation.
func opensslKDF(t *testing.T, length int, kdf string, options ...string) []byte {
	t.Helper()
	args := []string{"kdf", "-keylen", fmt.Sprint(length)}
	for _, o := range options {
		args = append(args, "-kdfopt", o)
	}
	cmd := exec.Command("openssl", append(args, kdf)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("openssl kdf: %v: %s", err, stderr.Bytes())
	}
	return unhex(t, strings.ReplaceAll(strings.TrimSpace(string(out)), ":", ""))
}

// needOpenSSL skips without an openssl that has the kdf command of OpenSSL 3.
func needOpenSSL(t *testing.T) {
	t.Helper()
	if err := exec.Command("openssl", "kdf", "-help").Run(); err != nil {
		if os.Getenv("TLSPROBE_PEERS") == "required" {
			t.Fatalf("openssl kdf: %v", err)
		}
		t.Skipf("openssl kdf is not here: %v", err)
	}
}

func TestOpenSSLDerivesTheSameWithTLS1PRF(t *testing.T) {
	needOpenSSL(t)
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		version iana.Version
		hash    iana.Hash
		digest  string
	}{
		{iana.TLS10, iana.HashLegacy, "MD5-SHA1"},
		{iana.TLS11, iana.HashLegacy, "MD5-SHA1"},
		{iana.TLS12, iana.HashLegacy, "SHA256"},
		{iana.TLS12, iana.HashSHA384, "SHA384"},
	} {
		p := prf(t, c.version, c.hash)
		for range 5 {
			secret, seed := draw(r, 1+r.IntN(200)), draw(r, 1+r.IntN(100))
			n := 1 + r.IntN(200)
			want := opensslKDF(t, n, "TLS1-PRF", "digest:"+c.digest, "hexsecret:"+hex.EncodeToString(secret),
				"hexseed:"+hex.EncodeToString(append([]byte("a label"), seed...)))
			equal(t, c.digest, p.Expand(secret, "a label", n, seed[:len(seed)/2], seed[len(seed)/2:]), want)
			ems, err := p.ExtendedMasterSecret(secret, seed)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "extended master secret", ems.Bytes, opensslKDF(t, 48, "TLS1-PRF", "digest:"+c.digest,
				"hexsecret:"+hex.EncodeToString(secret), "hexseed:"+hex.EncodeToString(append([]byte("extended master secret"), seed...))))
		}
	}
}

func TestOpenSSLDerivesTheSameWithTLS13KDF(t *testing.T) {
	needOpenSSL(t)
	r := rand.New(rand.NewPCG(3, 4))
	for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA384} {
		for range 5 {
			secret, context := draw(r, h.Size()), draw(r, 1+r.IntN(100))
			n := 1 + r.IntN(200)
			want := opensslKDF(t, n, "TLS13-KDF", "mode:EXPAND_ONLY", "digest:"+strings.ReplaceAll(h.String(), "-", ""),
				"hexkey:"+hex.EncodeToString(secret), "hexprefix:"+hex.EncodeToString([]byte(PrefixDTLS13)),
				"hexlabel:"+hex.EncodeToString([]byte("some label")), "hexdata:"+hex.EncodeToString(context))
			got, err := ExpandLabel(h, secret, PrefixDTLS13, "some label", context, n)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, h.String(), got, want)
		}
	}
}

func draw(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}
