package render

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// camel writes a message's name as the RFC does: server_hello is ServerHello.
func camel(snake string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(snake, "_") {
		if word == "url" {
			word = "URL"
		}
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]))
			b.WriteString(word[1:])
		}
	}
	return b.String()
}

// snake is camel the other way round, up to the first dot: ServerHello.random is server_hello.random.
func snake(path string) string {
	var b strings.Builder
	name, rest, _ := strings.Cut(path, ".")
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String() + prefixed(".", rest)
}

// messageName is the name of what an event is about.
func messageName(e *trace.Event) string {
	switch e.Layer {
	case trace.LayerAlert:
		return "Alert"
	case trace.LayerData:
		return "ApplicationData"
	}
	return camel(e.Kind)
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func size(n int) string { return strconv.Itoa(n) + "B" }

// bytesText is a number of bytes that fits the ladder's column: from a million on in units of 1000.
func bytesText(n int) string {
	if n < 1_000_000 {
		return strconv.Itoa(n)
	}
	v := float64(n)
	for _, unit := range [...]string{"kB", "MB", "GB", "TB"} {
		if v /= 1000; v < 9.95 {
			return fmt.Sprintf("%.1f %s", v, unit)
		} else if v < 999.5 {
			return fmt.Sprintf("%.0f %s", v, unit)
		}
	}
	return fmt.Sprintf("%.0f PB", v/1000)
}

// ms writes milliseconds with as many digits as mean something: down to microseconds, where there would be none.
func ms(v float64) string {
	if v < 0.1 {
		return strconv.FormatFloat(math.Round(v*1000)/1000, 'f', -1, 64) + "ms"
	}
	if v >= 100 {
		return fmt.Sprintf("%.0fms", v)
	}
	return fmt.Sprintf("%.1fms", v)
}

// since is a ladder's time: milliseconds with one decimal. Fractions of a microsecond don't count: a saved trace has none.
func since(start, t time.Duration) string {
	return fmt.Sprintf("%.1f", float64(t.Microseconds()-start.Microseconds())/1000)
}

// lifetime writes seconds as people say them.
func lifetime(seconds uint64) string {
	const minute, hour, day = 60, 60 * 60, 24 * 60 * 60
	switch {
	case seconds >= 2*hour && seconds%day == 0:
		return count(int(seconds/day), "day", "days")
	case seconds >= hour && seconds%hour == 0:
		return count(int(seconds/hour), "hour", "hours")
	case seconds >= minute && seconds%minute == 0:
		return count(int(seconds/minute), "minute", "minutes")
	}
	return count(int(seconds), "second", "seconds")
}

// codeText is the name of a code, or its number.
func codeText(c *trace.Code) string {
	switch {
	case c == nil:
		return ""
	case c.Name != "":
		return c.Name
	case c.GREASE:
		return fmt.Sprintf("GREASE 0x%04x", c.Value)
	}
	return fmt.Sprintf("0x%04x", c.Value)
}

// statusWord is what a status is called in a verdict. Its style adds nothing to the word.
func statusWord(s finding.Status) (string, style) {
	switch s {
	case finding.Pass:
		return "ok", good
	case finding.Info:
		return "note", notable
	case finding.Warn:
		return "warn", dubious
	case finding.Fail:
		return "FAIL", bad
	case finding.Skip:
		return "skip", faint
	}
	return "?", dubious
}

// section shortens a reference: "RFC 8446, Section 4.2.8" is "RFC 8446 §4.2.8".
func section(ref string) string {
	ref = strings.ReplaceAll(ref, ", Section ", " §")
	return strings.ReplaceAll(ref, ", Appendix ", " App. ")
}

// sentence joins the parts that are not empty.
func sentence(parts ...string) string {
	var said []string
	for _, p := range parts {
		if p != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, " · ")
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// maxName bounds a peer's text within a line of ours, in bytes: nobody reads more.
const maxName = 80

// quoted returns text of the peer as it is where it is a plain word or name, and otherwise in quotes, so that it
// can't be taken for words of ours. It is bounded, and not yet made visible.
func quoted(s string) string {
	for i, r := range s {
		if i > maxName {
			break
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" ._-/*@:+=()'&,", r) {
			return `"` + shortened(strings.ReplaceAll(s[:min(len(s), 2*maxName)], `"`, `\"`)) + `"`
		}
	}
	return shortened(s)
}

// shortened returns the beginning of a long text.
func shortened(s string) string { return shortenedTo(maxName, s) }

// shortenedTo returns the first n bytes of a longer text, or as many as are whole characters.
func shortenedTo(n int, s string) string {
	if len(s) <= n {
		return s
	}
	cut := n
	for cut > n-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
