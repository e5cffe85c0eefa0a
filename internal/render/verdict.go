package render

import (
	"fmt"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// row is a line of the table of results.
type row struct {
	status finding.Status
	label  string
	text   string
	about  finding.ID // what explain can say more of; empty for none
}

// The columns of the table; labels may make theirs wider.
const (
	statusColumn   = 4
	labelColumn    = 12
	maxLabelColumn = 32
)

// verdict writes the table of results, what it comes to, where the blame lies, and what to try.
func (c *canvas) verdict(v *view) {
	rows := v.rows()
	label := labelColumn
	for _, r := range rows {
		label = max(label, min(len(r.label), maxLabelColumn))
	}
	for _, r := range rows {
		word, st := statusWord(r.status)
		c.print(plain("    "), span{c.pad(word, statusColumn) + "  ", st}, span{c.pad(r.label, label) + "  ", ordinary}, plain(r.text))
	}
	c.verdictLine(v)
	if blame := v.blame(); blame != "" {
		c.prose("blame: ", strong, blame)
	}
	if hint := v.hint(); hint != "" {
		c.prose("hint: ", strong, hint)
	}
}

// verdictLine writes what it all comes to, and where to read on: behind it, or on a line of its own where that fits better.
func (c *canvas) verdictLine(v *view) {
	spans := []span{{"verdict ", strong}}
	rows := v.rows()
	more := ""
	switch v.Outcome {
	case trace.OK:
		spans = append(spans, span{"ok", good}, plain(prefixed(" · ", tally(rows))))
		more = readOn(rows)
	case trace.Untrusted:
		spans = append(spans, span{"untrusted", bad}, plain(": "+v.distrust()), plain(prefixed(" · ", tally(rows))))
		more = readOn(rows)
	default:
		spans = append(spans, span{failureWord(v.Outcome), bad}, plain(prefixed(": ", v.failure())))
	}
	total := c.columns(" · " + more)
	for _, s := range spans {
		total += c.columns(s.text)
	}
	if c.width == 0 || total <= c.width {
		c.print(append(spans, plain(prefixed(" · ", more)))...)
		return
	}
	c.print(spans...)
	if more != "" {
		c.print(plain(more))
	}
}

// failureWord is the outcome of a connection that came to nothing.
func failureWord(o trace.Outcome) string {
	switch o {
	case trace.Interrupted, trace.Internal:
		return string(o)
	case "":
		return "not known"
	}
	return "failed"
}

// failure is what ended the connection, in words.
func (v *view) failure() string {
	if v.Error != nil && v.Error.Message != "" {
		return v.Error.Message
	}
	if f, ok := v.gravest(); ok {
		return f.Message
	}
	if v.Outcome == trace.Internal {
		return "a fault of tlsprobe"
	}
	return ""
}

// tally counts what is not plainly well.
func tally(rows []row) string {
	counts := make(map[finding.Status]int)
	for _, r := range rows {
		counts[r.status]++
	}
	said := ""
	for _, s := range []struct {
		status    finding.Status
		one, many string
	}{
		{finding.Fail, "failure", "failures"},
		{finding.Warn, "warning", "warnings"},
		{finding.Unknown, "unanswered", "unanswered"},
		{finding.Info, "note", "notes"},
	} {
		if n := counts[s.status]; n > 0 {
			said = sentence(said, count(n, s.one, s.many))
		}
	}
	return said
}

// readOn says where to read about the worst of what is not plainly well.
func readOn(rows []row) string {
	var worst row
	for _, r := range rows {
		plainly := r.status == finding.Pass || r.status == finding.Skip
		if r.about != "" && !plainly && (worst.about == "" || finding.Worse(r.status, worst.status)) {
			worst = r
		}
	}
	return prefixed("explain: tlsprobe explain ", string(worst.about))
}

// worst returns the failure that counts most of those that fit: the most severe, and of equal ones the first, for
// others may have followed from it.
func (v *view) worst(fits func(id string) bool) (finding.Finding, bool) {
	var worst finding.Finding
	found := false
	for _, list := range [...][]finding.Finding{v.checks, v.broken} {
		for _, f := range list {
			if f.Status == finding.Fail && fits(f.ID) && (!found || f.Severity > worst.Severity) {
				worst, found = f, true
			}
		}
	}
	return worst, found
}

// ofProtocol fits what is wrong with how the peer speaks TLS: broken rules and failed proofs.
func ofProtocol(id string) bool {
	return strings.HasPrefix(id, "rule.") || strings.HasPrefix(id, "handshake.")
}

// ofCertificate fits what is wrong with the peer's chain.
func ofCertificate(id string) bool { return !ofProtocol(id) }

// gravest returns the failure that the outcome stands for.
func (v *view) gravest() (finding.Finding, bool) {
	if v.Outcome == trace.Untrusted {
		return v.worst(ofCertificate)
	}
	return v.worst(ofProtocol)
}

// distrust says why the certificate is not trusted.
func (v *view) distrust() string {
	if f, ok := v.gravest(); ok {
		return findingText(f)
	}
	return "the certificate is not trusted"
}

// blame says whose fault a failure is, as far as the trace can tell.
func (v *view) blame() string {
	switch v.Outcome {
	case trace.Network:
		return v.blameNetwork()
	case trace.HandshakeFailed:
	default:
		return ""
	}
	var e *trace.Event
	if v.Error != nil {
		e = v.event(v.Error.Event)
	}
	f, broken := v.gravest()
	switch {
	case e != nil && e.Layer == trace.LayerAlert && e.Dir == trace.Received:
		return fmt.Sprintf("the server's choice, said in its alert (#%d)", e.N)
	case broken && f.Where.Event > 0:
		return sentence(fmt.Sprintf("the server: what it sent in #%d is against the protocol", f.Where.Event), section(f.Ref))
	case broken:
		return sentence("the server: what it sent is against the protocol", section(f.Ref))
	case e != nil && e.Kind == "foreign":
		return "the port: something else than TLS answers there"
	case e != nil && e.Dir == trace.Received:
		return fmt.Sprintf("the server, by what it sent in #%d", e.N)
	}
	return "the server, or something between: it stopped in the middle of the handshake"
}

func (v *view) blameNetwork() string {
	for _, e := range v.Events {
		if d, ok := e.Detail.(*trace.Lookup); ok && d.Error != "" {
			return "the name: it could not be looked up"
		}
	}
	for _, e := range v.Events {
		if _, ok := e.Detail.(*trace.Connected); ok {
			return "the server: it took the connection and sent nothing"
		}
	}
	return "the network, or nothing listens there: no connection came about"
}

// hint says what to try.
func (v *view) hint() string {
	switch {
	case v.Outcome == trace.OK:
		return ""
	case v.Error != nil && v.Error.Hint != "":
		return v.Error.Hint
	}
	if f, ok := v.gravest(); ok {
		return f.Fix
	}
	if v.Outcome == trace.HandshakeFailed {
		for i := len(v.Events) - 1; i >= 0; i-- {
			if d, ok := v.Events[i].Detail.(*trace.AlertDetail); ok && v.Events[i].Dir == trace.Received && d.Description != nil {
				return explainCode("alert", d.Description.Name).try
			}
		}
	}
	return ""
}
