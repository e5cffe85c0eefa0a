package diff

import "slices"

// pairing says which members of two lists belong together. Members are aligned by their keys, equal ones in their order.
type pairing struct {
	pairs   [][2]int // indexes into both lists, in the order of the second
	onlyA   []int
	onlyB   []int
	outOfIt []int // indexes into pairs of those that moved: the fewest, the others being in the same order in both
}

// pair aligns two lists in O(n log n).
func pair(a, b []string) pairing {
	var p pairing
	places := make(map[string][]int, len(a))
	for i, key := range a {
		places[key] = append(places[key], i)
	}
	for j, key := range b {
		if free := places[key]; len(free) > 0 {
			p.pairs = append(p.pairs, [2]int{free[0], j})
			places[key] = free[1:]
		} else {
			p.onlyB = append(p.onlyB, j)
		}
	}
	for _, free := range places {
		p.onlyA = append(p.onlyA, free...)
	}
	slices.Sort(p.onlyA)
	p.outOfIt = moved(p.pairs)
	return p
}

// moved returns the pairs that are not part of the longest run in which both lists have the same order, found by patience sorting.
func moved(pairs [][2]int) []int {
	sorted := true
	for k := 1; k < len(pairs) && sorted; k++ {
		sorted = pairs[k][0] > pairs[k-1][0]
	}
	if sorted {
		return nil
	}
	tails := make([]int, 0, len(pairs)) // the pair that ends the best run of each length
	before := make([]int, len(pairs))
	for k := range pairs {
		n, _ := slices.BinarySearchFunc(tails, pairs[k][0], func(t, at int) int { return pairs[t][0] - at })
		before[k] = -1
		if n > 0 {
			before[k] = tails[n-1]
		}
		if n == len(tails) {
			tails = append(tails, k)
		} else {
			tails[n] = k
		}
	}
	stays := make([]bool, len(pairs))
	for k := tails[len(tails)-1]; k >= 0; k = before[k] {
		stays[k] = true
	}
	var out []int
	for k := range pairs {
		if !stays[k] {
			out = append(out, k)
		}
	}
	return out
}

// merged returns the order in which both lists are shown: that of the second, what only the first has before what it stood before there.
// Each entry is an index into a or -1, and one into b or -1.
func (p pairing) merged(lenA, lenB int) [][2]int {
	ofA := make([]int, lenA) // the partner, -1 for none
	ofB := make([]int, lenB)
	for i := range ofA {
		ofA[i] = -1
	}
	for j := range ofB {
		ofB[j] = -1
	}
	for _, q := range p.pairs {
		ofA[q[0]], ofB[q[1]] = q[1], q[0]
	}
	out := make([][2]int, 0, lenA+lenB)
	i := 0
	for j := range ofB {
		if ofB[j] >= 0 {
			for ; i < ofB[j]; i++ {
				if ofA[i] < 0 {
					out = append(out, [2]int{i, -1})
				}
			}
		}
		out = append(out, [2]int{ofB[j], j})
	}
	for ; i < lenA; i++ {
		if ofA[i] < 0 {
			out = append(out, [2]int{i, -1})
		}
	}
	return out
}
