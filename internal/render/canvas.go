package render

import (
	"bufio"
	"io"
	"strings"

	"github.com/fatih/color"

	"github.com/tlsprobe/tlsprobe/internal/safetext"
)

// style is what a span means to the eye. No style says anything that a word or a glyph does not.
type style uint8

const (
	ordinary style = iota
	faint
	strong
	good
	notable
	dubious
	bad
	outgoing
	incoming
	styles // how many there are
)

var attributes = [styles][]color.Attribute{
	faint:    {color.Faint},
	strong:   {color.Bold},
	good:     {color.FgGreen},
	notable:  {color.FgCyan},
	dubious:  {color.FgYellow},
	bad:      {color.FgRed, color.Bold},
	outgoing: {color.FgBlue},
	incoming: {color.FgMagenta},
}

// span is a run of text in one style. What it holds may come from a peer: the canvas makes it safe.
type span struct {
	text  string
	style style
}

func plain(s string) span { return span{text: s} }

// canvas writes lines of spans: safe, in the right characters, cut to the width.
type canvas struct {
	w     *bufio.Writer
	width int // 0: no limit
	ascii bool
	paint [styles]*color.Color // nil: as it is
	gap   bool                 // the last line was blank, or there was none
	line  []span               // the line that is being printed, reused
}

func newCanvas(w io.Writer, o Options) *canvas {
	c := &canvas{w: bufio.NewWriter(w), width: max(o.Width, 0), ascii: o.ASCII, gap: true}
	if o.Color {
		for i, a := range attributes {
			if a != nil {
				c.paint[i] = color.New(a...)
				c.paint[i].EnableColor()
			}
		}
	}
	return c
}

// close gives back the first error of the writer below, after everything was handed to it.
func (c *canvas) close() error { return c.w.Flush() }

// put writes what was made safe. An error stays with the writer, which drops what follows, until close.
func (c *canvas) put(s string) { _, _ = c.w.WriteString(s) }

// maxText bounds what one span shows, in columns, where the terminal does not.
const maxText = 400

// clean makes a text fit to be printed and measured.
func (c *canvas) clean(s string) string {
	return c.cleanCut(s, maxText)
}

func (c *canvas) cleanCut(s string, columns int) string {
	s = safetext.VisibleCut(s, columns, "…")
	if c.ascii {
		s = toASCII(s)
	}
	return s
}

func (c *canvas) ellipsis() string {
	if c.ascii {
		return "..."
	}
	return "…"
}

// columns returns how wide a text will be.
func (c *canvas) columns(s string) int { return safetext.Width(c.clean(s)) }

// pad returns a text with blanks up to n columns, or cut to them.
func (c *canvas) pad(s string, n int) string {
	s = safetext.Cut(c.clean(s), n, c.ellipsis())
	return s + strings.Repeat(" ", n-safetext.Width(s))
}

// padLeft is pad with the blanks in front.
func (c *canvas) padLeft(s string, n int) string {
	s = safetext.Cut(c.clean(s), n, c.ellipsis())
	return strings.Repeat(" ", n-safetext.Width(s)) + s
}

// blank leaves a line free, unless one is.
func (c *canvas) blank() {
	if !c.gap {
		c.put("\n")
	}
	c.gap = true
}

// print writes one line, cut to the width, without blanks at its end.
func (c *canvas) print(spans ...span) {
	c.line = c.line[:0]
	total := 0
	for _, s := range spans {
		s.text = c.clean(s.text)
		total += safetext.Width(s.text)
		c.line = append(c.line, s)
	}
	if c.width > 0 && total > c.width {
		c.cutLine()
	}
	c.trimLine()
	for _, s := range c.line {
		c.write(s)
	}
	c.put("\n")
	c.gap = len(c.line) == 0
}

// prose writes words that are worth more than one line: what ended it and what to try. They are
// wrapped between words, the lines after the first indented; without a width they stay on one.
func (c *canvas) prose(label string, st style, text string) {
	text = c.clean(text)
	room := c.width - len(label)
	if c.width == 0 || room < 20 || safetext.Width(text) <= room {
		c.print(span{label, st}, plain(text))
		return
	}
	line, first := "", true
	flush := func() {
		if first {
			c.print(span{label, st}, plain(line))
		} else {
			c.print(plain(strings.Repeat(" ", len(label))), plain(line))
		}
		line, first = "", false
	}
	for _, word := range strings.Fields(text) {
		if line != "" && safetext.Width(line)+1+safetext.Width(word) > room {
			flush()
		}
		line = prefixedBy(line, word)
	}
	flush()
}

func prefixedBy(line, word string) string {
	if line == "" {
		return word
	}
	return line + " " + word
}

// cutLine cuts the line at the width, the ellipsis in the style of what was cut.
func (c *canvas) cutLine() {
	room := c.width - safetext.Width(c.ellipsis())
	for i := range c.line {
		s := &c.line[i]
		n := safetext.Width(s.text)
		if n > room { // this span, or what follows it, goes beyond the width
			s.text = safetext.Cut(s.text+strings.Repeat(" ", c.width), max(room, 0), "") + c.ellipsis()
			s.text = safetext.Cut(s.text, room+safetext.Width(c.ellipsis()), "")
			c.line = c.line[:i+1]
			return
		}
		room -= n
	}
}

func (c *canvas) trimLine() {
	for n := len(c.line); n > 0; n-- {
		last := &c.line[n-1]
		last.text = strings.TrimRight(last.text, " ")
		if last.text != "" {
			break
		}
		c.line = c.line[:n-1]
	}
}

func (c *canvas) write(s span) {
	if paint := c.paint[s.style]; paint != nil && strings.TrimSpace(s.text) != "" {
		c.put(paint.Sprint(s.text))
		return
	}
	c.put(s.text)
}
