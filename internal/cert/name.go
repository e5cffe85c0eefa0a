package cert

import (
	"encoding/hex"
	"iter"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Name is a distinguished name as it stands, read when it is asked for.
//
//	Name ::= CHOICE { rdnSequence  RDNSequence }
//	RDNSequence ::= SEQUENCE OF RelativeDistinguishedName
//	RelativeDistinguishedName ::= SET SIZE (1..MAX) OF AttributeTypeAndValue     RFC 5280, Section 4.1.2.4
type Name struct {
	Raw []byte // the DER of the RDNSequence, nil if there was none
	Off int    // of Raw, in what was parsed
}

// Attribute is one attribute of a name.
type Attribute struct {
	Type  OID
	Value Element
}

// ParseName reads the name at the start of der; what is wrong with it is noted.
func ParseName(r *Reader, field string) Name { return readName(r, field) }

// readName finds a name and notes what is wrong with it, without keeping its parts.
func readName(r *Reader, field string) Name {
	e, ok := r.Read(field, TagSequence)
	if !ok {
		return Name{}
	}
	if !plainName(e.Content) {
		inner := r.Inside(e)
		for range attributes(&inner, field, true) {
			continue
		}
	}
	return Name{Raw: e.Raw, Off: e.Off}
}

// plainName reports whether the content of a Name is plainly in order: RDNs of one attribute with an identifier of three octets
// and a PrintableString or UTF8String in ASCII, as nearly all are. It is here for speed; what isn't plain is looked at closely.
func plainName(b []byte) bool {
	const before = 9 // SET, SEQUENCE and their lengths; the identifier; tag and length of the value
	for len(b) > 0 {
		if len(b) < before+2 || b[0] != 0x31 || b[2] != 0x30 || b[4] != 6 || b[5] != 3 {
			return false
		}
		n := int(b[1])
		if n >= 0x80 || n+2 > len(b) || int(b[3]) != n-2 || int(b[10]) != n-before || (b[6]|b[7]|b[8]) >= 0x80 {
			return false
		}
		for _, c := range b[before+2 : n+2] {
			if c >= 0x80 || b[9] == byte(TagPrintableString) && !printable(c) {
				return false
			}
		}
		if b[9] != byte(TagPrintableString) && b[9] != byte(TagUTF8String) {
			return false
		}
		b = b[n+2:]
	}
	return true
}

// attributes yields the attributes with the number of their RDN, and notes problems if check is set.
func attributes(r *Reader, field string, check bool) iter.Seq2[int, Attribute] {
	return func(yield func(int, Attribute) bool) {
		for i := 0; !r.Empty(); i++ {
			set, ok := r.Read(field, TagSet)
			if !ok {
				continue
			}
			if len(set.Content) == 0 {
				r.Note(BadValue, set, field, "at least one attribute", "an empty SET")
			}
			for members := r.Inside(set); !members.Empty(); {
				pair, ok := members.Read(field, TagSequence)
				if !ok {
					continue
				}
				inner := members.Inside(pair)
				if a, ok := readAttribute(&inner, field, check); ok && !yield(i, a) {
					return
				}
			}
		}
	}
}

func readAttribute(r *Reader, field string, check bool) (Attribute, bool) {
	id, ok := r.Read(field, TagOID)
	if !ok {
		return Attribute{}, false
	}
	value, ok := r.Any(field)
	r.End(field)
	if check {
		checkOID(r, id, field)
		if ok && !validString(value) {
			r.Note(BadValue, value, field, "characters of a "+value.Tag.String(), "others")
		}
	}
	return Attribute{Type: id.Content, Value: value}, ok
}

// Attributes yields the attributes in their order, each with the number of the RDN that it belongs to.
func (n Name) Attributes() iter.Seq2[int, Attribute] {
	return func(yield func(int, Attribute) bool) {
		outer := NewReader(n.Raw, n.Off, nil)
		if e, ok := outer.Read("", TagSequence); ok {
			inner := outer.Inside(e)
			attributes(&inner, "", false)(yield)
		}
	}
}

// IsEmpty reports whether the name has no attribute.
func (n Name) IsEmpty() bool {
	for range n.Attributes() {
		return false
	}
	return true
}

// Values returns the texts of the attributes of one type, in their order.
func (n Name) Values(id ID) []string {
	var values []string
	for _, a := range n.Attributes() {
		if a.Type.Is(id) {
			text, _ := a.Text()
			values = append(values, text)
		}
	}
	return values
}

// CommonName returns the text of the last common name, the most specific one; "" if there is none.
func (n Name) CommonName() string {
	name := ""
	for _, a := range n.Attributes() {
		if a.Type.Is(AttrCommonName) {
			name, _ = a.Text()
		}
	}
	return name
}

// String returns the name in the form of RFC 4514: the last RDN first. Attribute types without a short name stand in dotted
// form with the value's DER in hexadecimal; control characters are escaped.
func (n Name) String() string {
	parts := make([]string, 0, 8)
	var b strings.Builder
	last := -1
	for i, a := range n.Attributes() {
		switch {
		case i == last:
			b.WriteByte('+')
		case last >= 0:
			parts = append(parts, b.String())
			b.Reset()
		}
		last = i
		a.appendTo(&b)
	}
	if last >= 0 {
		parts = append(parts, b.String())
	}
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, ",")
}

func (a Attribute) appendTo(b *strings.Builder) {
	row, _ := lookupOID(a.Type)
	text, ok := a.Text()
	if row.short == "" || !ok {
		b.WriteString(a.Type.String())
		b.WriteString("=#")
		b.WriteString(hex.EncodeToString(a.Value.Raw))
		return
	}
	b.WriteString(row.short)
	b.WriteByte('=')
	escapeValue(b, text)
}

// escapeValue writes a value with the escapes of RFC 4514, Section 2.4, and control characters as hex pairs.
func escapeValue(b *strings.Builder, text string) {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c < ' ' || c == 0x7f:
			b.WriteByte('\\')
			b.WriteString(hex.EncodeToString([]byte{c}))
			continue
		case strings.IndexByte(`,+"\<>;`, c) >= 0, c == '#' && i == 0, c == ' ' && (i == 0 || i == len(text)-1):
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
}

// Text returns the value as UTF-8; ok is false for a value that is no string. Characters that the string type doesn't allow
// are kept where they can be; what is no character becomes U+FFFD.
func (a Attribute) Text() (text string, ok bool) { return textOf(a.Value) }

func textOf(e Element) (string, bool) {
	b := e.Content
	switch e.Tag {
	case TagUTF8String, TagPrintableString, TagIA5String, TagNumericString, TagVisibleString:
		return strings.ToValidUTF8(string(b), "\uFFFD"), true
	case TagT61String:
		// T.61 proper is never meant; everybody writes and reads ISO 8859-1 here.
		runes := make([]rune, len(b))
		for i, c := range b {
			runes[i] = rune(c)
		}
		return string(runes), true
	case TagBMPString:
		units := make([]uint16, 0, len(b)/2)
		for i := 0; i+1 < len(b); i += 2 {
			units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
		}
		return string(utf16.Decode(units)), true
	case TagUniversalString:
		runes := make([]rune, 0, len(b)/4)
		for i := 0; i+3 < len(b); i += 4 {
			runes = append(runes, rune(b[i])<<24|rune(b[i+1])<<16|rune(b[i+2])<<8|rune(b[i+3]))
		}
		return string(runes), true
	}
	return "", false
}

// validString reports whether the content fits the string type. X.680, Section 41. Two characters outside PrintableString,
// * and &, are let pass: certificates in use have them, and every reader takes them.
func validString(e Element) bool {
	switch e.Tag {
	case TagUTF8String:
		return utf8.Valid(e.Content)
	case TagPrintableString:
		return all(e.Content, printable)
	case TagNumericString:
		return all(e.Content, func(c byte) bool { return c == ' ' || '0' <= c && c <= '9' })
	case TagIA5String:
		return all(e.Content, func(c byte) bool { return c < 0x80 })
	case TagVisibleString:
		return all(e.Content, func(c byte) bool { return 0x20 <= c && c < 0x7f })
	case TagBMPString:
		return len(e.Content)%2 == 0
	case TagUniversalString:
		return len(e.Content)%4 == 0
	}
	return true
}

func all(b []byte, allowed func(byte) bool) bool {
	for _, c := range b {
		if !allowed(c) {
			return false
		}
	}
	return true
}

func printable(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '\'' <= c && c <= ')' || '+' <= c && c <= '/' ||
		'0' <= c && c <= ':' || c == ' ' || c == '=' || c == '?' || c == '*' || c == '&'
}

// Equal reports whether two names are the same by the rules for comparing names: the same DER, or the same attributes in the
// same RDNs whose texts differ in case, in runs of spaces or in their string type only. RFC 5280, Section 7.1.
func (n Name) Equal(other Name) bool {
	if string(n.Raw) == string(other.Raw) {
		return true
	}
	return n.Canonical() == other.Canonical()
}

// Canonical returns a string that two names share exactly if they are the same by the rules for comparing names. The string
// is for comparing alone. The members of a multi-valued RDN are compared in their order, which DER fixes.
func (n Name) Canonical() string {
	b := make([]byte, 0, len(n.Raw))
	for i, a := range n.Attributes() {
		b = appendCount(b, i)
		b = appendCount(b, len(a.Type))
		b = append(b, a.Type...)
		text, ok := a.Text()
		if !ok {
			b = appendCount(b, len(a.Value.Raw))
			b = append(b, 1)
			b = append(b, a.Value.Raw...)
			continue
		}
		folded := foldText(text)
		b = appendCount(b, len(folded))
		b = append(b, 0)
		b = append(b, folded...)
	}
	return string(b)
}

func appendCount(b []byte, n int) []byte {
	return append(b, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

// foldText makes texts that RFC 5280, Section 7.1, has as equal the same: it folds case, trims spaces and joins runs of them.
// (Of the preparation of RFC 4518 that is the part that matters; characters aren't normalized.)
func foldText(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	space := false
	for _, r := range text {
		if unicode.IsSpace(r) {
			space = true
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(unicode.ToLower(unicode.ToUpper(r)))
	}
	return b.String()
}
