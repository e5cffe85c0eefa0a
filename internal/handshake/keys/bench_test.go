package keys

import (
	"crypto"
	"crypto/hkdf"
	"crypto/sha256"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// BenchmarkScheduleOfAHandshake is all that a client derives in TLS 1.3 without a PSK.
func BenchmarkScheduleOfAHandshake(b *testing.B) {
	s := TLS13(crypto.SHA256)
	th, shared := make([]byte, 32), make([]byte, 32)
	b.ReportAllocs()
	for b.Loop() {
		hs := s.Early(nil).Handshake(shared)
		c, v := hs.ClientTraffic(th), hs.ServerTraffic(th)
		s.TrafficKeys(c, 16, 12)
		s.TrafficKeys(v, 16, 12)
		s.VerifyData(v, th)
		s.VerifyData(c, th)
		m := hs.Master()
		s.TrafficKeys(m.ClientTraffic(th), 16, 12)
		s.TrafficKeys(m.ServerTraffic(th), 16, 12)
		m.Exporter(th)
		m.Resumption(th)
	}
}

// BenchmarkExpandLabel and BenchmarkExpandByTheStandardLibrary are the same derivation.
func BenchmarkExpandLabel(b *testing.B) {
	secret, th := make([]byte, 32), make([]byte, 32)
	b.ReportAllocs()
	for b.Loop() {
		expandLabel(crypto.SHA256, secret, PrefixTLS13, "c hs traffic", th, 32)
	}
}

func BenchmarkExpandByTheStandardLibrary(b *testing.B) {
	secret := make([]byte, 32)
	info := string(make([]byte, 54))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := hkdf.Expand(sha256.New, secret, info, 32); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTranscriptOfAHandshake(b *testing.B) {
	message := make([]byte, 500)
	b.ReportAllocs()
	for b.Loop() {
		tr := NewTranscript(1 << 16)
		_ = tr.Add(message)
		_ = tr.Choose(crypto.SHA256)
		for range 6 {
			_ = tr.Add(message)
			_, _ = tr.Sum(crypto.SHA256)
		}
	}
}

func BenchmarkMasterSecretAndKeyBlockOfTLS12(b *testing.B) {
	p, err := NewPRF(iana.TLS12, iana.HashSHA256)
	if err != nil {
		b.Fatal(err)
	}
	random := make([]byte, 32)
	b.ReportAllocs()
	for b.Loop() {
		ms := p.MasterSecret(random, random, random)
		p.KeyBlock(ms, random, random, KeySizes{Key: 16, IV: 4})
	}
}
