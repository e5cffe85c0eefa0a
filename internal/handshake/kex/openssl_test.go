package kex

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// needOpenSSL skips without an openssl command.
func needOpenSSL(t *testing.T) {
	t.Helper()
	if err := exec.Command("openssl", "version").Run(); err != nil {
		if os.Getenv("TLSPROBE_PEERS") == "required" {
			t.Fatalf("openssl: %v", err)
		}
		t.Skipf("openssl is not here: %v", err)
	}
}

func openssl(t *testing.T, args ...string) ([]byte, error) {
	t.Helper()
	cmd := exec.Command("openssl", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Logf("openssl %s: %s", strings.Join(args, " "), stderr.Bytes())
	}
	return out, err
}

type spki struct {
	Algorithm pkix.AlgorithmIdentifier
	Key       asn1.BitString
}

// opensslPeer is a key of the openssl command in a directory of its own.
type opensslPeer struct {
	dir string
	key spki
}

func newOpenSSLPeer(t *testing.T, genpkey ...string) *opensslPeer {
	t.Helper()
	p := &opensslPeer{dir: t.TempDir()}
	key := filepath.Join(p.dir, "key.pem")
	if _, err := openssl(t, append([]string{"genpkey", "-out", key}, genpkey...)...); err != nil {
		t.Skipf("this openssl has no key of %v", genpkey)
	}
	der, err := openssl(t, "pkey", "-in", key, "-pubout", "-outform", "DER")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := asn1.Unmarshal(der, &p.key); err != nil {
		t.Fatal(err)
	}
	return p
}

// derive gives the peer a public key in the form of its own.
func (p *opensslPeer) derive(t *testing.T, public []byte, options ...string) []byte {
	t.Helper()
	der, err := asn1.Marshal(spki{p.key.Algorithm, asn1.BitString{Bytes: public, BitLength: 8 * len(public)}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(p.dir, "peer.der")
	if err := os.WriteFile(file, der, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := openssl(t, append([]string{"pkeyutl", "-derive", "-inkey", filepath.Join(p.dir, "key.pem"),
		"-peerform", "DER", "-peerkey", file}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOpenSSLAgreesWithUsOnEveryCurve(t *testing.T) {
	needOpenSSL(t)
	for _, group := range groups {
		info, _ := group.Info()
		var arguments []string
		switch {
		case group == iana.X448:
			arguments = []string{"-algorithm", "X448"}
		case group == iana.X25519:
			arguments = []string{"-algorithm", "X25519"}
		case info.Kind == iana.GroupECDH:
			name := strings.TrimSuffix(group.String(), "tls13")
			switch group {
			case iana.Secp192r1:
				name = "prime192v1"
			case iana.Secp256r1:
				name = "prime256v1"
			}
			arguments = []string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + name}
		default:
			continue
		}
		t.Run(group.String(), func(t *testing.T) {
			peer := newOpenSSLPeer(t, arguments...)
			ours := generate(t, group, reader(1))
			got, err := ours.Agree(peer.key.Key.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "secret", got, peer.derive(t, ours.Public()))
		})
	}
}

func TestOpenSSLAgreesWithUsInFiniteFields(t *testing.T) {
	needOpenSSL(t)
	for _, c := range []struct {
		name  string
		group iana.Group
	}{
		{"ffdhe2048", iana.Ffdhe2048}, {"ffdhe3072", iana.Ffdhe3072}, {"ffdhe4096", iana.Ffdhe4096},
		{"ffdhe6144", iana.Ffdhe6144}, {"ffdhe8192", iana.Ffdhe8192}, {"modp_1536", 0}, {"modp_2048", 0}, {"modp_8192", 0},
		{"dh_1024_160", 0}, {"dh_2048_224", 0}, {"dh_2048_256", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			peer := newOpenSSLPeer(t, "-algorithm", "DH", "-pkeyopt", "group:"+c.name)
			var params struct{ P, G *big.Int }
			if rest, err := asn1.Unmarshal(peer.key.Algorithm.Parameters.FullBytes, &params); err != nil || len(rest) > 0 {
				// X9.42 (RFC 3279, Section 2.3.3) has q and more behind.
				var x942 struct{ P, G, Q *big.Int }
				if _, err := asn1.Unmarshal(peer.key.Algorithm.Parameters.FullBytes, &x942); err != nil {
					t.Fatal(err)
				}
				params.P, params.G = x942.P, x942.G
			}
			var y *big.Int
			if _, err := asn1.Unmarshal(peer.key.Key.Bytes, &y); err != nil {
				t.Fatal(err)
			}
			d, err := NewDH(params.P.Bytes(), params.G.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if known, ok := d.Known(); !ok || !known.Standard {
				t.Errorf("%s is not known: %+v", c.name, known)
			}
			key, err := d.Generate(reader(1))
			if err != nil {
				t.Fatal(err)
			}
			secret, err := key.Premaster(y.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "premaster", secret, peer.derive(t, integer(t, key.Public())))
			if c.group == 0 {
				return
			}
			share := generate(t, c.group, reader(2))
			if secret, err = share.Agree(y.FillBytes(make([]byte, len(share.Public())))); err != nil {
				t.Fatal(err)
			}
			equal(t, "padded", secret, peer.derive(t, integer(t, share.Public()), "-pkeyopt", "dh_pad:1"))
		})
	}
}

// integer is a number as a DER INTEGER.
func integer(t *testing.T, b []byte) []byte {
	t.Helper()
	der, err := asn1.Marshal(new(big.Int).SetBytes(b))
	if err != nil {
		t.Fatal(err)
	}
	return der
}
