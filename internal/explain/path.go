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
	for _, list := range [2]*pattern{t.byLast[steps[len(steps)-1]], t.open} {
		for p := list; p != nil; p = p.next {
			if (best == nil || p.weight > best.weight) && matches(p.path, steps) {
				best = p
			}
		}
	}
	if best == nil {
		return Field{Path: path}, false
	}
	f, ok := readLine(best.line)
	f.Path = path
	return f, ok
}

// Paths lists every pattern of the table in its order. In a pattern * stands for one step, ** for
// any number of them, GREASE and UNKNOWN for extensions by number.
func Paths() []Field {
	t := pathTable()
	list := make([]Field, 0, len(t.all))
	for i := range t.all {
		if f, ok := readLine(t.all[i].line); ok {
			list = append(list, f)
		}
	}
	return list
}

// pattern is a line of the table. Only what a look-up compares is made out when the table is read: a process asks for few.
type pattern struct {
	line   string
	path   string
	weight int      // how specific it is: two for each step that is a word, one more if the last is
	next   *pattern // of those that end alike
}

// patterns is the table: by the last step where that is a word, so that a look-up compares few.
type patterns struct {
	all    []pattern
	byLast map[string]*pattern
	open   *pattern // the last step is a wildcard
}

var pathTable = sync.OnceValue(func() *patterns { return readPatterns(pathText) })

func readPatterns(text string) *patterns {
	n := strings.Count(text, "\n")
	t := &patterns{all: make([]pattern, 0, n), byLast: make(map[string]*pattern, n/2)}
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); line == "" || line[0] == '#' {
			continue
		}
		path, _, _ := strings.Cut(line, " | ")
		t.all = append(t.all, pattern{line: line, path: path, weight: weigh(path)})
	}
	for i := len(t.all) - 1; i >= 0; i-- { // backwards, so that the chains are in the order of the table
		p := &t.all[i]
		if last := p.path[strings.LastIndexByte(p.path, '.')+1:]; strings.HasPrefix(last, "*") {
			p.next, t.open = t.open, p
		} else {
			p.next, t.byLast[last] = t.byLast[last], p
		}
	}
	return t
}

func weigh(path string) int {
	weight := 0
	for step := range strings.SplitSeq(path, ".") {
		weight &^= 1
		if !strings.HasPrefix(step, "*") {
			weight += 2 | 1
		}
	}
	return weight
}

// readLine reads pattern | class | reference | explanation, and where there is one | the reference before TLS 1.3.
func readLine(line string) (Field, bool) {
	path, rest, ok1 := strings.Cut(line, " | ")
	class, rest, ok2 := strings.Cut(rest, " | ")
	ref, text, ok3 := strings.Cut(rest, " | ")
	text, before13, extra := strings.Cut(text, " | ")
	c, ok4 := classOf(class)
	if !ok1 || !ok2 || !ok3 || !ok4 || path == "" || text == "" || extra && before13 == "" {
		return Field{}, false
	}
	generic := strings.HasSuffix(path, ".cert.**") || strings.HasSuffix(path, ".cert.**.value")
	return Field{Path: path, Class: c, Ref: ref, Text: text, RefBefore13: before13, Generic: generic}, true
}

// matches reports whether a pattern stands for the steps of a path.
func matches(pattern string, steps []string) bool {
	for more := true; more; {
		var step string
		step, pattern, more = strings.Cut(pattern, ".")
		switch {
		case step == "**" && !more:
			return len(steps) > 0
		case step == "**":
			for i := range steps {
				if matches(pattern, steps[i:]) {
					return true
				}
			}
			return false
		case len(steps) == 0, step != "*" && step != steps[0]:
			return false
		}
		steps = steps[1:]
	}
	return len(steps) == 0
}
