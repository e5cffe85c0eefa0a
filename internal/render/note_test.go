package render

import (
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// told renders the fields of a trace of TLS 1.3 after something was done to the bytes of its ServerHello.
func told(t *testing.T, spoil func(hello []byte)) string {
	t.Helper()
	tr := hybrid(t)
	for _, e := range tr.Events {
		if e.Layer == trace.LayerMessage && e.Kind == "server_hello" {
			spoil(e.Buf.Bytes)
		}
	}
	return shown(t, tr, Options{Verbosity: 1})
}

func TestValuesSayWhatTheyComeTo(t *testing.T) {
	const random = 6 // where it stands in a ServerHello
	for name, c := range map[string]struct {
		spoil func([]byte)
		says  string
	}{
		"nothing":          {func([]byte) {}, "no mark of a downgrade"},
		"downgrade to 1.2": {func(b []byte) { copy(b[random+24:], "DOWNGRD\x01") }, "ends in the mark of a downgrade from TLS 1.3"},
		"downgrade to 1.1": {func(b []byte) { copy(b[random+24:], "DOWNGRD\x00") }, "ends in the mark of a downgrade from TLS 1.2 or 1.3"},
	} {
		if text := told(t, c.spoil); !strings.Contains(text, c.says) {
			t.Errorf("%s: %q isn't said:\n%s", name, c.says, text)
		}
	}
	for _, c := range []struct {
		place, total int
		want         string
	}{{1, 1, "the only one offered"}, {1, 3, "the client's first choice of 3"}, {2, 3, "the client's choice 2 of 3"}} {
		if got := choice(c.place, c.total); got != c.want {
			t.Errorf("%d of %d: %q", c.place, c.total, got)
		}
	}
}
