package cert

import (
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
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

func TestKeysThatTheStandardLibraryLeavesUnreadAreReadAsOpenSSLReadsThem(t *testing.T) {
	const brainpool = "ec_paramgen_curve:brainpoolP256r1"
	for _, c := range []struct {
		want     string
		strength int
		problems int
		genpkey  []string
	}{
		{"Ed448", 224, 0, []string{"-algorithm", "ED448"}},
		{"RSA 512 bits", 56, 0, []string{"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:512"}},
		{"RSA-PSS 2048 bits", 112, 0, []string{"-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"}},
		{"RSA-PSS 1024 bits", 80, 0, []string{"-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:1024", "-pkeyopt", "rsa_pss_keygen_md:sha512"}},
		{"ECDSA brainpoolP256r1", 128, 0, []string{"-algorithm", "EC", "-pkeyopt", brainpool}},
		{"ECDSA brainpoolP256r1 (explicit parameters)", 128, 1, []string{"-algorithm", "EC", "-pkeyopt", brainpool, "-pkeyopt", "ec_param_enc:explicit"}},
		{"ECDSA P-192", 96, 0, []string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-192"}},
		{"ECDSA secp256k1", 128, 0, []string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"}},
		{"ECDSA sect283k1", 0, 0, []string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:sect283k1"}},
		{"X25519", 128, 0, []string{"-algorithm", "X25519"}},
		{"X448", 224, 0, []string{"-algorithm", "X448"}},
	} {
		t.Run(c.want, func(t *testing.T) {
			dir := t.TempDir()
			openssl(t, dir, append([]string{"genpkey", "-out", "key.pem"}, c.genpkey...)...)
			key, problems := ParsePublicKey(openssl(t, dir, "pkey", "-in", "key.pem", "-pubout", "-outform", "DER"))
			if len(problems) != c.problems || key.String() != c.want || key.Strength() != c.strength {
				t.Errorf("%v, %d bits of strength, %v", key, key.Strength(), problems)
			}
			checkNumbers(t, key, string(openssl(t, dir, "pkey", "-in", "key.pem", "-pubout", "-text", "-noout")))
		})
	}
}

func TestDSAKeyIsReadAsOpenSSLReadsIt(t *testing.T) {
	dir := t.TempDir()
	openssl(t, dir, "genpkey", "-genparam", "-algorithm", "DSA", "-out", "params.pem", "-pkeyopt", "dsa_paramgen_bits:2048", "-pkeyopt", "dsa_paramgen_q_bits:224")
	openssl(t, dir, "genpkey", "-paramfile", "params.pem", "-out", "key.pem")
	der := openssl(t, dir, "pkey", "-in", "key.pem", "-pubout", "-outform", "DER")
	key, problems := ParsePublicKey(der)
	if key.String() != "DSA 2048 bits" || key.Strength() != 112 || len(problems) > 0 {
		t.Errorf("%v, %d, %v", key, key.Strength(), problems)
	}
	checkNumbers(t, key, string(openssl(t, dir, "pkey", "-in", "key.pem", "-pubout", "-text", "-noout")))
}

// checkNumbers finds our numbers in what OpenSSL prints: lines of octets with colons below a name.
func checkNumbers(t *testing.T, key *PublicKey, text string) {
	t.Helper()
	fields := map[string]string{}
	name := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if !strings.HasPrefix(line, "    ") {
			name, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(line)), ":")
			continue
		}
		fields[name] += strings.ReplaceAll(strings.TrimSpace(line), ":", "")
	}
	for name, number := range map[string][]byte{"modulus": key.Modulus, "p": key.P, "q": key.Q, "g": key.G} {
		if want := strings.TrimLeft(fields[name], "0"); len(number) > 0 && strings.TrimLeft(hex.EncodeToString(number), "0") != want {
			t.Errorf("%s: %x, want %s", name, number, want)
		}
	}
	public := key.Key
	switch key.Kind {
	case KeyRSA, KeyRSAPSS:
		return
	case KeyDSA:
		public = key.Y
	}
	if want := strings.TrimLeft(fields["pub"], "0"); strings.TrimLeft(hex.EncodeToString(public), "0") != want {
		t.Errorf("public key: %x, want %s", public, want)
	}
}

// OpenSSL's own reading of its certificates, with extensions that crypto/x509 doesn't write.
func TestCertificateOfOpenSSLIsReadAsOpenSSLReadsIt(t *testing.T) {
	dir := t.TempDir()
	openssl(t, dir, "genpkey", "-algorithm", "ED448", "-out", "key.pem")
	der := openssl(t, dir, "req", "-x509", "-new", "-key", "key.pem", "-outform", "DER", "-utf8", "-multivalue-rdn", "-set_serial", "-5",
		"-subj", "/C=DE/O=A, B/CN=naïve+UID=7/emailAddress=a@b.example", "-days", "20000",
		"-addext", "subjectAltName=DNS:a.example,IP:::1,RID:1.2.3,otherName:1.2.4;UTF8:x,dirName:dn", "-addext", "tlsfeature=status_request",
		"-addext", "keyUsage=critical,keyAgreement,encipherOnly", "-addext", "noCheck=ignored",
		"-addext", "crlDistributionPoints=cd", "-config", write(t, dir, "[req]\ndistinguished_name=n\n[n]\n[dn]\nCN=in the SAN\n[cd]\n"+
			"fullname=URI:http://a/b\nCRLissuer=dirName:dn\nreasons=keyCompromise,CACompromise\n"))
	c, problems := Parse(der)
	if len(problems) > 0 {
		t.Error(problems)
	}
	if want := "emailAddress=a@b.example,UID=7+CN=naïve,O=A\\, B,C=DE"; c.Subject.String() != want && c.Subject.String() != "emailAddress=a@b.example,CN=naïve+UID=7,O=A\\, B,C=DE" {
		t.Errorf("subject %s, want %s", c.Subject, want)
	}
	if len(c.Serial) != 1 || int8(c.Serial[0]) != -5 {
		t.Errorf("serial %x", c.Serial)
	}
	text := string(openssl(t, dir, "x509", "-inform", "DER", "-noout", "-dates", "-dateopt", "iso_8601", "-fingerprint", "-sha256", "-in", writeBytes(t, dir, der)))
	for _, want := range []string{c.NotBefore.Format("2006-01-02 15:04:05Z"), c.NotAfter.Format("2006-01-02 15:04:05Z")} {
		if !strings.Contains(text, want) {
			t.Errorf("%s isn't in\n%s", want, text)
		}
	}
	print := regexp.MustCompile(`Fingerprint=(.*)`).FindStringSubmatch(text)
	if print == nil || strings.ToLower(strings.ReplaceAll(print[1], ":", "")) != c.Fingerprint() {
		t.Errorf("fingerprint %s in\n%s", c.Fingerprint(), text)
	}
	names, _ := c.SubjectAltName()
	if got, want := names.String(), "DNS:a.example, IP:::1, RID:1.2.3, other:1.2.4, DirName:CN=in the SAN"; got != want {
		t.Errorf("SAN %s, want %s", got, want)
	}
	points, problems := c.CRLDistributionPoints()
	if len(points) != 1 || len(problems) > 0 || points[0].Reasons != 6 || points[0].FullName.String() != "URI:http://a/b" || points[0].CRLIssuer.String() != "DirName:CN=in the SAN" {
		t.Errorf("%v %v", points, problems)
	}
	if usage, _, _ := c.KeyUsage(); usage != UsageKeyAgreement|UsageEncipherOnly || !c.MustStaple() {
		t.Errorf("usage %v", usage)
	}
	checkTree(t, der)
}

func write(t *testing.T, dir, text string) string {
	t.Helper()
	if err := os.WriteFile(dir+"/config", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return "config"
}

func writeBytes(t *testing.T, dir string, b []byte) string {
	t.Helper()
	if err := os.WriteFile(dir+"/der", b, 0o600); err != nil {
		t.Fatal(err)
	}
	return "der"
}
