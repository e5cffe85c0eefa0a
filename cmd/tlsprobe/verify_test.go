package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tlsprobe/tlsprobe/internal/verify"
)

func TestEachVerdictHasItsExitCode(t *testing.T) {
	for v, want := range map[verify.Verdict]int{verify.Accept: exitOK, verify.Reject: exitNo, verify.Inconclusive: exitIncomplete} {
		if got := verdictCode(v); got != want {
			t.Errorf("%v: %d, not %d", v, got, want)
		}
	}
}

func TestEveryCheckIsInTheDocument(t *testing.T) {
	page, err := os.ReadFile("../../docs/verify.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range verify.Checks() {
		word := string(id)
		if strings.HasPrefix(word, "lint.") {
			word = "lint.*"
		}
		if !bytes.Contains(page, []byte("\n| `"+word+"` | ")) {
			t.Errorf("docs/verify.md has no row for %s", id)
		}
	}
	for _, flag := range [...][]string{namesOf(verify.AllRules()), namesOf(verify.Purposes()), namesOf(verify.Revocations())} {
		for _, word := range flag {
			if !bytes.Contains(page, []byte(word+"`")) {
				t.Errorf("docs/verify.md doesn't say what %s is", word)
			}
		}
	}
}

// ran runs the program as of testTime in a directory with the files of testPKI.
func ran(t *testing.T, width int, args ...string) (code int, out, errs string) {
	t.Helper()
	dir := t.TempDir()
	files, err := testPKI()
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	var o, e bytes.Buffer
	app := testApp(&o, &e)
	app.Now = func() time.Time { return testTime }
	app.StdoutIsTerminal, app.Width = width > 0, func() int { return width }
	code = app.Run(t.Context(), args)
	return code, o.String(), e.String()
}

func TestNoLineOfAReportOrACertificateIsWiderThanTheTerminal(t *testing.T) {
	for _, args := range []string{
		"verify chain.pem --roots root.pem -v", "verify expired.pem --roots root.pem --hostname www.example.com", "verify hostile.pem --roots root.pem",
		"verify unordered.pem --roots other-root.pem", "cert chain.pem", "cert hostile.pem", "cert hostile.pem -v", "cert leaf.pem -vv --ascii",
	} {
		for _, width := range []int{60, 80, 120} {
			_, out, errs := ran(t, width, append(strings.Fields(args), "--color", "never")...)
			if out == "" {
				t.Errorf("%s: nothing was printed: %s", args, errs)
			}
			for line := range strings.Lines(out) {
				if line = strings.TrimSuffix(line, "\n"); !prose(line) && utf8.RuneCountInString(line) > width {
					t.Errorf("%s: %d columns of %d: %s", args, utf8.RuneCountInString(line), width, line)
				}
			}
		}
	}
}

func TestHostileCertificatesDoNotReachTheTerminal(t *testing.T) {
	for _, args := range []string{
		"verify hostile.pem --roots root.pem", "verify hostile.pem -v", "verify hostile.pem --json", "verify hostile.pem -q",
		"cert hostile.pem", "cert hostile.pem -vv", "cert hostile.pem --ascii", "cert hostile.pem --json",
	} {
		_, out, errs := ran(t, 0, append(strings.Fields(args), "--color", "never")...)
		for _, bad := range []string{"\x1b", "\r", "\a", "\x00", "\u202e", "\u200b", "\u2028", "\n-----BEGIN"} {
			if strings.Contains(out+errs, bad) {
				t.Errorf("%s: %q reached the terminal", args, bad)
			}
		}
		if out == "" {
			t.Errorf("%s: nothing was printed: %s", args, errs)
		}
	}
}

func TestABundleOfManyCertificatesIsBounded(t *testing.T) {
	one := pkiFile(t, "leaf.pem")
	many := bytes.Repeat(one, 1200)
	for _, args := range []string{"cert -", "cert - --json", "verify -", "verify - --json"} {
		var out, errs bytes.Buffer
		app := testApp(&out, &errs)
		app.Stdin, app.Now = bytes.NewReader(many), func() time.Time { return testTime }
		app.Run(t.Context(), append(strings.Fields(args), "--color", "never"))
		if limit := 1100 * 5000; out.Len() > limit || out.Len() == 0 {
			t.Errorf("%s: %d bytes", args, out.Len())
		}
		if args == "cert - --json" {
			var d struct {
				Certificates []any
				Omitted      int
			}
			if err := json.Unmarshal(out.Bytes(), &d); err != nil || len(d.Certificates) != 1000 || d.Omitted != 200 {
				t.Errorf("%d and %d more: %v", len(d.Certificates), d.Omitted, err)
			}
		}
	}
}

func TestAClosedPipeEndsTheNewCommandsQuietly(t *testing.T) {
	leaf := pkiFile(t, "leaf.pem")
	for args, want := range map[string]int{"cert -": exitOK, "cert - -vv": exitOK, "cert - --pem": exitOK, "cert - --json": exitOK, "verify -": exitNo, "verify - --json": exitNo} {
		var errs bytes.Buffer
		app := testApp(brokenPipe{}, &errs)
		app.Stdin = bytes.NewReader(leaf)
		if code := app.Run(t.Context(), strings.Fields(args)); code != want || errs.Len() > 0 {
			t.Errorf("%s: exit code %d, and on stderr: %s", args, code, &errs)
		}
	}
}
