package policy

import (
	"slices"
	"strings"
)

// splitPath returns the steps of a path or a pattern. An index is a step of its own, with its brackets; a version is one step,
// though there is a dot in it.
func splitPath(path string) []string {
	steps := make([]string, 0, strings.Count(path, ".")+strings.Count(path, "[")+1)
	for part := range strings.SplitSeq(path, ".") {
		name, index, found := strings.Cut(part, "[")
		if n := len(steps); n > 0 && isMajor(steps[n-1]) && isDigit(name) {
			steps[n-1] += "." + name
		} else {
			steps = append(steps, name)
		}
		for found {
			var i string
			i, index, found = strings.Cut(index, "[")
			steps = append(steps, "["+i)
		}
	}
	return steps
}

// isMajor tells the first half of a version, such as tls1.
func isMajor(s string) bool {
	return len(s) == len("tls1") && (strings.HasPrefix(s, "tls") || strings.HasPrefix(s, "ssl")) && isDigit(s[3:])
}

func isDigit(s string) bool { return len(s) == 1 && s[0] >= '0' && s[0] <= '9' }

// isWild tells a step that stands for others.
func isWild(step string) bool { return step == "*" || step == "[*]" }

// matchStep reports whether a step of a pattern stands for that of a path. Indexes and names are not mixed up.
func matchStep(pattern, step string) bool {
	return pattern == step || isWild(pattern) && (pattern == "[*]") == strings.HasPrefix(step, "[")
}

// selects reports whether a pattern selects the path of a fact, and what each * of it stands for. A fact about things that it is not
// known of how many there are has [*] itself, and stands for each of them.
func selects(pattern, fact []string) (wild []string, ok bool) {
	if len(pattern) != len(fact) {
		return nil, false
	}
	for i, p := range pattern {
		if !matchStep(p, fact[i]) && !(fact[i] == "[*]" && strings.HasPrefix(p, "[")) {
			return nil, false
		}
		if isWild(p) {
			wild = append(wild, fact[i])
		}
	}
	return wild, true
}

// meet reports whether two patterns have a path in common.
func meet(a, b []string) bool {
	return slices.EqualFunc(a, b, func(x, y string) bool { return matchStep(x, y) || matchStep(y, x) })
}

// bind puts what the * of another pattern stand for in the place of those of this one, in their order. Those that are left stay.
func bind(pattern, wild []string) []string {
	bound := slices.Clone(pattern)
	n := 0
	for i, p := range bound {
		if !isWild(p) {
			continue
		}
		if n < len(wild) && (p == "[*]") == strings.HasPrefix(wild[n], "[") {
			bound[i] = wild[n]
		}
		n++
	}
	return bound
}

// hasWild reports whether a pattern may select several paths, or one that need not be there: an index names a thing that there may
// not be, too.
func hasWild(pattern []string) bool {
	return slices.ContainsFunc(pattern, func(s string) bool { return isWild(s) || strings.HasPrefix(s, "[") })
}

// below reports whether a path is under a prefix of it, or equal.
func below(prefix, path []string) bool {
	return len(prefix) <= len(path) && slices.EqualFunc(prefix, path[:len(prefix)], matchStep)
}
