package record

import (
	"errors"
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// Kind is why a record could not be read, opened or sealed. A Kind is an error itself, so
// errors.Is(err, record.BadMAC) asks for it.
type Kind uint8

// The kinds.
const (
	// TooShort: fewer bytes than a header, nonce, MAC, tag or block needs.
	TooShort Kind = iota + 1
	// TooLong: more than the limit in force allows.
	TooLong
	// BadMAC: the MAC or the AEAD's tag is not the right one: tampered with, other keys, or another
	// sequence number.
	BadMAC
	// BadPadding: the padding of a CBC record is malformed. A peer must answer as to BadMAC.
	BadPadding
	// BadBlockLength: the ciphertext of a CBC record is not a whole number of blocks.
	BadBlockLength
	// NoInnerType: a TLS 1.3 record holds nothing but zeros. RFC 8446, Section 5.4.
	NoInnerType
	// NotProtected: where TLS 1.3 protects, a record came whose outer type is not application_data.
	// RFC 8446, Section 5.2.
	NotProtected
	// SequenceOverflow: 2^64 records have been protected. RFC 8446, Section 5.3.
	SequenceOverflow
	// BadPad: that much padding cannot be added with this cipher.
	BadPad
)

func (k Kind) properties() (text string, alert iana.AlertDescription, ref string) {
	const (
		unexpectedMessage iana.AlertDescription = 10
		badRecordMAC      iana.AlertDescription = 20
		recordOverflow    iana.AlertDescription = 22
		decodeError       iana.AlertDescription = 50
		internalError     iana.AlertDescription = 80
	)
	switch k {
	case TooShort:
		return "record too short", badRecordMAC, "RFC 8446, Section 5.2"
	case TooLong:
		return "record too long", recordOverflow, "RFC 8446, Section 5.2"
	case BadMAC:
		return "record does not authenticate", badRecordMAC, "RFC 8446, Section 5.2"
	case BadPadding:
		return "bad CBC padding", badRecordMAC, "RFC 5246, Section 6.2.3.2"
	case BadBlockLength:
		return "ciphertext is not whole blocks", badRecordMAC, "RFC 5246, Section 6.2.3.2"
	case NoInnerType:
		return "inner plaintext has no content type", unexpectedMessage, "RFC 8446, Section 5.4"
	case NotProtected:
		return "record is not protected", unexpectedMessage, "RFC 8446, Section 5"
	case SequenceOverflow:
		return "sequence numbers are used up", internalError, "RFC 8446, Section 5.3"
	case BadPad:
		return "padding cannot be added", internalError, "RFC 5246, Section 6.2.3.2"
	}
	return fmt.Sprintf("record error %d", k), decodeError, ""
}

// Error says what is wrong.
func (k Kind) Error() string { text, _, _ := k.properties(); return text }

// Error is a record that could not be read, opened or sealed.
type Error struct {
	Kind     Kind
	Expected int // a length in bytes that was needed or allowed, where one was
	Actual   int // the length in bytes that was there
	// At is where in the record's payload the fault lies, where that is known.
	At Range
}

// Error says what is wrong, and the lengths where they matter.
func (e *Error) Error() string {
	switch e.Kind {
	case TooShort:
		return fmt.Sprintf("%s: %d bytes, at least %d needed", e.Kind.Error(), e.Actual, e.Expected)
	case TooLong:
		return fmt.Sprintf("%s: %d bytes, at most %d allowed", e.Kind.Error(), e.Actual, e.Expected)
	case BadBlockLength:
		return fmt.Sprintf("%s: %d bytes in blocks of %d", e.Kind.Error(), e.Actual, e.Expected)
	case BadPad:
		return fmt.Sprintf("%s: %d bytes asked, at most %d, in blocks", e.Kind.Error(), e.Actual, e.Expected)
	}
	return e.Kind.Error()
}

// Unwrap returns the Kind.
func (e *Error) Unwrap() error { return e.Kind }

// Alert returns the alert that a strict peer would send.
func (e *Error) Alert() iana.AlertDescription { _, alert, _ := e.Kind.properties(); return alert }

// Ref returns the section that is broken.
func (e *Error) Ref() string { _, _, ref := e.Kind.properties(); return ref }

var (
	// ErrCipherUnsupported is what an UnsupportedError is.
	ErrCipherUnsupported = errors.New("cipher not supported")
	// ErrKeyLength is returned for keys that don't have the length that Lengths tells.
	ErrKeyLength = errors.New("key of wrong length")
)

// UnsupportedError is a cipher or MAC that this package cannot compute, or one that the version has
// no way to use. It is ErrCipherUnsupported.
type UnsupportedError struct {
	Version iana.Version
	Cipher  iana.Cipher
	MAC     iana.MAC
}

// Error names the code points.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("cipher %d with MAC %d in %v: %v", e.Cipher, e.MAC, e.Version, ErrCipherUnsupported)
}

// Is reports whether target is ErrCipherUnsupported.
func (e *UnsupportedError) Is(target error) bool { return target == ErrCipherUnsupported }
