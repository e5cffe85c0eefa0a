package policy

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// operandShape is what an operator is given.
type operandShape uint8

const (
	takesList   operandShape = iota // a list of values
	takesOne                        // one value that has an order
	takesRegexp                     // RE2
	takesFlag                       // true or false
	takesCount                      // min and max, or one of them
	takesBefore                     // two lists, these and those
)

// orderUse is what an operator makes of the order of the values.
type orderUse uint8

const (
	orderIgnored orderUse = iota
	orderToo              // it counts where the endpoint has one
	orderAlone            // without one the operator means nothing
)

// operatorRow is a row of the table of operators.
type operatorRow struct {
	name       string
	takes      operandShape
	globs      bool // its values may have * in them
	moreBreaks bool // a value that is not known yet might break it; count has it from its operands
	order      orderUse
	symbol     string // before the operands, in what is expected
	meaning    string // for the documentation and the schema
	judge      func(*test) []breach
}

// operators is every operator that there is.
var operators = [...]operatorRow{
	{"in", takesList, true, true, orderIgnored, "one of", "each value is one of the list", judgeIn},
	{"not_in", takesList, true, true, orderIgnored, "none of", "no value is one of the list", judgeNotIn},
	{"subset", takesList, true, true, orderIgnored, "only", "each value is one of the list; as in, for lists", judgeIn},
	{"superset", takesList, true, false, orderIgnored, "all of", "everything of the list is among the values", judgeSuperset},
	{"any", takesList, true, false, orderIgnored, "at least one of", "something of the list is among the values", judgeAny},
	{"min", takesOne, false, true, orderIgnored, "≥", "each value is at least this", judgeMin},
	{"max", takesOne, false, true, orderIgnored, "≤", "each value is at most this", judgeMax},
	{"equals", takesList, false, true, orderToo, "exactly", "the values are those of the list, in the same order where the endpoint has one", judgeEquals},
	{"before", takesBefore, true, true, orderAlone, "", "each of these comes before each of those; skipped where the endpoint has no order", judgeBefore},
	{"matches", takesRegexp, false, true, orderIgnored, "matching", "each value matches a regular expression of RE2", judgeMatches},
	{"not_matches", takesRegexp, false, true, orderIgnored, "not matching", "no value matches a regular expression of RE2", judgeNotMatches},
	{"present", takesFlag, false, false, orderIgnored, "present", "there is a value, other than no", judgePresent},
	{"absent", takesFlag, false, true, orderIgnored, "none", "there is no value, other than no", judgeAbsent},
	{"count", takesCount, false, false, orderIgnored, "", "how many values there are, other than no", judgeCount},
}

func operatorNamed(name string) *operatorRow {
	for i := range operators {
		if operators[i].name == name {
			return &operators[i]
		}
	}
	return nil
}

// operatorNames lists the names in the order of the table.
func operatorNames() []string {
	names := make([]string, len(operators))
	for i, o := range operators {
		names[i] = o.name
	}
	return names
}

// test is an operator made ready for facts of a kind, and the fact that it is held against.
type test struct {
	row     *operatorRow
	op      *Operator
	kind    Kind
	pattern *regexp.Regexp
	least   float64 // of min, max and count
	most    float64
	fact    *Fact
	ordered bool // the order of the values is the endpoint's
}

// breach is a value that breaks an operator, or what is missing.
type breach struct {
	value *Value // nil: something is missing or wrong as a whole
	name  string // the step of the finding's path; empty: the path of the fact
	said  string // what is there, in words
	mends bool   // a value that is not known yet may mend it
}

// offends is the breach by a value.
func offends(v *Value) breach { return breach{value: v, name: v.Text, said: v.Text} }

// sameValue compares a value with an operand as its kind asks for.
func (t *test) sameValue(v *Value, operand string) bool {
	switch t.kind {
	case KindNumber:
		if n, err := strconv.ParseFloat(operand, 64); err == nil {
			return v.Order == n
		}
		return false
	case KindText:
		if !t.row.globs {
			return v.Text == operand
		}
		return glob(operand, v.Text)
	}
	if !t.row.globs {
		return strings.EqualFold(v.Text, operand)
	}
	return glob(strings.ToLower(operand), strings.ToLower(v.Text))
}

func (t *test) among(v *Value, operands []string) bool {
	return slices.ContainsFunc(operands, func(o string) bool { return t.sameValue(v, o) })
}

// glob matches a text with a pattern, in which * stands for any run of characters.
func glob(pattern, text string) bool {
	first, rest, found := strings.Cut(pattern, "*")
	if !found {
		return pattern == text
	}
	if !strings.HasPrefix(text, first) {
		return false
	}
	text = text[len(first):]
	for {
		var part string
		part, rest, found = strings.Cut(rest, "*")
		if !found {
			return strings.HasSuffix(text, part)
		}
		_, after, ok := strings.Cut(text, part)
		if !ok {
			return false
		}
		text = after
	}
}

// each makes a breach of every value that a condition does not hold of.
func (t *test) each(holds func(*Value) bool) (list []breach) {
	for i := range t.fact.Values {
		if v := &t.fact.Values[i]; !holds(v) {
			list = append(list, offends(v))
		}
	}
	return list
}

func judgeIn(t *test) []breach {
	return t.each(func(v *Value) bool { return t.among(v, t.op.Operands) })
}

func judgeNotIn(t *test) []breach {
	return t.each(func(v *Value) bool { return !t.among(v, t.op.Operands) })
}

func judgeMin(t *test) []breach { return t.each(func(v *Value) bool { return v.Order >= t.least }) }

func judgeMax(t *test) []breach { return t.each(func(v *Value) bool { return v.Order <= t.most }) }

func judgeMatches(t *test) []breach {
	return t.each(func(v *Value) bool { return t.pattern.MatchString(v.Text) })
}

func judgeNotMatches(t *test) []breach {
	return t.each(func(v *Value) bool { return !t.pattern.MatchString(v.Text) })
}

// judgeSuperset names what is missing, each by itself, so that a baseline with one of them lets no other pass.
func judgeSuperset(t *test) (list []breach) {
	for _, o := range t.op.Operands {
		if !t.has(o) {
			list = append(list, breach{name: o, said: "no " + o, mends: true})
		}
	}
	return list
}

func judgeAny(t *test) []breach {
	if slices.ContainsFunc(t.op.Operands, t.has) {
		return nil
	}
	return []breach{{said: listed(t.fact.Values), mends: true}}
}

func (t *test) has(operand string) bool {
	return slices.ContainsFunc(t.fact.Values, func(v Value) bool { return t.sameValue(&v, operand) })
}

// judgeEquals says what is too much, what is missing, and at last whether the order differs.
func judgeEquals(t *test) []breach {
	list := append(t.each(func(v *Value) bool { return t.among(v, t.op.Operands) }), judgeSuperset(t)...)
	if len(list) > 0 || !t.ordered {
		return list
	}
	for i := range t.fact.Values {
		if i < len(t.op.Operands) && !t.sameValue(&t.fact.Values[i], t.op.Operands[i]) {
			return []breach{{said: listed(t.fact.Values)}}
		}
	}
	return nil
}

// judgeBefore finds those of these that come too late.
func judgeBefore(t *test) (list []breach) {
	if !t.ordered {
		return nil
	}
	var earlier *Value // the first of those
	for i := range t.fact.Values {
		v := &t.fact.Values[i]
		switch these := t.among(v, t.op.Operands); {
		case these && earlier != nil:
			list = append(list, breach{value: v, name: v.Text, said: v.Text + " after " + earlier.Text})
		case !these && earlier == nil && t.among(v, t.op.Those):
			earlier = v
		}
	}
	return list
}

// is tells a value that stands for something which is there.
func (t *test) is(v *Value) bool { return t.kind != KindWord || v.Text != "no" }

func (t *test) number() (n int) {
	for i := range t.fact.Values {
		if t.is(&t.fact.Values[i]) {
			n++
		}
	}
	return n
}

func judgePresent(t *test) []breach {
	if t.number() > 0 {
		return nil
	}
	return []breach{{said: "none", mends: true}}
}

func judgeAbsent(t *test) []breach { return t.each(func(v *Value) bool { return !t.is(v) }) }

func judgeCount(t *test) []breach {
	switch n := float64(t.number()); {
	case n < t.least:
		return []breach{{said: strconv.Itoa(int(n)), mends: true}}
	case n > t.most:
		return []breach{{said: strconv.Itoa(int(n))}}
	}
	return nil
}

// orderOf is where an operand stands among the values of a kind.
func orderOf(kind Kind, operand string) (float64, bool) {
	switch kind {
	case KindVersion:
		v, err := iana.ParseVersion(operand)
		return float64(v), err == nil
	case KindNumber:
		n, err := strconv.ParseFloat(operand, 64)
		return n, err == nil && cmp.Compare(n, n) == 0 && n-n == 0 // neither NaN nor infinite
	}
	return 0, false
}
