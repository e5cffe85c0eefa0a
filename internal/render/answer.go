package render

import (
	"bytes"
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// maxAnswer is how many lines of what the server said are shown.
const maxAnswer = 200

// answer shows what the server said over the session: of an HTTP response the status line and the
// headers, of anything else its lines.
func (c *canvas) answer(v *view) {
	said, total := v.said()
	if total == 0 {
		return
	}
	c.blank()
	shown, lines := 0, 0
	http := bytes.HasPrefix(said, []byte("HTTP/"))
	for line := range bytes.Lines(said) {
		text := bytes.TrimRight(line, "\r\n")
		if lines == maxAnswer || http && len(text) == 0 {
			break
		}
		lines++
		shown += len(line)
		st := ordinary
		if http && lines == 1 {
			st = strong
		}
		c.print(plain("    "), span{string(text), st})
	}
	if rest := total - shown; rest > 0 && http {
		c.print(span{fmt.Sprintf("    body %d bytes", max(rest-2, 0)), faint})
	} else if rest > 0 {
		c.print(span{fmt.Sprintf("    and %d bytes more", rest), faint})
	}
}

// said returns the application data that came, as far as the trace keeps it, and how much it was.
func (v *view) said() (kept []byte, total int) {
	for _, e := range v.Events {
		d, ok := e.Detail.(*trace.Data)
		if !ok || e.Dir != trace.Received {
			continue
		}
		total += d.Length
		if e.Buf != nil {
			kept = append(kept, e.Buf.Bytes...)
		}
	}
	return kept, total
}
