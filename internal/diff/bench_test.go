package diff

import (
	"bytes"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

func BenchmarkCompare(b *testing.B) {
	x, y := scenarioTrace(b, "tls13"), scenarioTrace(b, "hello-retry")
	b.ReportAllocs()
	for b.Loop() {
		Compare(x, y, Options{})
	}
}

func BenchmarkReadTheTwoTraces(b *testing.B) {
	var docs [2]bytes.Buffer
	for i, name := range []string{"tls13", "hello-retry"} {
		if err := trace.Write(&docs[i], scenarioTrace(b, name)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		for i := range docs {
			if _, err := trace.Read(bytes.NewReader(docs[i].Bytes())); err != nil {
				b.Fatal(err)
			}
		}
	}
}
