// Package record knows the record layer of SSL 3.0 to TLS 1.3: how a stream of bytes falls into
// records, how content is split into them, and how they are protected and opened. It does no I/O
// and reads no clock: bytes in, bytes out, for live connections and captures alike.
//
// It is made for looking: what breaks a rule is reported as a typed anomaly or error and read on
// where that can be done. Two consequences a caller must know. Bad padding and a bad MAC are told
// apart (on the wire both are bad_record_mac), and checks of CBC padding do not run in constant
// time, so this package must not protect a server that holds secrets worth an oracle attack.
package record

import (
	"encoding/binary"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// HeaderLen is the length of a record header in bytes.
const HeaderLen = 5

// The limits of a record's length in bytes, without the header.
const (
	// MaxPlaintext is the most content a record may carry. RFC 8446, Section 5.1; RFC 5246, Section 6.2.1.
	MaxPlaintext = 1 << 14
	// MaxCompressed is the most a compressed fragment may take. RFC 5246, Section 6.2.2.
	MaxCompressed = MaxPlaintext + 1024
	// MaxCiphertext is the most a protected record may take up to TLS 1.2. RFC 5246, Section 6.2.3.
	MaxCiphertext = MaxPlaintext + 2048
	// MaxCiphertext13 is the most a protected record may take in TLS 1.3. RFC 8446, Section 5.2.
	MaxCiphertext13 = MaxPlaintext + 256
	// MaxLength is the most a header can say.
	MaxLength = 1<<16 - 1
)

// MaxProtected returns the longest protected record, in bytes without the header, that carries at
// most limit bytes of content under version v. With the limit of record_size_limit (RFC 8449,
// Section 4) or max_fragment_length (RFC 6066, Section 4) it is the length to frame with.
func MaxProtected(v iana.Version, limit int) int {
	if v == iana.TLS13 {
		return limit + (MaxCiphertext13 - MaxPlaintext)
	}
	return limit + (MaxCiphertext - MaxPlaintext)
}

// Header is the header of a record.
//
//	struct {
//	    ContentType type;
//	    ProtocolVersion legacy_record_version;
//	    uint16 length;
//	    ...
//	} TLSPlaintext;                                   RFC 8446, Section 5.1
type Header struct {
	Type    iana.ContentType
	Version iana.Version
	Length  int // of what follows the header, in bytes
}

// ParseHeader reads a header from the first five bytes of b. Any five bytes are a header; whether
// it is a plausible one is what Anomalies and Sniff tell. With fewer bytes the error is TooShort.
func ParseHeader(b []byte) (Header, error) {
	if len(b) < HeaderLen {
		return Header{}, &Error{Kind: TooShort, Expected: HeaderLen, Actual: len(b)}
	}
	return Header{
		Type:    iana.ContentType(b[0]),
		Version: iana.Version(binary.BigEndian.Uint16(b[1:])),
		Length:  int(binary.BigEndian.Uint16(b[3:])),
	}, nil
}

// Append appends the five bytes of the header to dst. Of Length, the low 16 bits are written.
func (h Header) Append(dst []byte) []byte {
	dst = append(dst, byte(h.Type))
	dst = binary.BigEndian.AppendUint16(dst, uint16(h.Version))
	return binary.BigEndian.AppendUint16(dst, uint16(h.Length))
}

// Record is a whole record as it stood in the stream.
type Record struct {
	Header Header
	// Offset is the place of the header's first byte in the stream.
	Offset int64
	// Raw is header and payload. It belongs to the Framer or to the one who fed it.
	Raw []byte
	// Anomalies says what is odd about the header; nil for nearly every record.
	Anomalies []Anomaly
}

// Payload returns what follows the header. It aliases Raw.
func (r Record) Payload() []byte {
	if len(r.Raw) < HeaderLen {
		return nil
	}
	return r.Raw[HeaderLen:]
}

// Parse takes b as exactly one record. The error is TooShort where bytes are missing, TooLong
// where bytes are left over.
func Parse(b []byte) (Record, error) {
	h, err := ParseHeader(b)
	if err != nil {
		return Record{}, err
	}
	switch want := HeaderLen + h.Length; {
	case len(b) < want:
		return Record{}, &Error{Kind: TooShort, Expected: want, Actual: len(b)}
	case len(b) > want:
		return Record{}, &Error{Kind: TooLong, Expected: want, Actual: len(b)}
	}
	return Record{Header: h, Raw: b}, nil
}
