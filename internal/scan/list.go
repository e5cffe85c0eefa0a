package scan

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/dial"
)

// Line is one target as it was given.
type Line struct {
	Text   string // without blanks around it and comment
	Number int    // of the line, from 1; 0 for an argument
}

// maxLine bounds what is kept of a line, in bytes: it is more than a target can have.
const maxLine = 8<<10 + 1

// byteOrderMark is what some editors put before a text in UTF-8.
const byteOrderMark = "\ufeff"

// Lines reads a list: one target a line, blank lines and comments left out. A comment begins with # at the begin of a line or after
// a blank. Of a line that is longer than any target, the begin is yielded. The error, of the reader, is the last that is yielded.
func Lines(r io.Reader) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		in := bufio.NewReaderSize(r, 2*maxLine)
		for n := 1; ; n++ {
			raw, err := readLine(in)
			if n == 1 {
				raw = strings.TrimPrefix(raw, byteOrderMark)
			}
			if text := target(raw); text != "" && !yield(Line{text, n}, nil) {
				return
			}
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Line{}, fmt.Errorf("%w: line %d: %w", ErrInput, n, err))
				return
			}
		}
	}
}

// readLine reads a line to its end and returns its begin.
func readLine(in *bufio.Reader) (string, error) {
	begin, err := in.ReadSlice('\n')
	text := string(begin)
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = in.ReadSlice('\n')
	}
	return text, err
}

// target is what of a line is the target; empty if nothing is.
func target(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			line = line[:i]
			break
		}
	}
	line = strings.TrimSpace(line)
	return line[:min(len(line), maxLine)]
}

// Arguments yields targets that have no line.
func Arguments(args []string) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		for _, a := range args {
			if !yield(Line{Text: a}, nil) {
				return
			}
		}
	}
}

// Filter yields the lines that keep wants, and the errors.
func Filter(list iter.Seq2[Line, error], keep func(Line) bool) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		for line, err := range list {
			if (err != nil || keep(line)) && !yield(line, err) {
				return
			}
		}
	}
}

// ParseTarget reads a target as lists have it. The error, of the kind usage, says what is wrong with it.
func ParseTarget(text string) (dial.Target, *Error) {
	if len(text) > len(startTLS) && strings.EqualFold(text[:len(startTLS)], startTLS) {
		return dial.Target{}, &Error{Kind: kindUsage, Message: "services that begin in the clear can't be asked yet", Hint: "leave it out, or give the port where TLS begins at once"}
	}
	t, err := dial.ParseTarget(text)
	if err == nil {
		return t, nil
	}
	e := &Error{Kind: kindUsage, Message: err.Error()}
	var p *dial.ParseError
	if errors.As(err, &p) {
		e.Hint = p.Hint()
	}
	return t, e
}

const startTLS = "starttls://"

// key identifies a target by its text.
type key [16]byte

func keyOf(text string) key {
	sum := sha256.Sum256([]byte(text))
	return key(sum[:])
}

// Shard is one of Count parts of a list, the one with Index, from 0. A target belongs to the part that the first eight bytes of its
// text's SHA-256, as a big-endian number modulo Count, have the number of: it stays there whatever else the list holds, and in
// which order.
type Shard struct{ Index, Count int }

// Has reports whether a target belongs to the part. A part of no more than one is the whole.
func (s Shard) Has(text string) bool {
	if s.Count <= 1 {
		return true
	}
	k := keyOf(text)
	return binary.BigEndian.Uint64(k[:])%uint64(s.Count) == uint64(s.Index)
}
