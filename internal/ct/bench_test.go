package ct

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// benchRequest is a certificate with two embedded timestamps, as most have.
func benchRequest(b *testing.B) Request {
	ca := authority(testKeys().ca)
	a, d := policyLogs()['A'], policyLogs()['D']
	leaf := issueLogged(template(90), ca, made, a, d)
	return Request{Leaf: read(leaf), Issuer: read(ca), Time: now, Logs: known(a.listed("A"), d.listed("D"))}
}

func BenchmarkCheck(b *testing.B) {
	req := benchRequest(b)
	if f := Check(req).Findings; f[0].Status != finding.Pass || f[1].Status != finding.Pass {
		b.Fatal(f)
	}
	b.ReportAllocs()
	for b.Loop() {
		Check(req)
	}
}

// BenchmarkTwoSignatures is what can't be saved: two signatures over as many bytes, with keys that are there.
func BenchmarkTwoSignatures(b *testing.B) {
	req := benchRequest(b)
	for _, v := range Check(req).SCTs {
		if v.Status != finding.Pass {
			b.Fatal(v.Reason)
		}
	}
	message := req.Leaf.RawTBS
	digest := sha256.Sum256(message)
	key := testKeys().log
	signature := must(ecdsa.SignASN1(rand.Reader, key, digest[:]))
	b.ReportAllocs()
	for b.Loop() {
		for range 2 {
			digest := sha256.Sum256(message)
			if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature) {
				b.Fatal("wrong")
			}
		}
	}
}

func BenchmarkBuiltIn(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if l, err := readTable(tableText); err != nil || len(l.All()) == 0 {
			b.Fatal(err)
		}
	}
}
