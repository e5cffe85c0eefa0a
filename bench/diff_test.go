package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// BenchmarkDiffProcess measures whole processes that compare two traces: of TLS 1.3 with and without a second ClientHello, each of some
// 140 kB. The goal is under 30 ms; "version" is what of it any process of ours takes, and "openssl version" what one takes that is
// linked to its libraries. They take turns. cpu is user and system time.
func BenchmarkDiffProcess(b *testing.B) {
	openssl := testpeer.Need(b, "openssl")
	program := build(b)
	dir := b.TempDir()
	compare := []string{program, "diff"}
	for _, scenario := range []string{"tls13", "hello-retry"} {
		file := filepath.Join(dir, scenario+".json")
		if out, err := exec.Command(program, "demo", "--scenario", scenario, "--json", "-o", file).CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		if info, err := os.Stat(file); err != nil || info.Size() < 10_000 {
			b.Fatal("the trace is not worth comparing", err)
		}
		compare = append(compare, file)
	}
	names := []string{"diff", "version", "openssl"}
	commands := [][]string{compare, {program, "version"}, {openssl, "version"}}
	took, cpu := make([][]time.Duration, len(commands)), make([][]time.Duration, len(commands))
	for b.Loop() {
		for i, c := range commands {
			wall, used := runCPU(b, c)
			took[i], cpu[i] = append(took[i], wall), append(cpu[i], used)
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, name := range names {
		b.ReportMetric(median(took[i]).Seconds()*1000, "ms-"+name)
		b.ReportMetric(median(cpu[i]).Seconds()*1000, "cpu-ms-"+name)
	}
}

// runCPU is run with the time that the process has spent on a processor.
func runCPU(b *testing.B, args []string) (wall, cpu time.Duration) {
	cmd := exec.Command(args[0], args[1:]...)
	start := time.Now()
	if err := cmd.Run(); cmd.ProcessState == nil {
		b.Fatal(err)
	}
	return time.Since(start), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}
