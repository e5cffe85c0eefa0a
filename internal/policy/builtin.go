package policy

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The built-in policies, each in a file NAME@VERSION.yaml.
//
//go:embed policies
var builtin embed.FS

const (
	builtinDir = "policies"
	builtinExt = ".yaml"
)

// Opener opens what the policy in the file from extends: file is what it is called in positions and tells it from others.
type Opener func(from, name string) (file string, data []byte, err error)

// OpenBuiltin opens built-in policies alone.
func OpenBuiltin(_, name string) (file string, data []byte, err error) {
	if isFile(name) {
		return "", nil, fmt.Errorf("%w: a file can't be extended here", ErrNotFound)
	}
	return openBuiltin(name)
}

// OpenFiles returns what opens built-in policies by name, and files, which read reads, by a path relative to the file that they are
// extended in.
func OpenFiles(read func(file string) ([]byte, error)) Opener {
	return func(from, name string) (string, []byte, error) {
		if !isFile(name) {
			return openBuiltin(name)
		}
		file := name
		if !filepath.IsAbs(name) && isFile(from) {
			file = filepath.Join(filepath.Dir(from), name)
		}
		data, err := read(file)
		return file, data, err
	}
}

// isFile tells the path of a file from the name of a built-in policy.
func isFile(name string) bool {
	return strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".json")
}

// Load returns a policy by the name of a built-in one, with or without @VERSION, or by its file, which read reads; file is empty for a
// built-in one. Mistakes of the policy are [Errors]. The error wraps [ErrNotFound] for what is no name and can't be read either.
func Load(name string, read func(file string) ([]byte, error)) (p *Policy, file string, err error) {
	if !isFile(name) {
		if p, err = Builtin(name); !errors.Is(err, ErrNotFound) {
			return p, "", err
		}
	}
	data, unread := read(name)
	switch {
	case unread == nil:
		p, err = Parse(name, data, OpenFiles(read))
	case err == nil:
		err = unread
	}
	return p, name, err
}

// Builtin returns a built-in policy by its name, with or without @VERSION: without, it is the highest version. The error wraps
// [ErrNotFound] for a name that there is not.
func Builtin(name string) (*Policy, error) {
	file, data, err := openBuiltin(name)
	if err != nil {
		return nil, err
	}
	return Parse(file, data, OpenBuiltin)
}

// Builtins returns the names of the built-in policies, each with its version, by name and the newest first.
func Builtins() []string {
	files, err := builtin.ReadDir(builtinDir)
	if err != nil {
		return nil // the directory is part of the program
	}
	var names []string
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name(), builtinExt); ok {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		aName, aVersion, _ := strings.Cut(a, "@")
		bName, bVersion, _ := strings.Cut(b, "@")
		return cmp.Or(strings.Compare(aName, bName), -compareVersions(aVersion, bVersion))
	})
	return names
}

// builtinNames are all names under which there is a built-in policy.
func builtinNames() (names []string) {
	for _, full := range Builtins() {
		name, _, _ := strings.Cut(full, "@")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		names = append(names, full)
	}
	return names
}

func openBuiltin(name string) (file string, data []byte, err error) {
	for _, full := range Builtins() { // the newest comes first
		if short, _, _ := strings.Cut(full, "@"); name == full || name == short {
			data, err = builtin.ReadFile(path.Join(builtinDir, full+builtinExt))
			return full, data, err
		}
	}
	return "", nil, fmt.Errorf("%w: none that is built in is called %s", ErrNotFound, cutText(name, 80))
}

// compareVersions compares versions part by part, numbers as numbers.
func compareVersions(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		m, errM := strconv.Atoi(x)
		n, errN := strconv.Atoi(y)
		order := strings.Compare(x, y)
		if errM == nil && errN == nil {
			order = cmp.Compare(m, n)
		}
		if order != 0 {
			return order
		}
	}
	return 0
}
