package render

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// The bounds of what one certificate shows without -v: lines of an extension or of one kind of names, and extensions.
const (
	maxShownLines      = 12
	maxShownExtensions = 64
	maxShownProblems   = 4
)

// The columns of a certificate.
const (
	certificateIndent = 2
	factColumn        = 13
	extensionIndent   = 4
	extensionColumn   = 24
)

// maxWholeDump is how many bytes a certificate may have for its dump to leave nothing out: no real one comes near.
const maxWholeDump = 1 << 17

// Certificates writes certificates for people: what each says, with -v its fields, with -vv its bytes too. Its errors are those
// of w.
func Certificates(w io.Writer, d *CertificateDocument, o Options) error {
	c := newCanvas(w, o)
	address := ""
	if d.Address != nil {
		address = " → " + bareAddress(*d.Address)
	}
	c.print(span{d.Source, strong}, plain(address), span{"   " + count(len(d.Certificates)+d.Omitted, "certificate", "certificates"), faint})
	for i := range d.Certificates {
		c.blank()
		c.certificate(&d.Certificates[i], d.Time, o)
	}
	if d.Omitted > 0 {
		c.blank()
		c.print(plain("… " + count(d.Omitted, "more certificate", "more certificates") + " not shown"))
	}
	return c.close()
}

func (c *canvas) certificate(d *CertificateDetails, now time.Time, o Options) {
	parsed, _ := cert.Parse(d.DER)
	c.print(span{fmt.Sprintf("#%d ", d.Index), faint}, span{subjectName(parsed), strong})
	c.fact("subject", orNone(d.Subject))
	c.fact("issuer", orNone(d.Issuer))
	c.fact("serial", orNone(d.Serial))
	if d.Version != 3 {
		c.fact("version", fmt.Sprint(d.Version))
	}
	text, st := lifeText(d, now)
	c.factIn("valid", text, st)
	c.fact("key", keyText(&d.Key))
	c.fact("signature", d.SignatureAlgorithm)
	c.alternativeNames(d.Names, o)
	c.omitted(d.NamesOmitted, "name", "names")
	c.extensions(d.Extensions, o)
	c.omitted(d.ExtensionsOmitted, "extension", "extensions")
	c.fact("sha256", d.SHA256)
	c.fact("sha1", d.SHA1)
	c.fact("pin-sha256", d.PinSHA256)
	c.encodingProblems(d.Problems, o)
	if o.Verbosity > 0 {
		c.certificateTree(d, o)
	}
}

// omitted says how many more of something there are than are ever listed.
func (c *canvas) omitted(n int, one, many string) {
	if n > 0 {
		c.factIn("", "… and "+count(n, "more "+one, "more "+many)+", not listed", faint)
	}
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// fact writes a named line; one that is too wide goes on below.
func (c *canvas) fact(name, text string) { c.factIn(name, text, ordinary) }

func (c *canvas) factIn(name, text string, st style) {
	for i, line := range c.wrapped(text, certificateIndent+factColumn) {
		if i > 0 {
			name = ""
		}
		c.print(plain(strings.Repeat(" ", certificateIndent)), span{c.pad(name, factColumn), faint}, span{line, st})
	}
}

// maxWrapped bounds the lines of one text: the rest is cut.
const maxWrapped = 6

// wrapped breaks a text that does not fit right of indent: between words or after a comma where it can, and else anywhere.
func (c *canvas) wrapped(text string, indent int) []string {
	text = c.cleanCut(text, max(maxText, maxWrapped*c.width))
	room := c.width - indent
	if c.width == 0 || room < minBrokenWidth {
		return []string{text}
	}
	var lines []string
	for len(lines) < maxWrapped-1 && c.columns(text) > room {
		at := breakAt(text, room)
		lines = append(lines, strings.TrimRight(text[:at], " "))
		text = strings.TrimLeft(text[at:], " ")
	}
	return append(lines, text)
}

// breakAt returns how much of a text stands in its first line of room columns. A word is only broken if no line could hold it.
func breakAt(text string, room int) int {
	fits, good := 0, 0
	for i, r := range text {
		end := i + utf8.RuneLen(r)
		if safetext.Width(text[:end]) > room {
			break
		}
		if fits = end; r == ' ' || r == ',' {
			good = end
		}
	}
	word := text[good:]
	if end := strings.IndexAny(word, " ,"); end >= 0 {
		word = word[:end]
	}
	if good > 0 && safetext.Width(word) <= room {
		return good
	}
	return max(fits, 1)
}

// lifeText says from when to when a certificate is valid, and how long that still is.
func lifeText(d *CertificateDetails, now time.Time) (string, style) {
	const form = "2006-01-02 15:04:05"
	from, to := "(unreadable)", "(unreadable)"
	if d.NotBefore != nil {
		from = d.NotBefore.Format(form)
	}
	if d.NotAfter != nil {
		to = d.NotAfter.Format(form)
	}
	text := from + " to " + to + " UTC"
	switch {
	case d.NotAfter == nil || d.NotBefore == nil:
		return text, bad
	case now.Before(*d.NotBefore):
		return text + ", not yet valid", bad
	case now.Truncate(time.Second).After(*d.NotAfter):
		return text + ", expired " + count(daysBetween(*d.NotAfter, now), "day", "days") + " ago", bad
	}
	return text + ", " + count(*d.DaysLeft, "day", "days") + " left", ordinary
}

func keyText(k *CertificateKey) string {
	if k.Strength == nil {
		return k.Text
	}
	return fmt.Sprintf("%s, %d bits of security", k.Text, *k.Strength)
}

// alternativeNames writes the names by kind, in the order in which the kinds first occur.
func (c *canvas) alternativeNames(names []CertificateName, o Options) {
	var kinds []string
	byKind := map[string][]string{}
	for _, n := range names {
		if byKind[n.Kind] == nil {
			kinds = append(kinds, n.Kind)
		}
		byKind[n.Kind] = append(byKind[n.Kind], quoted(n.Value))
	}
	for _, kind := range kinds {
		c.list(nameKindLabel(kind), byKind[kind], o)
	}
}

// nameKindLabel is what names of a kind are called in a certificate's table.
func nameKindLabel(kind string) string {
	switch kind {
	case cert.DNSName.String():
		return "DNS names"
	case cert.IPAddress.String():
		return "addresses"
	case cert.RFC822Name.String():
		return "e-mail"
	case cert.URIName.String():
		return "URIs"
	}
	return kind
}

// list writes words in lines that fit, and, unless -v asks for all, no more than a few lines.
func (c *canvas) list(name string, words []string, o Options) {
	room := fullWidth - certificateIndent - factColumn
	if c.width > 0 {
		room = max(c.width-certificateIndent-factColumn, minBrokenWidth)
	}
	lines, shown := []string{""}, 0
	for _, word := range words {
		last := &lines[len(lines)-1]
		if *last != "" && c.columns(*last+", "+word) > room {
			if len(lines) == maxShownLines && o.Verbosity == 0 {
				break
			}
			*last += ","
			lines = append(lines, word)
		} else {
			*last = strings.TrimPrefix(*last+", "+word, ", ")
		}
		shown++
	}
	for i, line := range lines {
		if i > 0 {
			name = ""
		}
		c.print(plain(strings.Repeat(" ", certificateIndent)), span{c.pad(name, factColumn), faint}, plain(line))
	}
	if n := len(words) - shown; n > 0 {
		c.print(plain(strings.Repeat(" ", certificateIndent+factColumn)), span{fmt.Sprintf("… and %d more (-v has them all)", n), faint})
	}
}

// extensions writes a line or more for each extension. What is critical is marked by the word.
func (c *canvas) extensions(list []CertificateExtension, o Options) {
	if len(list) == 0 {
		return
	}
	c.print(plain(strings.Repeat(" ", certificateIndent)), span{"extensions", faint})
	for i := range list {
		if i == maxShownExtensions {
			c.print(plain(strings.Repeat(" ", extensionIndent) + fmt.Sprintf("… and %d more", len(list)-i)))
			break
		}
		c.extension(&list[i], o)
	}
}

func (c *canvas) extension(x *CertificateExtension, o Options) {
	name := shortened(x.OID)
	if x.Name != nil {
		name = extensionLabel(*x.Name)
	}
	says := x.Says
	if len(says) == 0 {
		says = []string{size(x.Size) + ", not read here"}
	}
	mark := span{strings.Repeat(" ", len("critical  ")), ordinary}
	if x.Critical {
		mark = span{"critical  ", strong}
	}
	indent := extensionIndent + extensionColumn + len(mark.text)
	shown := 0
	for i, text := range says {
		if i == maxShownLines && o.Verbosity == 0 {
			c.print(plain(strings.Repeat(" ", indent)), span{fmt.Sprintf("… and %d more (-v has them all)", len(says)-i), faint})
			break
		}
		for _, line := range c.wrapped(text, indent) {
			if shown > 0 {
				name, mark.text = "", strings.Repeat(" ", len(mark.text))
			}
			shown++
			c.print(plain(strings.Repeat(" ", extensionIndent)), span{c.pad(name, extensionColumn), ordinary}, mark, plain(line))
		}
	}
}

// extensionLabel shortens the longest of the names.
func extensionLabel(name string) string {
	if name == cert.ExtSCTList.Name() {
		return "SCTs"
	}
	return name
}

// encodingProblems writes where the encoding is wrong; with -v the tree shows it in its place.
func (c *canvas) encodingProblems(list []CertificateProblem, o Options) {
	for i, p := range list {
		if i == maxShownProblems && o.Verbosity == 0 {
			c.factIn("", fmt.Sprintf("… and %d more (-v shows where)", len(list)-i), faint)
			return
		}
		name := ""
		if i == 0 {
			name = "encoding"
		}
		c.factIn(name, fmt.Sprintf("%s: %s at byte %d: %s, not %s", p.Field, p.Kind, p.Off, p.Actual, p.Expected), dubious)
	}
}

// certificateTree writes the fields of a certificate as they stand in a Certificate message, and with -vv its bytes.
func (c *canvas) certificateTree(d *CertificateDetails, o Options) {
	e := certificateEvent(d)
	f, ok := root(e)
	if !ok {
		return
	}
	const ref = "RFC 5280, Section 4.1"
	c.blank()
	c.withRef(section(ref), span{"cert", strong}, plain(" "+size(len(d.DER))))
	m := newTreeMaker(newView(&trace.Trace{}), e, false)
	m.below(f.parts(), "", ref)
	c.treeRows(m.rows, document(ref))
	if o.Verbosity > 1 {
		c.blank()
		c.hexdump(e, 0, -1, len(d.DER) <= maxWholeDump)
	}
}

// certificateEvent makes an event of a certificate, with its tree and what is wrong with it in its place.
func certificateEvent(d *CertificateDetails) *trace.Event {
	tree := new(wire.Tree)
	var none struct{}
	wire.Entry(wire.NewReader(d.DER, nil, tree), "cert", 1, &none, func(_ *struct{}, c *wire.Codec) { cert.Layout(c) })
	e := &trace.Event{Layer: trace.LayerMessage, Kind: "certificate", Buf: &trace.Buffer{Kind: trace.BufferMessage, Bytes: d.DER}, Tree: tree}
	for _, p := range d.Problems {
		f := finding.Of(finding.Encoding)
		f.Status, f.Severity = finding.Warn, finding.Low
		f.Message, f.Expected, f.Actual = p.Kind, p.Expected, p.Actual
		f.Where.Path = tree.Path(nodeAt(tree, p.Off))
		e.Findings = append(e.Findings, f)
	}
	return e
}

// nodeAt returns the innermost field that begins before or at an offset, and goes on beyond it; the root for one outside.
func nodeAt(t *wire.Tree, off int) int {
	at := 0
	for i := range t.Nodes {
		if n := &t.Nodes[i]; int(n.Off) <= off && off < int(n.Off)+int(n.Len) && !isHead(n.Name) && !isWrapping(n.Name) {
			at = i
		}
	}
	return at
}
