package lint

import "testing"

// BenchmarkCheck has an ordinary chain of three, with RSA keys in two of them.
func BenchmarkCheck(b *testing.B) {
	c := plain()
	c.keys[0], c.keys[1] = rsaKey(2048, 65537), rsaKey(2048, 65537)
	subjects := c.subjects(b)
	b.ReportAllocs()
	for b.Loop() {
		Check(subjects, asRules)
	}
}
