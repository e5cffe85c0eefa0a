package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// openssl runs a command of openssl that must succeed.
func openssl(t *testing.T, args ...string) {
	t.Helper()
	if r := testpeer.Run(t, "", "openssl", args...); r.Code != 0 {
		t.Fatalf("openssl %v: %s", args, r.Output())
	}
}

func TestKeysThatOpenSSLWritesAreRead(t *testing.T) {
	testpeer.Need(t, "openssl")
	dir := t.TempDir()
	pki := testpeer.NewPKI(dir)
	for _, kind := range []testpeer.KeyKind{testpeer.RSA2048, testpeer.RSAPSS2048, testpeer.ECDSAP256, testpeer.ECDSAP384, testpeer.ECDSAP521, testpeer.Ed25519} {
		pair := pki.Issue(t, kind)
		forms := map[string]string{"PKCS#8": pair.Key}
		if kind != testpeer.Ed25519 && kind != testpeer.RSAPSS2048 {
			forms["traditional"] = filepath.Join(dir, string(kind)+".traditional")
			openssl(t, "pkey", "-in", pair.Key, "-traditional", "-out", forms["traditional"])
		}
		forms["one file"] = filepath.Join(dir, string(kind)+".both")
		both := append(readFile(t, pair.Cert), readFile(t, pair.Key)...)
		if err := os.WriteFile(forms["one file"], both, 0o600); err != nil {
			t.Fatal(err)
		}
		for form, name := range forms {
			o := credentialOptions{certFile: pair.Cert, keyFile: name}
			if form == "one file" {
				o = credentialOptions{certFile: name}
			}
			if c, err := o.credential(); err != nil || c == nil || len(c.Chain) != 1 {
				t.Errorf("%s, %s: %+v, %v", kind, form, c, err)
			}
		}
	}
	t.Run("encrypted", func(t *testing.T) {
		pair := pki.Issue(t, testpeer.RSA2048)
		for form, args := range map[string][]string{
			"PKCS#8": {"pkcs8", "-topk8", "-in", pair.Key}, "traditional": {"rsa", "-traditional", "-aes128", "-in", pair.Key},
		} {
			name := filepath.Join(dir, "encrypted "+form)
			openssl(t, append(args, "-passout", "pass:secret", "-out", name)...)
			_, err := (&credentialOptions{certFile: pair.Cert, keyFile: name}).credential()
			if !errors.Is(err, errEncrypted) {
				t.Errorf("%s: %v", form, err)
			}
		}
	})
	t.Run("Ed448", func(t *testing.T) {
		pair := pki.Issue(t, testpeer.Ed448)
		if _, err := (&credentialOptions{certFile: pair.Cert, keyFile: pair.Key}).credential(); err == nil {
			t.Error("there is no signing with Ed448, and nobody said so")
		}
	})
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAnEndlessFileIsNotReadToItsEnd(t *testing.T) {
	name := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(name, []byte(strings.Repeat("x", maxCredential+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (&credentialOptions{certFile: name}).credential(); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Error(err)
	}
}
