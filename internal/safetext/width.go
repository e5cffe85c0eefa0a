package safetext

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Width returns how many columns of a terminal s takes: two for wide East Asian characters (UAX #11)
// and emoji, none for combining and format characters, one for the rest. Characters of ambiguous
// width count one.
func Width(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	if r < utf8.RuneSelf {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Cut returns s where it fits into limit columns, and otherwise as much of it as fits with ellipsis.
// Where not even the ellipsis fits, a part of that is returned; a limit below 1 gives nothing.
func Cut(s string, limit int, ellipsis string) string {
	if len(s) <= limit { // no character takes more columns than bytes
		return s
	}
	room := limit - Width(ellipsis)
	columns, fits := 0, 0 // fits: how many bytes leave room for the ellipsis
	for i, r := range s {
		columns += runeWidth(r)
		if columns <= room {
			fits = i + utf8.RuneLen(r)
		}
		if columns > limit {
			if room < 0 {
				return ellipsis[:min(len(ellipsis), prefix(ellipsis, limit))]
			}
			return s[:fits] + ellipsis
		}
	}
	return s
}

// prefix returns how many bytes of s fit into max columns.
func prefix(s string, limit int) int {
	columns := 0
	for i, r := range s {
		columns += runeWidth(r)
		if columns > limit {
			return i
		}
	}
	return len(s)
}
