package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/tlsprobe/tlsprobe/"

// rooms is the plan from the ground up: each room imports only what stands above it.
var rooms = []string{
	"internal/nearest",
	"internal/recent",
	"internal/iana",
	"internal/explain",
	"internal/wire",
	"internal/finding",
	"internal/cert",
	"internal/signature",
	"internal/lint",
	"internal/ct",
	"internal/revocation",
	"internal/trace",
	"internal/handshake/message",
	"internal/fingerprint",
	"internal/handshake/keys",
	"internal/handshake/kex",
	"internal/record",
	"internal/handshake",
	"internal/verify",
	"internal/conn",
	"internal/dial",
	"internal/fetch",
	"internal/probe",
	"internal/scan",
	"internal/capture",
	"internal/diff",
	"internal/audit",
	"internal/policy",
	"internal/assess",
	"internal/safetext",
	"internal/render",
	"internal/demo",
	"cmd/tlsprobe",
}

// beside lists what is no room: generators, and what only tests import.
var beside = []string{"internal/archtest", "internal/testpeer", "internal/interop", "bench"}

// usesCryptoTLS lists the rooms that may import crypto/tls outside of tests.
var usesCryptoTLS = []string{"internal/demo", "internal/testpeer", "internal/interop", "bench"}

// forTests lists the modules that no program has, whatever stands in go.mod.
var forTests = []string{"github.com/gopacket/gopacket", "github.com/rogpeppe/go-internal"}

// withoutIO lists the rooms that know neither files nor sockets.
var withoutIO = []string{"internal/handshake", "internal/handshake/message",
	"internal/fingerprint", "internal/record", "internal/wire"}

// source is a file that is not a test.
type source struct {
	room, path string
	file       *ast.File
}

func (s source) imports() (list []string) {
	for _, i := range s.file.Imports {
		name, _ := strconv.Unquote(i.Path.Value)
		list = append(list, name)
	}
	return list
}

func sources(t *testing.T) (list []source) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(rel, ".") && rel != ".") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		list = append(list, source{filepath.ToSlash(filepath.Dir(rel)), rel, f})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 100 {
		t.Fatalf("only %d files were found", len(list))
	}
	return list
}

// exempt tells what is no room: a program run by go generate may import anything, as may what tests use.
func exempt(s source) bool {
	return s.file.Name.Name == "main" && strings.HasPrefix(s.room, "internal/") || slices.Contains(beside, s.room)
}

func TestEachRoomImportsOnlyWhatStandsAboveIt(t *testing.T) {
	for _, s := range sources(t) {
		if exempt(s) {
			continue
		}
		own := slices.Index(rooms, s.room)
		if own < 0 {
			t.Errorf("%s is in no room of the plan", s.path)
			continue
		}
		for _, name := range s.imports() {
			room, ours := strings.CutPrefix(name, module)
			if !ours {
				continue
			}
			if at := slices.Index(rooms, room); at < 0 || at >= own {
				t.Errorf("%s imports %s, which does not stand above %s", s.path, room, s.room)
			}
		}
	}
}

func TestOnlyThePeersUseCryptoTLS(t *testing.T) {
	for _, s := range sources(t) {
		if slices.Contains(s.imports(), "crypto/tls") && !slices.Contains(usesCryptoTLS, s.room) {
			t.Errorf("%s imports crypto/tls", s.path)
		}
	}
}

func TestWhatIsForTestsIsInNoProgram(t *testing.T) {
	for _, s := range sources(t) {
		for _, name := range s.imports() {
			for _, m := range forTests {
				if name == m || strings.HasPrefix(name, m+"/") {
					t.Errorf("%s imports %s", s.path, name)
				}
			}
		}
	}
}

func TestTheEngineKnowsNeitherFilesNorSockets(t *testing.T) {
	for _, s := range sources(t) {
		if !slices.Contains(withoutIO, s.room) {
			continue
		}
		for _, name := range s.imports() {
			if name == "os" || name == "net" || name == "syscall" || strings.HasPrefix(name, "net/") || strings.HasPrefix(name, "os/") {
				t.Errorf("%s imports %s", s.path, name)
			}
		}
	}
}

func TestNothingRunsBeforeMain(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s has an init function", s.path)
			}
		}
	}
}
