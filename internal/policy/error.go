package policy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/nearest"
)

// maxErrors is how many mistakes of a file are told at once.
const maxErrors = 20

// Error is a mistake in a policy, and where it stands. Message, Hint and Text hold what the file holds: sinks must escape them.
type Error struct {
	Position
	Message string
	Hint    string // what to write instead; empty where nothing comes to mind
	Text    string // the line, without its end; empty where the mistake is in no line
}

// Error is the position and the message, in one line.
func (e *Error) Error() string { return e.String() + ": " + e.Message }

// String is the position as compilers write it: file:line:column, without what is not known.
func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Errors are the mistakes of a policy in the order of the text, at most twenty of each file.
type Errors []*Error

// Error is the first of them, and how many there are besides.
func (l Errors) Error() string {
	switch len(l) {
	case 0:
		return "no mistake"
	case 1:
		return l[0].Error()
	}
	return fmt.Sprintf("%s (and %d more)", l[0].Error(), len(l)-1)
}

// Unwrap returns each.
func (l Errors) Unwrap() []error {
	list := make([]error, len(l))
	for i, e := range l {
		list[i] = e
	}
	return list
}

// ErrNotFound is for a policy that there is none of: no built-in one of the name, or no such file.
var ErrNotFound = errors.New("there is no such policy")

// maxSuggested bounds the words that are compared with what may stand in a file.
const maxSuggested = 80

// closest returns the word of a list that a mistyped one most likely stands for; empty where none is like it.
func closest(word string, words []string) string {
	if len(word) > maxSuggested {
		return ""
	}
	word = strings.ToLower(word)
	best, distance := "", min(len(word)/3+1, 4, len(word)-1)+1
	for _, w := range words {
		if d := nearest.Distance(word, strings.ToLower(w)); d < distance {
			best, distance = w, d
		}
	}
	return best
}

// didYouMean is the hint for a mistyped word: the one that is like it, or all of them where they are few.
func didYouMean(word string, words []string) string {
	const few = 16
	if w := closest(word, words); w != "" {
		return "did you mean " + w + "?"
	}
	if len(words) > few {
		return ""
	}
	return "there is " + strings.Join(words, ", ")
}
