package interop

import (
	"fmt"
	"os"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// pki is shared by all tests: making RSA and DSA keys takes longer than the tests do.
var pki *testpeer.PKI

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "tlsprobe-interop")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	pki = testpeer.NewPKI(dir)
	code := m.Run()
	_ = os.RemoveAll(dir) // nothing is lost with it
	os.Exit(code)
}
