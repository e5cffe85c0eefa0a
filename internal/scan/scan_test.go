package scan

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

func collect(t *testing.T, list iter.Seq2[Line, error]) (lines []Line, failed error) {
	t.Helper()
	for l, err := range list {
		if err != nil {
			return lines, err
		}
		lines = append(lines, l)
	}
	return lines, nil
}

func TestLinesAreTargetsWithoutBlanksAndComments(t *testing.T) {
	const text = "\ufeffa.example\r\n\n# comment\n  b.example:8443\t# why\n \t \nhttps://c.example/#part\n[2001:db8::1]:443"
	got, err := collect(t, Lines(strings.NewReader(text)))
	want := []Line{{"a.example", 1}, {"b.example:8443", 4}, {"https://c.example/#part", 6}, {"[2001:db8::1]:443", 7}}
	if err != nil || len(got) != len(want) {
		t.Fatalf("%v, %v", got, err)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, not %+v", got[i], want[i])
		}
	}
}

func TestLineLongerThanAnyTargetIsCutAndTheNextOneRead(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	got, err := collect(t, Lines(strings.NewReader(long+"\nb.example\n"+long)))
	if err != nil || len(got) != 3 || len(got[0].Text) != maxLine || got[1] != (Line{"b.example", 2}) || got[2].Number != 3 {
		t.Fatalf("%d lines, %v", len(got), err)
	}
	if _, e := ParseTarget(got[0].Text); e == nil || e.Kind != kindUsage || len(e.Message) > 400 {
		t.Errorf("it is said to be %+v", e)
	}
}

func TestListThatCanNotBeReadOnSaysWhere(t *testing.T) {
	broken := errors.New("broken")
	got, err := collect(t, Lines(io.MultiReader(strings.NewReader("a\nb\n"), iotest.ErrReader(broken))))
	if len(got) != 2 || !errors.Is(err, broken) || !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("%v, %v", got, err)
	}
	s := New(Options{Now: time.Now, Append: AppendJSON})
	if err := s.Run(t.Context(), Lines(io.MultiReader(strings.NewReader("a a\n"), iotest.ErrReader(broken))), io.Discard); !errors.Is(err, broken) {
		t.Errorf("the run ended with %v", err)
	}
	if s.Stats().Done != 1 {
		t.Errorf("%+v", s.Stats())
	}
}

func TestStartTLSIsRefused(t *testing.T) {
	for text, refused := range map[string]bool{"starttls://a:25": true, "STARTTLS://a:25": true, "starttls": false, "a.example": false} {
		if _, e := ParseTarget(text); (e != nil) != refused {
			t.Errorf("%s: %+v", text, e)
		}
	}
}

func TestEachTargetIsInOnePart(t *testing.T) {
	const parts, total = 7, 7000
	var sizes [parts]int
	for i := range total {
		text, in := address7(i), 0
		for p := range parts {
			if (Shard{p, parts}).Has(text) {
				in++
				sizes[p]++
			}
		}
		if in != 1 || !(Shard{}).Has(text) || !(Shard{0, 1}).Has(text) {
			t.Fatalf("%s is in %d parts", text, in)
		}
	}
	for p, n := range sizes {
		if n < 850 || n > 1150 { // the texts are fixed, and so are the sizes
			t.Errorf("part %d has %d of %d", p, n, total)
		}
	}
	// printf %s example.com | sha256sum begins a379a6f6eeafb9a5
	if !(Shard{int(uint64(0xa379a6f6eeafb9a5) % 1000), 1000}).Has("example.com") {
		t.Error("example.com is not where its SHA-256 says")
	}
}

func address7(n int) string {
	return strings.Repeat("h", n%13) + "-" + string(rune('a'+n%26)) + strings.Repeat("x", n/26)
}

func TestWhatIsWrittenIsFoundDone(t *testing.T) {
	var out bytes.Buffer
	settings := trace.Settings{Args: []string{"--alpn=h2", "--checks=true"}}
	s := New(Options{Now: time.Now, Append: AppendJSON, Settings: settings})
	texts := []string{"a a", "b\u00fc b", "c \"quoted\"", strings.Repeat("d", 10_000) + " x"}
	if err := s.Run(t.Context(), Arguments(texts), &out); err != nil {
		t.Fatal(err)
	}
	whole := int64(out.Len())
	out.WriteString(`{"schema":"tlsprobe.scan/1","target":{"input":"e`) // cut off
	done, n, err := ReadDone(&out, settings)
	if err != nil || n != whole || done.Len() != len(texts) {
		t.Fatalf("%d targets in %d bytes of %d, %v", done.Len(), n, whole, err)
	}
	for _, text := range texts {
		if !done.Has(text) {
			t.Errorf("%.20q is not", text)
		}
	}
	if done.Has("e") || (&Done{}).Has("a a") {
		t.Error("what is not there is found")
	}
}

func TestWhatIsNoOutputOfAScanIsRefused(t *testing.T) {
	good := `{"schema":"tlsprobe.scan/1","target":{"input":"a"},"settings":{"args":["--alpn=h2"]}}` + "\n"
	settings := trace.Settings{Args: []string{"--alpn=h2"}}
	for _, bad := range []string{
		"a.example\n", "{}\n", "[]\n", "\n", `{"schema":"tlsprobe.trace/1","target":{"input":"a"}}` + "\n", `{"schema":1}` + "\n",
		`{"schema":"tlsprobe.scan/1","line":3}` + "\n", strings.Replace(good, `"a"`, "null", 1),
		`{"schema":"tlsprobe.scan/1","target":{"input":"a"}}` + "\n", strings.Replace(good, "scan/1", "scan/2", 1), strings.Replace(good, "h2", "h3", 1),
		strings.Replace(good, `["--alpn=h2"]`, "null", 1), strings.Replace(good, `"--alpn=h2"`, `"--alpn=h2","--strict=true"`, 1), strings.Replace(good, `"a"`, "[", 1),
		strings.Repeat("x", 1<<20) + "\n",
	} {
		if _, _, err := ReadDone(strings.NewReader(good+bad), settings); err == nil || !strings.Contains(err.Error(), "line 2 ") || len(err.Error()) > 600 {
			t.Errorf("%.40q: %v", bad, err)
		}
	}
	other := strings.Replace(good, "h2", strings.Repeat("h", 1000), 1)
	if _, _, err := ReadDone(strings.NewReader(other), settings); !errors.Is(err, ErrSettings) || len(err.Error()) > 600 {
		t.Errorf("other settings: %v", err)
	}
	long := strings.Replace(good, "}}", `},"trace":"`+strings.Repeat("x", 1<<20)+`"}`, 1)
	if done, n, err := ReadDone(strings.NewReader(long+good), settings); err != nil || done.Len() != 1 || n != int64(len(long+good)) {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func FuzzReadDone(f *testing.F) {
	f.Add([]byte(`{"schema":"tlsprobe.scan/1","target":{"input":"a"},"settings":{"args":[]}}` + "\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if done, n, err := ReadDone(bytes.NewReader(b), trace.Settings{}); err == nil && (n > int64(len(b)) || done.Len() > bytes.Count(b, []byte("\n"))) {
			t.Errorf("%d targets in %d bytes", done.Len(), n)
		}
	})
}

func TestConnectionsAreSpreadOverTime(t *testing.T) {
	now := time.Now()
	p := newPace(4, func() time.Time { return now })
	for i := range 4 {
		if got := p.turn(); got != time.Duration(i)*250*time.Millisecond {
			t.Errorf("turn %d after %v", i, got)
		}
	}
	p.debit(2) // two more were made without asking
	now = now.Add(time.Second)
	if got := p.turn(); got != 500*time.Millisecond {
		t.Errorf("after them %v", got)
	}
	now = now.Add(time.Hour)
	if a, b := p.turn(), p.turn(); a != 0 || b != 250*time.Millisecond {
		t.Errorf("after an hour of rest %v and %v: what was not used does not come together", a, b)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p.wait(ctx) == nil {
		t.Error("who has given up has a turn")
	}
}

func TestAnEndedRunWritesWhatIsKnownAndNothingElse(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	s := New(Options{Workers: 1, Now: time.Now, Append: func(b []byte, d *Document) ([]byte, error) {
		if *d.Line == 3 {
			cancel()
		}
		return AppendJSON(b, d)
	}})
	err := s.Run(ctx, Lines(strings.NewReader(strings.Repeat("x x\n", 1000))), &out)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
	if n := strings.Count(out.String(), "\n"); n != s.Stats().Done || n < 3 || n > 4 {
		t.Errorf("%d lines, %+v", n, s.Stats())
	}
}

func TestAListThatHangsDoesNotHoldTheRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	defer w.Close() //nolint:errcheck // the test is over
	s := New(Options{Now: time.Now, Append: func(b []byte, d *Document) ([]byte, error) {
		cancel()
		return AppendJSON(b, d)
	}})
	go func() { _, _ = io.WriteString(w, "x x\n") }()
	if err := s.Run(ctx, Lines(r), io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}

func TestAWriterThatIsFullEndsTheRun(t *testing.T) {
	full := errors.New("full")
	s := New(Options{Now: time.Now, Append: AppendJSON})
	err := s.Run(t.Context(), Lines(strings.NewReader(strings.Repeat("x x\n", 100_000))), failing{full})
	if !errors.Is(err, full) || s.Stats().Done != 0 {
		t.Errorf("%v, %+v", err, s.Stats())
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestABugIsAResultAndDoesNotEndTheRun(t *testing.T) {
	s := New(Options{Now: time.Now, Append: AppendJSON, Probe: func(dial.Target) probe.Options { panic("boom") }})
	if err := s.Run(t.Context(), Arguments([]string{"127.0.0.1:9", "x x"}), io.Discard); err != nil {
		t.Fatal(err)
	}
	if got := s.Stats(); got.Internal != 1 || got.Refused != 1 || !strings.Contains(s.Bug(), "boom") {
		t.Errorf("%+v, %s", got, s.Bug())
	}
	if len(s.room)+len(s.gate.workers) != 0 {
		t.Error("its place is still taken")
	}
}

func TestVerdictIsRememberedForAMinuteAndForWhatItIsAbout(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	r := NewVerifier(verify.Of("none"), time.Time{})
	chain := &handshake.VerifyChain{Chain: [][]byte{{0x30, 0}}}
	same := ask("a", chain, now, false)
	if ask("a", chain, now.Add(59*time.Second), false) != same {
		t.Error("it is forgotten within the minute")
	}
	for name, q := range map[string]question{
		"minute": ask("a", chain, now.Add(time.Minute), false), "name": ask("b", chain, now, false), "findings": ask("a", chain, now, true),
		"chain":  ask("a", &handshake.VerifyChain{Chain: [][]byte{{0x30}, {0}}}, now, false),
		"staple": ask("a", &handshake.VerifyChain{Chain: chain.Chain, Staples: [][]byte{{1}}}, now, false),
		"scts":   ask("a", &handshake.VerifyChain{Chain: chain.Chain, SCTs: [][]byte{{1}}}, now, false),
	} {
		if q == same {
			t.Errorf("another %s has the same verdict", name)
		}
	}
	first := r.ask("a", chain, now, false)
	if first.Trusted || first.Word == "accept" || first.Word == "" || len(first.Findings) == 0 {
		t.Errorf("the verdict is %+v", first)
	}
	if again := r.ask("a", chain, now, false); &again.Findings[0] != &first.Findings[0] {
		t.Error("it was verified again")
	}
}

func TestRememberedVerdictsAreBounded(t *testing.T) {
	r := NewVerifier(nil, time.Time{})
	remember := func(q question, size int) {
		v := Verdict{Findings: []finding.Finding{{Message: strings.Repeat("x", size)}}}
		r.verdicts.Put(q, v, weigh(v.Findings))
	}
	const size, total = 100_000, 1000
	for i := range total {
		remember(question{byte(i), byte(i >> 8)}, size)
	}
	held := 0
	for i := range total {
		if _, ok := r.verdicts.Get(question{byte(i), byte(i >> 8)}); ok {
			held += size
		}
	}
	if held > maxVerdicts || held < maxVerdicts/4 {
		t.Errorf("%d bytes are held", held)
	}
	remember(question{1, 2, 3}, maxVerdicts)
	if _, ok := r.verdicts.Get(question{1, 2, 3}); ok {
		t.Error("one verdict takes all there is")
	}
}
