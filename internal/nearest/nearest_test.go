package nearest_test

import (
	"testing"
	"testing/quick"

	"github.com/tlsprobe/tlsprobe/internal/nearest"
)

func TestDistancesAreThoseOfTheTextbooks(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"saturday", "sunday", 3}, {"same", "same", 0}} {
		if got := nearest.Distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q is %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestDistanceIsAMetric(t *testing.T) {
	if err := quick.Check(func(a, b, c string) bool {
		ab, ba := nearest.Distance(a, b), nearest.Distance(b, a)
		return ab == ba && (ab == 0) == (a == b) && nearest.Distance(a, c) <= ab+nearest.Distance(b, c)
	}, nil); err != nil {
		t.Error(err)
	}
}
