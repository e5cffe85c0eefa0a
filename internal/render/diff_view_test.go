package render

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"unicode"

	"github.com/tlsprobe/tlsprobe/internal/diff"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// evil is what a peer's text must not be able to do to a terminal, a review's comment or an XML file.
const evil = "a\x1b[31m\r\n```\u202e<b>]]>&\x00"

func pointer(s string) *string { return &s }

// comparison has one of everything, with a peer's text wherever there can be one.
func comparison() *diff.Document {
	worse := []diff.Meaning{{Verdict: diff.Worse, Words: "post-quantum lost"}}
	better := []diff.Meaning{{Verdict: diff.Better, Words: "renewed"}}
	return &diff.Document{
		Schema: diff.DocumentSchema, Result: diff.Differs, Worse: 1, Better: 1, Neutral: 2, Omitted: 3,
		A: diff.Side{Name: evil, Target: trace.Target{Input: evil, Host: evil, Port: 1}, Last: "client_hello"},
		B: diff.Side{Name: "b.json", Last: "alert fatal " + evil},
		Groups: []diff.Group{
			{Name: "connection", State: diff.StateSame, Changes: []diff.Change{{Label: "address", Kind: diff.Changed, A: pointer("1"), B: pointer("2"), Why: diff.WhyPlace}}},
			{Name: "client_hello", Dir: trace.Sent, State: diff.StateSame, Passed: []string{"random", evil, "c", "d", "e", "f"}},
			{Name: "server_hello", Dir: trace.Received, State: diff.StateChanged, Changes: []diff.Change{
				{Label: "key_share.group", Kind: diff.Changed, A: pointer("X25519MLKEM768"), B: pointer(evil), Counts: true, Meanings: worse},
				{Label: "a", Kind: diff.Changed, A: pointer("1"), B: pointer("2"), Why: diff.WhyFollows},
				{Label: "cipher_suites", Kind: diff.Moved, A: pointer("x at 1"), B: pointer("x at 2"), Counts: true},
			}},
			{Name: "certificate#2", Dir: trace.Received, State: diff.StateAdded, Changes: []diff.Change{
				{Path: "certificate#2", Label: evil, Kind: diff.Added, B: pointer(evil), Counts: true, Meanings: better}}},
			{Name: evil, Dir: trace.Received, State: diff.StateRemoved, Changes: []diff.Change{{Path: "x", Label: "x", Kind: diff.Removed, A: pointer(evil), Counts: true}}},
			{Name: "finished", Dir: trace.Received, State: diff.StateNotReached},
		},
		Timing:  []diff.Timing{{Step: "tls", AMs: new(float64)}},
		Parting: &diff.Parting{A: "server_hello", B: "alert fatal " + evil, After: "client_hello", Before: 2},
	}
}

func drawn(t *testing.T, draw func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := draw(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func safe(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		for _, r := range line {
			if unicode.IsControl(r) || r == '\u202e' {
				t.Errorf("%q is in %q", r, line)
			}
		}
	}
}

func TestTextOfAPeerIsSafeInComparisons(t *testing.T) {
	d := comparison()
	across := &diff.AcrossDocument{
		Result:    diff.AcrossDiffers,
		Clusters:  []diff.Cluster{{Endpoints: []string{evil}}, {Endpoints: []string{"b"}, Diff: d, Outcome: trace.Untrusted}},
		Unreached: []diff.Unreached{{Endpoint: evil, Error: &trace.Error{Message: evil}}, {Endpoint: "x"}},
	}
	for _, o := range []Options{{}, {ASCII: true}, {Verbosity: 1}, {Width: 60}, {Quiet: true}} {
		for _, draw := range []func(io.Writer) error{
			func(w io.Writer) error { return Diff(w, d, 1, o) },
			func(w io.Writer) error { return Unified(w, d, o) },
			func(w io.Writer) error { return Across(w, across, 1, o) },
			func(w io.Writer) error { return Check(w, checked(), 1, o) },
		} {
			safe(t, drawn(t, draw))
		}
	}
}

func checked() *diff.CheckDocument {
	return &diff.CheckDocument{Lock: evil, Endpoints: []diff.CheckEndpoint{
		{Target: "same:1", State: diff.CheckSame, Facts: []string{"version"}},
		{Target: evil, State: diff.CheckWorse, Facts: []string{"version", "alpn", "chain"}, Changes: []diff.Change{
			{Fact: "version", Label: "version", A: pointer(evil), B: pointer("TLS 1.2"), Counts: true, Meanings: []diff.Meaning{{Verdict: diff.Worse, Words: "version lowered"}}},
			{Fact: "alpn", Label: "alpn", A: pointer("h2"), Counts: true}}},
		{Target: "changed:1", State: diff.CheckChanged, Facts: []string{"alpn"}, Changes: []diff.Change{{Fact: "alpn", Label: "alpn", B: pointer("h2"), Counts: true}}},
		{Target: "gone:1", State: diff.CheckNotReached, Error: &trace.Error{Message: evil}},
	}}
}

func TestAComparisonSaysInWordsWhatItMeans(t *testing.T) {
	text := drawn(t, func(w io.Writer) error { return Diff(w, comparison(), 1, Options{}) })
	for _, want := range []string{
		"~ ServerHello\n", "▼ worse: post-quantum lost", "+ Certificate 2", "▲ better: renewed", "Finished             not reached", "order: x at 1 → x at 2",
		"1 more follows from these (-v)", "timing tls", "none  · informational", "they part after ClientHello", "likeliest cause: the 2 differences before that",
		"3 more differences are counted and not listed", "1 worse, 1 better, 2 neither", "exit 1",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	coloured := drawn(t, func(w io.Writer) error { return Diff(w, comparison(), 1, Options{Color: true}) })
	if !strings.Contains(coloured, "\x1b[") {
		t.Error("no colour")
	}
	all := drawn(t, func(w io.Writer) error { return Diff(w, comparison(), 1, Options{Verbosity: 1}) })
	if !strings.Contains(all, "follows from another difference") || strings.Contains(all, "(-v)") {
		t.Errorf("-v says\n%s", all)
	}
	for line := range strings.Lines(drawn(t, func(w io.Writer) error { return Diff(w, comparison(), 1, Options{Width: 60}) })) {
		if n := safetext.Width(strings.TrimSuffix(line, "\n")); n > 60 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func TestNoTextOfAPeerEndsTheBlockOfAUnifiedDiff(t *testing.T) {
	text := drawn(t, func(w io.Writer) error { return Unified(w, comparison(), Options{Color: true, Width: 20}) })
	for line := range strings.Lines(text) {
		if !strings.ContainsAny(line[:1], "-+@#") {
			t.Errorf("%q", line)
		}
	}
}

func TestJUnitIsWellFormedAndCounts(t *testing.T) {
	for changed, failures := range map[bool]string{false: `failures="1" errors="0"`, true: `failures="2" errors="0"`} {
		text := drawn(t, func(w io.Writer) error { return CheckJUnit(w, checked(), changed) })
		d := xml.NewDecoder(strings.NewReader(text))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
		}
		if !strings.Contains(text, failures) || !strings.Contains(text, `tests="1" failures="0" errors="1"`) || strings.Contains(text, "\x1b") {
			t.Errorf("changed %v:\n%s", changed, text)
		}
	}
}
