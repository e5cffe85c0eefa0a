package cert

import (
	"crypto/x509"
	"testing"

	"golang.org/x/crypto/x509roots/fallback/bundle"

	"github.com/tlsprobe/tlsprobe/internal/wire"
)

func BenchmarkParse(b *testing.B) {
	var der []byte
	for root := range bundle.Roots() {
		der = root.Certificate
	}
	b.Run("certificate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Parse(der)
		}
	})
	b.Run("certificate in crypto/x509", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = x509.ParseCertificate(der)
		}
	})
	b.Run("subjects of all roots", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for root := range bundle.Roots() {
				_, _ = RawSubjectOf(root.Certificate)
			}
		}
	})
	b.Run("tree", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Layout(wire.NewReader(der, nil, wire.NewTree(128)))
		}
	})
}
