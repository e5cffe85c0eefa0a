package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Limits of a file. They are far above what a person writes.
const (
	maxFileSize = 1 << 20 // bytes
	maxVisits   = 1 << 17 // nodes looked at, those behind an alias each time
	maxNesting  = 32
	maxScalar   = 4096 // bytes
	maxLine     = 400  // bytes of a line that an error shows
)

// reader reads the nodes of one file, and collects what is wrong with it.
type reader struct {
	file   string
	lines  []string
	errs   Errors
	visits int
	depth  int
}

// document parses a file as YAML and returns its only document; nil where there is none to read on with.
func (r *reader) document(data []byte) *yaml.Node {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch {
	case len(data) > maxFileSize:
		r.wrongAt(0, 0, "", "the file has more than %d KiB", maxFileSize>>10)
		return nil
	case !utf8.Valid(data):
		r.wrongAt(1+bytes.Count(data[:validPrefix(data)], []byte("\n")), 0, "", "the file is no UTF-8")
		return nil
	}
	r.lines = strings.Split(string(data), "\n")
	d := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	if err := d.Decode(&first); err != nil {
		r.syntax(err)
		return nil
	}
	switch err := d.Decode(&second); {
	case err == nil:
		r.wrong(&second, "", "a second document begins here, and a file is one")
		return nil
	case !errors.Is(err, io.EOF):
		r.syntax(err)
		return nil
	}
	return first.Content[0]
}

// validPrefix is how many bytes come before the first that is no UTF-8.
func validPrefix(data []byte) int {
	n := 0
	for n < len(data) {
		c, size := utf8.DecodeRune(data[n:])
		if c == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
}

// syntaxError is how the YAML package words one.
var syntaxError = form(`^yaml: (?:line (\d+): )?(.*)`)

// quoting is what most such errors come down to.
const quoting = `a text with [, ], {, }, *, &, @, # or ": " in it needs quotes`

// syntax takes down what the YAML package says.
func (r *reader) syntax(err error) {
	if errors.Is(err, io.EOF) {
		r.wrongAt(0, 0, "tlsprobe policy show default shows what one looks like", "the file holds nothing")
		return
	}
	line, message := "", err.Error()
	if m := syntaxError().FindStringSubmatch(message); m != nil {
		line, message = m[1], m[2]
	}
	r.wrongAt(r.lineOf(line, message), 0, quoting, "this is no YAML: %s", message)
}

// lineOf is the line that the YAML package means: it counts from 0 where its parser is at fault, leaves the first line out, and says of an
// alias only what it is called.
func (r *reader) lineOf(said, message string) int {
	line, _ := strconv.Atoi(said) // 0 for none
	sought := ""
	if name, ok := strings.CutPrefix(message, "unknown anchor '"); ok {
		name, _, _ = strings.Cut(name, "'")
		sought = "*" + name
	}
	switch {
	case sought != "":
		return 1 + slices.IndexFunc(r.lines, func(l string) bool { return strings.Contains(l, sought) })
	case strings.HasPrefix(message, "control characters"):
		return 1 + slices.IndexFunc(r.lines, func(l string) bool { return strings.ContainsFunc(strings.Trim(l, "\r\t"), unicode.IsControl) })
	case line == 0, slices.Contains(parserErrors, message):
		line++
	}
	if n := len(r.lines); line > n || line == n && r.lines[n-1] == "" {
		return max(1, len(r.lines)-1) // it saw the end
	}
	return line
}

// parserErrors are what the parser says; the others are the scanner's.
var parserErrors = []string{
	"did not find expected node content", "did not find expected '-' indicator", "did not find expected key",
	"did not find expected ',' or ']'", "did not find expected ',' or '}'", "did not find expected <document start>",
}

// full tells that no more mistakes are collected.
func (r *reader) full() bool { return len(r.errs) >= maxErrors }

func (r *reader) wrong(n *yaml.Node, hint, format string, args ...any) {
	r.wrongAt(n.Line, n.Column, hint, format, args...)
}

func (r *reader) wrongAt(line, column int, hint, format string, args ...any) {
	if r.full() {
		return
	}
	e := &Error{Position: Position{r.file, line, column}, Message: fmt.Sprintf(format, args...), Hint: hint}
	if line > 0 && line <= len(r.lines) {
		e.Text = cutText(strings.TrimSuffix(r.lines[line-1], "\r"), maxLine)
	}
	r.errs = append(r.errs, e)
}

// cutText cuts a text to a number of bytes, between characters.
func cutText(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit] + "…"
}

func (r *reader) at(n *yaml.Node) Position { return Position{r.file, n.Line, n.Column} }

// enter counts a node, and reports whether reading goes on: an alias may stand for a tree that stands for many. The caller leaves it
// again.
func (r *reader) enter(n *yaml.Node) bool {
	r.depth++
	switch r.visits++; {
	case r.visits == maxVisits:
		r.wrong(n, "", "the file, with what its aliases stand for, has more than %d parts", maxVisits)
	case r.depth > maxNesting:
		r.wrong(n, "", "this is nested deeper than %d", maxNesting)
		return false
	}
	return r.visits < maxVisits && !r.full()
}

func (r *reader) leave() { r.depth-- }

// follow returns what an alias stands for, and other nodes themselves.
func follow(n *yaml.Node) *yaml.Node {
	for range maxNesting {
		if n.Kind != yaml.AliasNode || n.Alias == nil {
			return n
		}
		n = n.Alias
	}
	return n
}

// kindOf says in words what a node is.
func kindOf(n *yaml.Node) string {
	switch n = follow(n); {
	case n.Kind == yaml.MappingNode:
		return "keys with values"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null":
		return "empty"
	}
	return strconv.Quote(cutText(follow(n).Value, 40))
}

// field is a key that a mapping may have.
type field struct {
	name     string
	required bool
	read     func(n *yaml.Node)
}

// mapping reads a mapping: every key has to be one of the fields, and none occurs twice. It returns the nodes of the keys that are
// there.
func (r *reader) mapping(n *yaml.Node, what string, fields []field) map[string]*yaml.Node {
	defer r.leave()
	if !r.enter(n) {
		return nil
	}
	m := follow(n)
	if m.Kind != yaml.MappingNode {
		r.wrong(n, "", "%s should be keys with values, and is %s", what, kindOf(n))
		return nil
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	seen := make(map[string]*yaml.Node)
	for i := 0; i+1 < len(m.Content) && !r.full(); i += 2 {
		key, value := m.Content[i], m.Content[i+1]
		name := follow(key).Value
		f := fieldOf(fields, follow(key))
		switch {
		case f == nil:
			r.wrong(key, didYouMean(name, names), "%s has no key %q", what, cutText(name, 60))
		case seen[name] != nil:
			r.wrong(key, "", "%q stands here twice, first in line %d", name, seen[name].Line)
		default:
			seen[name] = key
			f.read(value)
		}
	}
	for _, f := range fields {
		if f.required && seen[f.name] == nil {
			r.wrong(n, "", "%s lacks %s", what, f.name)
		}
	}
	return seen
}

func fieldOf(fields []field, key *yaml.Node) *field {
	for i := range fields {
		if key.Kind == yaml.ScalarNode && fields[i].name == key.Value {
			return &fields[i]
		}
	}
	return nil
}

// list reads a list, at most limit items of it.
func (r *reader) list(n *yaml.Node, what string, limit int, read func(n *yaml.Node)) {
	defer r.leave()
	if !r.enter(n) {
		return
	}
	m := follow(n)
	switch {
	case m.Kind != yaml.SequenceNode:
		r.wrong(n, "", "%s should be a list, and is %s", what, kindOf(n))
		return
	case len(m.Content) > limit:
		r.wrong(n, "", "%s has %d items, and may have %d", what, len(m.Content), limit)
		return
	}
	for _, item := range m.Content {
		if r.full() {
			return
		}
		read(item)
	}
}

// text reads a scalar that is not empty, as it is written: 5.7, 2027-03-31 and yes are texts here.
func (r *reader) text(n *yaml.Node, what string) (string, bool) {
	defer r.leave()
	if !r.enter(n) {
		return "", false
	}
	m := follow(n)
	switch {
	case m.Kind != yaml.ScalarNode:
		r.wrong(n, "", "%s should be a word or a text, and is %s", what, kindOf(n))
	case m.ShortTag() == "!!null" || strings.TrimSpace(m.Value) == "":
		r.wrong(n, "", "%s is empty", what)
	case len(m.Value) > maxScalar:
		r.wrong(n, "", "%s has more than %d bytes", what, maxScalar)
	default:
		return m.Value, true
	}
	return "", false
}

// oneOf reads one of a few words.
func (r *reader) oneOf(n *yaml.Node, what string, words []string) (string, bool) {
	s, ok := r.text(n, what)
	if !ok {
		return "", false
	}
	for _, w := range words {
		if s == w {
			return s, true
		}
	}
	r.wrong(n, didYouMean(s, words), "%s %q is none of %s", what, cutText(s, 60), strings.Join(words, ", "))
	return "", false
}
