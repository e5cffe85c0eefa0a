package bench

import (
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/verify"
)

func BenchmarkScanAlone(b *testing.B) {
	addr, root := scanServer(b)
	store := verify.Of("bench", root)
	b.ReportAllocs()
	b.ResetTimer()
	before := cpu(b)
	scanAll(b, addr, b.N, store, false, false)
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "us-cpu")
}

func BenchmarkDialAlone(b *testing.B) {
	addr, _ := scanServer(b)
	b.ReportAllocs()
	b.ResetTimer()
	before := cpu(b)
	dialBare(b, addr, b.N)
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "us-cpu")
}
