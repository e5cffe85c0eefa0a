package cert

import (
	"bytes"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

func TestBundlesAreReadInEveryForm(t *testing.T) {
	der := fullCertificate(t)
	for name, data := range map[string][]byte{
		"DER": der, "PEM": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), "DER and more": append(bytes.Clone(der), 1, 2, 3),
	} {
		if got := Bundle(data); len(got) != 1 || !bytes.Equal(got[0], der) {
			t.Errorf("%s: %d certificates", name, len(got))
		}
	}
	for name, data := range map[string][]byte{"nothing": nil, "HTML": []byte("<html>not found</html>"), "a sequence": {0x30, 3, 2, 1, 1}, "a tag": {0x30}} {
		if got := Bundle(data); len(got) != 0 {
			t.Errorf("%s: %d certificates", name, len(got))
		}
	}
}

func TestCertsOnlyMessagesOfOpenSSLAreRead(t *testing.T) {
	openssl := testpeer.Need(t, "openssl")
	dir := t.TempDir()
	der := fullCertificate(t)
	file := filepath.Join(dir, "cert.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	message, err := exec.Command(openssl, "crl2pkcs7", "-nocrl", "-certfile", file, "-certfile", file, "-outform", "DER").Output()
	if err != nil {
		t.Fatal(err)
	}
	got := Bundle(message)
	if len(got) != 2 || !bytes.Equal(got[0], der) || !bytes.Equal(got[1], der) {
		t.Errorf("%d certificates", len(got))
	}
	for n := range message {
		for _, c := range Bundle(message[:n]) {
			if len(c) > n {
				t.Fatalf("cut after %d", n)
			}
		}
	}
}
