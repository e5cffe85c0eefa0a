package cert

import "strconv"

// Tag is the identifier of a DER element: class, constructed bit and number. X.690, Section 8.1.2.
type Tag uint32

// The parts of a Tag above its number.
const (
	classContext Tag = 2 << 30
	classMask    Tag = 3 << 30
	constructed  Tag = 1 << 29
	numberMask   Tag = constructed - 1
)

// The universal tags that certificates use.
const (
	TagBoolean         Tag = 1
	TagInteger         Tag = 2
	TagBitString       Tag = 3
	TagOctetString     Tag = 4
	TagNull            Tag = 5
	TagOID             Tag = 6
	TagEnumerated      Tag = 10
	TagUTF8String      Tag = 12
	TagNumericString   Tag = 18
	TagPrintableString Tag = 19
	TagT61String       Tag = 20
	TagIA5String       Tag = 22
	TagUTCTime         Tag = 23
	TagGeneralizedTime Tag = 24
	TagVisibleString   Tag = 26
	TagUniversalString Tag = 28
	TagBMPString       Tag = 30
	TagSequence        Tag = 16 | constructed
	TagSet             Tag = 17 | constructed
)

// anyTag matches every tag in a reader.
const anyTag Tag = numberMask

// Context returns the tag of a primitive element [n].
func Context(n uint32) Tag { return classContext | Tag(n) }

// ContextConstructed returns the tag of a constructed element [n].
func ContextConstructed(n uint32) Tag { return classContext | constructed | Tag(n) }

// Number returns the tag number, without class and constructed bit.
func (t Tag) Number() uint32 { return uint32(t & numberMask) }

// IsConstructed reports whether the content is a series of elements.
func (t Tag) IsConstructed() bool { return t&constructed != 0 }

// IsContext reports whether the class is context-specific.
func (t Tag) IsContext() bool { return t&classMask == classContext }

// universalNames are the names of the universal tags by number. X.680, Section 8.6.
var universalNames = [...]string{
	"end-of-contents", "BOOLEAN", "INTEGER", "BIT STRING", "OCTET STRING", "NULL", "OBJECT IDENTIFIER", "ObjectDescriptor",
	"EXTERNAL", "REAL", "ENUMERATED", "EMBEDDED PDV", "UTF8String", "RELATIVE-OID", "TIME", "tag 15", "SEQUENCE", "SET",
	"NumericString", "PrintableString", "TeletexString", "VideotexString", "IA5String", "UTCTime", "GeneralizedTime",
	"GraphicString", "VisibleString", "GeneralString", "UniversalString", "CHARACTER STRING", "BMPString",
}

// classPrefixes are what stands before the number of a tag in brackets, by class.
var classPrefixes = [4]string{"UNIVERSAL ", "APPLICATION ", "", "PRIVATE "}

// String returns the tag in the words of ASN.1: "INTEGER", "[0]", "[APPLICATION 3]".
func (t Tag) String() string {
	n := t & numberMask
	if t&classMask != 0 || int(n) >= len(universalNames) {
		return "[" + classPrefixes[t>>30] + strconv.FormatUint(uint64(n), 10) + "]"
	}
	name := universalNames[n]
	// A SEQUENCE or SET is always constructed, the others never in DER; only the odd ones need saying.
	if isSet := n == 16 || n == 17; isSet != t.IsConstructed() {
		if isSet {
			return "primitive " + name
		}
		return "constructed " + name
	}
	return name
}

// Element is one DER element, found in a larger buffer. It aliases that buffer.
type Element struct {
	Tag     Tag
	Off     int    // of the first identifier octet, in the buffer that was read first
	Raw     []byte // identifier, length and content octets
	Content []byte
}

// ContentOff returns the offset of the first content octet, in the buffer that was read first.
func (e Element) ContentOff() int { return e.Off + len(e.Raw) - len(e.Content) }

// header is what the identifier and length octets of an element say.
type header struct {
	tag     Tag
	size    int // identifier and length octets
	length  int // content octets; what is there if cut or indefinite
	quirk   quirk
	claimed uint64 // the length as it is written, where it isn't what is there
}

// quirk is what is wrong with a header.
type quirk uint8

const (
	quirkNone           quirk = iota
	quirkCutHeader            // the data ends within identifier or length
	quirkCutContent           // the length runs past the end
	quirkLongLength           // the length is written with more octets than it needs
	quirkIndefinite           // BER's indefinite length
	quirkLongTag              // the tag number is written with more octets than it needs
	quirkHugeTag              // the tag number is over 2^29-2
	quirkReservedLength       // 0xff
)

// quickHeader reads the header of the element at the start of data if there is nothing unusual about it: a low tag, a length
// in its shortest form below 2^16 that isn't past the end.
func quickHeader(data []byte) (tag Tag, size, length int, ok bool) {
	if len(data) < 4 {
		if len(data) < 2 || data[0]&0x1f == 0x1f || int(data[1]) > len(data)-2 {
			return 0, 0, 0, false
		}
		return lowTag(data[0]), 2, int(data[1]), true
	}
	size, length = 2, int(data[1])
	switch {
	case length < 0x80:
	case length == 0x81 && data[2] >= 0x80:
		size, length = 3, int(data[2])
	case length == 0x82 && data[2] != 0:
		size, length = 4, int(data[2])<<8|int(data[3])
	default:
		return 0, 0, 0, false
	}
	return lowTag(data[0]), size, length, data[0]&0x1f != 0x1f && size+length <= len(data)
}

// readHeader reads the header of the element at the start of data. Lengths past the end are clamped to it.
func readHeader(data []byte) header {
	if tag, size, length, ok := quickHeader(data); ok {
		return header{tag: tag, size: size, length: length}
	}
	return readLongHeader(data)
}

func lowTag(b byte) Tag {
	return Tag(b&0xc0)<<24 | Tag(b&0x20)<<24 | Tag(b&0x1f)
}

// readLongHeader reads any header.
func readLongHeader(data []byte) header {
	var h header
	if len(data) == 0 {
		h.quirk = quirkCutHeader
		return h
	}
	h.tag, h.size = lowTag(data[0]), 1
	if data[0]&0x1f == 0x1f {
		h.readHighTag(data)
		if h.quirk == quirkCutHeader {
			return h
		}
	}
	h.readLength(data)
	return h
}

// readHighTag reads a tag number in the octets after the first. X.690, Section 8.1.2.4.
func (h *header) readHighTag(data []byte) {
	var n uint64
	for {
		if h.size == len(data) {
			h.quirk = quirkCutHeader
			return
		}
		c := data[h.size]
		if h.size == 1 && c == 0x80 {
			h.quirk = quirkLongTag
		}
		h.size++
		if n = n<<7 | uint64(c&0x7f); n >= uint64(anyTag) {
			n, h.quirk = uint64(anyTag)-1, quirkHugeTag
		}
		if c&0x80 == 0 {
			break
		}
	}
	if n < 31 && h.quirk == quirkNone {
		h.quirk = quirkLongTag
	}
	h.tag = h.tag&^numberMask | Tag(n)
}

// readLength reads the length octets at h.size. X.690, Sections 8.1.3 and 10.1.
func (h *header) readLength(data []byte) {
	if h.size == len(data) {
		h.quirk = quirkCutHeader
		return
	}
	first := data[h.size]
	h.size++
	rest := len(data) - h.size
	var claimed uint64
	switch {
	case first < 0x80:
		claimed = uint64(first)
	case first == 0x80:
		h.length, h.quirk = rest, quirkIndefinite
		return
	case first == 0xff:
		h.length, h.quirk = rest, quirkReservedLength
		return
	default:
		n := int(first & 0x7f)
		if n > rest {
			h.size, h.quirk = len(data), quirkCutHeader
			return
		}
		for _, c := range data[h.size : h.size+n] {
			if claimed >= 1<<55 {
				claimed = 1 << 62
				break
			}
			claimed = claimed<<8 | uint64(c)
		}
		if claimed < 0x80 || data[h.size] == 0 {
			h.quirk = quirkLongLength
		}
		h.size += n
		rest -= n
	}
	h.length = int(min(claimed, uint64(rest)))
	if claimed > uint64(rest) {
		h.claimed, h.quirk = claimed, quirkCutContent
	}
}
