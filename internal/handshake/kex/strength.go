package kex

import "github.com/tlsprobe/tlsprobe/internal/iana"

// Strength returns the classical security of a group in bits, 0 if it is not known.
func Strength(group iana.Group) int {
	info, _ := group.Info()
	return info.Strength
}
