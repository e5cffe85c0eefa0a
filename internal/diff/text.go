package diff

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// maxText bounds what a document repeats of a value, in bytes: what is longer is told by its ends or its length.
const maxText = 200

// clip cuts a text that is too long to be repeated.
func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(s[:maxText], ""), len(s))
}

func withOrdinal(name string, n int) string {
	if n > 1 {
		return name + "#" + strconv.Itoa(n)
	}
	return name
}

// codeWord is the name of a code point, or its number.
func codeWord(c *trace.Code) string {
	switch {
	case c == nil:
		return ""
	case c.GREASE:
		return grease
	case c.Name != "":
		return c.Name
	}
	return fmt.Sprintf("0x%04x", c.Value)
}

// grease stands for every value that is reserved by RFC 8701: they are equal.
const grease = "GREASE"

// wordOf is a leaf, or a vector of bytes, in words.
func wordOf(f trace.Fields) string {
	n := f.Node()
	switch n.Kind {
	case wire.Code:
		if c := f.Code(); c.GREASE || c.Name != "" {
			return clip(codeWord(c))
		}
		return fmt.Sprintf("0x%0*x", 2*min(max(int(n.Len), 1), 8), n.Num)
	case wire.Uint:
		return strconv.FormatUint(n.Num, 10)
	case wire.Text:
		return clip(string(f.Bytes()))
	}
	return bytesWord(f.Bytes())
}

// bytesWord is bytes by their length, and themselves or their ends.
func bytesWord(b []byte) string {
	const few, head, tail = 12, 4, 3
	switch {
	case len(b) == 0:
		return "empty"
	case len(b) <= few:
		return hex.EncodeToString(b)
	}
	return fmt.Sprintf("%dB %x…%x", len(b), b[:head], b[len(b)-tail:])
}

// maxMembers bounds the members of a list that are named in one text.
const maxMembers = 6

// summaryOf says in a few words what a field with others below it holds: its value where it comes down to one, the members of a short
// list, else how long it is.
func summaryOf(f trace.Fields) string {
	for depth := 0; depth < 16; depth++ {
		if isValue(f) {
			return wordOf(f)
		}
		parts := partsOf(f)
		switch {
		case len(parts) == 0:
			return "empty"
		case len(parts) > 1:
			if text, ok := membersOf(parts); ok {
				return text
			}
			if parts[0].Code() != nil && parts[0].Node().Index < 0 {
				return wordOf(parts[0]) + ", " + strconv.Itoa(int(f.Node().Len)) + "B"
			}
			return strconv.Itoa(int(f.Node().Len)) + "B"
		}
		f = parts[0]
	}
	return strconv.Itoa(int(f.Node().Len)) + "B"
}

// membersOf names the members of a short list of values.
func membersOf(parts []trace.Fields) (string, bool) {
	if len(parts) > maxMembers {
		return "", false
	}
	var words []string
	for _, p := range parts {
		inner := partsOf(p)
		if !isValue(p) && len(inner) == 1 {
			p = inner[0]
		}
		if !isValue(p) || p.Node().Kind == wire.Opaque {
			return "", false
		}
		words = append(words, wordOf(p))
	}
	return clip(strings.Join(words, ", ")), true
}

// isValue reports whether a field has a value of its own: a leaf, or bytes with a length in front.
func isValue(f trace.Fields) bool {
	n := f.Node()
	if n.Kind != wire.Struct {
		return n.Kind == wire.Uint || n.Kind == wire.Code || !hasParts(f)
	}
	return int(n.Last) == f.Index()+1
}

// hasParts reports whether there is more below a vector than its length and its bytes.
func hasParts(f trace.Fields) bool {
	for c := range f.Children() {
		switch n := c.Node(); {
		case n.Index >= 0:
			return true
		case n.Name != "length" && n.Name != "bytes":
			return true
		}
	}
	return false
}

// partsOf returns the children that say something.
func partsOf(f trace.Fields) []trace.Fields {
	var list []trace.Fields
	for c := range f.Children() {
		switch n := c.Node(); {
		case n.Index >= 0:
		case n.Name == "length", n.Name == "msg_type", n.Name == "extension_type", n.Name == "header":
			continue
		}
		list = append(list, c)
		if len(list) > maxMembers {
			break
		}
	}
	return list
}
