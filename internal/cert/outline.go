package cert

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
)

// ErrOutline is the error for bytes whose outline isn't that of a certificate.
var ErrOutline = errors.New("not the outline of a certificate")

// RawSubjectOf returns the subject's DER in a certificate, reading nothing but the headers on the way. It is for well-formed
// certificates of a store; the error is ErrOutline.
func RawSubjectOf(der []byte) ([]byte, error) {
	const beforeSubject = 4 // serialNumber, signature, issuer, validity
	rest, ok := enter(der)
	if ok {
		rest, ok = enter(rest)
	}
	if !ok {
		return nil, ErrOutline
	}
	if len(rest) > 0 && rest[0] == 0xa0 {
		if _, rest, ok = split(rest); !ok {
			return nil, ErrOutline
		}
	}
	for range beforeSubject {
		if _, rest, ok = split(rest); !ok {
			return nil, ErrOutline
		}
	}
	subject, _, ok := split(rest)
	if !ok || subject[0] != 0x30 {
		return nil, ErrOutline
	}
	return subject, nil
}

// enter returns the content of the SEQUENCE at the start of der.
func enter(der []byte) ([]byte, bool) {
	h := readHeader(der)
	if h.quirk != quirkNone || h.tag != TagSequence {
		return nil, false
	}
	return der[h.size : h.size+h.length], true
}

// split cuts der after its first element.
func split(der []byte) (first, rest []byte, ok bool) {
	h := readHeader(der)
	if h.quirk != quirkNone {
		return nil, nil, false
	}
	n := h.size + h.length
	return der[:n:n], der[n:], true
}

// Fingerprint returns the SHA-256 of a certificate's DER in lower-case hexadecimal.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// Fingerprint returns the SHA-256 of the certificate in lower-case hexadecimal.
func (c *Certificate) Fingerprint() string { return Fingerprint(c.Raw) }

// SPKIFingerprint returns the SHA-256 of the SubjectPublicKeyInfo: the pin of RFC 7469, Section 2.4, before its base64.
func (c *Certificate) SPKIFingerprint() [sha256.Size]byte { return sha256.Sum256(c.PublicKey.Raw) }
