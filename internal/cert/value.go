package cert

import (
	"encoding/hex"
	"time"
)

// AlgorithmIdentifier is an algorithm with its parameters. RFC 5280, Section 4.1.1.2.
type AlgorithmIdentifier struct {
	OID       OID
	Params    []byte // the parameters' element; nil if absent
	ParamsOff int    // of Params
	Raw       []byte
}

// String returns the name or dotted form of the identifier.
func (a AlgorithmIdentifier) String() string { return a.OID.Label() }

// HasNullParams reports whether the parameters are NULL.
func (a AlgorithmIdentifier) HasNullParams() bool { return string(a.Params) == "\x05\x00" }

func readAlgorithm(r *Reader, field string) AlgorithmIdentifier {
	var a AlgorithmIdentifier
	e, ok := r.Read(field, TagSequence)
	if !ok {
		return a
	}
	a.Raw = e.Raw
	inner := r.Inside(e)
	if id, ok := inner.Read(field, TagOID); ok {
		a.OID = checkOID(&inner, id, field)
	}
	if !inner.Empty() {
		if params, ok := inner.Any(field); ok {
			a.Params, a.ParamsOff = params.Raw, params.Off
		}
	}
	inner.End(field)
	return a
}

// ParseAlgorithm reads an AlgorithmIdentifier, as OCSP responses and CRLs hold them.
func ParseAlgorithm(r *Reader, field string) AlgorithmIdentifier { return readAlgorithm(r, field) }

func checkOID(r *Reader, e Element, field string) OID {
	id := OID(e.Content)
	if !id.valid() {
		r.Note(BadValue, e, field, "an object identifier", "octets that are none")
	}
	return id
}

// integer returns the content of an INTEGER and notes what DER forbids. X.690, Section 8.3.
func integer(r *Reader, e Element, field string) []byte {
	b := e.Content
	switch {
	case len(b) == 0:
		r.Note(BadValue, e, field, "a number", "an INTEGER without content")
	case len(b) > 1 && (b[0] == 0 && b[1] < 0x80 || b[0] == 0xff && b[1] >= 0x80):
		r.Note(NotCanonical, e, field, "the shortest form of the number", "superfluous leading octets")
	}
	return b
}

// natural returns the magnitude of an INTEGER that must not be negative, without leading zeros.
func natural(r *Reader, e Element, field string) []byte {
	b := integer(r, e, field)
	if len(b) > 0 && b[0] >= 0x80 {
		r.Note(BadValue, e, field, "a number that isn't negative", "a negative one")
		return nil
	}
	return trimZeros(b)
}

func trimZeros(b []byte) []byte {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	return b
}

// smallInteger returns the value of content octets between 0 and 2^31-1.
func smallInteger(b []byte) (int, bool) {
	if len(b) == 0 || b[0] >= 0x80 {
		return 0, false
	}
	b = trimZeros(b)
	if len(b) > 4 || len(b) == 4 && b[0] >= 0x80 {
		return 0, false
	}
	v := 0
	for _, c := range b {
		v = v<<8 | int(c)
	}
	return v, true
}

// boolean returns the value of a BOOLEAN. X.690, Section 11.1.
func boolean(r *Reader, e Element, field string) bool {
	switch {
	case len(e.Content) != 1:
		r.Note(BadValue, e, field, "a BOOLEAN of one octet", countBytes(len(e.Content)))
		return len(e.Content) > 0 && e.Content[0] != 0
	case e.Content[0] != 0 && e.Content[0] != 0xff:
		r.Note(NotCanonical, e, field, "00 or ff", hex.EncodeToString(e.Content))
	}
	return e.Content[0] != 0
}

// wholeBits returns the bits of a BIT STRING that must be a whole number of octets.
func wholeBits(r *Reader, e Element, field string) []byte {
	bits, unused := bitString(r, e, field)
	if unused != 0 {
		r.Note(BadValue, e, field, "a whole number of octets", "unused bits at the end")
	}
	return bits
}

// bitString returns the octets of a BIT STRING and how many bits of the last one are unused. X.690, Sections 8.6 and 11.2.
func bitString(r *Reader, e Element, field string) (bits []byte, unused int) {
	if len(e.Content) == 0 {
		r.Note(BadValue, e, field, "a BIT STRING with its count of unused bits", "no content")
		return nil, 0
	}
	bits, unused = e.Content[1:], int(e.Content[0])
	switch {
	case unused > 7 || unused > 0 && len(bits) == 0:
		r.Note(BadValue, e, field, "at most 7 unused bits, and none where there are no bits", "more")
		return bits, 0
	case unused > 0 && bits[len(bits)-1]&(1<<unused-1) != 0:
		r.Note(NotCanonical, e, field, "zeros as unused bits", "ones")
	}
	return bits, unused
}

// namedBits returns the first 16 bits of a BIT STRING, bit 0 lowest, for lists of named bits. X.690, Section 11.2.2.
func namedBits(r *Reader, e Element, field string) uint16 {
	bits, _ := bitString(r, e, field)
	if n := len(bits); n > 0 && (bits[n-1] == 0 || int(e.Content[0]) < 8 && bits[n-1]&(1<<e.Content[0]) == 0) {
		r.Note(NotCanonical, e, field, "no zero bits at the end of named bits", "zero bits")
	}
	var v uint16
	for i := 0; i < 16 && i/8 < len(bits); i++ {
		if bits[i/8]&(0x80>>(i%8)) != 0 {
			v |= 1 << i
		}
	}
	return v
}

// readTime reads a Time: UTCTime or GeneralizedTime. RFC 5280, Section 4.1.2.5.
func readTime(r *Reader, field string) Time {
	e, ok := r.Any(field)
	if !ok {
		return Time{}
	}
	return timeOf(r, e, field)
}

// ParseTime reads a UTCTime or GeneralizedTime, as OCSP responses and CRLs hold them.
func ParseTime(r *Reader, field string) Time { return readTime(r, field) }

func timeOf(r *Reader, e Element, field string) Time {
	t := Time{Tag: e.Tag, Raw: e.Content}
	yearDigits := 2
	switch e.Tag {
	case TagUTCTime:
	case TagGeneralizedTime:
		yearDigits = 4
	default:
		r.Note(WrongType, e, field, "UTCTime or GeneralizedTime", e.Tag.String())
		return t
	}
	p := timeParser{text: e.Content}
	when, ok := p.parse(yearDigits)
	switch {
	case !ok:
		r.Note(BadValue, e, field, "a time", "characters that are none")
		return t
	case p.odd != "":
		r.Note(NotCanonical, e, field, "whole seconds and Z", p.odd)
	}
	t.Time = when
	return t
}

// timeParser reads the characters of a time. X.680, Sections 46 and 47.
type timeParser struct {
	text []byte
	odd  string // what RFC 5280 doesn't allow, but was understood
}

// digits reads a number of n digits.
func (p *timeParser) digits(n int) (int, bool) {
	if len(p.text) < n {
		return 0, false
	}
	v := 0
	for _, c := range p.text[:n] {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = 10*v + int(c-'0')
	}
	p.text = p.text[n:]
	return v, true
}

func (p *timeParser) atDigit() bool { return len(p.text) > 0 && p.text[0] >= '0' && p.text[0] <= '9' }

func (p *timeParser) parse(yearDigits int) (time.Time, bool) {
	year, ok := p.digits(yearDigits)
	if !ok {
		return time.Time{}, false
	}
	if yearDigits == 2 {
		if year += 1900; year < 1950 {
			year += 100
		}
	}
	var part [5]int // month, day, hour, minute, second
	for i := range part {
		if i > 2 && !p.atDigit() {
			p.odd = "a time without seconds"
			break
		}
		if part[i], ok = p.digits(2); !ok {
			return time.Time{}, false
		}
	}
	p.fraction()
	offset, ok := p.zone()
	if !ok || len(p.text) > 0 || part[2] > 23 || part[3] > 59 || part[4] > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(part[0]), part[1], part[2], part[3], part[4], 0, time.UTC)
	if t.Day() != part[1] || t.Month() != time.Month(part[0]) {
		return time.Time{}, false
	}
	return t.Add(-offset), true
}

// fraction drops the fraction of a second.
func (p *timeParser) fraction() {
	if len(p.text) > 0 && (p.text[0] == '.' || p.text[0] == ',') {
		p.odd = "a fraction of a second"
		for p.text = p.text[1:]; p.atDigit(); {
			p.text = p.text[1:]
		}
	}
}

// zone reads Z or an offset from it; a local time, without either, is taken as UTC.
func (p *timeParser) zone() (time.Duration, bool) {
	if len(p.text) == 0 {
		p.odd = "a local time"
		return 0, true
	}
	sign := p.text[0]
	p.text = p.text[1:]
	if sign == 'Z' {
		return 0, true
	}
	hours, ok := p.digits(2)
	if !ok || sign != '+' && sign != '-' {
		return 0, false
	}
	minutes, ok := p.digits(2)
	if !ok || hours > 23 || minutes > 59 {
		return 0, false
	}
	p.odd = "an offset from UTC"
	offset := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if sign == '-' {
		offset = -offset
	}
	return offset, true
}
