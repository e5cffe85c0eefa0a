package verify

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
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

// BenchmarkVerifyNewLeaf is what a scan does with a leaf that it meets for the first time, of authorities that it has met before: only
// faults are asked for.
func BenchmarkVerifyNewLeaf(b *testing.B) {
	p := plainPlan(1)
	known := p.build(b)
	leaves := make([][]byte, 256)
	for i := range leaves {
		leaves[i] = p.leaf().sign(b, p.certs[1]) // signatures are random, and so differ
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%len(leaves) == 0 {
			known.request.OnlyFaults, known.request.Memory = true, NewMemory()
			Verify(known.request)
		}
		req := known.request
		req.Chain = [][]byte{leaves[i%len(leaves)], known.request.Chain[1]}
		if !Verify(req).Trusted {
			b.Fatal("it isn't trusted")
		}
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

// BenchmarkVerifyWithTimestamps has two of them beside, as a chain of a public authority has.
func BenchmarkVerifyWithTimestamps(b *testing.B) {
	made := plainPlan(2).build(b)
	made.request.Rules, made.request.Logs, made.request.SCTs = RulesWebPKI, logsOfTests(b), timestamped(b, made.all[0])
	if r := Verify(made.request); !r.Trusted {
		b.Fatal(failures(r))
	}
	b.ReportAllocs()
	for b.Loop() {
		Verify(made.request)
	}
}

// BenchmarkVerifyByGoAndTimestamps is what crypto/x509 does with certificates that are parsed already, and the signatures that it
// doesn't verify.
func BenchmarkVerifyByGoAndTimestamps(b *testing.B) {
	made := plainPlan(2).build(b)
	parse := func(ders [][]byte) (list []*x509.Certificate) {
		for _, der := range ders {
			c, err := x509.ParseCertificate(der)
			if err != nil {
				b.Fatal(err)
			}
			list = append(list, c)
		}
		return list
	}
	chain, roots := parse(made.request.Chain), parse(made.roots)
	pool, between := x509.NewCertPool(), x509.NewCertPool()
	pool.AddCert(roots[0])
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	digest := sha256.Sum256(made.all[0])
	key := testKeys()[4].(*ecdsa.PrivateKey)
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := chain[0].Verify(x509.VerifyOptions{DNSName: made.request.Hostname, CurrentTime: now, Roots: pool, Intermediates: between}); err != nil {
			b.Fatal(err)
		}
		for range 2 {
			if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature) {
				b.Fatal("the signature is wrong")
			}
		}
	}
}
