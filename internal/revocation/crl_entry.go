package revocation

import (
	"bytes"
	"iter"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// Entry is an entry of a list.
type Entry struct {
	Serial     []byte            // content of the INTEGER
	RevokedAt  cert.Time         //
	Reason     Reason            // Unspecified where the entry says none
	Issuer     cert.GeneralNames // of the certificate, in an indirect list; nil: as in the entry before, or the list's own issuer
	Extensions []cert.Extension
}

// Entries yields the entries that can be read, in their order.
func (l *CRL) Entries() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		r := cert.NewReader(l.entries.Content, l.entries.ContentOff(), nil)
		for !r.Empty() {
			raw, ok := readEntry(&r)
			if ok && !yield(raw.entry()) {
				return
			}
		}
	}
}

// rawEntry is an entry whose parts are found and not read.
type rawEntry struct {
	serial     []byte
	date       cert.Element
	extensions cert.Element
}

func readEntry(r *cert.Reader) (raw rawEntry, ok bool) {
	const field = "revokedCertificates"
	e, ok := r.Read(field, cert.TagSequence)
	if !ok {
		return rawEntry{}, false
	}
	inner := r.Inside(e)
	serial, ok := inner.Read(field, cert.TagInteger)
	if !ok {
		return rawEntry{}, false
	}
	if len(serial.Content) == 0 {
		inner.Note(cert.BadValue, serial, field, "a number", "an INTEGER without content")
	}
	raw.serial = serial.Content
	if raw.date, ok = inner.Any(field); !ok {
		return rawEntry{}, false
	}
	if raw.date.Tag != cert.TagUTCTime && raw.date.Tag != cert.TagGeneralizedTime {
		inner.Note(cert.WrongType, raw.date, field, "UTCTime or GeneralizedTime", raw.date.Tag.String())
	}
	if !inner.Empty() {
		raw.extensions, _ = inner.Read(field, cert.TagSequence)
		inner.End(field)
	}
	return raw, true
}

// onlyReason reports whether the entry has a reason that isn't critical and nothing else, as nearly all have that have anything.
// It is here for speed, and to leave no garbage behind for each of a million entries.
func (raw *rawEntry) onlyReason() bool {
	const before = "\x30\x0a\x06\x03" + string(cert.ExtCRLReason) + "\x04\x03\x0a\x01"
	content := raw.extensions.Content
	return len(content) == len(before)+1 && string(content[:len(before)]) == before
}

// list reads the entry's extensions.
func (raw *rawEntry) list(notes *cert.Notes) []cert.Extension {
	if raw.extensions.Raw == nil {
		return nil
	}
	r := cert.NewReader(raw.extensions.Raw, raw.extensions.Off, notes)
	return cert.ParseExtensions(&r, "crlEntryExtensions")
}

func (raw *rawEntry) entry() Entry {
	e := Entry{Serial: raw.serial, Extensions: raw.list(nil)}
	r := cert.NewReader(raw.date.Raw, raw.date.Off, nil)
	e.RevokedAt = cert.ParseTime(&r, "revocationDate")
	if x := find(e.Extensions, cert.ExtCRLReason); x != nil {
		e.Reason, _ = readReason(x, nil)
	}
	if x := find(e.Extensions, cert.ExtCertificateIssuer); x != nil {
		e.Issuer, _ = x.GeneralNames()
	}
	return e
}

// readReason reads the extension reasonCode. RFC 5280, Section 5.3.1.
func readReason(x *cert.Extension, notes *cert.Notes) (Reason, bool) {
	r := cert.NewReader(x.Value, x.Off, notes)
	e, ok := r.Read("reasonCode", cert.TagEnumerated)
	if !ok || len(e.Content) != 1 {
		return Unspecified, false
	}
	return Reason(e.Content[0]), true
}

// scan looks at every entry once: it counts them, and says why they can't be relied on. A critical extension of an entry that
// isn't understood spoils the whole list. RFC 5280, Section 5.3.
func (l *CRL) scan(notes *cert.Notes) (f *fault) {
	r := cert.NewReader(l.entries.Content, l.entries.ContentOff(), notes)
	for !r.Empty() {
		raw, ok := readEntry(&r)
		if ok {
			l.count++
		}
		if raw.extensions.Raw == nil || f != nil || raw.onlyReason() {
			continue
		}
		extensions := raw.list(notes)
		critical, twice := notUnderstood(extensions, cert.ExtCRLReason, cert.ExtInvalidityDate, cert.ExtCertificateIssuer, extHoldInstruction)
		switch {
		case critical != nil:
			f = &fault{message: "an entry of it has a critical extension that isn't known here", expected: "known extensions", actual: critical.ID.Label(), ref: "RFC 5280, Section 5.3"}
		case twice != nil:
			f = &fault{message: "an entry of it has an extension twice", expected: "each once", actual: twice.ID.Label(), ref: "RFC 5280, Section 5.3", theirs: true}
		default:
			f = judgeEntry(extensions, notes)
		}
	}
	if f == nil {
		f = malformed("the list", notes.Problems())
	}
	return f
}

// judgeEntry says why the extensions of an entry can't be read.
func judgeEntry(extensions []cert.Extension, notes *cert.Notes) *fault {
	if x := find(extensions, cert.ExtCRLReason); x != nil {
		if _, ok := readReason(x, notes); !ok {
			return &fault{message: "an entry of it has a reason that can't be read", expected: "a CRLReason", actual: "something else", ref: "RFC 5280, Section 5.3.1", theirs: true}
		}
	}
	if x := find(extensions, cert.ExtCertificateIssuer); x != nil {
		if names, problems := x.GeneralNames(); len(names.Texts(cert.DirectoryName)) == 0 || malformed("", problems) != nil {
			return &fault{message: "an entry of it names no issuer that can be read", expected: "a directoryName", actual: "something else", ref: "RFC 5280, Section 5.3.3", theirs: true}
		}
	}
	return nil
}

// lookup returns the entry about a certificate. An entry is about certificates of the issuer named in it, or else in the nearest
// entry before it that names one, or else of the list's own. RFC 5280, Section 5.3.3. Should there be several, one that can't be
// taken back counts more.
func (l *CRL) lookup(serial []byte, issuer string) (found Entry, ok bool) {
	serial = integer(serial)
	current := l.issuer == issuer
	var named []byte // the last value of certificateIssuer
	r := cert.NewReader(l.entries.Content, l.entries.ContentOff(), nil)
	for !r.Empty() {
		raw, read := readEntry(&r)
		if !read {
			continue
		}
		if bytes.Contains(raw.extensions.Content, []byte(cert.ExtCertificateIssuer)) {
			x := find(raw.list(nil), cert.ExtCertificateIssuer)
			if x != nil && !bytes.Equal(x.Value, named) {
				named = x.Value
				names, _ := x.GeneralNames()
				current = hasDirectory(names, issuer)
			}
		}
		if !current || !bytes.Equal(integer(raw.serial), serial) {
			continue
		}
		if e := raw.entry(); !ok || found.Reason == RemoveFromCRL || found.Reason == CertificateHold && e.Reason != RemoveFromCRL {
			found, ok = e, true
		}
	}
	return found, ok
}
