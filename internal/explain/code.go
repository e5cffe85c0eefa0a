package explain

import (
	_ "embed" // the texts
	"strings"
	"sync"
)

// Entry is what is known about a code point or a term.
type Entry struct {
	Registry string // one of [Registries]
	Name     string // as the registry of iana has it
	Also     string // other names, separated by commas
	Text     string // what it means
	Causes   string // alerts: why it comes, the likeliest first
	Try      string // what to do about it
	Ref      string // "RFC 8446, Section 6.2"
}

// Registries lists the registries that entries belong to.
func Registries() []string {
	return []string{"alert", "message", "extension", "version", "group", "scheme", "cipher", "term"}
}

//go:embed codes.txt
var codeText string

// Code explains a code point or a term by its registry and its name or one of its other names,
// whatever their case. It reports false where there is no text.
func Code(registry, name string) (Entry, bool) {
	t := codeTable()
	for _, e := range t.byName[strings.ToLower(name)] {
		if e.Registry == registry {
			return *e, true
		}
	}
	return Entry{Registry: registry, Name: name}, false
}

// Search finds entries of any registry: those named word, then those whose name begins with it,
// holds it, and those whose text has it. Case does not matter.
func Search(word string) []Entry {
	word = strings.ToLower(strings.TrimSpace(word))
	if word == "" {
		return nil
	}
	t := codeTable()
	var ranked [4][]Entry
	for i := range t.all {
		e := &t.all[i]
		if r := rank(e, word); r < len(ranked) {
			ranked[r] = append(ranked[r], *e)
		}
	}
	found := ranked[0]
	for _, more := range ranked[1:] {
		found = append(found, more...)
	}
	return found
}

// rank tells how well an entry answers a word, 0 best; 4 is not at all.
func rank(e *Entry, word string) int {
	best := 4
	for name := range e.names() {
		switch name = strings.ToLower(name); {
		case name == word:
			return 0
		case strings.HasPrefix(name, word):
			best = min(best, 1)
		case strings.Contains(name, word):
			best = min(best, 2)
		}
	}
	if best == 4 && strings.Contains(strings.ToLower(e.Text), word) {
		return 3
	}
	return best
}

// names yields the name and the other names of an entry.
func (e *Entry) names() func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if !yield(e.Name) || e.Also == "" {
			return
		}
		for name := range strings.SplitSeq(e.Also, ", ") {
			if !yield(name) {
				return
			}
		}
	}
}

// codes is the table of entries.
type codes struct {
	all    []Entry
	byName map[string][]*Entry // lower case
	bad    []string            // lines that can't be read; a test wants none
}

var codeTable = sync.OnceValue(func() *codes { return readCodes(codeText) })

// readCodes reads entries: a line "[registry name]" followed by lines "key: value".
func readCodes(text string) *codes {
	t := new(codes)
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			registry, name, ok := strings.Cut(strings.Trim(line, "[]"), " ")
			if !ok {
				t.bad = append(t.bad, line)
			}
			t.all = append(t.all, Entry{Registry: registry, Name: name})
		case len(t.all) == 0 || !t.all[len(t.all)-1].set(line):
			t.bad = append(t.bad, line)
		}
	}
	t.byName = make(map[string][]*Entry, 2*len(t.all))
	for i := range t.all {
		e := &t.all[i]
		for name := range e.names() {
			key := strings.ToLower(name)
			t.byName[key] = append(t.byName[key], e)
		}
	}
	return t
}

// set takes a line "key: value".
func (e *Entry) set(line string) bool {
	key, value, ok := strings.Cut(line, ": ")
	if !ok {
		return false
	}
	switch key {
	case "also":
		e.Also = value
	case "text":
		e.Text = value
	case "causes":
		e.Causes = value
	case "try":
		e.Try = value
	case "ref":
		e.Ref = value
	default:
		return false
	}
	return true
}
