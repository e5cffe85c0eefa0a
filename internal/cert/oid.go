package cert

import (
	"encoding/hex"
	"math/big"
	"strconv"
	"strings"
)

// OID is an object identifier as it stands in DER: the content octets, without tag and length. It may hold octets that
// are no valid encoding; String then shows them in hexadecimal.
type OID []byte

// ID is an object identifier that this package knows by name: the DER content octets as a constant.
type ID string

// Kind tells what an object identifier names.
type Kind uint8

// The kinds of identifiers.
const (
	KindUnknown Kind = iota
	KindAttribute
	KindKey
	KindSignature
	KindHash
	KindExtension
	KindExtKeyUsage
	KindAccessMethod
	KindPolicy
	KindField
	KindCurve
)

// oidRow is a row of the table of known identifiers.
type oidRow struct {
	der   string
	kind  Kind
	name  string // the name of the document that defines it
	short string // the descriptor in the string form of a name; empty for what is no attribute type
}

// Is reports whether o is the identifier id.
func (o OID) Is(id ID) bool { return string(o) == string(id) }

// Name returns the registered name of o, "" if it isn't known here.
func (o OID) Name() string {
	row, ok := lookupOID(o)
	if !ok {
		return ""
	}
	return row.name
}

// Kind tells what o names; KindUnknown if it isn't known here.
func (o OID) Kind() Kind {
	row, _ := lookupOID(o)
	return row.kind
}

// Label returns the name of o if it has one here, otherwise its dotted form.
func (o OID) Label() string {
	if name := o.Name(); name != "" {
		return name
	}
	return o.String()
}

// String returns the dotted decimal form, or "#" and hexadecimal digits for octets that aren't an object identifier.
func (o OID) String() string {
	if !o.valid() {
		return "#" + hex.EncodeToString(o)
	}
	var b strings.Builder
	b.Grow(4 * len(o))
	first := true
	for rest := []byte(o); len(rest) > 0; {
		n := arcLen(rest)
		arc := decimalArc(rest[:n])
		rest = rest[n:]
		if !first {
			b.WriteByte('.')
			b.WriteString(arc)
			continue
		}
		first = false
		b.WriteString(firstArcs(arc))
	}
	return b.String()
}

// Name returns the registered name of id.
func (id ID) Name() string { return OID(id).Name() }

// String returns the dotted decimal form.
func (id ID) String() string { return OID(id).String() }

// valid reports whether o is one or more complete, minimal arcs. X.690, Section 8.19.
func (o OID) valid() bool {
	if len(o) == 0 || o[len(o)-1]&0x80 != 0 {
		return false
	}
	for i, c := range o {
		if c == 0x80 && (i == 0 || o[i-1]&0x80 == 0) {
			return false // a leading zero of an arc
		}
	}
	return true
}

// arcLen returns the number of octets of the first arc of der.
func arcLen(der []byte) int {
	for i, c := range der {
		if c&0x80 == 0 {
			return i + 1
		}
	}
	return len(der)
}

// decimalArc returns an arc in decimal; an arc over 133 bits (the UUIDs of the arc 2.25 have 128) in hexadecimal with 0x,
// for an arc may be as long as the peer likes, and conversion to decimal isn't linear.
func decimalArc(arc []byte) string {
	if len(arc) <= 9 {
		var v uint64
		for _, c := range arc {
			v = v<<7 | uint64(c&0x7f)
		}
		return strconv.FormatUint(v, 10)
	}
	if len(arc) > 19 {
		return "0x" + hex.EncodeToString(arc)
	}
	v := new(big.Int)
	for _, c := range arc {
		v.Lsh(v, 7)
		v.Or(v, big.NewInt(int64(c&0x7f)))
	}
	return v.String()
}

// firstArcs splits the first encoded arc, 40×x+y, into "x.y". X.690, Section 8.19.4.
func firstArcs(arc string) string {
	v, err := strconv.ParseUint(arc, 10, 64)
	switch {
	case err != nil:
		return "2.(" + arc + "-80)"
	case v < 40:
		return "0." + arc
	case v < 80:
		return "1." + strconv.FormatUint(v-40, 10)
	}
	return "2." + strconv.FormatUint(v-80, 10)
}

// lookupOID finds o in the table.
func lookupOID(o OID) (oidRow, bool) {
	low, high := 0, len(oidTable)
	for low < high {
		mid := int(uint(low+high) >> 1)
		if oidTable[mid].der < string(o) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low < len(oidTable) && oidTable[low].der == string(o) {
		return oidTable[low], true
	}
	return oidRow{}, false
}
