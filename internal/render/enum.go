package render

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Enumeration writes what was found out about an endpoint: protocols, suites in the server's order, groups,
// certificates, features, findings, and what it took. With -v every question is listed; with -q there is
// the last line alone. Its errors are those of w.
func Enumeration(w io.Writer, d *audit.Document, o Options) error {
	c := newCanvas(w, o)
	if !o.Quiet {
		c.enumHead(d)
		c.blank()
		c.enumProtocols(d)
		c.blank()
		c.enumKeys(d)
		c.blank()
		c.enumCertificates(d)
		c.blank()
		c.enumQuestions(d, o)
		c.blank()
		c.enumFindings(d)
	}
	c.enumVerdict(d)
	return c.close()
}

// enumColumn is where the lines of an enumeration begin, after their words.
const enumColumn = 14

// enumLine writes a word and what there is to say, on as many lines as it takes.
func (c *canvas) enumLine(word, text string) {
	const indent = 2
	for i, line := range c.wrapped(text, indent+enumColumn) {
		if i > 0 {
			word = ""
		}
		c.print(plain("  "), span{c.pad(word, enumColumn), faint}, plain(line))
	}
}

func (c *canvas) enumHead(d *audit.Document) {
	name := "   without a name"
	if d.Target.SNI != "" {
		name = "   as " + d.Target.SNI
	}
	c.print(span{d.Target.Input, strong}, plain(name), span{"   at " + d.Target.Address, faint})
	for i := range d.Addresses {
		a := &d.Addresses[i]
		text := a.Address + ": " + string(a.Same.Status)
		if a.Same.Status == audit.Yes {
			text = a.Address + " has the same"
		} else if len(a.Differences) > 0 {
			text = a.Address + " differs: " + strings.Join(a.Differences, "; ")
		} else if a.Same.Reason != "" {
			text += ", " + a.Same.Reason
		}
		c.enumLine("address", text)
	}
}

// enumProtocols lists the versions, and the suites of those that are there.
func (c *canvas) enumProtocols(d *audit.Document) {
	for i := range d.Protocols {
		p := &d.Protocols[i]
		text := string(p.Support.Status)
		switch {
		case p.Support.Status == audit.Yes && len(p.Suites) > 0:
			text = count(len(p.Suites), "suite", "suites") + orderWords(p.Preference)
			if p.ChaCha.Status == audit.Yes {
				text += prefixed(", ChaCha20 first ", wordsOr(p.ChaCha.Reason, "for a client that leads with it"))
			}
		case p.Support.Reason != "":
			text += ": " + p.Support.Reason
		}
		st := ordinary
		if p.Support.Status == audit.Unknown {
			st = dubious
		}
		c.print(plain("  "), span{c.pad(p.Version.Name, enumColumn), strong}, span{text, st})
		for _, s := range p.Suites {
			c.enumSuite(&s)
		}
		if p.Support.Status == audit.Yes && p.Complete.Status == audit.Unknown {
			c.print(plain("    "), span{"perhaps more: " + p.Complete.Reason, dubious})
		}
	}
}

func (c *canvas) enumSuite(s *audit.Suite) {
	const wordColumn, nameColumn = 8, 50
	styles := map[string]style{audit.Good: good, audit.Fair: ordinary, audit.Weak: dubious, audit.Broken: bad}
	c.print(plain("    "), span{c.pad(s.Strength, wordColumn), styles[s.Strength]}, plain(c.pad(codeWord(s.Suite), nameColumn)), span{s.Why, faint})
}

func codeWord(x *trace.Code) string {
	if x.Name != "" {
		return x.Name
	}
	return fmt.Sprintf("0x%04x", x.Value)
}

func orderWords(p audit.Preference) string {
	switch p {
	case audit.PreferServer:
		return " in the server's order"
	case audit.PreferClient:
		return ", the client's order decides"
	case audit.PreferUnknown:
		return ", and whose order counts is unknown"
	}
	return ""
}

func wordsOr(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// enumKeys shows what is agreed over, and what hybrids come to.
func (c *canvas) enumKeys(d *audit.Document) {
	for _, l := range d.Groups {
		var names []string
		for _, g := range l.Groups {
			names = append(names, codeWord(g.Group))
		}
		text := strings.Join(names, ", ") + " (" + strings.TrimPrefix(wordsOr(strings.TrimPrefix(orderWords(l.Preference), ","), " the only one"), " ") + ")"
		if l.Complete.Status == audit.Unknown {
			text += "; perhaps more: " + l.Complete.Reason
		}
		c.enumLine("groups "+strings.TrimPrefix(l.Version.Name, "TLS "), text)
	}
	for i := range d.DH {
		p := &d.DH[i]
		of := wordsOr(p.Known, p.Prime+" that nobody else is known to have")
		c.enumLine("dhe", fmt.Sprintf("%d bits, %s, for a client that names %s", p.Bits, of, map[string]string{"none": "no group", "ffdhe": "those of RFC 7919"}[p.Offered]))
	}
	for i := range d.PostQuantum {
		r := &d.PostQuantum[i]
		text := offerWords(r) + ": " + string(r.Answer.Status)
		if r.Picked != nil {
			text = offerWords(r) + ": " + codeWord(r.Picked)
			if r.Retry {
				text += " by HelloRetryRequest"
			}
		} else if r.Answer.Reason != "" {
			text += ", " + r.Answer.Reason
		}
		c.enumLine("hybrid", text)
	}
}

// offerWords says what was offered: of a group after the first, which one that was.
func offerWords(r *audit.HybridRow) string {
	if rest, ok := strings.CutPrefix(r.Offer, "it "); ok {
		return codeWord(&r.Group) + " " + rest
	}
	return r.Offer
}

// enumCertificates shows each chain with its verdict, and what its key signs with.
func (c *canvas) enumCertificates(d *audit.Document) {
	for i := range d.Certificates {
		x := &d.Certificates[i]
		word, st := x.Verdict, dubious
		switch x.Verdict {
		case "accept":
			st = good
		case "reject":
			st = bad
		}
		until := ""
		if x.NotAfter != nil {
			until = ", until " + x.NotAfter.Format(time.DateOnly)
		}
		c.print(plain("  "), span{c.pad("certificate", enumColumn), faint}, span{word, st},
			plain("  "+quoted(shortSubject(x.Subject))+"  "+x.Key+until))
		c.enumLine("", "for "+strings.Join(x.Asked, ", "))
	}
	for i := range d.Signatures {
		l := &d.Signatures[i]
		var names []string
		for _, s := range l.Schemes {
			names = append(names, codeWord(s.Scheme))
		}
		c.enumLine("signs", l.Version.Name+" "+l.Key+": "+strings.Join(names, ", "))
	}
	if len(d.ALPN) > 0 {
		c.enumLine("alpn", strings.Join(d.ALPN, ", "))
	}
	c.enumSession(d)
}

// ownLines tells the questions that have been answered above.
func ownLines(id string) bool {
	return slices.ContainsFunc([]string{"protocol.", "suites.", "groups.", "dh.", "certificates", "signatures", "extension.alpn", "handshake", "http."},
		func(prefix string) bool { return strings.HasPrefix(id, prefix) })
}

// enumQuestions lists the features: what is there and what is not on a line each, or with -v every question.
func (c *canvas) enumQuestions(d *audit.Document, o Options) {
	if o.Verbosity > 0 {
		for i := range d.Questions {
			c.enumQuestion(&d.Questions[i])
		}
		return
	}
	lists := map[audit.Status][]string{}
	for i := range d.Questions {
		if q := &d.Questions[i]; q.Askable && !ownLines(q.ID) {
			lists[q.Answer.Status] = append(lists[q.Answer.Status], strings.TrimPrefix(q.ID, "extension."))
		}
	}
	for _, s := range []audit.Status{audit.Yes, audit.No} {
		if len(lists[s]) > 0 {
			c.enumLine(string(s), strings.Join(lists[s], ", "))
		}
	}
	var notYet []string
	for i := range d.Questions {
		if q := &d.Questions[i]; !q.Askable {
			notYet = append(notYet, q.ID)
		}
	}
	c.enumLine("not asked yet", strings.Join(notYet, ", "))
	for _, q := range d.Unanswered() {
		c.enumLine("unknown", q.ID+": "+q.Answer.Reason)
	}
}

func (c *canvas) enumQuestion(q *audit.Question) {
	const statusColumn, idColumn = 9, 34
	text := strings.Join(q.Values, ", ")
	if q.Answer.Reason != "" {
		text = strings.TrimPrefix(text+"; "+q.Answer.Reason, "; ")
	}
	st := ordinary
	if q.Answer.Status == audit.Unknown {
		st = dubious
	}
	c.print(plain("  "), span{c.pad(string(q.Answer.Status), statusColumn), st}, plain(c.pad(q.ID, idColumn)), span{text, faint})
}

// enumFindings writes what is wrong, the gravest first.
func (c *canvas) enumFindings(d *audit.Document) {
	list := slices.Clone(d.Findings)
	slices.SortStableFunc(list, func(a, b finding.Finding) int { return int(b.Severity) - int(a.Severity) })
	for i := range list {
		c.reportCheck(&list[i], maxLabelColumn)
	}
}

// enumVerdict says how much is known, and what it took.
func (c *canvas) enumVerdict(d *audit.Document) {
	word, st := "complete", good
	if n := len(d.Unanswered()); !d.Complete() {
		word, st = "incomplete: "+count(n, "question has", "questions have")+" no answer", dubious
	}
	wrong := ""
	if n := len(d.Findings); n > 0 {
		wrong = " · " + count(n, "finding", "findings")
	}
	cost := fmt.Sprintf(" · %s, %d bytes sent, %d received, %.2f s", count(d.Cost.Connections, "connection", "connections"), d.Cost.Sent, d.Cost.Received, float64(d.Cost.Ms)/1000)
	if d.Cost.BackedOff > 0 {
		cost += "; slowed down, since it did not bear more"
	}
	c.print(span{"verdict ", strong}, span{word, st}, plain(wrong), span{cost, faint})
}
