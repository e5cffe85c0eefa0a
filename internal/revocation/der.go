package revocation

import (
	"bytes"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// Identifiers of OCSP. RFC 6960, Section 4.
const (
	oidBasicResponse   cert.ID = "\x2b\x06\x01\x05\x05\x07\x30\x01\x01" // 1.3.6.1.5.5.7.48.1.1
	extCRLReferences   cert.ID = "\x2b\x06\x01\x05\x05\x07\x30\x01\x03" // 1.3.6.1.5.5.7.48.1.3
	extArchiveCutoff   cert.ID = "\x2b\x06\x01\x05\x05\x07\x30\x01\x06" // 1.3.6.1.5.5.7.48.1.6
	extExtendedRevoke  cert.ID = "\x2b\x06\x01\x05\x05\x07\x30\x01\x09" // 1.3.6.1.5.5.7.48.1.9
	extHoldInstruction cert.ID = "\x55\x1d\x17"                         // 2.5.29.23, of RFC 3280, Section 5.3.2
)

// malformed says why what was read with problems can't be relied on: nil if there is nothing that matters. Spellings that DER
// forbids are let pass, for what is signed are the bytes, and so are characters of names, which are only compared.
func malformed(what string, problems []cert.Problem) *fault {
	if len(problems) >= 64 {
		return &fault{message: what + " is malformed all over", expected: "DER", actual: several(len(problems), "problem") + " and more", theirs: true}
	}
	for _, p := range problems {
		if p.Kind == cert.NotCanonical || p.Kind == cert.BadValue && isName(p.Field) {
			continue
		}
		return &fault{message: what + " is malformed: " + p.Kind.String() + " in " + clip(p.Field), expected: p.Expected, actual: clip(p.Actual), theirs: true}
	}
	return nil
}

// isName tells by its path that a field is a distinguished name.
func isName(field string) bool {
	return strings.HasSuffix(field, ".issuer") || strings.HasSuffix(field, ".responderID")
}

// readBits reads a BIT STRING of whole octets.
func readBits(r *cert.Reader, field string) []byte {
	e, ok := r.Read(field, cert.TagBitString)
	switch {
	case !ok:
		return nil
	case len(e.Content) == 0 || e.Content[0] != 0:
		r.Note(cert.BadValue, e, field, "a whole number of octets", "another number of bits")
		return nil
	}
	return e.Content[1:]
}

// readSmall reads the content of an INTEGER or ENUMERATED between 0 and 127.
func readSmall(r *cert.Reader, e cert.Element, field string) int {
	if len(e.Content) != 1 || e.Content[0] >= 0x80 {
		r.Note(cert.BadValue, e, field, "a number below 128", "another one")
		return -1
	}
	return int(e.Content[0])
}

// integer returns the content of an INTEGER in its shortest form, for comparing: serial numbers may be negative, and may be
// written with superfluous octets.
func integer(content []byte) []byte {
	for len(content) > 1 && (content[0] == 0 && content[1] < 0x80 || content[0] == 0xff && content[1] >= 0x80) {
		content = content[1:]
	}
	return content
}

func sameInteger(a, b []byte) bool { return len(a) > 0 && bytes.Equal(integer(a), integer(b)) }

// compareIntegers compares the contents of two INTEGERs that aren't negative.
func compareIntegers(a, b []byte) int {
	a, b = bytes.TrimLeft(a, "\x00"), bytes.TrimLeft(b, "\x00")
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return bytes.Compare(a, b)
}

// find returns the first extension with an identifier.
func find(list []cert.Extension, id cert.ID) *cert.Extension {
	for i := range list {
		if list[i].ID.Is(id) {
			return &list[i]
		}
	}
	return nil
}

// notUnderstood returns the first critical extension that isn't in known, and the first that stands there twice; nil for none.
func notUnderstood(list []cert.Extension, known ...cert.ID) (critical, twice *cert.Extension) {
	for i := range list {
		x := &list[i]
		if x.Critical && critical == nil && !among(x.ID, known) {
			critical = x
		}
		if twice == nil && find(list[:min(i, 64)], cert.ID(x.ID)) != nil {
			twice = x
		}
	}
	return critical, twice
}

func among(id cert.OID, known []cert.ID) bool {
	for _, k := range known {
		if id.Is(k) {
			return true
		}
	}
	return false
}
