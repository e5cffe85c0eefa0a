package render

import (
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

func saysAlert(e *trace.Event) []string {
	d, ok := e.Detail.(*trace.AlertDetail)
	if !ok || d.Description == nil {
		return []string{sentence(name(e.Fields().At("level")), name(e.Fields().At("description")))}
	}
	lines := []string{fmt.Sprintf("%s %s (%d)", codeText(d.Level), codeText(d.Description), d.Description.Value)}
	if entry := explainCode("alert", d.Description.Name); isFatal(e) {
		lines = appendLine(lines, entry.text)
	}
	return lines
}

// isFatal reports whether an alert ends the connection by what it says. Since TLS 1.3 the level means
// nothing: all but the two that close are fatal. RFC 8446, Section 6.
func isFatal(e *trace.Event) bool {
	d, ok := e.Detail.(*trace.AlertDetail)
	if !ok || d.Level == nil || d.Description == nil {
		return false
	}
	return iana.AlertLevel(d.Level.Value) == iana.Fatal && iana.AlertDescription(d.Description.Value) != iana.AlertCloseNotify
}
