package audit

import (
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Where nobody could find out whether a version is there, nothing that rests on its absence is left out.
func TestWhatMayBeThereAllTheSameIsUnknown(t *testing.T) {
	for _, c := range []struct {
		name   string
		tls12  Status
		reason string
		doubt  string
		want   Status
	}{
		{"the version is unknown", Unknown, "it has no suite with CBC", "", Unknown},
		{"the version is known", No, "it has no suite with CBC", "", Skip},
		{"the server is to be doubted", Unknown, "it has no suite with CBC", "it closes connections", Unknown},
		{"nobody wanted to know", Unknown, onlyBasics, "", Skip},
		{"there is no name to send", Unknown, noName, "", Skip},
	} {
		d := &Document{
			Protocols: []Protocol{{Version: trace.CodeOf(iana.TLS12), Support: Answer{Status: c.tls12}}},
			Questions: []Question{{ID: "q", Askable: true, Answer: skipped(c.reason)}},
		}
		d.settle(c.doubt)
		if got := d.Questions[0].Answer; got.Status != c.want {
			t.Errorf("%s: %s, %s", c.name, got.Status, got.Reason)
		}
	}
}
