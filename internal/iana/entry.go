package iana

import (
	"fmt"
	"iter"
	"sort"
)

//go:generate go run ./gen

// Recommended is the registry's column of that name: whether the IETF recommends a value for
// general use. RFC 9847, Section 3.
type Recommended uint8

// The recommendations.
const (
	RecommendedUnknown     Recommended = iota // no entry, or a registry without that column
	RecommendedYes                            // Y: recommended
	RecommendedNo                             // N: not evaluated, or of limited use
	RecommendedDiscouraged                    // D: discouraged, must not or should not be used
)

// String is the registry's letter, or "".
func (r Recommended) String() string {
	return [...]string{"", "Y", "N", "D"}[min(r, RecommendedDiscouraged)]
}

// DTLS is the registry's column DTLS-OK.
type DTLS uint8

// The values of the column DTLS-OK.
const (
	DTLSUnknown DTLS = iota // no entry, or a registry without that column
	DTLSYes
	DTLSNo
)

// String is the registry's letter, or "".
func (d DTLS) String() string { return [...]string{"", "Y", "N"}[min(d, DTLSNo)] }

// flags say what is special about an entry.
type flags uint8

const (
	unregistered flags = 1 << iota // used on the wire, but not in the registry
	reserved                       // in the registry, and not to be used any more
)

// row is an entry of a registry.
type row struct {
	value       uint16
	recommended Recommended
	dtls        DTLS
	flags       flags
	name        string
	reference   string
}

// table is a registry, in the order of its values.
type table []row

// index is the place of a value, or -1.
func (t table) index(value uint16) int {
	i := sort.Search(len(t), func(i int) bool { return t[i].value >= value })
	if i < len(t) && t[i].value == value {
		return i
	}
	return -1
}

// find gives the entry of a value, or an empty one.
func (t table) find(value uint16) row {
	if i := t.index(value); i >= 0 {
		return t[i]
	}
	return row{}
}

func (t table) name(value uint16) string { return t.find(value).name }

func (t table) registered(value uint16) bool {
	i := t.index(value)
	return i >= 0 && t[i].flags&unregistered == 0
}

// all gives the values of a table.
func all[T ~uint8 | ~uint16](t table) iter.Seq[T] {
	return func(yield func(T) bool) {
		for i := range t {
			if !yield(T(t[i].value)) {
				return
			}
		}
	}
}

// describe is the text of a value: its name, or its number, and GREASE where it is.
func describe(name string, bits int, value uint16, grease bool) string {
	switch {
	case name != "":
		return name
	case grease:
		return fmt.Sprintf("0x%0*x GREASE", bits/4, value)
	}
	return fmt.Sprintf("0x%0*x", bits/4, value)
}

// isGREASE16 tells whether both bytes are the same and end in 0xA. RFC 8701, Section 2.
func isGREASE16(v uint16) bool { return v&0x0F0F == 0x0A0A && v>>8 == v&0xFF }

// isGREASE8 tells whether a PskKeyExchangeMode is one of 0x0B, 0x2A, 0x49, … 0xE4, 31 apart.
// RFC 8701, Section 2.
func isGREASE8(v uint8) bool { return v >= 0x0B && v <= 0xE4 && (v-0x0B)%0x1F == 0 }
