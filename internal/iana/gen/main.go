// Gen writes the tables of package iana from the text files in its directory registry.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	dir := flag.String("dir", ".", "directory of package iana")
	flag.Parse()
	if err := run(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "iana/gen:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	files, err := render(dir)
	if err != nil {
		return err
	}
	for name, source := range files {
		if err := os.WriteFile(filepath.Join(dir, name), source, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// registries are all files of the directory registry.
type registries []*registry

func (rs registries) byType(t string) *registry {
	for _, r := range rs {
		if r.header["type"] == t {
			return r
		}
	}
	return &registry{}
}

// render gives the generated files by name.
func render(dir string) (map[string][]byte, error) {
	names, err := filepath.Glob(filepath.Join(dir, "registry", "*.txt"))
	if err != nil {
		return nil, err
	}
	var rs registries
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		r, err := parseRegistry(strings.TrimSuffix(filepath.Base(name), ".txt"), text)
		if err != nil {
			return nil, err
		}
		rs = append(rs, r)
	}
	files := map[string][]byte{}
	for _, r := range rs {
		if files["tables_"+r.file+".go"], err = r.source(rs); err != nil {
			return nil, err
		}
	}
	files["tables_registries.go"], err = rs.index()
	return files, err
}
