package render

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"math/big"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// certificateTime is when the certificates of the tests below are looked at.
var certificateTime = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// fullCertificate has all that OpenSSL and we both print.
func fullCertificate(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	uri, err := url.Parse("https://example.com/path")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := x509.ParseOID("2.23.140.1.2.1")
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: new(big.Int).Lsh(big.NewInt(0x7f1234), 100),
		Subject:      pkix.Name{Country: []string{"DE"}, Organization: []string{"Größe & Co, Söhne"}, CommonName: "www.example.com"},
		NotBefore:    certificateTime.Add(-time.Hour), NotAfter: certificateTime.Add(72*time.Hour + time.Minute),
		DNSNames: []string{"www.example.com", "*.example.com"}, IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1).To4(), net.ParseIP("2001:db8::1")},
		EmailAddresses: []string{"a@example.com"}, URIs: []*url.URL{uri},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true, MaxPathLen: 3, SubjectKeyId: []byte{0xab, 0xcd, 0xef},
		OCSPServer: []string{"http://ocsp.example.com/"}, IssuingCertificateURL: []string{"http://ca.example.com/ca.der"},
		CRLDistributionPoints: []string{"http://ca.example.com/1.crl"}, Policies: []x509.OID{policy},
		PermittedDNSDomains: []string{"example.com"}, ExcludedDNSDomains: []string{"bad.example.com"},
		ExtraExtensions: []pkix.Extension{{Id: []int{1, 3, 6, 1, 5, 5, 7, 1, 24}, Value: []byte{0x30, 3, 2, 1, 5}}},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func keysOfKinds(t *testing.T) map[string]crypto.Signer {
	t.Helper()
	keys := map[string]crypto.Signer{}
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, d, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys["RSA 2048 bits"], keys["ECDSA P-384"], keys["Ed25519"] = r, e, d
	return keys
}

func openssl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(testpeer.Need(t, "openssl"), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestACertificateSaysWhatOpenSSLSays(t *testing.T) {
	for key, signer := range keysOfKinds(t) {
		der := fullCertificate(t, signer)
		file := filepath.Join(t.TempDir(), "cert.der")
		if err := os.WriteFile(file, der, 0o600); err != nil {
			t.Fatal(err)
		}
		d := NewCertificateDocument(file, [][]byte{der}, certificateTime, trace.Tool{}).Certificates[0]
		show := func(args ...string) string {
			out := openssl(t, append([]string{"x509", "-inform", "DER", "-in", file, "-noout"}, args...)...)
			_, value, _ := strings.Cut(strings.TrimSpace(out), "=")
			return value
		}
		noColons := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, ":", "")) }
		public := filepath.Join(t.TempDir(), "public.pem")
		spki := filepath.Join(t.TempDir(), "spki.der")
		openssl(t, "x509", "-inform", "DER", "-in", file, "-noout", "-pubkey", "-out", public)
		openssl(t, "pkey", "-pubin", "-in", public, "-outform", "DER", "-out", spki)
		digest := strings.Fields(openssl(t, "dgst", "-sha256", "-r", spki))[0]
		pin, err := hex.DecodeString(digest)
		if err != nil {
			t.Fatal(err)
		}
		for what, pair := range map[string][2]string{
			"subject": {d.Subject, show("-subject", "-nameopt", "RFC2253,utf8,-esc_msb")},
			"issuer":  {d.Issuer, show("-issuer", "-nameopt", "RFC2253,utf8,-esc_msb")},
			"serial":  {strings.TrimPrefix(d.Serial, "00"), strings.ToLower(show("-serial"))},
			"sha256":  {d.SHA256, noColons(show("-fingerprint", "-sha256"))},
			"sha1":    {d.SHA1, noColons(show("-fingerprint", "-sha1"))},
			"pin":     {d.PinSHA256, base64.StdEncoding.EncodeToString(pin)},
			"until":   {d.NotAfter.Format("Jan _2 15:04:05 2006") + " GMT", show("-enddate")},
			"from":    {d.NotBefore.Format("Jan _2 15:04:05 2006") + " GMT", show("-startdate")},
			"key":     {d.Key.Text, key},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %s is %q and for OpenSSL %q", key, what, pair[0], pair[1])
			}
		}
		text := openssl(t, "x509", "-inform", "DER", "-in", file, "-noout", "-text")
		checkAgainstText(t, &d, text)
	}
}

// checkAgainstText finds what our view says in what OpenSSL prints, in its words.
func checkAgainstText(t *testing.T, d *CertificateDetails, text string) {
	t.Helper()
	view := certificateShown(t, [][]byte{d.DER}, Options{})
	for ours, theirs := range map[string]string{
		"DNS names    www.example.com, *.example.com":                     "DNS:www.example.com, DNS:*.example.com",
		"192.0.2.1, 2001:db8::1":                                          "IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1",
		"e-mail       a@example.com":                                      "email:a@example.com",
		"https://example.com/path":                                        "URI:https://example.com/path",
		"keyUsage                critical  digitalSignature, keyCertSign": "Key Usage: critical\n                Digital Signature, Certificate Sign",
		"extKeyUsage                       serverAuth":                    "TLS Web Server Authentication",
		"critical  an authority, with at most 3 intermediates below it":   "CA:TRUE, pathlen:3",
		"subjectKeyIdentifier              abcdef":                        "AB:CD:EF",
		"OCSP responder http://ocsp.example.com/":                         "OCSP - URI:http://ocsp.example.com/",
		"issuer's certificate http://ca.example.com/ca.der":               "CA Issuers - URI:http://ca.example.com/ca.der",
		"cRLDistributionPoints             http://ca.example.com/1.crl":   "URI:http://ca.example.com/1.crl",
		"domainValidated":              "Policy: 2.23.140.1.2.1",
		"permitted DNS:example.com":    "Permitted:\n                  DNS:example.com",
		"excluded DNS:bad.example.com": "Excluded:\n                  DNS:bad.example.com",
		"tlsFeature                        status_request, that is, an OCSP re": "TLS Feature: \n                status_request",
	} {
		if !strings.Contains(view, ours) {
			t.Errorf("not shown: %q in\n%s", ours, view)
		}
		if !strings.Contains(text, theirs) {
			t.Errorf("OpenSSL doesn't say %q in\n%s", theirs, text)
		}
	}
}

// vectors is where Debian's python3-cryptography-vectors has real and odd certificates.
const vectors = "/usr/lib/python3/dist-packages/cryptography_vectors/x509"

func TestTimestampsAreThoseThatOpenSSLSees(t *testing.T) {
	for _, name := range []string{"badssl-sct.pem", "cryptography-scts.pem"} {
		file := testpeer.NeedFile(t, filepath.Join(vectors, name))
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found, _ := cert.ParsePEMCertificates(data)
		view := certificateShown(t, found[:1], Options{})
		seen := 0
		for line := range strings.Lines(openssl(t, "x509", "-in", file, "-noout", "-text")) {
			_, when, ok := strings.Cut(strings.TrimSpace(line), "Timestamp : ")
			if !ok {
				continue
			}
			at, err := time.Parse("Jan _2 15:04:05.000 2006 MST", when)
			if err != nil {
				t.Fatal(err)
			}
			if seen++; !strings.Contains(view, at.UTC().Format(time.DateTime)+" ") {
				t.Errorf("%s: no timestamp of %v in\n%s", name, at, view)
			}
		}
		if want := count(seen, "timestamp", "timestamps") + ", not verified here\n"; seen == 0 || !strings.Contains(view, want) {
			t.Errorf("%s: not %q in\n%s", name, want, view)
		}
	}
}

func TestOddCertificatesAreShownAndDoNoHarm(t *testing.T) {
	testpeer.NeedFile(t, filepath.Join(vectors, "badssl-sct.pem"))
	shown := 0
	err := filepath.WalkDir(vectors, func(path string, d fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err != nil || d.IsDir() || ext != ".pem" && ext != ".der" && ext != ".crt" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		found, _ := cert.ParseCertificates(data) // also what is none: requests, CRLs
		shown += len(found)
		for _, o := range []Options{{}, {Width: 80, Verbosity: 1, ASCII: true}} {
			checkSafe(t, o, certificateShown(t, found, o))
		}
		return nil
	})
	if err != nil || shown < 500 {
		t.Errorf("only %d certificates: %v", shown, err)
	}
}
