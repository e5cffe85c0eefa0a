package render

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// The bounds of a report without -v: paths that are shown, and certificates of a path that are named.
const (
	maxShownPaths = 4
	maxShownLinks = 8
)

// Verification writes the report of a verification: the certificates, the paths, the checks, the verdict. source is what was
// verified. Without -v the checks that went well or do not apply are counted only; with -q there is the verdict alone. Its
// errors are those of w.
func Verification(w io.Writer, d *verify.Document, source string, o Options) error {
	c := newCanvas(w, o)
	r := report{d}
	if !o.Quiet {
		c.reportHead(d, source)
		c.blank()
		c.reportChain(d)
		c.blank()
		c.reportPaths(d, o)
		c.blank()
		c.reportChecks(d, o)
	}
	c.reportVerdict(r)
	return c.close()
}

// report is a verification with what has to be looked up in it.
type report struct{ *verify.Document }

func (c *canvas) reportHead(d *verify.Document, source string) {
	host := ""
	if d.Hostname != nil {
		host = "   for " + *d.Hostname
	}
	c.print(span{source, strong}, plain(host), span{"   " + d.Time.UTC().Format(time.RFC3339) + "   rules " + d.Rules, faint})
	if d.Store != nil && d.Store.Note != "" {
		c.print(plain("  "), span{"note: " + d.Store.Note, faint})
	}
}

// reportChain lists the certificates with their numbers.
func (c *canvas) reportChain(d *verify.Document) {
	const roleColumn, maxNameColumn = 13, 40
	names := 0
	for i := range d.Chain {
		names = max(names, min(c.columns(reportName(&d.Chain[i])), maxNameColumn))
	}
	for i := range d.Chain {
		x := &d.Chain[i]
		until := "(unreadable end)"
		if x.NotAfter != nil {
			until = "until " + x.NotAfter.Format(time.DateOnly)
		}
		if x.URL != nil {
			until += ", fetched from " + shortened(*x.URL)
		}
		c.print(span{c.pad(fmt.Sprintf("  #%d", i), 6), faint}, plain(c.pad(x.Role, roleColumn)),
			span{c.atLeast(reportName(x), names) + "  ", strong}, plain(x.Key+", "+until))
	}
}

// reportName is what a certificate is called: its common name, or its whole subject.
func reportName(x *verify.DocumentCertificate) string {
	if x.Subject == "" {
		return "(no subject)"
	}
	return quoted(shortSubject(x.Subject))
}

// shortSubject returns the value of the first CN in a name of RFC 4514, the most specific one, or the name itself. Escapes stay
// as they are: the text is for reading only.
func shortSubject(subject string) string {
	rest := subject
	for {
		value, ok := strings.CutPrefix(rest, "CN=")
		end := unescapedComma(rest)
		if ok {
			return value[:end-len("CN=")]
		}
		if end >= len(rest) {
			return subject
		}
		rest = rest[end+1:]
	}
}

// unescapedComma returns where the first part of a name ends.
func unescapedComma(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case ',', '+':
			return i
		}
	}
	return len(s)
}

// reportPaths shows each path from the leaf up, and why it is not accepted.
func (c *canvas) reportPaths(d *verify.Document, o Options) {
	for i, p := range d.Paths {
		if i == maxShownPaths && o.Verbosity == 0 {
			c.print(plain("  "), span{"… and " + count(len(d.Paths)-i, "more path", "more paths") + " (-v has them all)", faint})
			return
		}
		var steps []string
		for k, at := range p.Certs {
			if k == maxShownLinks && len(p.Certs) > maxShownLinks+1 {
				steps = append(steps, "…", fmt.Sprintf("#%d", p.Certs[len(p.Certs)-1]))
				break
			}
			steps = append(steps, fmt.Sprintf("#%d", at))
		}
		end := "   ends below any root of the store"
		if p.Anchor != nil {
			end = "   " + quoted(shortSubject(p.Anchor.Subject)) + " is in the store"
			if d.Store != nil {
				end += " (" + d.Store.Name + ")"
			}
		}
		word, st, why := "ok", good, ""
		if !p.OK {
			word, st = "FAIL", bad
			var ids []string
			for _, id := range p.Failed {
				ids = append(ids, string(id))
			}
			why = prefixed(": ", strings.Join(ids, ", "))
		}
		c.print(span{"  path  ", faint}, span{c.pad(word, statusColumn) + "  ", st}, plain(strings.Join(steps, " ← ")), plain(end), span{why, bad})
	}
}

// reportChecks writes the checks: what is not well with what was expected and what to do, and of the rest how many there are.
func (c *canvas) reportChecks(d *verify.Document, o Options) {
	label := labelColumn
	shown := []finding.Finding{}
	for _, f := range d.Checks {
		if o.Verbosity > 0 || !quiet(f.Status) {
			shown = append(shown, f)
			label = max(label, min(len(f.ID), maxLabelColumn))
		}
	}
	for i := range shown {
		c.reportCheck(&shown[i], label)
	}
	if o.Verbosity == 0 {
		if n := counted(d.Checks, finding.Pass); n > 0 {
			word, st := statusWord(finding.Pass)
			skipped := ""
			if k := counted(d.Checks, finding.Skip); k > 0 {
				skipped = fmt.Sprintf(", %d skipped", k)
			}
			c.print(plain("    "), span{c.pad(word, statusColumn) + "  ", st}, plain(count(n, "other check", "other checks")+skipped), span{" (-v has them all)", faint})
		}
	}
}

// reportCheck writes one check. What fits no line with its reference goes on below, and the reference under it.
func (c *canvas) reportCheck(f *finding.Finding, label int) {
	word, st := statusWord(f.Status)
	at := ""
	if f.Where.Cert != nil && f.Where.Cert.Index >= 0 {
		at = fmt.Sprintf("#%d  ", f.Where.Cert.Index)
	}
	ref := section(f.Ref)
	indent := strings.Repeat(" ", 4+statusColumn+2+label+2)
	head := []span{plain("    "), {c.pad(word, statusColumn) + "  ", st}, plain(c.pad(f.ID, label) + "  "), {at, faint}}
	if room := c.width - len(indent) - len(at); c.width > 0 && c.columns(f.Message)+c.columns("  "+ref) > room {
		for i, line := range c.wrapped(f.Message, len(indent)+len(at)) {
			if i > 0 {
				head = []span{plain(indent + strings.Repeat(" ", len(at)))}
			}
			c.print(append(head, plain(line))...)
		}
		if !quiet(f.Status) {
			c.reportDetail(indent, "see", ref)
		}
	} else {
		c.withRef(ref, append(head, plain(f.Message))...)
	}
	if !quiet(f.Status) {
		c.reportDetails(f, indent)
	}
}

// quiet tells the results that only -v lists.
func quiet(s finding.Status) bool { return s == finding.Pass || s == finding.Skip }

// reportDetails writes what was expected, what was there and what to do, where the message has not said it.
func (c *canvas) reportDetails(f *finding.Finding, indent string) {
	for _, line := range [...]struct{ name, text string }{{"expected", f.Expected}, {"found", f.Actual}, {"fix", f.Fix}} {
		if line.text == "" || line.name == "found" && strings.Contains(f.Message, line.text) || line.name == "expected" && f.Status == finding.Info {
			continue
		}
		c.reportDetail(indent, line.name, line.text)
	}
}

func (c *canvas) reportDetail(indent, name, text string) {
	const column = 10
	for i, line := range c.wrapped(text, len(indent)+column) {
		if i > 0 {
			name = ""
		}
		c.print(plain(indent), span{c.pad(name, column), faint}, plain(line))
	}
}

func counted(list []finding.Finding, s finding.Status) (n int) {
	for i := range list {
		if list[i].Status == s {
			n++
		}
	}
	return n
}

// reportVerdict writes what it comes to and where to read on.
func (c *canvas) reportVerdict(r report) {
	word, st := "inconclusive", dubious
	switch r.Verdict {
	case verify.Accept.String():
		word, st = "accept", good
	case verify.Reject.String():
		word, st = "reject", bad
	}
	rows := make([]row, 0, len(r.Checks))
	for _, f := range r.Checks {
		rows = append(rows, row{status: f.Status, about: finding.ID(f.ID)})
	}
	worst, why := r.worst(), ""
	if worst != nil && r.Verdict != verify.Accept.String() {
		why = ": " + worst.Message
	}
	spans := []span{{"verdict ", strong}, {word, st}, plain(why), plain(prefixed(" · ", tally(rows)))}
	more := readOn(rows)
	if worst != nil && r.Verdict != verify.Accept.String() {
		more = explainMore(worst.ID)
	}
	total := c.columns(" · " + more)
	for _, s := range spans {
		total += c.columns(s.text)
	}
	if c.width == 0 || total <= c.width {
		c.print(append(spans, plain(prefixed(" · ", more)))...)
		return
	}
	c.prose("verdict ", strong, word+why+prefixed(" · ", tally(rows)))
	c.print(plain(more))
}

// worst is the finding that decides: the gravest failure, or else the first thing that could not be found out.
func (r report) worst() (worst *finding.Finding) {
	for i := range r.Checks {
		f := &r.Checks[i]
		switch {
		case f.Status != finding.Fail && f.Status != finding.Unknown:
		case worst == nil, finding.Worse(f.Status, worst.Status), f.Status == worst.Status && f.Severity > worst.Severity:
			worst = f
		}
	}
	return worst
}
