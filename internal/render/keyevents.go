package render

import (
	"fmt"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// keyEvents writes a line for a key exchange, for the secrets that were derived from one, or for keys
// that were installed, and returns how many events after the first it has dealt with.
func (c *canvas) keyEvents(v *view, events []*trace.Event) (more int) {
	switch d := events[0].Detail.(type) {
	case *trace.Exchange:
		c.exchange(d)
	case *trace.Secret:
		return c.secrets(events, d)
	case *trace.Keys:
		return c.keyChange(v, events, 0)
	}
	return 0
}

func (c *canvas) exchange(d *trace.Exchange) {
	said := fmt.Sprintf("⇒ shared secret %dB by ", d.Secret)
	name := exchangeName(d)
	if d.Group != nil && d.Method != "hybrid" { // a hybrid's name says what it is
		name = d.Method + " " + name
	}
	said += name
	for _, n := range exchangeNotes(d) {
		said += ", " + n.text
	}
	if d.Strength > 0 {
		said += fmt.Sprintf(", %d bits strong", d.Strength)
	}
	c.print(span{said, notable})
}

// secrets writes what is derived from one secret in one line. Values are there only when they were asked for.
func (c *canvas) secrets(events []*trace.Event, first *trace.Secret) (more int) {
	var names []string
	for i, e := range events {
		s, ok := e.Detail.(*trace.Secret)
		if !ok || s.From != first.From || len(e.Findings) > 0 && i > 0 {
			break
		}
		names = append(names, fmt.Sprintf("%s %dB", s.Label, s.Length)+prefixed(" ", s.Value))
		more = i
	}
	from := "⇒ "
	if first.From != "" {
		from += first.From + " → "
	}
	c.print(span{from + strings.Join(names, ", "), notable})
	return more
}
