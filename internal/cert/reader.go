package cert

import "strconv"

// Reader reads a series of DER elements one after the other. It never fails: what isn't as expected is noted as a Problem,
// lengths that run past the end are clamped, and reading goes on. The zero Reader is at its end.
type Reader struct {
	rest  []byte
	off   int // of rest[0], in the buffer that was read first
	notes *Notes
	cut   bool // the end came too early and has been noted
}

// NewReader returns a reader of data. Problems are noted in notes, which may be nil. Offsets count from off.
func NewReader(data []byte, off int, notes *Notes) Reader {
	return Reader{rest: data, off: off, notes: notes}
}

// Inside returns a reader of the content of e that notes its problems where r does.
func (r *Reader) Inside(e Element) Reader {
	return Reader{rest: e.Content, off: e.ContentOff(), notes: r.notes}
}

// Empty reports whether everything was read.
func (r *Reader) Empty() bool { return len(r.rest) == 0 }

// Off returns the offset of the next byte.
func (r *Reader) Off() int { return r.off }

// Peek returns the tag of the next element; ok is false at the end.
func (r *Reader) Peek() (tag Tag, ok bool) {
	if len(r.rest) == 0 {
		return 0, false
	}
	h := readHeader(r.rest)
	return h.tag, h.quirk != quirkCutHeader
}

// Read reads the next element, which must have the tag want. Another one is noted, consumed and returned with ok false;
// the end is noted once.
func (r *Reader) Read(field string, want Tag) (e Element, ok bool) {
	tag, size, length, ok := quickHeader(r.rest)
	if !ok {
		return r.readUnusual(field, want)
	}
	n := size + length
	e = Element{Tag: tag, Off: r.off, Raw: r.rest[:n:n], Content: r.rest[size:n:n]}
	r.skip(n)
	if tag != want && want != anyTag {
		r.noteTag(field, want, e)
		return e, false
	}
	return e, true
}

// readUnusual is Read for the end and for headers that have something unusual about them.
func (r *Reader) readUnusual(field string, want Tag) (e Element, ok bool) {
	if len(r.rest) == 0 {
		if !r.cut {
			r.cut = true
			r.notes.Add(Problem{Kind: Missing, Off: r.off, Field: field, Expected: expectedTag(want), Actual: "the end"})
		}
		return Element{Off: r.off}, false
	}
	h := readLongHeader(r.rest)
	if h.quirk != quirkNone {
		r.noteHeader(field, want, h)
		r.cut = h.quirk == quirkCutContent || h.quirk == quirkCutHeader
	}
	if h.quirk == quirkCutHeader {
		e = Element{Off: r.off, Raw: r.rest}
		r.skip(len(r.rest))
		return e, false
	}
	n := h.size + h.length
	e = Element{Tag: h.tag, Off: r.off, Raw: r.rest[:n:n], Content: r.rest[h.size:n:n]}
	if h.quirk == quirkIndefinite {
		e.Content = indefiniteContent(e.Content)
	}
	r.skip(n)
	if h.tag != want && want != anyTag {
		r.noteTag(field, want, e)
		return e, false
	}
	return e, true
}

func (r *Reader) noteTag(field string, want Tag, e Element) {
	r.Note(WrongType, e, field, want.String(), e.Tag.String())
}

// Any reads the next element whatever its tag.
func (r *Reader) Any(field string) (e Element, ok bool) { return r.Read(field, anyTag) }

// Optional reads the next element if it has the tag want, whose number is below 31, and leaves it otherwise.
func (r *Reader) Optional(field string, want Tag) (e Element, ok bool) {
	if len(r.rest) == 0 || lowTag(r.rest[0]) != want {
		return Element{}, false
	}
	return r.Read(field, want)
}

// End notes what was left unread.
func (r *Reader) End(field string) {
	if len(r.rest) > 0 {
		r.notes.Add(Problem{Kind: Trailing, Off: r.off, Len: len(r.rest), Field: field, Expected: "the end", Actual: countBytes(len(r.rest))})
	}
}

// Note notes a problem with the value of e.
func (r *Reader) Note(kind ProblemKind, e Element, field, expected, actual string) {
	r.notes.Add(Problem{Kind: kind, Off: e.Off, Len: len(e.Raw), Field: field, Expected: expected, Actual: actual})
}

func (r *Reader) skip(n int) {
	r.rest = r.rest[n:]
	r.off += n
}

// noteHeader notes what is wrong with the next header.
func (r *Reader) noteHeader(field string, want Tag, h header) {
	p := Problem{Kind: NotCanonical, Off: r.off, Len: h.size, Field: field}
	switch h.quirk {
	case quirkCutHeader:
		p.Kind, p.Expected, p.Actual = Truncated, expectedTag(want), "the end within its tag or length"
	case quirkCutContent:
		p.Kind, p.Len = Truncated, h.size+h.length
		p.Expected, p.Actual = strconv.FormatUint(h.claimed, 10)+" bytes of content", countBytes(h.length)
	case quirkLongLength:
		p.Expected, p.Actual = "the shortest form of the length", "a longer form"
	case quirkIndefinite:
		p.Expected, p.Actual = "a definite length", "the indefinite form"
	case quirkReservedLength:
		p.Kind, p.Expected, p.Actual = BadValue, "a length", "the reserved octet 0xff"
	case quirkLongTag:
		p.Expected, p.Actual = "the shortest form of the tag", "a longer form"
	case quirkHugeTag:
		p.Kind, p.Expected, p.Actual = BadValue, "a tag number below 2^29-1", "a greater one"
	}
	r.notes.Add(p)
}

// indefiniteContent takes the end-of-contents octets off the content of an element of indefinite length whose enclosing
// element ends with it, which is all that we understand of BER here.
func indefiniteContent(content []byte) []byte {
	if n := len(content); n >= 2 && content[n-1] == 0 && content[n-2] == 0 {
		return content[:n-2]
	}
	return content
}

func expectedTag(want Tag) string {
	if want == anyTag {
		return "an element"
	}
	return want.String()
}

func countBytes(n int) string {
	switch n {
	case 0:
		return "none"
	case 1:
		return "1 byte"
	}
	return strconv.Itoa(n) + " bytes"
}
