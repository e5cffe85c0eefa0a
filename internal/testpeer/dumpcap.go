package testpeer

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Dumpcap captures what passes over loopback to and from a port into a file, until Stop. Where capturing isn't allowed the test is
// skipped, or fails if peers are required. It returns once packets are seen.
func Dumpcap(t testing.TB, port string) (s *Server, file string) {
	t.Helper()
	path := Need(t, "dumpcap")
	dir := t.TempDir()
	file = filepath.Join(dir, "capture.pcapng")
	s = launch(t, "dumpcap", command{path: path, args: []string{"-q", "-i", "lo", "-f", "tcp port " + port, "-w", file}, dir: dir})
	if _, ok := s.SoonLine("File: "); !ok {
		missing(t, "dumpcap may not capture on loopback: %s", s.Log())
	}
	return s, file
}

// Captured waits until what is in the file is all that is wanted: dumpcap writes when it pleases.
func Captured(t testing.TB, file string, all func(capture []byte) bool) []byte {
	t.Helper()
	for range 200 {
		if b, err := os.ReadFile(file); err == nil && all(b) {
			return b
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s never held all that was captured", file)
	return nil
}
