package diff

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// The words of a lock that are no facts.
const (
	keyEndpoint = "endpoint"
	keySetting  = "set"
)

// Limits of a lock.
const (
	maxLockLine      = 4096
	maxLockEndpoints = 1024
	maxLockLines     = 1 << 18
)

// LockError says what is wrong with a lock and where, lines and columns counted from 1, columns in bytes.
type LockError struct {
	Line, Column int
	Message      string
}

// Error implements error.
func (e *LockError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// lockReader reads a lock line by line.
type lockReader struct {
	lock Lock
	rows []lockRow
	line int
}

// ReadLock reads a lock. Errors are a [*LockError], or those of r.
func ReadLock(r io.Reader) (*Lock, error) {
	l := &lockReader{rows: lockRows()}
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, maxLockLine), maxLockLine)
	for s.Scan() {
		l.line++
		if err := l.read(s.Text()); err != nil {
			return nil, err
		}
	}
	if err := s.Err(); err == bufio.ErrTooLong {
		l.line++
		return nil, l.wrong(maxLockLine, "the line has more than %d bytes", maxLockLine)
	} else if err != nil {
		return nil, fmt.Errorf("read the lock: %w", err)
	}
	switch {
	case l.line == 0:
		l.line = 1
		return nil, l.wrong(1, "the file is empty, and should begin with %s", LockSchema)
	case len(l.lock.Endpoints) == 0:
		return nil, l.wrong(1, "the lock has no endpoint")
	}
	return &l.lock, nil
}

func (l *lockReader) wrong(column int, format string, args ...any) error {
	return &LockError{l.line, column, fmt.Sprintf(format, args...)}
}

// read reads one line.
func (l *lockReader) read(line string) error {
	if l.line == 1 {
		return l.first(line)
	}
	if l.line > maxLockLines {
		return l.wrong(1, "the lock has more than %d lines", maxLockLines)
	}
	text := strings.TrimLeft(line, " \t")
	column := len(line) - len(text) + 1
	text = strings.TrimRight(text, " \t\r")
	if text == "" || text[0] == '#' {
		return nil
	}
	key, rest, ok := strings.Cut(text, " ")
	if !ok {
		return l.wrong(column, "%s has no value", shortWord(key))
	}
	value := strings.TrimLeft(rest, " \t")
	at := column + len(text) - len(value)
	absent := value == none
	if value[0] == '"' {
		unquoted, err := strconv.Unquote(value)
		if err != nil {
			return l.wrong(at, "the value is no quoted string as Go writes them")
		}
		value = unquoted
	}
	return l.entry(key, value, column, at, absent)
}

// first reads the line that says what the file is.
func (l *lockReader) first(line string) error {
	line = strings.TrimRight(line, " \t\r")
	if line == LockSchema {
		return nil
	}
	family, _, _ := strings.Cut(LockSchema, "/")
	if name, version, _ := strings.Cut(line, "/"); name == family {
		return l.wrong(len(family)+2, "version %s of the format is not known here, %s is", shortWord(version), LockSchema)
	}
	return l.wrong(1, "not a lock: it should begin with %s", LockSchema)
}

// entry takes a key with its value.
func (l *lockReader) entry(key, value string, column, at int, absent bool) error {
	endpoints := &l.lock.Endpoints
	switch {
	case key == keyEndpoint && len(*endpoints) == maxLockEndpoints:
		return l.wrong(column, "the lock has more than %d endpoints", maxLockEndpoints)
	case key == keyEndpoint:
		*endpoints = append(*endpoints, LockedEndpoint{Target: value})
		return nil
	case len(*endpoints) == 0:
		return l.wrong(column, "%s stands before the first endpoint", shortWord(key))
	}
	e := &(*endpoints)[len(*endpoints)-1]
	if key == keySetting {
		if !strings.HasPrefix(value, "--") {
			return l.wrong(at, "a setting is a flag such as --min=tls1.0")
		}
		e.Settings = append(e.Settings, value)
		return nil
	}
	i := slices.IndexFunc(l.rows, func(r lockRow) bool { return r.key == key })
	if i < 0 {
		return l.wrong(column, "there is no fact called %s", shortWord(key))
	}
	k := slices.IndexFunc(e.Facts, func(f LockedFact) bool { return f.Key == key })
	switch {
	case k >= 0 && (!l.rows[i].set || absent || len(e.Facts[k].Values) == 0):
		return l.wrong(column, "%s stands twice", key)
	case k >= 0:
		e.Facts[k].Values = append(e.Facts[k].Values, value)
	case absent:
		e.Facts = append(e.Facts, LockedFact{Key: key})
	default:
		e.Facts = append(e.Facts, LockedFact{key, []string{value}})
	}
	return nil
}

// quoteValue writes a value: as it is where that can't be misread, else in quotes.
func quoteValue(v string) string {
	plain := v != "" && v != none && v[0] != '"' && v[0] != '#' && v[0] != ' ' && v[len(v)-1] != ' '
	for i := 0; i < len(v) && plain; i++ {
		plain = ' ' <= v[i] && v[i] <= '~'
	}
	if plain {
		return v
	}
	return strconv.QuoteToASCII(v)
}

// shortWord quotes a word of the file for a message.
func shortWord(s string) string {
	if len(s) > 40 {
		s = s[:40] + "…"
	}
	return strconv.Quote(s)
}
