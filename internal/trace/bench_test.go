package trace

import (
	"bytes"
	"crypto/tls"
	"io"
	"testing"
)

// benchmarked is a TLS 1.3 handshake with three certificates.
func benchmarked(b *testing.B) *Trace {
	b.Helper()
	t := new(testing.T)
	h := handshake(t, config(tls.VersionTLS13), &tls.Config{Certificates: []tls.Certificate{identity(b, "example.com")}, NextProtos: []string{"h2"}})
	tr := h.traceOf(t)
	Summarize(tr)
	return tr
}

func BenchmarkWrite(b *testing.B) {
	tr := benchmarked(b)
	b.SetBytes(int64(len(encoded(b, tr))))
	b.ReportAllocs()
	for b.Loop() {
		if err := Write(io.Discard, tr); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	doc := encoded(b, benchmarked(b))
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(bytes.NewReader(doc)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSummarize(b *testing.B) {
	tr := benchmarked(b)
	b.ReportAllocs()
	for b.Loop() {
		Summarize(tr)
	}
}
