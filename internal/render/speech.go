package render

import (
	"fmt"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// num is the value of a number or code; 0 where there is none.
func num(f trace.Fields) uint64 {
	n, _ := f.Num()
	return n
}

// name is the name of a code, or its number with as many digits as it has on the wire; empty where there is none.
func name(f trace.Fields) string {
	c := f.Code()
	switch {
	case c == nil:
		return ""
	case c.GREASE:
		return "GREASE"
	case c.Name != "":
		return c.Name
	}
	return fmt.Sprintf("0x%0*x", 2*int(f.Node().Len), c.Value)
}

// isGREASE reports whether a code is one of those that only keep peers honest. RFC 8701.
func isGREASE(f trace.Fields) bool {
	c := f.Code()
	return c != nil && c.GREASE
}

// names are the names of a list of codes, GREASE left out.
func names(list trace.Fields) []string {
	var all []string
	for item := range list.Items() {
		if !isGREASE(item) {
			all = append(all, name(item))
		}
	}
	return all
}

// words are the peer's words in a list whose items hold one text each, in the field step.
func words(list trace.Fields, step string) []string {
	var all []string
	for item := range list.Items() {
		all = append(all, quoted(string(item.At(step).Bytes())))
	}
	return all
}

func sizeOf(f trace.Fields) string { return size(len(f.Bytes())) }

// joined returns up to most of the words, and says how many more there are.
func joined(words []string, sep string, most int) string {
	if len(words) <= most {
		return strings.Join(words, sep)
	}
	return strings.Join(words[:most], sep) + sep + "…" + count(len(words)-most, "more", "more")
}
