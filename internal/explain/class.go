// Package explain says what the trace's words mean: each path with its class, each code point and
// term with its meaning and, for alerts, likely causes and what to try. It is data: two text files
// that are embedded, read when first asked for, and written to be edited by people.
package explain

import "fmt"

// Class says how a field's value comes about, and so what a difference in it means.
type Class uint8

// The classes.
const (
	Stable     Class = iota + 1 // fixed by an endpoint's configuration: what it offers, its certificates
	Negotiated                  // chosen in this handshake from what was offered
	Ephemeral                   // fresh each time: randoms, shares, signatures, proofs, tickets, session ids
	Derived                     // follows from the rest: lengths, offsets, types
	Time                        // changes with the clock alone
	GREASE                      // random on purpose, to keep peers tolerant (RFC 8701)
)

// String is the word that stands for the class in the table and in output.
func (c Class) String() string {
	switch c {
	case Stable:
		return "stable"
	case Negotiated:
		return "negotiated"
	case Ephemeral:
		return "ephemeral"
	case Derived:
		return "derived"
	case Time:
		return "time"
	case GREASE:
		return "grease"
	}
	return fmt.Sprintf("class %d", uint8(c))
}

// MarshalText is [Class.String].
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

func classOf(word string) (Class, bool) {
	for c := Stable; c <= GREASE; c++ {
		if c.String() == word {
			return c, true
		}
	}
	return 0, false
}
