package explain

import (
	_ "embed" // the texts
	"strings"
	"sync"
)

// Field is what is known about a path.
type Field struct {
	Path  string // as asked for; from [Paths], a pattern
	Class Class
	Text  string // one clause: what the field means to a person who debugs
	Ref   string // "RFC 8446, Section 4.1.3"

	// RefBefore13 is where the field stands for TLS 1.2 and before: "RFC 5246, Section 7.4.1.3". It is
	// empty where Ref holds for those, too.
	RefBefore13 string

	// Generic: the text holds for all fields of a kind and says nothing of this one.
	Generic bool
}

//go:embed paths.txt
var pathText string

// Path explains a path. Indices may be concrete (client_shares[1]) or not (client_shares[i]), and
// occurrences (#2) are not looked at. It reports false for a path that no pattern matches.
func Path(path string) (Field, bool) {
	t := pathTable()
	steps := normalise(path, make([]string, 0, 12))
	best := (*pattern)(nil)
	for _, list := range [2][]*pattern{t.byLast[steps[len(steps)-1]], t.open} {
		for _, p := range list {
			if (best == nil || p.weight > best.weight) && matches(p.steps, steps) {
				best = p
			}
		}
	}
	if best == nil {
		return Field{Path: path}, false
	}
	f := best.field
	f.Path = path
	return f, true
}

// Paths lists every pattern of the table in its order. In a pattern * stands for one step, ** for
// any number of them, GREASE and UNKNOWN for extensions by number.
func Paths() []Field {
	t := pathTable()
	list := make([]Field, len(t.all))
	for i := range t.all {
		list[i] = t.all[i].field
	}
	return list
}

// pattern is a line of the table.
type pattern struct {
	field  Field
	steps  []string
	weight int // how specific it is: two for each step that is a word, one more if the last is
}

// patterns is the table: by the last step where that is a word, so that a look-up compares few.
type patterns struct {
	all    []pattern
	byLast map[string][]*pattern
	open   []*pattern // the last step is a wildcard
	bad    []string   // lines that aren't a pattern; a test wants none
}

var pathTable = sync.OnceValue(func() *patterns { return readPatterns(pathText) })

func readPatterns(text string) *patterns {
	n := strings.Count(text, "\n")
	t := &patterns{all: make([]pattern, 0, n), byLast: make(map[string][]*pattern, n)}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		p, ok := readPattern(line)
		if !ok {
			t.bad = append(t.bad, line)
			continue
		}
		t.all = append(t.all, p)
	}
	for i := range t.all {
		p := &t.all[i]
		if last := p.steps[len(p.steps)-1]; strings.HasPrefix(last, "*") {
			t.open = append(t.open, p)
		} else {
			t.byLast[last] = append(t.byLast[last], p)
		}
	}
	return t
}

// readPattern reads pattern | class | reference | explanation, and where there is one | the reference before TLS 1.3.
func readPattern(line string) (p pattern, ok bool) {
	path, rest, ok1 := strings.Cut(line, " | ")
	class, rest, ok2 := strings.Cut(rest, " | ")
	ref, text, ok3 := strings.Cut(rest, " | ")
	text, before13, extra := strings.Cut(text, " | ")
	c, ok4 := classOf(class)
	if !ok1 || !ok2 || !ok3 || !ok4 || path == "" || text == "" || extra && before13 == "" {
		return p, false
	}
	p.field = Field{Path: path, Class: c, Ref: ref, Text: text, RefBefore13: before13}
	p.steps = strings.Split(path, ".")
	p.field.Generic = strings.HasSuffix(path, ".cert.**") || strings.HasSuffix(path, ".cert.**.value")
	for _, s := range p.steps {
		if !strings.HasPrefix(s, "*") {
			p.weight += 2
		}
	}
	if !strings.HasPrefix(p.steps[len(p.steps)-1], "*") {
		p.weight++
	}
	return p, true
}

// matches reports whether a pattern's steps stand for a path's.
func matches(pattern, steps []string) bool {
	for len(pattern) > 0 {
		switch p := pattern[0]; {
		case p == "**":
			if len(pattern) == 1 {
				return len(steps) > 0
			}
			for i := range steps {
				if matches(pattern[1:], steps[i:]) {
					return true
				}
			}
			return false
		case len(steps) == 0, p != "*" && p != steps[0]:
			return false
		}
		pattern, steps = pattern[1:], steps[1:]
	}
	return len(steps) == 0
}
