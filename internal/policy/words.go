package policy

import (
	"fmt"
	"strings"
)

// Bounds of what is said in one line.
const (
	maxListed = 3   // values
	maxSaid   = 300 // bytes of all of them
	maxValue  = 120 // bytes of one
)

// listed is values in one line, the first of them where they are many.
func listed(values []Value) string {
	texts := make([]string, 0, min(len(values), maxListed+1))
	for i := range values {
		if texts = append(texts, values[i].Text); len(texts) > maxListed {
			break
		}
	}
	return enumerated(texts, len(values))
}

// enumerated joins the first of some texts, all of which are number.
func enumerated(texts []string, number int) string {
	if number == 0 {
		return "none"
	}
	var b strings.Builder
	for i, t := range texts {
		t = cutText(t, maxValue)
		if i == maxListed || i > 0 && b.Len()+len(t) > maxSaid {
			fmt.Fprintf(&b, " and %d more", number-i)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(t)
	}
	return b.String()
}

// Expected says in words what operators ask for: "≥ tls1.2", "only x25519, secp256r1".
func Expected(expect []Operator) string {
	parts := make([]string, len(expect))
	for i := range expect {
		parts[i] = expect[i].words()
	}
	return strings.Join(parts, "; ")
}

// words says what an operator asks for.
func (op *Operator) words() string {
	row := operatorNamed(op.Name)
	if row == nil {
		return op.Name
	}
	list := enumerated(op.Operands, len(op.Operands))
	switch row.takes {
	case takesFlag:
		if len(op.Operands) == 1 && op.Operands[0] == "false" {
			row = operatorNamed(opposite(op.Name))
		}
		return row.symbol
	case takesBefore:
		return list + " before " + enumerated(op.Those, len(op.Those))
	case takesCount:
		return countWords(op.Operands)
	case takesList:
		if len(op.Operands) == 1 && (op.Name == "in" || op.Name == "superset" || op.Name == "any") {
			return list
		}
	}
	return row.symbol + " " + list
}

func countWords(bounds []string) string {
	var parts []string
	for i, sign := range []string{"at least ", "at most "} {
		if i < len(bounds) && bounds[i] != "" {
			parts = append(parts, sign+bounds[i])
		}
	}
	return strings.Join(parts, ", ")
}

// opposite is what present and absent are with false.
func opposite(name string) string {
	if name == "present" {
		return "absent"
	}
	return "present"
}

// Heading is the title of a rule; of one without, what it asks for.
func (r *Rule) Heading() string {
	if r.Title != "" {
		return r.Title
	}
	return r.Where + ": " + Expected(r.Expect)
}

// said puts before what is said of a fact which one it is, where the rule is about several.
func (r *ruling) said(f *Fact, what string) string {
	if !r.several {
		return what
	}
	pattern, path := splitPath(r.rule.Where), splitPath(f.Path)
	last := 0
	for i, p := range pattern {
		if isWild(p) {
			last = i
		}
	}
	return joinPath(path[:last+1]) + ": " + what
}

// joinPath is the opposite of splitPath.
func joinPath(steps []string) string {
	var b strings.Builder
	for i, s := range steps {
		if i > 0 && !strings.HasPrefix(s, "[") {
			b.WriteByte('.')
		}
		b.WriteString(s)
	}
	return b.String()
}
