package safetext_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/tlsprobe/tlsprobe/internal/safetext"
)

func TestWhatATerminalWouldObeyIsSpelledOut(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"example.com", "example.com"},
		{"Größe 日本 ✓", "Größe 日本 ✓"},
		{"a\x1b[31mred", `a\x1b[31mred`},
		{"a\nb\r\tc\x00\x7f", `a\nb\r\tc\x00\x7f`},
		{"\u009b31m", `\u009b31m`},
		{"evil\u202etxt.exe", `evil\u202etxt.exe`},
		{"zero\u200bwidth\u200d\ufeff", `zero\u200bwidth\u200d\ufeff`},
		{"line\u2028para\u2029", `line\u2028para\u2029`},
		{"soft\u00adhyphen\u00a0nbsp", `soft\u00adhyphen\u00a0nbsp`},
		{"tag\U000e0041", `tag\U000e0041`},
		{"filler\u3164\u2800", `filler\u3164\u2800`},
		{"bad\xff\xc3(", `bad\xff\xc3(`},
		{"e\u0301", "e\u0301"},
		{"\u0301alone", `\u0301alone`},
		{"a" + strings.Repeat("\u0301", 6), "a" + strings.Repeat("\u0301", 4) + `\u0301\u0301`},
		{"\ufffd", "\ufffd"},
	} {
		if got := safetext.Visible(c.in); got != c.want {
			t.Errorf("Visible(%+q) = %+q, want %+q", c.in, got, c.want)
		}
	}
}

func TestWidthCountsColumns(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int
	}{{"abc", 3}, {"日本", 4}, {"e\u0301", 1}, {"─▶", 2}, {"🙂", 2}, {"ｆ", 2}, {"…", 1}, {"", 0}} {
		if got := safetext.Width(c.in); got != c.want {
			t.Errorf("Width(%q) = %d, want %d", c.in, got, c.want)
		}
	}
}

func TestCutNeverSplitsACharacter(t *testing.T) {
	for _, c := range []struct {
		in, ellipsis string
		max          int
		want         string
	}{
		{"abcdef", "…", 6, "abcdef"},
		{"abcdef", "…", 5, "abcd…"},
		{"abcdef", "...", 5, "ab..."},
		{"abcdef", "...", 2, ".."},
		{"日本語", "…", 5, "日本…"},
		{"日本語", "…", 4, "日…"},
		{"日本語", "…", 6, "日本語"},
		{"abc", "…", 0, ""},
		{"éé", "…", 2, "éé"},
	} {
		if got := safetext.Cut(c.in, c.max, c.ellipsis); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.in, c.max, got, c.want)
		}
	}
}

func TestALongNameIsCutWithoutBeingRead(t *testing.T) {
	long := strings.Repeat("\x1b", 60000)
	if got, want := safetext.VisibleCut(long, 10, "…"), `\x1b\x1b\…`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if n := testing.AllocsPerRun(10, func() { safetext.VisibleCut(long, 10, "…") }); n > 20 {
		t.Errorf("%v allocations for ten columns", n)
	}
	if got := safetext.VisibleCut("ab\n", 4, "…"); got != `ab\n` {
		t.Errorf("what fits was cut: %q", got)
	}
}

func FuzzVisible(f *testing.F) {
	for _, s := range []string{"", "a\x1b]0;x\a", "\u202e\u0301\xff", "日本\u200b"} {
		f.Add(s, 7)
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		v := safetext.Visible(s)
		if !utf8.ValidString(v) {
			t.Fatalf("not UTF-8: %q", v)
		}
		for _, r := range v {
			if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
				t.Fatalf("%U is still there: %q", r, v)
			}
		}
		if again := safetext.Visible(v); again != v {
			t.Fatalf("not the same a second time: %q, %q", v, again)
		}
		if limit %= 200; limit >= 0 {
			for _, ellipsis := range []string{"…", "..."} {
				if w := safetext.Width(safetext.VisibleCut(s, limit, ellipsis)); w > limit {
					t.Fatalf("%d columns, at most %d", w, limit)
				}
			}
		}
		for _, r := range safetext.ASCII(v) {
			if r >= utf8.RuneSelf {
				t.Fatalf("%U is no ASCII", r)
			}
		}
	})
}
