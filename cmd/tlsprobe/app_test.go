package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/tlsprobe/tlsprobe/internal/demo"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// testApp is the program in a UTF-8 locale and without a terminal.
func testApp(out, errs io.Writer) *App {
	return &App{
		Stdin: strings.NewReader(""), Stdout: out, Stderr: errs,
		Env: func(name string) string {
			if name == "LANG" {
				return "C.UTF-8"
			}
			return ""
		},
		Now: time.Now, Rand: rand.Reader, Width: func() int { return 0 },
	}
}

func TestScenarioOfTheDemoEndsAsItSays(t *testing.T) {
	codes := map[demo.Outcome]int{
		"": exitOK, demo.OutcomeOK: exitOK, demo.OutcomeUntrusted: exitUntrusted,
		demo.OutcomeHandshakeFailed: exitHandshake, demo.OutcomeNetwork: exitNetwork,
	}
	schema := traceSchema(t)
	for _, sc := range demo.Scenarios() {
		t.Run(sc.Name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			code := testApp(&out, &errs).Run(t.Context(), []string{"demo", "--scenario", sc.Name, "--json"})
			if want := codes[sc.Expect]; code != want {
				t.Errorf("exit code %d, not %d\n%s", code, want, &errs)
			}
			// A peer that never stops makes a document that takes long to validate.
			if out.Len() < 16<<20 {
				validate(t, schema, out.Bytes())
			}
			if said := errs.Len() > 0; said != (code != exitOK) {
				t.Errorf("exit code %d, and on stderr: %s", code, &errs)
			}
			if code == exitHandshake || code == exitNetwork {
				if !strings.Contains(errs.String(), "\nhint: ") {
					t.Errorf("no hint: %s", &errs)
				}
			}
		})
	}
}

func validate(t *testing.T, schema *jsonschema.Resolved, document []byte) {
	t.Helper()
	var doc any
	if err := json.Unmarshal(document, &doc); err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(doc); err != nil {
		t.Error(err)
	}
}

func traceSchema(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	var schema jsonschema.Schema
	if err := json.Unmarshal(trace.SchemaJSON(), &schema); err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

func TestNoLineIsWiderThanTheTerminal(t *testing.T) {
	for _, scenario := range []string{"tls13", "tls11", "hello-retry", "big-chain", "hostile-names", "alert", "expired", "client-auth", "bad-signature", "truncate", "smtp"} {
		for _, width := range []int{80, 120} {
			for _, flag := range []string{"", "-v", "-vv", "-q", "--ascii"} {
				t.Run(strings.TrimSpace(scenario+" "+flag), func(t *testing.T) {
					t.Parallel()
					var out, errs bytes.Buffer
					app := testApp(&out, &errs)
					app.StdoutIsTerminal, app.Width = true, func() int { return width }
					args := []string{"demo", "--scenario", scenario, "--color", "never"}
					if flag != "" {
						args = append(args, flag)
					}
					app.Run(t.Context(), args)
					for line := range strings.Lines(out.String()) {
						line = strings.TrimSuffix(line, "\n")
						// Sentences of the verdict are made to be read, and to be copied whole.
						if prose(line) {
							continue
						}
						if n := utf8.RuneCountInString(line); n > width {
							t.Errorf("%d columns of %d: %s", n, width, line)
						}
					}
				})
			}
		}
	}
}

func prose(line string) bool {
	for _, p := range []string{"verdict ", "hint: ", "blame: "} {
		if strings.HasPrefix(line, p) {
			return true
		}
	}
	return false
}

func TestHostileNamesDoNotReachTheTerminal(t *testing.T) {
	for _, flags := range [][]string{nil, {"-vv"}, {"--color", "never", "--only", "certificate"}, {"--ascii"}} {
		var out, errs bytes.Buffer
		testApp(&out, &errs).Run(t.Context(), append([]string{"demo", "--scenario", "hostile-names"}, flags...))
		if out.Len() == 0 {
			t.Errorf("%q: nothing was printed: %s", flags, &errs)
		}
		for _, bad := range []string{"\x1b", "\r", "\a", "\u202e", "\u2066"} {
			if strings.Contains(out.String()+errs.String(), bad) {
				t.Errorf("%q: %q reached the terminal", flags, bad)
			}
		}
	}
}

// brokenPipe is a stdout whose reader has left.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}
}

func TestAClosedPipeEndsQuietly(t *testing.T) {
	for _, args := range [][]string{
		{"demo"}, {"demo", "--json"}, {"demo", "--events"}, {"demo", "-vv"}, {"demo", "--list"},
		{"explain", "--paths"}, {"explain", "40"}, {"schema", "trace"}, {"version"}, {"--help"},
	} {
		var errs bytes.Buffer
		code := testApp(brokenPipe{}, &errs).Run(t.Context(), args)
		if code != exitOK || errs.Len() > 0 {
			t.Errorf("%q: exit code %d, and on stderr: %s", args, code, &errs)
		}
	}
}

func TestAClosedPipeDoesNotHideTheOutcome(t *testing.T) {
	var errs bytes.Buffer
	if code := testApp(brokenPipe{}, &errs).Run(t.Context(), []string{"demo", "--scenario", "expired"}); code != exitUntrusted {
		t.Errorf("exit code %d, not %d", code, exitUntrusted)
	}
}

// faultyRand is a source of randomness that breaks.
type faultyRand struct{ panics bool }

func (f faultyRand) Read([]byte) (int, error) {
	if f.panics {
		panic("out of dice")
	}
	return 0, io.ErrUnexpectedEOF
}

func TestABugOfOursIsSaidToBeOne(t *testing.T) {
	target := serve(t, "tls13").Target()
	for _, r := range []faultyRand{{panics: true}, {}} {
		var out, errs bytes.Buffer
		app := testApp(&out, &errs)
		app.Rand = r
		if code := app.Run(t.Context(), []string{"connect", target, "--roots", "bundled"}); code != exitInternal {
			t.Errorf("%+v: exit code %d, not %d\n%s%s", r, code, exitInternal, &out, &errs)
		}
		if r.panics && !strings.Contains(errs.String(), "this is a bug: out of dice") {
			t.Errorf("not said: %s", &errs)
		}
	}
}

func serve(t *testing.T, name string) *demo.Server {
	t.Helper()
	sc, err := demo.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	srv, err := demo.Start(t.Context(), sc, demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() }) // the process would end it, too
	return srv
}

// lineReader gives a line at a time, and the next only when it is asked for.
type lineReader struct{ lines chan string }

func (r lineReader) Read(p []byte) (int, error) {
	line, ok := <-r.lines
	if !ok {
		return 0, io.EOF
	}
	return copy(p, line), nil
}

// answerWriter tells of what is written.
type answerWriter struct{ written chan string }

func (w answerWriter) Write(p []byte) (int, error) {
	w.written <- string(p)
	return len(p), nil
}

func TestStdioIsAConversation(t *testing.T) {
	srv := serve(t, "tls13")
	in, out := lineReader{make(chan string)}, answerWriter{make(chan string, 16)}
	var errs bytes.Buffer
	app := testApp(out, &errs)
	app.Stdin, app.StdoutIsTerminal = in, true
	ended := make(chan int)
	go func() {
		ended <- app.Run(context.Background(), []string{"connect", srv.Target(), "--roots", "bundled", "--insecure", "--stdio", "-q"})
	}()
	for _, line := range []string{"good morning\n", "good \x1b[2Jnight\n"} {
		in.lines <- line
		said := ""
		for !strings.HasSuffix(said, "\n") {
			said += <-out.written
		}
		want := strings.ReplaceAll(line, "\x1b", `\x1b`) // a terminal does not obey the peer
		if said != want {
			t.Errorf("%q came back as %q, not %q", line, said, want)
		}
	}
	close(in.lines)
	if code := <-ended; code != exitOK {
		t.Errorf("exit code %d\n%s", code, &errs)
	}
	if !strings.HasPrefix(errs.String(), "verdict ") {
		t.Errorf("on stderr: %s", &errs)
	}
}

func TestAnInterruptEndsAConversation(t *testing.T) {
	srv := serve(t, "tls13")
	in, out := lineReader{make(chan string)}, answerWriter{make(chan string, 16)}
	var errs bytes.Buffer
	app := testApp(out, &errs)
	app.Stdin = in
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan int)
	go func() {
		ended <- app.Run(ctx, []string{"connect", srv.Target(), "--roots", "bundled", "--insecure", "--stdio"})
	}()
	in.lines <- "good morning\n"
	<-out.written
	cancel(signalError{syscall.SIGTERM})
	if code := <-ended; code != 143 {
		t.Errorf("exit code %d, not 143", code)
	}
	for _, want := range []string{"ClientHello", "good morning", "\nverdict interrupted"} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("stderr has no %q:\n%s", want, &errs)
		}
	}
}
