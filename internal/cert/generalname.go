package cert

import (
	"encoding/hex"
	"net/netip"
	"strings"
)

// GeneralNameKind is the kind of a GeneralName: its context tag. RFC 5280, Section 4.2.1.6.
type GeneralNameKind uint8

// The kinds of general names.
const (
	OtherName     GeneralNameKind = 0
	RFC822Name    GeneralNameKind = 1
	DNSName       GeneralNameKind = 2
	X400Address   GeneralNameKind = 3
	DirectoryName GeneralNameKind = 4
	EDIPartyName  GeneralNameKind = 5
	URIName       GeneralNameKind = 6
	IPAddress     GeneralNameKind = 7
	RegisteredID  GeneralNameKind = 8
)

// generalNameRows tell for each kind its name, short label, and whether its element is constructed.
var generalNameRows = [...]struct {
	name, label string
	constructed bool
}{
	{"otherName", "other", true}, {"rfc822Name", "email", false}, {"dNSName", "DNS", false}, {"x400Address", "X.400", true},
	{"directoryName", "DirName", true}, {"ediPartyName", "EDI", true}, {"uniformResourceIdentifier", "URI", false},
	{"iPAddress", "IP", false}, {"registeredID", "RID", false},
}

// String returns the kind's name in RFC 5280.
func (k GeneralNameKind) String() string {
	if int(k) < len(generalNameRows) {
		return generalNameRows[k].name
	}
	return "unknown"
}

// GeneralName is one GeneralName as it stands.
type GeneralName struct {
	Kind  GeneralNameKind
	Value []byte // content of the tagged element
	Off   int    // of Value, in what was parsed
}

// GeneralNames is a list of general names in its order.
type GeneralNames []GeneralName

// Text returns the characters of a DNS name, e-mail address or URI as they stand, and a form for people of the others.
func (g GeneralName) Text() string {
	switch g.Kind {
	case RFC822Name, DNSName, URIName:
		return string(g.Value)
	case IPAddress:
		if p, ok := g.Subnet(); ok {
			return p.String()
		}
		if addr, ok := g.IP(); ok {
			return addr.String()
		}
	case DirectoryName:
		return g.Directory().String()
	case RegisteredID:
		return OID(g.Value).String()
	case OtherName:
		if id, _, ok := g.Other(); ok {
			return id.Label()
		}
	}
	return "#" + hex.EncodeToString(g.Value)
}

// IP returns the address of an iPAddress of 4 or 16 octets.
func (g GeneralName) IP() (netip.Addr, bool) {
	if g.Kind != IPAddress {
		return netip.Addr{}, false
	}
	return netip.AddrFromSlice(g.Value)
}

// Subnet returns the address and mask of an iPAddress in a name constraint, 8 or 32 octets; ok is false for another size or
// a mask with gaps. RFC 5280, Section 4.2.1.10.
func (g GeneralName) Subnet() (netip.Prefix, bool) {
	n := len(g.Value) / 2
	if g.Kind != IPAddress || len(g.Value) != 8 && len(g.Value) != 32 {
		return netip.Prefix{}, false
	}
	addr, _ := netip.AddrFromSlice(g.Value[:n])
	bits, ended := 0, false
	for _, c := range g.Value[n:] {
		for bit := byte(0x80); bit != 0; bit >>= 1 {
			switch {
			case c&bit == 0:
				ended = true
			case ended:
				return netip.Prefix{}, false
			default:
				bits++
			}
		}
	}
	return netip.PrefixFrom(addr, bits), true
}

// Directory returns the name of a directoryName.
func (g GeneralName) Directory() Name {
	if g.Kind != DirectoryName {
		return Name{}
	}
	return Name{Raw: g.Value, Off: g.Off}
}

// Other returns the type of an otherName and its value, an element tagged [0].
func (g GeneralName) Other() (id OID, value Element, ok bool) {
	if g.Kind != OtherName {
		return nil, Element{}, false
	}
	r := NewReader(g.Value, g.Off, nil)
	e, ok := r.Read("", TagOID)
	if !ok {
		return nil, Element{}, false
	}
	value, ok = r.Read("", ContextConstructed(0))
	return e.Content, value, ok
}

// String returns the name with its kind, as in "DNS:example.com".
func (g GeneralName) String() string {
	if int(g.Kind) >= len(generalNameRows) {
		return "unknown"
	}
	return generalNameRows[g.Kind].label + ":" + g.Text()
}

// Texts returns the texts of the names of one kind.
func (n GeneralNames) Texts(kind GeneralNameKind) []string {
	var texts []string
	for i := range n {
		if n[i].Kind == kind {
			texts = append(texts, n[i].Text())
		}
	}
	return texts
}

// String returns the names with their kinds, separated by commas.
func (n GeneralNames) String() string {
	texts := make([]string, len(n))
	for i := range n {
		texts[i] = n[i].String()
	}
	return strings.Join(texts, ", ")
}

// ParseGeneralNames reads general names until the end of r.
func ParseGeneralNames(r *Reader, field string) GeneralNames {
	var names GeneralNames
	for !r.Empty() {
		if g, ok := readGeneralName(r, field); ok {
			names = append(names, g)
		}
	}
	return names
}

func readGeneralName(r *Reader, field string) (GeneralName, bool) {
	e, ok := r.Any(field)
	if !ok {
		return GeneralName{}, false
	}
	n := e.Tag.Number()
	if !e.Tag.IsContext() || int(n) >= len(generalNameRows) {
		r.Note(WrongType, e, field, "a GeneralName", e.Tag.String())
		return GeneralName{}, false
	}
	g := GeneralName{Kind: GeneralNameKind(n), Value: e.Content, Off: e.ContentOff()}
	if generalNameRows[n].constructed != e.Tag.IsConstructed() {
		r.Note(WrongType, e, field, g.Kind.String(), "another encoding of it")
	}
	g.check(r, e, field)
	return g, true
}

// check notes a value that doesn't fit its kind.
func (g GeneralName) check(r *Reader, e Element, field string) {
	switch g.Kind {
	case RFC822Name, DNSName, URIName:
		if !all(g.Value, func(c byte) bool { return c < 0x80 }) {
			r.Note(BadValue, e, field, "characters of an IA5String", "others")
		}
	case IPAddress:
		if n := len(g.Value); n != 4 && n != 16 && n != 8 && n != 32 {
			r.Note(BadValue, e, field, "4 or 16 octets, twice that in a constraint", countBytes(n))
		}
	case DirectoryName:
		inner := r.Inside(e)
		readName(&inner, field)
		inner.End(field)
	case RegisteredID:
		checkOID(r, e, field)
	case OtherName:
		if _, _, ok := g.Other(); !ok {
			r.Note(BadValue, e, field, "an identifier and a value [0]", "something else")
		}
	}
}
