// Package kex agrees on secrets: elliptic curves, finite fields, key encapsulation and their
// hybrids, and for TLS 1.2 and older also any Diffie-Hellman group and RSA encryption. What a peer
// sends is checked before it is worked with, and the work it can cause is bounded.
//
// All keys are ephemeral and all randomness comes from the reader that is passed in, so that the
// same reader gives the same keys. Where the standard library has no implementation (finite fields,
// old curves, RSA over any modulus) the arithmetic is that of math/big, which does not run in
// constant time: these secrets are for looking at a peer, not for guarding data of value.
package kex

import (
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// Kind tells what was wrong with a share or a parameter.
type Kind uint8

// The kinds of errors.
const (
	Unsupported      Kind = iota + 1 // a group that this room does not compute
	BadRandomness                    // the reader gave too little, or nothing usable
	BadLength                        // not the length that the group has
	BadPointFormat                   // a point that is not uncompressed: RFC 8446, Section 4.2.8.2; RFC 8422, Section 5.1.2
	BadPoint                         // a point that is not on the curve
	AllZero                          // the agreed secret is all zero: RFC 7748, Section 6; RFC 8446, Section 7.4.2
	OutOfRange                       // not 1 < Y < p-1: RFC 7919, Section 5.1; RFC 8446, Section 4.2.8.1
	BadEncapsulation                 // an encapsulation key that fails the check of FIPS 203, Section 7.2
	BadModulus                       // no modulus to work with: zero, even, or nothing between 1 and p-1
	BadGenerator                     // not 1 < g < p-1
	BadExponent                      // a public exponent that is even, below 3 or too large
	TooSmall                         // a modulus that cannot hold what is to be encrypted
	TooLarge                         // more work than a peer may cause
)

// String says it in words.
func (k Kind) String() string {
	switch k {
	case Unsupported:
		return "not supported"
	case BadRandomness:
		return "no usable randomness"
	case BadLength:
		return "wrong length"
	case BadPointFormat:
		return "not an uncompressed point"
	case BadPoint:
		return "point is not on the curve"
	case AllZero:
		return "agreed secret is all zero"
	case OutOfRange:
		return "public value is not between 1 and p-1"
	case BadEncapsulation:
		return "invalid encapsulation key"
	case BadModulus:
		return "unusable modulus"
	case BadGenerator:
		return "generator is not between 1 and p-1"
	case BadExponent:
		return "unusable public exponent"
	case TooSmall:
		return "modulus too small"
	case TooLarge:
		return "modulus too large"
	}
	return "unknown error"
}

// Error is the error of everything in this package.
type Error struct {
	Kind  Kind
	Group iana.Group // the group that was asked for; 0 for the parameters of TLS 1.2
	Part  iana.Group // the part of a hybrid that it was, else the group itself
	Off   int        // where that part begins in the share, in bytes
	Got   int        // the length there was: bytes for BadLength, bits for TooSmall and TooLarge
	Want  int        // the length there should have been, or its bound
	Err   error      // what lies under it, if anything
}

// Error says which group, what was wrong, and the lengths where they matter.
func (e *Error) Error() string {
	s := e.Kind.String()
	switch e.Kind {
	case BadLength:
		s = fmt.Sprintf("%s: %d bytes instead of %d", s, e.Got, e.Want)
	case TooSmall, TooLarge:
		s = fmt.Sprintf("%s: %d bits, bound %d", s, e.Got, e.Want)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	switch {
	case e.Group == 0:
		return "key exchange: " + s
	case e.Part != e.Group:
		return fmt.Sprintf("key exchange with group %d, part %d: %s", e.Group, e.Part, s)
	}
	return fmt.Sprintf("key exchange with group %d: %s", e.Group, s)
}

// Unwrap returns what lies under the error.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, &Error{Kind: k}) ask for the kind alone.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind && t.Group == 0 && t.Part == 0 && t.Err == nil
}
