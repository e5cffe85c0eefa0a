package testpeer

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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

// NeedFile returns the path of a file or folder that a package of Debian installs. Where it is missing the test is skipped, or
// fails if peers are required.
func NeedFile(t testing.TB, path string) string {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		missing(t, "test vectors are not installed (.ci/install-peers does it on Debian): %v", err)
	}
	return path
}

// GoSource returns the path of a file or folder of Go's own source tree, in which there are certificates of others. Where it is
// missing the test is skipped: a toolchain may come without.
func GoSource(t testing.TB, path string) string {
	t.Helper()
	path = filepath.Join(runtime.GOROOT(), "src", path) //nolint:staticcheck // that is where they are
	if _, err := os.Stat(path); err != nil {
		t.Skipf("Go's source tree isn't here: %v", err)
	}
	return path
}

// Vectors is where Debian's python3-cryptography-vectors has its certificates, CRLs and OCSP responses, NIST's PKITS among them.
const Vectors = "/usr/lib/python3/dist-packages/cryptography_vectors/x509/"

// missing skips the test, or fails it if peers are required.
func missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if Required() {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}
