package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGeneratedTablesAreCurrent(t *testing.T) {
	files, err := render("..")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		// A checkout may have other line ends.
		if !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
			t.Errorf("%s is not what the registry gives: run go generate ./internal/iana", name)
		}
	}
	onDisk, err := filepath.Glob(filepath.Join("..", "tables_*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range onDisk {
		if files[filepath.Base(name)] == nil {
			t.Errorf("%s is left from a registry that is gone", name)
		}
	}
}

func TestBadRegistryFilesAreRefusedWithTheirLine(t *testing.T) {
	const header = "registry: R\ntype: T\nsource: S\nas-of: 2026-01-01\nbits: 8\n"
	for name, c := range map[string]struct{ text, want string }{
		"no header":          {"1 | a | | | RFC 1\n", `no "registry"`},
		"too few columns":    {header + "1 | a | RFC 1\n", "f.txt:6: 3 columns"},
		"too large":          {header + "256 | a | | | RFC 1\n", "out of range"},
		"not in order":       {header + "2 | a | | | RFC 1\n1 | b | | | RFC 1\n", "f.txt:7: 1 is not in order"},
		"twice":              {header + "2 | a | | | RFC 1\n2 | b | | | RFC 1\n", "not in order"},
		"no reference":       {header + "2 | a | | |\n", "no name or no reference"},
		"bad column":         {header + "2 | a | maybe | | RFC 1\n", `recommended "maybe"`},
		"neither of the two": {header + "what\n", "neither a header nor a row"},
	} {
		_, err := parseRegistry("f", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestUnknownPartsOfSuiteNamesAreErrors(t *testing.T) {
	for _, name := range []string{"TLS_FOO_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_FOO_SHA256", "TLS_RSA_WITH_AES_128_CBC_FOO",
		"TLS_RSA_WITH_FOO", "TLS_FOO", "TLS_FOO_SHA256", "TLS_AES_128_GCM_FOO"} {
		if _, err := paramsOf(row{name: name}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
