package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/demo"
)

var update = flag.Bool("update", false, "write the outputs in README.md again")

// TestReadmeShowsWhatIsPrinted runs each command of README.md and compares what it prints, apart from
// what no two runs have in common.
func TestReadmeShowsWhatIsPrinted(t *testing.T) {
	name, err := filepath.Abs(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	s := &session{t: t}
	printed := s.replay(string(written))
	if *update {
		if err := os.WriteFile(name, []byte(printed), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, want := strings.Split(mask(printed), "\n"), strings.Split(mask(string(written)), "\n")
	for i := range max(len(got), len(want)) {
		g, w := at(got, i), at(want, i)
		if g != w {
			t.Fatalf("README.md:%d says\n\t%s\nand the program\n\t%s\ngo test ./cmd/tlsprobe -run Readme -update writes it again", i+1, w, g)
		}
	}
	if s.ran < 5 {
		t.Errorf("only %d commands were found", s.ran)
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

// session is a reader who types what the document shows.
type session struct {
	t    *testing.T
	ran  int
	code int    // of the last command
	port string // of the server, as the document has it
	real string // and where it is
}

// replay returns the document with the output of its commands as it is now.
func (s *session) replay(doc string) string {
	var b strings.Builder
	inside, command := false, false
	for line := range strings.Lines(doc) {
		switch {
		case strings.HasPrefix(line, "```console"):
			inside, command = true, false
			b.WriteString(line)
		case inside && strings.HasPrefix(line, "```"):
			inside = false
			b.WriteString(line)
		case inside && strings.HasPrefix(line, "$ "):
			command = true
			b.WriteString(line)
			b.WriteString(s.run(strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "$ "))))
		case inside && command: // the output of then
		default:
			b.WriteString(line)
		}
	}
	return b.String()
}

func (s *session) run(words []string) string {
	s.t.Helper()
	switch {
	case strings.Join(words, " ") == "echo $?":
		return strconv.Itoa(s.code) + "\n"
	case words[0] != "tlsprobe":
		s.t.Fatalf("README.md has a command that can't be run: %s", words)
	}
	s.ran++
	args := words[1:]
	if args[len(args)-1] == "&" {
		return s.serve(args)
	}
	for i, a := range args {
		if host, port, ok := strings.Cut(a, "localhost:"); ok && s.real != "" {
			s.port = port
			args[i] = host + s.real
		}
	}
	var out, errs bytes.Buffer
	app := testApp(&out, &errs)
	s.code = app.Run(s.t.Context(), args)
	text := out.String() + errs.String()
	if s.real != "" {
		text = strings.ReplaceAll(text, s.real, "localhost:"+s.port)
	}
	return text
}

// serve stands in for demo --serve NAME --roots-file FILE in the background.
func (s *session) serve(args []string) string {
	s.t.Helper()
	sc, err := demo.Find(args[2])
	if err != nil || args[0] != "demo" || args[1] != "--serve" || args[3] != "--roots-file" {
		s.t.Fatalf("README.md serves what the test does not know: %s (%v)", args, err)
	}
	srv, err := demo.Start(s.t.Context(), sc, demo.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = srv.Close() }) // it ends with the test
	if err := os.WriteFile(args[4], srv.RootsPEM(), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.real = srv.Target()
	return "serving " + sc.Name + " on localhost:8443; interrupt to stop\nhint: tlsprobe connect localhost:8443 --roots " + args[4] + "\n"
}

// mask hides what differs from run to run: times, ports, dates, random bytes, and sizes that follow
// from them.
func mask(s string) string {
	for _, m := range []struct{ what, by string }{
		{`\b\d+(\.\d+)?ms\b`, "TIME"},
		{`rtt TIME`, ""},
		{`(?m)^ +timing rtt .*\n`, ""},
		{`(?m)^ +\d+\.\d+  ([─═]▶|◀[─═]) +\d+ `, "$1 BYTES "},
		{`localhost:\d+`, "localhost:PORT"},
		{`#\d+`, "#N"},
		{`\b[0-9a-f]{8}…[0-9a-f]{6}\b`, "RANDOM"},
		{`\b\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?`, "DATE"},
		{`rules, \d+ connections, \d+\.\ds`, "rules, N connections, TIME"},
		{`DATE, \d+ days`, "DATE, N days"},
		{`\d+ other checks, \d+ skipped`, "N other checks, N skipped"},
		{`DATE \d\d:\d\d:\d\d`, "DATE"},
		{`\b\d+ days (left|ago)`, "N days $1"},
		{`\b[0-9a-f]{20,}\b`, "HEX"},
		{`[A-Za-z0-9+/]{43}=`, "PIN"},
		{`  +`, " "},
		{` +\n`, "\n"},
	} {
		s = regexp.MustCompile(m.what).ReplaceAllString(s, m.by)
	}
	return s
}
