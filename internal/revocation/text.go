package revocation

import (
	"bytes"
	"fmt"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// clip cuts a text that is too long for a message.
func clip(s string) string {
	const limit = 200
	if len(s) <= limit {
		return s
	}
	return fmt.Sprintf("%s… (%d bytes)", bytes.ToValidUTF8([]byte(s[:limit]), nil), len(s))
}

// nameOf names a distinguished name shortly: its common name, or else all of it.
func nameOf(name cert.Name) string {
	if cn := name.CommonName(); cn != "" {
		return clip(cn)
	}
	if name.IsEmpty() {
		return "somebody without a name"
	}
	return clip(name.String())
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// several says how many of something there are.
func several(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprint(n, " ", word, "s")
}
