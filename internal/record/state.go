package record

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// Range is a run of bytes: in Opened and Error, of a record's payload; in Anomaly, of its header.
type Range struct{ Off, Len int }

// End returns the offset behind the last byte.
func (r Range) End() int { return r.Off + r.Len }

// Keys are the keys of one direction. Each has the length that Lengths tells, except that Key has
// FinalKeyLength and that the IV of an export block cipher has the length of a block. They are copied.
type Keys struct {
	MAC []byte
	Key []byte
	IV  []byte
}

// Opened is a record without its protection. Ranges are of the record's payload and, as the layout
// stays, of Fragment too; a range that a cipher does not have is empty.
type Opened struct {
	// Type is the content's type: in TLS 1.3 the inner one.
	Type iana.ContentType
	// Plaintext is the content. It aliases Fragment.
	Plaintext []byte
	// Fragment is the whole payload with what was encrypted decrypted in its place.
	Fragment []byte
	// Sequence is the number the record was opened under.
	Sequence uint64
	// Unprotected: the record passed in the clear.
	Unprotected bool
	// Padding is the number of padding bytes, without the byte that says how many.
	Padding int

	Nonce         Range // explicit nonce (AEAD) or IV (CBC)
	Content       Range
	InnerType     Range // TLS 1.3
	MAC           Range // MAC or AEAD tag
	PaddingBytes  Range
	PaddingLength Range // CBC: the byte that says how many
}

// protection is a cipher at work in one direction.
type protection interface {
	// open opens the payload in into out, which has the same length and is either in itself or
	// does not overlap it, and says in o where things are.
	open(o *Opened, header []byte, out, in []byte) *Error
	// seal appends the payload to dst, whose end is the record's header, yet without its length.
	seal(dst []byte, s sealing) ([]byte, error)
}

// sealing is what a record is made of.
type sealing struct {
	seq     uint64
	typ     iana.ContentType
	version iana.Version
	content []byte
	pad     int
}

// sequence counts records. RFC 8446, Section 5.3; RFC 5246, Section 6.1.
type sequence struct {
	next uint64
	used bool // all 2^64 of them
}

// Sequence returns the number that the next record has.
func (s *sequence) Sequence() uint64 { return s.next }

// SetSequence sets the number of the next record: to go on behind a record that could not be
// opened, in the middle of a capture, or, as epoch and sequence_number, in DTLS.
func (s *sequence) SetSequence(n uint64) { s.next, s.used = n, false }

// Apart reports whether a record can be opened whatever was opened before it, once its number is known: not with RC4, nor with CBC up
// to TLS 1.0, where the cipher goes on from one record to the next.
func (s *ReadState) Apart() bool {
	switch c := s.cipher.(type) {
	case *stream:
		return c.rc4 == nil
	case *cbc:
		return c.explicit > 0
	}
	return true
}

func (s *sequence) advance() {
	s.next++
	s.used = s.next == 0
}

// ReadState opens the records of one direction. The zero ReadState opens records that are not
// protected. It is not safe for concurrent use.
type ReadState struct {
	sequence
	version iana.Version
	limit   int
	cipher  protection
	opened  Opened // where the cipher says what it found, kept here so that it need not be allocated
}

// NewReadState returns the state that opens records of version v under a suite's cipher and MAC.
// Of params, Cipher, MAC and, for the integrity-only suites of TLS 1.3, Hash matter. encryptThenMAC
// (RFC 7366) matters to CBC in TLS alone. The error is an *UnsupportedError or ErrKeyLength.
func NewReadState(v iana.Version, params iana.SuiteParams, keys Keys, encryptThenMAC bool) (*ReadState, error) {
	c, err := newProtection(v, params, keys, encryptThenMAC, nil, false)
	if err != nil {
		return nil, err
	}
	return &ReadState{version: v, cipher: c}, nil
}

// SetLimit sets how much content, in bytes, a record may carry before Open calls it TooLong; 0
// stands for MaxPlaintext. In TLS 1.3 inner type and padding count too: one byte beyond the limit is
// for the type, so it is record_size_limit less 1. RFC 8449, Section 4.
func (s *ReadState) SetLimit(limit int) { s.limit = limit }

// Open opens a record. Its Raw stays as it is; what is opened is written behind dst, as append
// does, and Opened aliases that.
//
// A record that fails keeps its number for the next one, which is what skipping rejected early data
// needs (RFC 8446, Section 4.2.10); to read on behind a bad one, use SetSequence. With RC4 and with
// CBC up to TLS 1.0 the cipher itself has gone on. The kinds of error:
//
//   - TooShort, BadBlockLength, BadPadding, BadMAC: not opened. Plaintext and Fragment are nil, the
//     ranges tell what was known by then.
//   - TooLong, NoInnerType: opened and counted, and Opened is complete.
//   - NotProtected: in TLS 1.3, a record of a type other than application_data. Opened is complete
//     and Unprotected, the number is not used. A change_cipher_spec of one byte 1 is no error, as
//     it may come for compatibility (RFC 8446, Section 5).
//   - SequenceOverflow.
func (s *ReadState) Open(dst []byte, r Record) (Opened, error) {
	in := r.Payload()
	dst = slices.Grow(dst, len(in))
	return s.open(dst[len(dst):len(dst)+len(in):len(dst)+len(in)], in, r)
}

// OpenInPlace is Open without a copy: the record's payload is overwritten. It may be destroyed where
// the record doesn't authenticate.
func (s *ReadState) OpenInPlace(r Record) (Opened, error) {
	in := r.Payload()
	return s.open(in, in, r)
}

func (s *ReadState) open(out, in []byte, r Record) (Opened, error) {
	o := Opened{Type: r.Header.Type, Sequence: s.next}
	if s.cipher == nil || s.version == iana.TLS13 && r.Header.Type != iana.ApplicationData {
		return s.passed(o, out, in)
	}
	if s.used {
		return o, &Error{Kind: SequenceOverflow}
	}
	if len(r.Raw) < HeaderLen {
		return o, &Error{Kind: TooShort, Expected: HeaderLen, Actual: len(r.Raw)}
	}
	s.opened = o
	err := s.cipher.open(&s.opened, r.Raw[:HeaderLen], out, in)
	o = s.opened
	if err != nil && err.Kind != NoInnerType {
		return o, err
	}
	s.advance()
	o.Fragment, o.Plaintext = out, out[o.Content.Off:o.Content.End():o.Content.End()]
	o.Padding = o.PaddingBytes.Len
	if err != nil {
		return o, err
	}
	return o, s.checkLength(o)
}

// passed gives back a record that is not protected.
func (s *ReadState) passed(o Opened, out, in []byte) (Opened, error) {
	copy(out, in)
	o.Unprotected, o.Content, o.Fragment, o.Plaintext = true, Range{0, len(in)}, out, out
	dummy := o.Type == iana.ChangeCipherSpec && len(out) == 1 && out[0] == 1
	if s.cipher != nil && !dummy {
		return o, &Error{Kind: NotProtected}
	}
	return o, s.checkLength(o)
}

// checkLength holds what was opened against the limit. In TLS 1.3 padding counts as content, or it
// could be used to go around the limit. RFC 8446, Section 5.4.
func (s *ReadState) checkLength(o Opened) error {
	limit, length := s.limit, o.Content.Len
	if limit == 0 {
		limit = MaxPlaintext
	}
	if o.InnerType.Len > 0 {
		length += o.Padding
	}
	if length > limit {
		return &Error{Kind: TooLong, Expected: limit, Actual: length, At: o.Content}
	}
	return nil
}

// WriteState seals the records of one direction. The zero WriteState leaves them unprotected. It is
// not safe for concurrent use.
type WriteState struct {
	sequence
	pad     int // of the last record, but for CBC
	version iana.Version
	cipher  protection
}

// NewWriteState is NewReadState for sealing. random gives the IVs of CBC in TLS 1.1 and later and
// is not used otherwise: the explicit nonce of an AEAD is the sequence number.
func NewWriteState(v iana.Version, params iana.SuiteParams, keys Keys, encryptThenMAC bool, random io.Reader) (*WriteState, error) {
	c, err := newProtection(v, params, keys, encryptThenMAC, random, true)
	if err != nil {
		return nil, err
	}
	return &WriteState{version: v, cipher: c}, nil
}

// Padding returns how many bytes of padding the record that was sealed last has, without the byte that says how many: as
// [Opened] tells its reader. In CBC there is some whether it was asked for or not.
func (s *WriteState) Padding() int {
	if c, ok := s.cipher.(*cbc); ok {
		return c.padded
	}
	return s.pad
}

// Seal appends to dst a whole record, header included, that carries content. version is what the
// header says, 0x0303 in TLS 1.3. dst's spare capacity must not overlap content.
//
// pad is a number of padding bytes to add: in TLS 1.3 zeros (RFC 8446, Section 5.4), in CBC under
// TLS whole blocks beyond what is needed, 255 bytes together (RFC 5246, Section 6.2.3.2). Anything
// else is BadPad. Content above the limits of the protocol is sealed, too, as tests of peers want
// it, until the length no longer fits into the header (TooLong). Other errors: SequenceOverflow,
// and what the source of randomness reports. On an error nothing was counted.
func (s *WriteState) Seal(dst []byte, t iana.ContentType, version iana.Version, content []byte, pad int) ([]byte, error) {
	if s.used {
		return dst, &Error{Kind: SequenceOverflow}
	}
	s.pad = pad
	if pad < 0 || s.cipher == nil && pad > 0 {
		return dst, &Error{Kind: BadPad, Actual: pad}
	}
	if total := len(content) + pad; total > MaxLength {
		return dst, &Error{Kind: TooLong, Expected: MaxLength, Actual: total}
	}
	start := len(dst)
	const overhead = HeaderLen + 16 + 48 + 17 // IV, MAC, least padding
	out := slices.Grow(dst, overhead+len(content)+pad)
	h := Header{Type: t, Version: version}
	if s.version == iana.TLS13 {
		h.Type = iana.ApplicationData
	}
	out = h.Append(out)
	if s.cipher == nil {
		out = append(out, content...)
	} else {
		var err error
		out, err = s.cipher.seal(out, sealing{s.next, t, version, content, pad})
		if err != nil {
			return dst, err
		}
	}
	length := len(out) - start - HeaderLen
	if length > MaxLength {
		return dst, &Error{Kind: TooLong, Expected: MaxLength, Actual: length}
	}
	binary.BigEndian.PutUint16(out[start+3:], uint16(length))
	if s.cipher != nil {
		s.advance()
	}
	return out, nil
}

func newProtection(v iana.Version, p iana.SuiteParams, k Keys, etm bool, random io.Reader, encrypt bool) (protection, error) {
	s, mac, err := suiteShape(v, p)
	if err != nil {
		return nil, err
	}
	if err := checkKeys(v, p, s, k); err != nil {
		return nil, err
	}
	switch {
	case v == iana.TLS13 && s.mode == modeNULL:
		return newIntegrity13(mac, k), nil
	case s.mode >= modeGCM:
		aead, err := newAEAD(s, k.Key)
		if err != nil {
			return nil, err
		}
		if v == iana.TLS13 {
			return newAEAD13(aead, k.IV), nil
		}
		return newAEAD12(aead, k.IV), nil
	case s.mode == modeCBC:
		return newCBC(v, s, newRecordMAC(v, mac, k.MAC), k, etm && v > iana.SSL30, random, encrypt)
	default:
		return newStream(s, newRecordMAC(v, mac, k.MAC), k.Key)
	}
}

func checkKeys(v iana.Version, p iana.SuiteParams, s shape, k Keys) error {
	mac, key, iv, err := Lengths(v, p)
	if err != nil {
		return err
	}
	if s.mode != modeNULL {
		key = s.key
	}
	for _, l := range [...]struct {
		name      string
		got, want int
	}{{"MAC key", len(k.MAC), mac}, {"key", len(k.Key), key}, {"IV", len(k.IV), iv}} {
		if l.got != l.want {
			return fmt.Errorf("%w: %s of %d bytes, want %d", ErrKeyLength, l.name, l.got, l.want)
		}
	}
	return nil
}
