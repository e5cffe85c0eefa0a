package record

import (
	"errors"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// TestEverySuiteIsProtectedUnlessItsCipherIsNotThere holds the table of suites against this package:
// a suite is refused for its cipher or MAC alone, never for how its row is written.
func TestEverySuiteIsProtectedUnlessItsCipherIsNotThere(t *testing.T) {
	protected := 0
	for suite := range iana.AllCipherSuites() {
		p, ok := suite.Params()
		if !ok {
			continue
		}
		_, computable := shapeOf(p.Cipher)
		for v := max(p.MinVersion, iana.SSL30); v <= min(p.MaxVersion, iana.TLS13); v++ {
			_, _, _, err := Lengths(v, p)
			if (err == nil) != (computable && p.MAC != iana.MACOther) {
				// SSL 3.0 and the HMACs of later years do not go together.
				if v == iana.SSL30 && (p.MAC == iana.MACSHA256 || p.MAC == iana.MACSHA384) && errors.Is(err, ErrCipherUnsupported) {
					continue
				}
				t.Errorf("%v in %v: %v", suite, v, err)
			}
			if err == nil {
				protected++
			}
		}
	}
	if protected < 300 {
		t.Errorf("only %d pairs of suite and version are protected", protected)
	}
}
