package trace

import (
	"bytes"
	"fmt"
	"strconv"
)

// scanner walks over JSON that is known to be well-formed, such as a json.RawMessage, without making
// anything of what it does not need. Trees have thousands of nodes, and reflection over nested raw
// messages would read each of them once for every level. On JSON that is not well-formed it returns
// nonsense, and does so without a panic and without going back.
type scanner struct {
	b []byte
	i int
}

// peek returns the first byte of the next value, 0 at the end.
func (s *scanner) peek() byte {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\r', '\n':
			s.i++
		default:
			return c
		}
	}
	return 0
}

// take steps over the byte c if it comes next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.i++
	return true
}

// object calls member for each key, which must read the value behind it.
func (s *scanner) object(member func(key []byte) error) error {
	return s.list('{', '}', func() error {
		raw := s.skip()
		if len(raw) < 2 || raw[0] != '"' || !s.take(':') {
			return fmt.Errorf("no key at byte %d", s.i)
		}
		return member(raw[1 : len(raw)-1])
	})
}

// array calls item for each item, which must read it.
func (s *scanner) array(item func() error) error { return s.list('[', ']', item) }

func (s *scanner) list(opening, closing byte, item func() error) error {
	if !s.take(opening) {
		return fmt.Errorf("want %c at byte %d", opening, s.i)
	}
	for !s.take(closing) {
		from := s.i
		if err := item(); err != nil {
			return err
		}
		if s.take(','); s.i == from {
			return fmt.Errorf("nothing to read at byte %d", s.i)
		}
	}
	return nil
}

// int32 reads a whole number that is not negative.
func (s *scanner) int32() (int32, error) {
	n, err := strconv.ParseUint(string(s.skip()), 10, 31)
	return int32(n), err
}

// skip steps over a value and returns its text.
func (s *scanner) skip() []byte {
	s.peek()
	from, depth := s.i, 0
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case '"':
			s.skipString()
		case '{', '[':
			depth++
			s.i++
			continue
		case '}', ']':
			if depth == 0 {
				return s.b[from:s.i]
			}
			depth--
			s.i++
		default:
			if depth > 0 {
				s.i++
				continue
			}
			s.skipLiteral()
		}
		if depth == 0 {
			return s.b[from:s.i]
		}
	}
	return s.b[from:s.i]
}

func (s *scanner) skipString() {
	for s.i++; s.i < len(s.b); {
		n := bytes.IndexByte(s.b[s.i:], '"')
		if n < 0 {
			break
		}
		for end := s.i + n; s.i <= end; {
			escape := bytes.IndexByte(s.b[s.i:end], '\\')
			if escape < 0 {
				s.i = end + 1
				return
			}
			s.i += escape + 2
		}
	}
	s.i = len(s.b)
}

// skipLiteral steps over a number, true, false or null.
func (s *scanner) skipLiteral() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ',', ':', '}', ']', ' ', '\t', '\r', '\n', '"', '{', '[':
			return
		}
		s.i++
	}
}
