package signature

import (
	"errors"
	"fmt"
)

var (
	// ErrBad is the error for a signature that is wrong.
	ErrBad = errors.New("the signature is wrong")
	// ErrKeyMismatch is the error for a key that the algorithm isn't for; a *[MismatchError] wraps it.
	ErrKeyMismatch = errors.New("the key isn't for the algorithm")
	// ErrUnsupported is the error for an algorithm or curve that can't be verified here.
	ErrUnsupported = errors.New("the algorithm isn't supported")
	// ErrTooLarge is the error for a key so large that verifying would take too long; a *[SizeError] wraps it.
	ErrTooLarge = errors.New("the key is too large to verify with")
	// ErrMalformed is the error for a signature that isn't encoded as it must be; a *[MalformedError] wraps it.
	ErrMalformed = errors.New("the signature is malformed")
	// ErrBadKey is the error for a key whose values can't be those of a key; a *[KeyError] wraps it.
	ErrBadKey = errors.New("the key is unusable")
)

// MismatchError says that a key isn't for the algorithm.
type MismatchError struct {
	Algorithm Algorithm
	Key       string // the key in words
	Why       string // more, where the kinds alone don't tell
}

func (e *MismatchError) Error() string {
	s := fmt.Sprintf("a key of kind %s isn't for %s", e.Key, e.Algorithm)
	if e.Why != "" {
		s += ": " + e.Why
	}
	return s
}

// Unwrap returns ErrKeyMismatch.
func (e *MismatchError) Unwrap() error { return ErrKeyMismatch }

// SizeError says which part of a key is too large.
type SizeError struct {
	What        string
	Bits, Limit int
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%s of %d bits is over the limit of %d", e.What, e.Bits, e.Limit)
}

// Unwrap returns ErrTooLarge.
func (e *SizeError) Unwrap() error { return ErrTooLarge }

// MalformedError says how a signature isn't encoded as it must be.
type MalformedError struct {
	What string
	Off  int // in the signature
	// RightValue is set where the numbers can be read all the same and are those of a right signature, so that the encoding
	// alone is at fault.
	RightValue bool
}

func (e *MalformedError) Error() string {
	s := fmt.Sprintf("the signature is malformed at byte %d: %s", e.Off, e.What)
	if e.RightValue {
		s += " (its value would be right)"
	}
	return s
}

// Unwrap returns ErrMalformed.
func (e *MalformedError) Unwrap() error { return ErrMalformed }

// KeyError says why a key can't be used.
type KeyError struct{ What string }

func (e *KeyError) Error() string { return "the key is unusable: " + e.What }

// Unwrap returns ErrBadKey.
func (e *KeyError) Unwrap() error { return ErrBadKey }
