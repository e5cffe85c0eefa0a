package audit

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// headers are fields of Strict-Transport-Security, and what they come to. Those of RFC 6797, Section 6.2, are the first.
var headers = []struct {
	values []string
	age    int64 // -1: none
	sub    bool
	pre    bool
	valid  bool
	why    string
}{
	{[]string{"max-age=31536000"}, 31536000, false, false, true, ""},
	{[]string{"max-age=15768000 ; includeSubDomains"}, 15768000, true, false, true, ""},
	{[]string{`max-age="31536000"`}, 31536000, false, false, true, ""},
	{[]string{"max-age=0"}, 0, false, false, true, ""},
	{[]string{"max-age=0; includeSubDomains"}, 0, true, false, true, ""},

	{[]string{"MAX-AGE=1; INCLUDESUBDOMAINS; Preload"}, 1, true, true, true, ""},
	{[]string{" ; max-age = 5 ;; preload; "}, 5, false, true, true, ""},
	{[]string{"max-age=1; other; more=\"a;b\\\"c\""}, 1, false, false, true, ""},
	{[]string{"max-age=99999999999999999999"}, math.MaxInt64, false, false, true, ""},
	{[]string{"max-age=1", "max-age=2"}, 1, false, false, true, "sent 2 times"},
	{[]string{"max-age=1; preload=no"}, 1, false, false, true, ""},

	{[]string{"includeSubDomains"}, -1, false, false, false, "max-age is missing"},
	{[]string{""}, -1, false, false, false, "max-age is missing"},
	{[]string{"max-age=-1"}, -1, false, false, false, "no number"},
	{[]string{"max-age=1.5"}, -1, false, false, false, "no number"},
	{[]string{"max-age=\"\""}, -1, false, false, false, "no number"},
	{[]string{"max-age"}, -1, false, false, false, "no number"},
	{[]string{"max-age="}, -1, false, false, false, "grammar"},
	{[]string{"max-age=1; max-age=1"}, -1, false, false, false, "twice"},
	{[]string{"max-age=1; x; X"}, -1, false, false, false, "twice"},
	{[]string{"max-age=1, max-age=2"}, -1, false, false, false, "grammar"},
	{[]string{"max-age=1 includeSubDomains"}, -1, false, false, false, "grammar"},
	{[]string{"max-age=1; includeSubDomains=true"}, -1, false, false, false, "has a value"},
	{[]string{`"max-age=1"`}, -1, false, false, false, "grammar"},
	{[]string{`max-age="1`}, -1, false, false, false, "grammar"},
	{[]string{"=1; max-age=1"}, -1, false, false, false, "grammar"},
	{[]string{"bad\x1b[2J", "max-age=1"}, -1, false, false, false, "grammar"},
}

func TestHSTSIsReadAsTheRFCAsks(t *testing.T) {
	for _, c := range headers {
		h := readHSTS(c.values)
		age := int64(-1)
		if h.MaxAge != nil {
			age = *h.MaxAge
		}
		if !h.Present || h.Raw != c.values[0] || h.Valid != c.valid || (h.Why == "") != (c.why == "") || !strings.Contains(h.Why, c.why) {
			t.Errorf("%q: %+v", c.values, h)
		}
		if age != c.age || h.IncludeSubdomains != c.sub || h.Preload != c.pre {
			t.Errorf("%q: %d %t %t", c.values, age, h.IncludeSubdomains, h.Preload)
		}
	}
	if h := readHSTS(nil); h != (HSTS{}) {
		t.Errorf("%+v", h)
	}
}

// FuzzHSTS holds what is read against what is written from it again.
func FuzzHSTS(f *testing.F) {
	for _, c := range headers {
		f.Add(c.values[0])
	}
	f.Fuzz(func(t *testing.T, value string) {
		h := readHSTS([]string{value})
		if len(h.Raw) > 300 || len(h.Why) > 1500 {
			t.Fatalf("%d and %d bytes", len(h.Raw), len(h.Why))
		}
		if !h.Valid {
			return
		}
		again := fmt.Sprintf("max-age=%d", *h.MaxAge)
		if h.IncludeSubdomains {
			again += ";includeSubDomains"
		}
		if h.Preload {
			again += ";preload"
		}
		g := readHSTS([]string{again})
		if !g.Valid || *g.MaxAge != *h.MaxAge || g.IncludeSubdomains != h.IncludeSubdomains || g.Preload != h.Preload {
			t.Errorf("%q comes to %+v, and %q to %+v", value, h, again, g)
		}
	})
}
