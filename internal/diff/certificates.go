package diff

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/explain"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// entry is a certificate of a Certificate message.
type entry struct {
	field trace.Fields
	der   []byte
	cert  *cert.Certificate // nil past the first maxChain
}

func entriesOf(list trace.Fields) []entry {
	var entries []entry
	for item := range list.Items() {
		e := entry{field: item, der: item.At("cert").Bytes()}
		if len(entries) < maxChain {
			e.cert, _ = cert.Parse(e.der)
		}
		entries = append(entries, e)
	}
	return entries
}

// keys are what certificates are aligned by: the first is the sender's own in either list, the others go by their names and keys,
// and by their names alone where that leaves one.
func entryKeys(a, b []entry) (left, right []string) {
	whole := func(e entry) string {
		if e.cert == nil {
			return string(e.der)
		}
		return e.cert.Subject.Canonical() + "\x00" + string(e.cert.PublicKey.Raw)
	}
	name := func(e entry) string {
		if e.cert == nil {
			return ""
		}
		return e.cert.Subject.Canonical()
	}
	inA, inB := make(map[string]bool), make(map[string]bool)
	for _, e := range a {
		inA[whole(e)] = true
	}
	for _, e := range b {
		inB[whole(e)] = true
	}
	key := func(list []entry, other map[string]bool) (keys []string) {
		for i, e := range list {
			switch w := whole(e); {
			case i == 0:
				keys = append(keys, "leaf")
			case other[w]:
				keys = append(keys, "key "+w)
			default:
				keys = append(keys, "name "+name(e))
			}
		}
		return keys
	}
	return key(a, inB), key(b, inA)
}

// certificates compares two lists of certificates: the leaf with the leaf, issuers by name and key.
func (c *comparer) certificates(a, b trace.Fields, path string) {
	left, right := entriesOf(a), entriesOf(b)
	keysA, keysB := entryKeys(left, right)
	p := pair(keysA, keysB)
	for _, at := range p.merged(len(left), len(right)) {
		switch i, j := at[0], at[1]; {
		case i < 0:
			c.loneCertificate(right[j], path, j, Added)
		case j < 0:
			c.loneCertificate(left[i], path, i, Removed)
		default:
			c.certificate(left[i], right[j], path+"["+strconv.Itoa(j)+"]", j)
		}
	}
	if len(p.outOfIt) > 0 {
		x, y := "", ""
		for _, k := range p.outOfIt[:min(len(p.outOfIt), 3)] {
			q := p.pairs[k]
			x += fmt.Sprintf(" chain[%d]", q[0])
			y += fmt.Sprintf(" chain[%d]", q[1])
		}
		x, y = x[1:], y[1:]
		c.add(path, Change{Label: "order of the chain", Kind: Moved, A: &x, B: &y, Class: explain.Stable.String(), Counts: true})
	}
}

func roleOf(i int) string {
	if i == 0 {
		return "leaf"
	}
	return "chain[" + strconv.Itoa(i) + "]"
}

func (c *comparer) loneCertificate(e entry, path string, i int, kind Kind) {
	text := "a certificate"
	if e.cert != nil {
		if text = clip(e.cert.Subject.String()); text == "" {
			text = "a certificate without a subject"
		}
	}
	ch := Change{Label: roleOf(i), Kind: kind, Class: explain.Stable.String(), Counts: true}
	if kind == Added {
		ch.B = &text
	} else {
		ch.A = &text
	}
	c.add(path+"["+strconv.Itoa(i)+"]", ch)
}

// certificate compares two certificates in the same role, and what stands beside them.
func (c *comparer) certificate(a, b entry, path string, i int) {
	if !bytes.Equal(a.der, b.der) {
		switch {
		case c.all || a.cert == nil || b.cert == nil:
			c.fields(a.field.At("cert"), b.field.At("cert"), path+".cert")
		default:
			c.certFacts(a.cert, b.cert, path+".cert.", i)
		}
	}
	x, y := a.field.At("extensions"), b.field.At("extensions")
	switch {
	case x.OK() && y.OK():
		c.fields(x, y, path+".extensions")
	case x.OK():
		c.lone(x, path+".extensions", Removed)
	case y.OK():
		c.lone(y, path+".extensions", Added)
	}
}

// certFacts compares two certificates by what they say.
func (c *comparer) certFacts(a, b *cert.Certificate, path string, i int) {
	for k := range certFacts {
		f := &certFacts[k]
		x, y := f.of(a), f.of(b)
		if !differs(x, y, f.set) {
			continue
		}
		c.factChange(f.key, roleOf(i)+" "+f.label, path+f.path, x, y, f.set, renewal(f.key, a, b))
	}
	for _, name := range [...]string{"serial_number", "signature_value"} {
		c.pass(path+name, explain.Ephemeral)
	}
}

// renewal is a better word for a certificate that lasts longer and is else what it was.
func renewal(key string, a, b *cert.Certificate) string {
	if key != "certificate.not_after" || !b.NotAfter.After(a.NotAfter.Time) {
		return ""
	}
	for k := range certFacts {
		switch f := &certFacts[k]; f.key {
		case "certificate.names", "certificate.key", "certificate.issuer":
			if differs(f.of(a), f.of(b), f.set) {
				return ""
			}
		}
	}
	return renewed
}

const renewed = "renewed"
