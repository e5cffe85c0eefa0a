package diff

import (
	"strings"
	"unicode"
)

// Selector decides which paths are compared.
type Selector struct {
	only, ignore []pathPattern
}

// NewSelector reads paths as flags have them: a prefix stands for all below it, * for one step, a name without #n for every
// occurrence, and a message may be written as the RFCs do, ServerHello.
func NewSelector(only, ignore []string) Selector {
	return Selector{patternsOf(only), patternsOf(ignore)}
}

// selects reports whether a path is to be compared.
func (s *Selector) selects(path string) bool {
	if len(s.only)+len(s.ignore) == 0 {
		return true
	}
	steps := stepsOf(path)
	return (len(s.only) == 0 || anyCovers(s.only, steps)) && !anyCovers(s.ignore, steps)
}

// selectsGroup reports whether something of a group may be selected, so that it is worth a line.
func (s *Selector) selectsGroup(name string) bool {
	steps := stepsOf(name)
	if anyCovers(s.ignore, steps) {
		return false
	}
	for _, p := range s.only {
		if len(p) > 0 && fits(p[0], steps[0]) {
			return true
		}
	}
	return len(s.only) == 0
}

// pathPattern is a path prefix in steps; an index in brackets is a step of its own.
type pathPattern []string

func patternsOf(paths []string) (list []pathPattern) {
	for _, p := range paths {
		if p != "" && unicode.IsUpper(rune(p[0])) {
			p = snake(p)
		}
		list = append(list, stepsOf(p))
	}
	return list
}

// snake is the name of a message in a path: ServerHello is server_hello. What follows the first dot stays.
func snake(path string) string {
	name, rest, more := strings.Cut(path, ".")
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	if more {
		return b.String() + "." + rest
	}
	return b.String()
}

func stepsOf(path string) []string {
	return strings.FieldsFunc(strings.ReplaceAll(path, "[", ".["), func(r rune) bool { return r == '.' })
}

func anyCovers(list []pathPattern, steps []string) bool {
	for _, p := range list {
		if p.covers(steps) {
			return true
		}
	}
	return false
}

// covers reports whether the pattern is a prefix of a path.
func (p pathPattern) covers(steps []string) bool {
	if len(p) == 0 || len(p) > len(steps) {
		return false
	}
	for i := range p {
		if !fits(p[i], steps[i]) {
			return false
		}
	}
	return true
}

func fits(pattern, step string) bool {
	listed := strings.HasPrefix(step, "[")
	switch {
	case pattern == step, pattern == "*", pattern == "[*]" && listed:
		return true
	case listed:
		return false
	}
	base, ordinal, _ := strings.Cut(step, "#")
	if strings.HasSuffix(pattern, "#1") {
		return ordinal == "" && pattern[:len(pattern)-2] == base
	}
	return pattern == base
}

// cutStep returns the first step of a path and the rest.
func cutStep(path string) (first, rest string) {
	first, rest, _ = strings.Cut(path, ".")
	return first, rest
}
