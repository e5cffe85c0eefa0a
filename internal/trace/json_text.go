package trace

import (
	"math"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"
)

// The encoder appends to a byte slice. It is written by hand because one process encodes one trace
// and has a few milliseconds for everything: reflection costs more than the handshake's parsing.

const hexDigits = "0123456789abcdef"

// appendKey appends a comma where one is due, the key and its colon. A key is a constant of ours and
// needs no escapes.
func appendKey(b []byte, key string) []byte {
	b = append(appendComma(b), '"')
	b = append(b, key...)
	return append(b, '"', ':')
}

// appendComma appends a comma unless nothing stands before in the object or array.
func appendComma(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] != '{' && b[n-1] != '[' {
		return append(b, ',')
	}
	return b
}

// appendString appends s as a JSON string that is safe to print to a terminal: whatever is not a
// visible character (control characters, bidirectional controls, line separators, zero-width and
// other format characters, spaces that are not U+0020) is written as \uXXXX. A byte that is not
// UTF-8 becomes the four visible characters \xNN.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	b = appendText(b, s)
	return append(b, '"')
}

// appendText appends the inside of a JSON string.
func appendText[T string | []byte](b []byte, s T) []byte {
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' && c != 0x7f {
				i++
				continue
			}
			b = appendASCII(append(b, s[from:i]...), c)
			i++
			from = i
			continue
		}
		r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		switch {
		case r == utf8.RuneError && n == 1:
			b = append(b, s[from:i]...)
			b = append(b, '\\', '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
			from = i + n
		case !visible(r):
			b = appendEscapedRune(append(b, s[from:i]...), r)
			from = i + n
		}
		i += n
	}
	return append(b, s[from:]...)
}

// appendASCII appends a character below U+0080 that cannot stand in a JSON string as it is, or must
// not.
func appendASCII(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return appendUnit(b, uint16(c))
}

// appendEscapedRune appends \uXXXX, or two of them for a character beyond U+FFFF. RFC 8259, Section 7.
func appendEscapedRune(b []byte, r rune) []byte {
	if r > 0xffff {
		r -= 0x10000
		b = appendUnit(b, uint16(0xd800+r>>10))
		r = 0xdc00 + r&0x3ff
	}
	return appendUnit(b, uint16(r))
}

func appendUnit(b []byte, u uint16) []byte {
	return append(b, '\\', 'u', hexDigits[u>>12], hexDigits[u>>8&15], hexDigits[u>>4&15], hexDigits[u&15])
}

// visible reports whether a character beyond ASCII can be printed and then is seen. Characters that
// Unicode counts as printable and that show nothing (fillers, variation selectors, the grapheme
// joiner) are not; nor is a combining mark taken away from text, for names need them.
func visible(r rune) bool {
	switch {
	case r == 0x034f, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, 0x180b <= r && r <= 0x180f,
		r == 0x3164, 0xfe00 <= r && r <= 0xfe0f, r == 0xffa0, 0xe0100 <= r && r <= 0xe01ef:
		return false
	}
	return unicode.IsPrint(r)
}

func appendStringKey(b []byte, key, s string) []byte { return appendString(appendKey(b, key), s) }

// appendStringIf appends the key unless s is empty.
func appendStringIf(b []byte, key, s string) []byte {
	if s == "" {
		return b
	}
	return appendStringKey(b, key, s)
}

func appendStrings(b []byte, key string, list []string) []byte {
	b = append(appendKey(b, key), '[')
	for _, s := range list {
		b = appendString(appendComma(b), s)
	}
	return append(b, ']')
}

func appendInt(b []byte, key string, n int) []byte {
	return strconv.AppendInt(appendKey(b, key), int64(n), 10)
}

func appendUint(b []byte, key string, n uint64) []byte {
	return strconv.AppendUint(appendKey(b, key), n, 10)
}

func appendBool(b []byte, key string, v bool) []byte {
	return strconv.AppendBool(appendKey(b, key), v)
}

func appendNull(b []byte) []byte { return append(b, "null"...) }

// appendMs appends a number of milliseconds with three decimals. What is no number is 0.
func appendMs(b []byte, key string, ms float64) []byte {
	return appendDecimal(appendKey(b, key), ms)
}

// appendDecimal appends a number with three decimals; what is none is 0.
func appendDecimal(b []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	return strconv.AppendFloat(b, v, 'f', 3, 64)
}

func appendMsOrNull(b []byte, key string, ms *float64) []byte {
	if ms == nil {
		return appendNull(appendKey(b, key))
	}
	return appendMs(b, key, *ms)
}

// appendDuration appends a time as milliseconds with three decimals.
func appendDuration(b []byte, key string, d time.Duration) []byte {
	us := max(int64(d/time.Microsecond), 0)
	b = strconv.AppendInt(appendKey(b, key), us/1000, 10)
	us %= 1000
	return append(b, '.', byte('0'+us/100), byte('0'+us/10%10), byte('0'+us%10))
}

func appendStringOrNull(b []byte, key string, s *string) []byte {
	if s == nil {
		return appendNull(appendKey(b, key))
	}
	return appendStringKey(b, key, *s)
}

func appendBoolOrNull(b []byte, key string, v *bool) []byte {
	if v == nil {
		return appendNull(appendKey(b, key))
	}
	return appendBool(b, key, *v)
}

func appendIntOrNull(b []byte, key string, n *int) []byte {
	if n == nil {
		return appendNull(appendKey(b, key))
	}
	return appendInt(b, key, *n)
}

// appendCode appends a code point, or null.
func appendCode(b []byte, key string, c *Code) []byte {
	b = appendKey(b, key)
	if c == nil {
		return appendNull(b)
	}
	return appendCodeValue(b, c.Name, c.Value, c.GREASE)
}

func appendCodeValue(b []byte, name string, value uint64, grease bool) []byte {
	b = append(b, `{"name":`...)
	b = appendString(b, name)
	b = append(b, `,"value":`...)
	b = strconv.AppendUint(b, value, 10)
	if grease {
		b = append(b, `,"grease":true`...)
	}
	return append(b, '}')
}
