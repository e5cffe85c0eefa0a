package iana

import "testing"

// SP 800-57 Part 1 Rev. 5, Table 2, and SP 800-56B Rev. 2, Appendix D, Table 4.
func TestStrengthsOfFieldsAreThePublishedOnes(t *testing.T) {
	for size, want := range map[int]int{
		-1: 0, 0: 0, 1: 0, 1024: 80, 2048: 112, 3072: 128, 4096: 152, 6144: 176, 7680: 192, 8192: 200, 15360: 256,
	} {
		if got := FieldStrength(size); got != want {
			t.Errorf("%d bits: %d, want %d", size, got, want)
		}
	}
}

func TestNoFieldIsWeakerThanASmallerOne(t *testing.T) {
	last := 0
	for size := range 1 << 15 {
		got := FieldStrength(size)
		if got < last {
			t.Fatalf("%d bits are worth %d, fewer are worth %d", size, got, last)
		}
		last = got
	}
}

func TestGroupsOfFiniteFieldsAreWorthWhatTheirSizeIs(t *testing.T) {
	seen := 0
	for g := range AllGroups() {
		info, _ := g.Info()
		if info.Kind != GroupFFDHE {
			continue
		}
		seen++
		if want := FieldStrength(8 * info.ClientShareLen); info.Strength != want {
			t.Errorf("%s: %d bits, want %d", g, info.Strength, want)
		}
	}
	if seen != 5 { // RFC 7919, Section 2
		t.Errorf("%d groups", seen)
	}
}
