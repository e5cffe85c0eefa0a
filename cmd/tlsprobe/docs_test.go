package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// TestEveryKindOfErrorIsInTheDocument holds the closed set of docs/exit-codes.md equal to the constants
// that the kinds come from.
func TestEveryKindOfErrorIsInTheDocument(t *testing.T) {
	inCode := map[string]bool{"interrupted": true} // what a signal ended, wherever it was
	for _, file := range []string{"handshake/failure.go", "dial/error.go"} {
		for _, kind := range constants(t, filepath.Join("..", "..", "internal", filepath.FromSlash(file)), "Kind") {
			inCode[kind] = true
		}
	}
	delete(inCode, "canceled")  // told as interrupted
	delete(inCode, "abandoned") // of one attempt, never of the whole
	var want []string
	for kind := range inCode {
		want = append(want, kind)
	}
	same(t, documented(t, `(?m)^\| \x60([a-z_]+)\x60 \| \x60(?:network|handshake_failed|untrusted|interrupted|internal)`), want)
}

func TestEveryOutcomeIsInTheDocument(t *testing.T) {
	var want []string
	for _, o := range []trace.Outcome{trace.OK, trace.Untrusted, trace.Network, trace.HandshakeFailed, trace.Interrupted, trace.Internal, trace.Unknown} {
		want = append(want, string(o))
	}
	same(t, documented(t, `(?m)^\| [^`+"`"+`\n]* \| .([a-z_]+). \| \d`), want)
}

func TestEveryExitCodeIsInTheDocument(t *testing.T) {
	want := []string{"143"} // made of the signal's number
	for _, code := range []int{exitOK, exitNo, exitUsage, exitNetwork, exitHandshake, exitUntrusted, exitIncomplete, exitUnreadable, exitInternal, exitInterrupt} {
		want = append(want, strconv.Itoa(code))
	}
	same(t, documented(t, `(?m)^\| (\d+) \|`), want)
}

// documented returns what a pattern finds in docs/exit-codes.md.
func documented(t *testing.T, pattern string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "exit-codes.md"))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, m := range regexp.MustCompile(pattern).FindAllSubmatch(text, -1) {
		found = append(found, string(m[1]))
	}
	return found
}

// constants returns the values of the string constants of a type in a file.
func constants(t *testing.T, file, typeName string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != typeName {
			return true
		}
		for _, v := range spec.Values {
			if lit, ok := v.(*ast.BasicLit); ok {
				s, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, s)
			}
		}
		return true
	})
	if len(values) == 0 {
		t.Fatalf("%s has no constant of type %s", file, typeName)
	}
	return values
}

// same compares two sets.
func same(t *testing.T, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the document has\n\t%q\nand the code\n\t%q", got, want)
	}
}
