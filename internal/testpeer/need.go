package testpeer

import (
	"os"
	"os/exec"
	"testing"
)

// Required reports whether a missing peer is a failure: TLSPROBE_PEERS=required.
func Required() bool { return os.Getenv("TLSPROBE_PEERS") == "required" }

// Need returns the path of a program. Where it is missing the test is skipped, or fails if peers are
// required.
func Need(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	// nginx lies where only administrators look by default.
	for _, dir := range []string{"/usr/sbin/", "/usr/local/sbin/", "/sbin/"} {
		if path, err := exec.LookPath(dir + program); err == nil {
			return path
		}
	}
	missing(t, "the peer %s is not installed (.ci/install-peers does it on Debian): %v", program, err)
	return ""
}

// missing skips the test, or fails it if peers are required.
func missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if Required() {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// NeedFile returns the path of a file of somebody else's test data, once it is there. Where it is missing the test is
// skipped, or fails if peers are required.
func NeedFile(t testing.TB, path string) string {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		missing(t, "the test data %s is not installed (.ci/install-peers does it on Debian)", path)
	}
	return path
}
