package verify

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
)

// benchChain is a leaf, an intermediate and a root of ECDSA P-256.
func benchChain(b *testing.B) built { return plainPlan(1).build(b) }

func BenchmarkVerify(b *testing.B) {
	made := benchChain(b)
	if r := Verify(made.request); !r.Trusted {
		b.Fatal(failures(r))
	}
	b.ReportAllocs()
	for b.Loop() {
		Verify(made.request)
	}
}

// BenchmarkVerifyByGo parses what was received, as we do, and verifies it.
func BenchmarkVerifyByGo(b *testing.B) {
	made := benchChain(b)
	pool := x509.NewCertPool()
	for _, der := range made.roots {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			b.Fatal(err)
		}
		pool.AddCert(c)
	}
	b.ReportAllocs()
	for b.Loop() {
		leaf, err := x509.ParseCertificate(made.request.Chain[0])
		if err != nil {
			b.Fatal(err)
		}
		issuer, err := x509.ParseCertificate(made.request.Chain[1])
		if err != nil {
			b.Fatal(err)
		}
		between := x509.NewCertPool()
		between.AddCert(issuer)
		if _, err := leaf.Verify(x509.VerifyOptions{
			DNSName: made.request.Hostname, CurrentTime: now, Roots: pool, Intermediates: between,
		}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStoreBundled(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Bundled()
	}
}

func BenchmarkStoreSystem(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := System(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStoreFileOfOne(b *testing.B) {
	path := filepath.Join(b.TempDir(), "ca.pem")
	made := benchChain(b)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.roots[0]}), 0o600); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := File(path); err != nil {
			b.Fatal(err)
		}
	}
}
