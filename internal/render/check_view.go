package render

import (
	"io"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/diff"
)

// Check writes how servers compare with a lock. exit is the code that the program is about to end with. Its errors are those of w.
func Check(w io.Writer, d *diff.CheckDocument, exit int, o Options) error {
	c := newCanvas(w, o)
	for i := range d.Endpoints {
		if e := &d.Endpoints[i]; !o.Quiet {
			c.checkedEndpoint(e)
		}
	}
	counts := make(map[diff.CheckState]int)
	for i := range d.Endpoints {
		counts[d.Endpoints[i].State]++
	}
	var parts []string
	st := good
	for _, n := range []struct {
		state diff.CheckState
		word  string
		st    style
	}{{diff.CheckSame, "same", good}, {diff.CheckChanged, "changed", notable}, {diff.CheckNotReached, "not reached", dubious}, {diff.CheckWorse, "worse", bad}} {
		if k := counts[n.state]; k > 0 {
			parts = append(parts, strconv.Itoa(k)+" "+n.word)
			st = n.st
		}
	}
	c.print(span{c.pad(strings.Join(parts, ", "), 52), st}, span{" exit " + strconv.Itoa(exit), faint})
	return c.close()
}

// checkedEndpoint writes one server.
func (c *canvas) checkedEndpoint(e *diff.CheckEndpoint) {
	mark, word, st := "  ", "same", good
	switch e.State {
	case diff.CheckChanged:
		mark, word, st = "~ ", "changed", notable
	case diff.CheckWorse:
		mark, word, st = "~ ", "worse", bad
	case diff.CheckNotReached:
		mark, word, st = "? ", "not reached"+prefixed(": ", errorText(e.Error)), dubious
	}
	c.print(span{mark, st}, plain(c.pad(quoted(e.Target), 32)+" "), span{word, st})
	for i := range e.Changes {
		c.diffChange(&e.Changes[i])
	}
}
