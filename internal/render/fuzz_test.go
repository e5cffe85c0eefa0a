package render

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// FuzzAnyDocumentIsShownSafely shows whatever can be read as a trace: somebody may have made it up.
func FuzzAnyDocumentIsShownSafely(f *testing.F) {
	if whole, err := os.ReadFile(filepath.Join("..", "trace", "testdata", "trace-1.json")); err == nil {
		f.Add(whole, uint8(80), uint8(1))
	}
	const head = `{"schema":"tlsprobe.trace/1","summary":{},"buffers":[{"id":0,"kind":"message","from":[],"bytes":"AQIDBA=="}],"events":[`
	for _, e := range []string{
		`{"n":1,"dir":"sent","layer":"message","kind":"","buf":0}`, `{"n":1,"dir":"none","layer":"key","kind":"install","detail":{}}`,
		`{"n":1,"dir":"none","layer":"alert","kind":"alert","detail":{}}`, `{"n":1,"dir":"none","layer":"record","kind":"x","detail":{}}`,
		`{"n":1,"dir":"none","layer":"alert","kind":"alert"}`, `{"n":1,"dir":"none","layer":"net","kind":"closed"},{"n":2,"dir":"none","layer":"key","kind":"secret"}`,
		`{"n":1,"dir":"received","layer":"message","kind":"certificate","buf":0,"tree":{"path":"certificate","off":0,"len":4}}`,
	} {
		f.Add([]byte(head+e+`]}`), uint8(0), uint8(1))
	}
	f.Fuzz(func(t *testing.T, doc []byte, width, n uint8) {
		tr, err := trace.Read(bytes.NewReader(doc))
		if err != nil {
			return
		}
		for _, o := range []Options{{}, {Verbosity: 1, ASCII: true}, {Verbosity: 2}, {Quiet: true}, {Message: int(n)}, {Message: int(n), Verbosity: 2}, {Only: []string{"*"}}} {
			o.Width = int(width)
			var b bytes.Buffer
			if err := Text(&b, tr, o); err != nil && !errors.Is(err, ErrNothingSelected) {
				t.Error(err)
			}
			if len(o.Only) == 0 { // a value that is asked for by name is whole
				checkSafe(t, o, b.String())
			}
		}
	})
}

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
