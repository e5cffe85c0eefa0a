package lint

import (
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// FuzzCheck has certificates of any bytes in every role: each lint answers, within its bounds.
func FuzzCheck(f *testing.F) {
	for _, s := range plain().subjects(f) {
		f.Add(s.Cert.Raw)
	}
	for _, b := range breaches {
		c := plain()
		b.change(c)
		for _, s := range c.subjects(f) {
			f.Add(s.Cert.Raw)
		}
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		c, _ := cert.Parse(der)
		for _, o := range []Options{asAdvice, asRules, asRFC} {
			subjects := []Subject{{Cert: c, Role: Leaf}, {Cert: c, Role: Intermediate}, {Cert: c, Role: Root}, {}}
			answered := make(map[string]int)
			for _, found := range Check(subjects, o) {
				answered[found.ID]++
				if found.Message == "" || len(found.Message) > 1000 {
					t.Errorf("%s: %q", found.ID, found.Message)
				}
			}
			for _, row := range finding.Lints() {
				if n := answered[string(row.ID)]; n < 1 || n > len(subjects) {
					t.Errorf("%s: %d findings", row.ID, n)
				}
			}
		}
	})
}
