package render

import (
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// FuzzAnyMessageIsShownSafely shows whatever bytes a peer may send as a message.
func FuzzAnyMessageIsShownSafely(f *testing.F) {
	for name, raw := range rfc8448(f, "3") {
		if strings.HasSuffix(name, "Hello") || strings.Contains(name, "Certificate") || strings.Contains(name, "Ticket") {
			f.Add(raw, uint16(iana.TLS13), uint8(80))
			f.Add(raw, uint16(iana.TLS12), uint8(0))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte, version uint16, width uint8) {
		s := newScript("server")
		s.ctx.Version = iana.Version(version)
		s.message(trace.Received, raw, version%2 == 0)
		tr := s.done()
		for _, o := range []Options{{}, {Verbosity: 1, ASCII: true}, {Verbosity: 2}} {
			o.Width = int(width)
			checkSafe(t, o, shown(t, tr, o))
		}
	})
}
