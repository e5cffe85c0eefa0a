package main

import (
	"fmt"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// openStore returns what gives the roots that --roots names. A file is read at once, so that it is told early if it can't be;
// the others only when they are asked for.
func openStore(roots string) (func() (*verify.Store, error), error) {
	switch roots {
	case "":
		return func() (*verify.Store, error) {
			if s, err := verify.System(); err == nil {
				return s, nil
			}
			return verify.Bundled(), nil
		}, nil
	case "system":
		return verify.System, nil
	case "bundled":
		return func() (*verify.Store, error) { return verify.Bundled(), nil }, nil
	}
	s, err := verify.File(roots)
	if err != nil {
		return nil, &exitError{code: exitUsage, err: fmt.Errorf("--roots: %w", err), hint: "system, bundled, or a file of certificates in PEM or DER"}
	}
	return func() (*verify.Store, error) { return s, nil }, nil
}

// clockAt is the time that --time says, else now.
func clockAt(app *App, given string) (time.Time, error) {
	if given == "" {
		return app.Now(), nil
	}
	t, err := time.Parse(time.RFC3339, given)
	if err != nil {
		return t, usage("such as 2026-11-23T16:02:00Z", "--time: %q is no RFC 3339 time", given)
	}
	return t, nil
}

// choice returns the value that a word stands for.
func choice[T fmt.Stringer](flag, word string, values []T) (T, error) {
	var names []string
	for _, v := range values {
		if v.String() == word {
			return v, nil
		}
		names = append(names, v.String())
	}
	hint := "one of " + joinWords(names)
	if best := nearest(word, names); best != "" {
		hint = "did you mean " + best + "?"
	}
	var none T
	return none, usage(hint, "--%s: %q is none of its values", flag, word)
}

// namesOf are the words of values, for completion and help.
func namesOf[T fmt.Stringer](values []T) (names []string) {
	for _, v := range values {
		names = append(names, v.String())
	}
	return names
}

// joinWords joins words as a sentence does: a, b or c.
func joinWords(words []string) string {
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		text := words[0]
		for _, w := range words[1 : n-1] {
			text += ", " + w
		}
		return text + " or " + words[n-1]
	}
}
