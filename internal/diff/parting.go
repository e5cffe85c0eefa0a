package diff

import "github.com/tlsprobe/tlsprobe/internal/trace"

// parting is where two handshakes part: the places of the first steps that differ, past the end where there are none.
type parting struct {
	atA, atB int
	said     *Parting // nil where both came to their end
}

// failed reports whether a handshake, or the connection to make it, came to a bad end.
func (s *side) failed() bool { return s.Outcome != trace.OK && s.Outcome != trace.Untrusted }

// part finds where the two part.
func (c *comparison) part() parting {
	p := parting{len(c.a.steps), len(c.b.steps), nil}
	if !c.a.failed() && !c.b.failed() {
		return p
	}
	x, y := c.a.turns(), c.b.turns()
	k := 0
	for k < len(x) && k < len(y) && sameTurn(&c.a.steps[x[k]], &c.b.steps[y[k]]) {
		k++
	}
	if k == len(x) && k == len(y) {
		return p // both came as far, and ended otherwise: the outcome says it
	}
	p.said = new(Parting)
	if k > 0 {
		p.said.After = describeStep(&c.a.steps[x[k-1]])
	}
	if k < len(x) {
		p.atA, p.said.A = x[k], describeStep(&c.a.steps[x[k]])
	}
	if k < len(y) {
		p.atB, p.said.B = y[k], describeStep(&c.b.steps[y[k]])
	}
	return p
}

// turns are the places of the steps that the way of a handshake is made of.
func (s *side) turns() []int {
	var list []int
	for i := range s.steps {
		switch st := &s.steps[i]; {
		case st.late, st.key.kind == changeCipherSpec, st.key.kind == recordKind, st.key.kind == dataKind:
			// what is sent for middleboxes alone (RFC 8446, Appendix D.4), what came after the end, and what is no message
		default:
			list = append(list, i)
		}
	}
	return list
}

// sameTurn reports whether two steps are the same; alerts are if they say the same.
func sameTurn(a, b *step) bool { return a.key == b.key && describeStep(a) == describeStep(b) }
