package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// BenchmarkProcess measures whole processes, tlsprobe and openssl s_client in turns against the same
// server: what one of them suffers from the machine, so does the other. The figures are medians; the
// ratio is ours over theirs.
func BenchmarkProcess(b *testing.B) {
	openssl := testpeer.Need(b, "openssl")
	program := build(b)
	pki := testpeer.NewPKI(b.TempDir())
	pair := pki.Issue(b, testpeer.ECDSAP256)
	srv := testpeer.OpenSSL(b, "-cert", pair.Cert, "-key", pair.Key, "-www")
	_, port, _ := strings.Cut(srv.Addr, ":")
	connect := []string{program, "connect", "localhost:" + port, "--connect-to", "127.0.0.1", "--json"}
	client := []string{openssl, "s_client", "-connect", srv.Addr, "-servername", "localhost"}
	b.Run("roots-file", func(b *testing.B) {
		inTurns(b, append(slices.Clone(connect), "--roots", pki.Root(b)), append(slices.Clone(client), "-CAfile", pki.Root(b)))
	})
	b.Run("default-roots", func(b *testing.B) { inTurns(b, connect, client) })
	b.Run("bundled-roots", func(b *testing.B) { inTurns(b, append(slices.Clone(connect), "--roots", "bundled"), client) })
}

// build makes the program as a release has it.
func build(b testing.TB) string {
	name := filepath.Join(b.TempDir(), "tlsprobe")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", name, "../cmd/tlsprobe")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return name
}

func inTurns(b *testing.B, ours, theirs []string) {
	var a, c []time.Duration
	for b.Loop() {
		a = append(a, run(b, ours))
		c = append(c, run(b, theirs))
	}
	own, other := median(a), median(c)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(own.Seconds()*1000, "ms-tlsprobe")
	b.ReportMetric(other.Seconds()*1000, "ms-s_client")
	b.ReportMetric(float64(own)/float64(other), "ratio")
	b.ReportMetric(float64(slices.Min(a))/float64(slices.Min(c)), "ratio-of-minima")
	b.ReportMetric(float64(peakKB(b, ours))/1024, "MB-peak")
}

// run takes the time of a process from start to end. Its exit code is of no interest here: the default
// roots do not hold the test's.
func run(b *testing.B, args []string) time.Duration {
	cmd := exec.Command(args[0], args[1:]...) // its output goes to the null device
	cmd.Env = environment()
	start := time.Now()
	if err := cmd.Run(); cmd.ProcessState == nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// environment is ours without the variables that move the default roots.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "SSL_CERT_") })
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
