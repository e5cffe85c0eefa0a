package audit

import "math/bits"

// set is a set of places in a list.
type set []uint64

func newSet(size int) set { return make(set, (size+63)/64) }

func (s set) has(i int) bool { return s[i/64]>>(i%64)&1 == 1 }

func (s set) add(i int) { s[i/64] |= 1 << (i % 64) }

func (s set) clone() set { return append(set(nil), s...) }

func (s set) equal(t set) bool {
	for i := range s {
		if s[i] != t[i] {
			return false
		}
	}
	return true
}

// within reports whether all of s is in one of the others.
func (s set) within(t, u set) bool {
	for i := range s {
		if s[i]&^(t[i]|u[i]) != 0 {
			return false
		}
	}
	return true
}

// sameIn reports whether s and t have the same of u.
func (s set) sameIn(t, u set) bool {
	for i := range s {
		if (s[i]^t[i])&u[i] != 0 {
			return false
		}
	}
	return true
}

func (s set) size() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}
