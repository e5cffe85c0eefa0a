package lint

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// TestACertificateOfOneCommandOfOpenSSLGetsFewWarnings has what people make for a test.
func TestACertificateOfOneCommandOfOpenSSLGetsFewWarnings(t *testing.T) {
	openssl := testpeer.Need(t, "openssl")
	for _, c := range []struct {
		name  string
		flags []string
		want  []string
	}{
		{"EC", []string{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=localhost"}, nil},
		{"RSA", []string{"-newkey", "rsa:2048", "-subj", "/C=AU/ST=Some-State/O=Internet Widgits Pty Ltd/OU=Test/CN=test"}, nil},
		{"with names", []string{"-newkey", "rsa:2048", "-subj", "/CN=test", "-addext", "subjectAltName=DNS:test,IP:127.0.0.1", "-days", "3650"}, nil},
	} {
		out := filepath.Join(t.TempDir(), "cert.der")
		args := append([]string{"req", "-x509", "-nodes", "-keyout", filepath.Join(t.TempDir(), "key.pem"), "-outform", "DER", "-out", out}, c.flags...)
		if b, err := exec.Command(openssl, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, b)
		}
		der, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		parsed, _ := cert.Parse(der)
		var got []string
		for _, f := range Check([]Subject{{Cert: parsed, Role: Leaf, Sent: true}}, Options{Server: true}) {
			if f.Status != finding.Pass && f.Status != finding.Skip {
				got = append(got, f.ID+" "+f.Status.String()+": "+f.Message)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}
