package signature

import (
	"bytes"
	"crypto"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// openssl runs the command line tool in dir; a test without it is skipped, unless peers are required.
func openssl(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("TLSPROBE_PEERS") == "required" {
			t.Fatal(err)
		}
		t.Skip("no openssl")
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return out
}

// opensslKey makes a key in dir and reads its public half.
func opensslKey(t *testing.T, dir string, genpkey ...string) *cert.PublicKey {
	t.Helper()
	openssl(t, dir, append([]string{"genpkey", "-out", "key.pem"}, genpkey...)...)
	key, problems := cert.ParsePublicKey(openssl(t, dir, "pkey", "-in", "key.pem", "-pubout", "-outform", "DER"))
	if len(problems) > 0 && !key.Explicit {
		t.Fatal(problems)
	}
	if err := os.WriteFile(filepath.Join(dir, "message"), message, 0o600); err != nil {
		t.Fatal(err)
	}
	return key
}

var opensslHashes = map[string]crypto.Hash{"md5": crypto.MD5, "sha1": crypto.SHA1, "sha224": crypto.SHA224,
	"sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512}

func TestOpenSSLSignaturesOnEveryCurveVerify(t *testing.T) {
	for c := cert.P192; c < cert.SM2; c++ {
		for _, encoding := range []string{"named_curve", "explicit"} {
			t.Run(c.String()+" "+encoding, func(t *testing.T) {
				dir := t.TempDir()
				key := opensslKey(t, dir, "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:"+c.String(), "-pkeyopt", "ec_param_enc:"+encoding)
				if key.Curve != c || key.Explicit != (encoding == "explicit") {
					t.Fatalf("read as %v", key)
				}
				for _, name := range []string{"sha1", "sha256", "sha512"} {
					h := opensslHashes[name]
					sig := openssl(t, dir, "dgst", "-"+name, "-sign", "key.pem", "message")
					mustVerify(t, key, Algorithm{Kind: ECDSA, Hash: h}, message, sig)
				}
			})
		}
	}
}

func TestOpenSSLEd448SignaturesVerify(t *testing.T) {
	dir := t.TempDir()
	key := opensslKey(t, dir, "-algorithm", "ED448")
	sig := openssl(t, dir, "pkeyutl", "-sign", "-rawin", "-inkey", "key.pem", "-in", "message")
	mustVerify(t, key, Algorithm{Kind: Ed448}, message, sig)
}

func TestOpenSSLSignaturesOfSmallRSAKeysVerify(t *testing.T) {
	for _, size := range []int{512, 513, 768, 1016, 1023} {
		dir := t.TempDir()
		key := opensslKey(t, dir, "-algorithm", "RSA", "-pkeyopt", fmt.Sprintf("rsa_keygen_bits:%d", size))
		for _, name := range []string{"md5", "sha1", "sha256"} {
			h := opensslHashes[name]
			sig := openssl(t, dir, "dgst", "-"+name, "-sign", "key.pem", "message")
			mustVerify(t, key, Algorithm{Kind: RSAPKCS1, Hash: h}, message, sig)
		}
		sum, _ := digest(crypto.MD5SHA1, message)
		if err := os.WriteFile(filepath.Join(dir, "sum"), sum, 0o600); err != nil {
			t.Fatal(err)
		}
		sig := openssl(t, dir, "pkeyutl", "-sign", "-inkey", "key.pem", "-in", "sum")
		mustVerify(t, key, Algorithm{Kind: RSAPKCS1, Hash: crypto.MD5SHA1}, message, sig)
	}
}

func TestOpenSSLKeysWithUnusualExponentsVerify(t *testing.T) {
	for _, exponent := range []string{"3", "4294967297", "340282366920938463463374607431768211457"} {
		dir := t.TempDir()
		key := opensslKey(t, dir, "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_keygen_pubexp:"+exponent)
		sig := openssl(t, dir, "dgst", "-sha256", "-sign", "key.pem", "message")
		mustVerify(t, key, Algorithm{Kind: RSAPKCS1, Hash: crypto.SHA256}, message, sig)
	}
}

func TestOpenSSLPSSSignaturesWithAnySaltAndMaskVerify(t *testing.T) {
	for _, size := range []int{768, 1024, 1025} {
		dir := t.TempDir()
		key := opensslKey(t, dir, "-algorithm", "RSA", "-pkeyopt", fmt.Sprintf("rsa_keygen_bits:%d", size))
		for _, salt := range []int{0, 20, 33} {
			for _, maskName := range []string{"sha1", "sha256", "sha512"} {
				sig := openssl(t, dir, "dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", fmt.Sprintf("rsa_pss_saltlen:%d", salt),
					"-sigopt", "rsa_mgf1_md:"+maskName, "-sign", "key.pem", "message")
				alg := Algorithm{Kind: RSAPSS, Hash: crypto.SHA256, MaskHash: opensslHashes[maskName], SaltLength: salt}
				mustVerify(t, key, alg, message, sig)
				alg.SaltLength = SaltAny
				mustVerify(t, key, alg, message, sig)
				alg.SaltLength = salt + 1
				if Verify(key, alg, message, sig) == nil {
					t.Fatalf("a salt of %d is taken for one more", salt)
				}
			}
		}
	}
}

func TestPSSKeyDemandsItsParameters(t *testing.T) {
	dir := t.TempDir()
	key := opensslKey(t, dir, "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_pss_keygen_md:sha256",
		"-pkeyopt", "rsa_pss_keygen_mgf1_md:sha256", "-pkeyopt", "rsa_pss_keygen_saltlen:24")
	if key.Kind != cert.KeyRSAPSS || !key.HasPSS || key.PSS.SaltLength != 24 {
		t.Fatalf("read as %v, %+v", key, key.PSS)
	}
	sig := openssl(t, dir, "dgst", "-sha256", "-sigopt", "rsa_pss_saltlen:32", "-sign", "key.pem", "message")
	mustVerify(t, key, Algorithm{Kind: RSAPSS, Hash: crypto.SHA256, MaskHash: crypto.SHA256, SaltLength: 32}, message, sig)
	for _, alg := range []Algorithm{
		{Kind: RSAPSS, Hash: crypto.SHA384, MaskHash: crypto.SHA256, SaltLength: 32},
		{Kind: RSAPSS, Hash: crypto.SHA256, MaskHash: crypto.SHA1, SaltLength: 32},
		{Kind: RSAPSS, Hash: crypto.SHA256, MaskHash: crypto.SHA256, SaltLength: 20},
		{Kind: RSAPKCS1, Hash: crypto.SHA256},
	} {
		if _, ok := Verify(key, alg, message, sig).(*MismatchError); !ok {
			t.Errorf("%+v: not a mismatch", alg)
		}
	}
}

func TestOpenSSLDSASignaturesVerify(t *testing.T) {
	for _, size := range [][2]int{{1024, 160}, {2048, 224}, {2048, 256}} {
		dir := t.TempDir()
		openssl(t, dir, "genpkey", "-genparam", "-algorithm", "DSA", "-out", "params.pem",
			"-pkeyopt", fmt.Sprintf("dsa_paramgen_bits:%d", size[0]), "-pkeyopt", fmt.Sprintf("dsa_paramgen_q_bits:%d", size[1]))
		key := opensslKey(t, dir, "-paramfile", "params.pem")
		for _, name := range []string{"sha1", "sha224", "sha256", "sha512"} {
			h := opensslHashes[name]
			sig := openssl(t, dir, "dgst", "-"+name, "-sign", "key.pem", "message")
			mustVerify(t, key, Algorithm{Kind: DSA, Hash: h}, message, sig)
		}
	}
}

// Every algorithm that a certificate may name, as OpenSSL writes it into one that is signed by itself.
func TestSelfSignedCertificatesOfOpenSSLVerifyByTheirOID(t *testing.T) {
	rsa := []string{"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"}
	for _, c := range []struct {
		key []string
		req []string
	}{
		{rsa, []string{"-md5"}}, {rsa, []string{"-sha1"}}, {rsa, []string{"-sha224"}}, {rsa, []string{"-sha512"}},
		{rsa, []string{"-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:17"}},
		{rsa, []string{"-sha1", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:20"}},
		{rsa, []string{"-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32", "-sigopt", "rsa_mgf1_md:sha384"}},
		{[]string{"-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:1024"}, []string{"-sha384"}},
		{[]string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP384r1"}, []string{"-sha384"}},
		{[]string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"}, []string{"-sha1"}},
		{[]string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"}, []string{"-sha512"}},
		{[]string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-224"}, []string{"-sha224"}},
		{[]string{"-algorithm", "ED25519"}, nil},
		{[]string{"-algorithm", "ED448"}, nil},
	} {
		t.Run(strings.Join(append(c.key[1:], c.req...), " "), func(t *testing.T) {
			dir := t.TempDir()
			opensslKey(t, dir, c.key...)
			der := openssl(t, dir, append([]string{"req", "-x509", "-new", "-key", "key.pem", "-subj", "/CN=self", "-outform", "DER"}, c.req...)...)
			parsed, problems := cert.Parse(der)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			alg, ok := FromOID(parsed.SignatureAlgorithm)
			if !ok {
				t.Fatalf("no algorithm for %v", parsed.SignatureAlgorithm)
			}
			if err := Verify(&parsed.PublicKey, alg, parsed.RawTBS, parsed.Signature); err != nil {
				t.Fatal(err)
			}
			mustVerify(t, &parsed.PublicKey, alg, parsed.RawTBS, parsed.Signature)
		})
	}
}
