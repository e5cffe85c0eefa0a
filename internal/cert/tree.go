package cert

import (
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// Layout reads the certificate that fills the innermost block of c and returns its DER. Where a tree is recorded, the fields
// below tbs, signature_algorithm and signature_value are in it, every byte once: an element is a node with the leaf header (tag
// and length) and, where it isn't taken apart further, the leaf value. What isn't as expected is one opaque leaf; why it isn't
// is for [Parse] to say, so that looking changes no finding.
func Layout(c *wire.Codec) []byte {
	der := c.Peek()
	if !c.Recording() {
		c.Leaf("der", len(der), wire.Opaque)
		return der
	}
	left := maxNodes
	w := walker{c, &left}
	rest := w.open("header", TagSequence, der)
	w.fields(certificateShape, rest.content)
	w.leaf("after", rest.after, wire.Opaque) // beside what may trail within: a path stands for one field
	return der
}

// shape says how an element looks: a row of the ASN.1 of RFC 5280 as data.
type shape struct {
	name     string
	tag      Tag
	optional bool
	kind     leafKind
	fields   []shape              // of a SEQUENCE, or of what an explicit tag holds
	inside   func(walker, []byte) // walks the content, where fields can't say it
}

// leafKind says how a primitive element's content is shown.
type leafKind uint8

const (
	opaque leafKind = iota
	text
	number
	bitsOf
)

// walker records DER in the tree of a codec. The codec stands at the first byte of whatever is being walked. Describing, there
// are no bytes, and every alternative is visited once.
type walker struct {
	c    *wire.Codec
	left *int // how many nodes may still be made
}

// maxNodes bounds the tree of one certificate: two bytes of a hostile one can be a node. What lies beyond is one leaf.
const maxNodes = 10_000

// spent records b as one leaf if no more nodes may be made.
func (w walker) spent(b []byte) bool {
	if *w.left > 0 {
		return false
	}
	w.leaf("more", b, wire.Opaque)
	return true
}

// opened is an element taken apart.
type opened struct {
	content []byte
	after   []byte // what follows the element
}

// leaf records all of b; nothing if b is empty.
func (w walker) leaf(name string, b []byte, kind wire.Kind) {
	if len(b) > 0 || w.c.Describing() && name != "trailing" && name != "after" {
		w.c.Leaf(name, len(b), kind)
	}
}

// open records the header of the element at the start of b if it has the tag want. An element with another tag is one leaf.
func (w walker) open(name string, want Tag, b []byte) opened {
	if w.c.Describing() {
		w.leaf(name, nil, wire.Opaque)
		return opened{}
	}
	h := readHeader(b)
	n := h.size + h.length
	if len(b) == 0 || h.quirk == quirkCutHeader {
		w.leaf("trailing", b, wire.Opaque)
		return opened{}
	}
	if want != anyTag && h.tag != want {
		w.leaf("unexpected", b[:n], wire.Opaque)
		return opened{after: b[n:]}
	}
	w.leaf(name, b[:h.size], wire.Opaque)
	return opened{b[h.size:n], b[n:]}
}

// group records what body records as the fields of a node; ord tells siblings of the same name apart, from 1.
func (w walker) group(name string, ord int, body func()) {
	*w.left--
	var none struct{}
	wire.Entry(w.c, name, ord, &none, func(*struct{}, *wire.Codec) { body() })
}

// fields records the elements of b as fields, in their order; what is left over is a leaf.
func (w walker) fields(shapes []shape, b []byte) {
	for i := range shapes {
		s := &shapes[i]
		if !w.c.Describing() {
			if len(b) == 0 {
				return
			}
			if s.optional && s.tag != anyTag && readHeader(b).tag != s.tag {
				continue
			}
		}
		b = w.element(s, s.name, 1, b)
	}
	w.leaf("trailing", b, wire.Opaque)
}

// element records one element as a node and returns what follows it.
func (w walker) element(s *shape, name string, ord int, b []byte) []byte {
	var rest opened
	w.group(name, ord, func() {
		tag := s.tag
		if tag == anyTag && !w.c.Describing() {
			tag = readHeader(b).tag
		}
		rest = w.open("header", s.tag, b)
		switch {
		case s.inside != nil:
			s.inside(w, rest.content)
		case s.fields != nil:
			w.fields(s.fields, rest.content)
		default:
			w.content(s.kind, tag, rest.content)
		}
	})
	return rest.after
}

// content records the content of an element that isn't taken apart.
func (w walker) content(kind leafKind, tag Tag, b []byte) {
	switch {
	case w.c.Describing():
		if kind == bitsOf {
			w.leaf("unused_bits", nil, wire.Uint)
		}
		w.leaf("value", nil, wire.Opaque)
	case kind == bitsOf && len(b) > 0:
		w.c.LeafNumber("unused_bits", 1, uint64(b[0]), nil)
		w.leaf("value", b[1:], wire.Opaque)
	case kind == number && len(b) > 0 && len(b) <= 8 && b[0] < 0x80:
		v := uint64(0)
		for _, x := range b {
			v = v<<8 | uint64(x)
		}
		w.c.LeafNumber("value", len(b), v, nil)
	case kind == text, isText(tag):
		w.leaf("value", b, wire.Text)
	default:
		w.leaf("value", b, wire.Opaque)
	}
}

// isText reports whether the content of an element is characters of one octet, or UTF-8.
func isText(t Tag) bool {
	switch t {
	case TagUTF8String, TagPrintableString, TagIA5String, TagNumericString, TagVisibleString, TagUTCTime, TagGeneralizedTime:
		return true
	}
	return false
}

// counter numbers siblings by name.
type counter map[string]int

func (n counter) next(name string) int {
	n[name]++
	return n[name]
}

// list records the elements of a SEQUENCE OF, each a node as s says.
func (w walker) list(s *shape, b []byte) {
	for ord := 1; len(b) > 0 || w.c.Describing(); ord++ {
		if !w.c.Describing() && w.spent(b) {
			return
		}
		if b = w.element(s, s.name, ord, b); w.c.Describing() {
			return
		}
	}
}

// names records the attributes of a Name, each a node named after its type. The header of an RDN's SET is a leaf of the first
// attribute in it.
func (w walker) names(b []byte) {
	if w.c.Describing() {
		for i := range oidTable {
			if oidTable[i].kind == KindAttribute {
				w.attribute(snakeCase(oidTable[i].name), 1, nil, nil)
			}
		}
		return
	}
	seen := counter{}
	for len(b) > 0 && !w.spent(b) {
		h := readHeader(b)
		if h.tag != TagSet || h.length == 0 || h.quirk == quirkCutHeader {
			b = w.element(&shape{tag: anyTag}, "rdn", seen.next("rdn"), b)
			continue
		}
		set, inside := b[:h.size], b[h.size:h.size+h.length]
		b = b[h.size+h.length:]
		for len(inside) > 0 && !w.spent(inside) {
			name := pathName(firstOID(inside), KindAttribute)
			inside = w.attribute(name, seen.next(name), set, inside)
			set = nil
		}
	}
}

// attribute records an AttributeTypeAndValue, with the header of the SET before it.
func (w walker) attribute(name string, ord int, set, b []byte) []byte {
	var rest opened
	w.group(name, ord, func() {
		w.leaf("set", set, wire.Opaque)
		rest = w.open("header", TagSequence, b)
		w.fields(attributeShape, rest.content)
	})
	return rest.after
}

// extensions records extensions, each a node named after its identifier.
func (w walker) extensions(b []byte) {
	if w.c.Describing() {
		w.leaf("sequence", nil, wire.Opaque)
		for i := range oidTable {
			if row := &oidTable[i]; row.kind == KindExtension {
				w.extension(OID(row.der), snakeCase(row.name), 1, nil)
			}
		}
		return
	}
	list := w.open("sequence", TagSequence, b)
	seen := counter{}
	for rest := list.content; len(rest) > 0 && !w.spent(rest); {
		id := firstOID(rest)
		name := pathName(id, KindExtension)
		rest = w.extension(id, name, seen.next(name), rest)
	}
	w.leaf("trailing", list.after, wire.Opaque)
}

func (w walker) extension(id OID, name string, ord int, b []byte) []byte {
	var rest opened
	w.group(name, ord, func() {
		rest = w.open("header", TagSequence, b)
		b := rest.content
		for i := range extensionShape {
			s := &extensionShape[i]
			if w.c.Describing() || len(b) > 0 && (!s.optional || readHeader(b).tag == s.tag) {
				b = w.element(s, s.name, 1, b)
			}
		}
		if len(b) == 0 && !w.c.Describing() {
			return
		}
		// The value's own fields stand directly below the extension, so that their paths are short.
		value := w.open("extn_value", TagOctetString, b)
		w.fields(valueShape(id), value.content)
		w.leaf("trailing", value.after, wire.Opaque)
	})
	return rest.after
}

// generalNames records general names, each a node named after its kind.
func (w walker) generalNames(b []byte) {
	if w.c.Describing() {
		for i := range generalNameShapes {
			w.element(&generalNameShapes[i], generalNameShapes[i].name, 1, nil)
		}
		return
	}
	seen := counter{}
	for len(b) > 0 && !w.spent(b) {
		tag := readHeader(b).tag
		s := &shape{name: "name", tag: anyTag}
		for i := range generalNameShapes {
			if generalNameShapes[i].tag == tag {
				s = &generalNameShapes[i]
			}
		}
		b = w.element(s, s.name, seen.next(s.name), b)
	}
}

// publicKey records a SubjectPublicKeyInfo's content: an RSA key is taken apart.
func (w walker) publicKey(b []byte) {
	id := firstOID(b)
	if id.Is(OIDRSA) || id.Is(OIDRSAPSS) || w.c.Describing() {
		w.fields(rsaKeyShape, b)
		return
	}
	w.fields(otherKeyShape, b)
}

// rsaKey records the content of the BIT STRING that holds an RSAPublicKey.
func (w walker) rsaKey(b []byte) {
	if w.c.Describing() {
		w.content(bitsOf, anyTag, nil)
	}
	if len(b) > 0 {
		w.c.LeafNumber("unused_bits", 1, uint64(b[0]), nil)
		b = b[1:]
	}
	key := w.open("sequence", TagSequence, b)
	w.fields(rsaNumbersShape, key.content)
	w.leaf("trailing", key.after, wire.Opaque)
}

// firstOID returns the OBJECT IDENTIFIER that the SEQUENCE at the start of b begins with, nil if there is none.
func firstOID(b []byte) OID {
	inside, ok := enterTolerant(b, TagSequence)
	if !ok {
		return nil
	}
	id, ok := enterTolerant(inside, TagOID)
	if !ok {
		return nil
	}
	return id
}

func enterTolerant(b []byte, want Tag) ([]byte, bool) {
	h := readHeader(b)
	if h.tag != want || h.quirk == quirkCutHeader {
		return nil, false
	}
	return b[h.size : h.size+h.length], true
}

// maxDottedName is how long an identifier may be, in octets, to be the name of a step: paths are for people to write.
const maxDottedName = 32

// pathName returns the step of a path for an identifier: its name in snake case, or its numbers with hyphens between,
// for a dot would begin another step.
func pathName(id OID, kind Kind) string {
	row, ok := lookupOID(id)
	switch {
	case ok && row.kind == kind:
		return snakeCase(row.name)
	case len(id) == 0 || len(id) > maxDottedName || !id.valid():
		return "unknown"
	}
	return strings.ReplaceAll(id.String(), ".", "-")
}

// snakeCase turns the names of ASN.1 into those of paths: "cRLDistributionPoints" into "crl_distribution_points".
func snakeCase(name string) string {
	if rest, ok := strings.CutPrefix(name, "cRL"); ok {
		name = "crl" + rest
	}
	upper := func(i int) bool { return i < len(name) && name[i] >= 'A' && name[i] <= 'Z' }
	b := make([]byte, 0, len(name)+4)
	for i := range len(name) {
		c := name[i]
		if upper(i) {
			if i > 0 && (!upper(i-1) || i+1 < len(name) && !upper(i+1)) {
				b = append(b, '_')
			}
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return string(b)
}
