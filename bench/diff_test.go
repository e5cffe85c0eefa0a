package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkDiffProcess measures whole processes that compare two traces: of TLS 1.3 with and without a second ClientHello, each of some
// 100 kB. The goal is under 30 ms; "version" is what of it any process takes.
func BenchmarkDiffProcess(b *testing.B) {
	program := build(b)
	dir := b.TempDir()
	var files []string
	for _, scenario := range []string{"tls13", "hello-retry"} {
		file := filepath.Join(dir, scenario+".json")
		if out, err := exec.Command(program, "demo", "--scenario", scenario, "--json", "-o", file).CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		files = append(files, file)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Size() < 10_000 {
		b.Fatal("the trace is not worth comparing", err)
	}
	var diffs, bare []time.Duration
	for b.Loop() {
		diffs = append(diffs, run(b, append([]string{program, "diff"}, files...)))
		bare = append(bare, run(b, []string{program, "version"}))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(diffs).Seconds()*1000, "ms-diff")
	b.ReportMetric(median(bare).Seconds()*1000, "ms-version")
}
