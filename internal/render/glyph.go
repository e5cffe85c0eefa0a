package render

import (
	"strings"
	"unicode/utf8"

	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// asciiGlyph returns what stands for one of our glyphs where only ASCII may be written.
func asciiGlyph(r rune) (string, bool) {
	switch r {
	case '─', '·', '–':
		return "-", true
	case '═':
		return "=", true
	case '▶':
		return ">", true
	case '◀':
		return "<", true
	case '→':
		return "->", true
	case '←':
		return "<-", true
	case '⇒':
		return "=>", true
	case '├', '│':
		return "|", true
	case '└':
		return "`", true
	case '┐':
		return `\`, true
	case '┘':
		return "/", true
	case '…':
		return "...", true
	case '§':
		return "s.", true
	case '≥':
		return ">=", true
	case '≤':
		return "<=", true
	case '▲':
		return "^", true
	case '▼':
		return "v", true
	case '×':
		return "x", true
	}
	return "", false
}

// toASCII writes visible text in ASCII: our glyphs in their stead, anything else spelled out.
func toASCII(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else if g, ok := asciiGlyph(r); ok {
			b.WriteString(g)
		} else {
			b.WriteString(safetext.ASCII(string(r)))
		}
	}
	return b.String()
}

// arrow is who sent something, and whether it was protected: one shaft is plaintext, two is encrypted.
func arrow(dir trace.Dir, protected bool) string {
	switch {
	case dir == trace.Sent && protected:
		return "═▶"
	case dir == trace.Sent:
		return "─▶"
	case dir == trace.Received && protected:
		return "◀═"
	case dir == trace.Received:
		return "◀─"
	}
	return "··"
}

func arrowStyle(dir trace.Dir) style {
	switch dir {
	case trace.Sent:
		return outgoing
	case trace.Received:
		return incoming
	}
	return faint
}
