package render

import (
	"io"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Options say how a trace is shown. The zero value is the default view, full width, with UTF-8 and
// without colour.
type Options struct {
	Width     int      // columns of the terminal; 0: full width, nothing is cut
	ASCII     bool     // -> instead of ─▶; see [UseASCII]
	Color     bool     // see [UseColor]
	Verbosity int      // 0 ladder and verdict, 1 field trees (-v), 2 bytes as well (-vv)
	Only      []string // path prefixes, * for one step: only these messages and fields, as trees
	Message   int      // the number of an event: only this one, and of it what Only selects; 0 for all
	Quiet     bool     // the verdict line alone
}

// Text writes the view of a trace that the options ask for. Its errors are those of w, and
// [ErrNothingSelected].
func Text(w io.Writer, t *trace.Trace, o Options) error {
	c := newCanvas(w, o)
	v := newView(t)
	switch {
	case o.Quiet:
		c.verdictLine(v)
	case len(o.Only) > 0:
		if err := c.only(v, o); err != nil {
			return err
		}
	case o.Message != 0:
		if err := c.one(v, o); err != nil {
			return err
		}
	case o.Verbosity > 0:
		c.header(v)
		c.blank()
		c.trees(v, o)
		c.answer(v)
		c.blank()
		v.all = true
		c.verdict(v)
	default:
		c.header(v)
		c.blank()
		c.ladder(v)
		c.answer(v)
		c.blank()
		c.verdict(v)
	}
	return c.close()
}
