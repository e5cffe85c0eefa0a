// Package safetext makes text that a stranger wrote fit to be shown: what a terminal would obey, or
// what nobody could see, becomes visible characters. It also measures and cuts text in terminal
// columns. It knows nothing of TLS.
package safetext

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks may follow each other on one base. Ordinary writing needs
// two or three; a tower of them runs over the lines above.
const maxMarks = 4

// Visible returns s with everything that is not plainly visible spelled out: control characters and
// escapes (\x1b, \n), bidi controls, zero-width and other format characters (\u202e), spaces other
// than the ordinary one (\u00a0), line separators, private and unassigned characters, combining
// marks without a base, and bytes that are no UTF-8 (\xff). Backslashes stay as they are, so that
// making text visible twice changes nothing more.
func Visible(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	var f filter
	for len(s) > 0 {
		text, n := f.next(s)
		b.WriteString(text)
		s = s[n:]
	}
	return b.String()
}

// VisibleBytes is [Visible] for bytes.
func VisibleBytes(b []byte) string { return Visible(string(b)) }

// VisibleCut is [Visible] cut to at most limit columns, ending in ellipsis where it was cut. It reads
// no more of s than it shows.
func VisibleCut(s string, limit int, ellipsis string) string {
	if plain(s) {
		return Cut(s, limit, ellipsis)
	}
	var b strings.Builder
	var f filter
	for columns := 0; len(s) > 0 && columns <= limit; {
		text, n := f.next(s)
		b.WriteString(text)
		columns += Width(text)
		s = s[n:]
	}
	shown := b.String()
	if len(s) > 0 {
		shown += ellipsis // one that would be cut anyway, so that the cut is seen
	}
	return Cut(shown, limit, ellipsis)
}

// plain reports whether s is printable ASCII and nothing else.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// filter makes one character after the other visible.
type filter struct {
	based bool // there is a character that a mark can sit on
	marks int  // how many sit on it
}

// next returns the visible form of the first character of s and how many bytes that is.
func (f *filter) next(s string) (string, int) {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		f.based, f.marks = true, 0
		return fmt.Sprintf(`\x%02x`, s[0]), 1
	}
	if unicode.Is(unicode.M, r) {
		f.marks++
		if f.based && f.marks <= maxMarks && !ignorable(r) {
			return s[:n], n
		}
		return spelled(r), n
	}
	f.based, f.marks = true, 0
	if !unicode.IsPrint(r) || ignorable(r) {
		return spelled(r), n
	}
	return s[:n], n
}

// ignorable reports whether r is a letter, mark or symbol by its category, and yet shows nothing.
func ignorable(r rune) bool {
	const brailleBlank = 0x2800
	return r == brailleBlank || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

func spelled(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// ASCII returns s, which is visible already, with every character beyond ASCII spelled out.
func ASCII(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for _, r := range s {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			b.WriteString(spelled(r))
		}
	}
	return b.String()
}
