package audit

import (
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// groupSteps eliminates groups one connection at a time, so that each can answer something about suites
// as well.
type groupSteps struct {
	rest  []iana.Group // what was not chosen yet
	all   []iana.Group
	try   func([]iana.CipherSuite, []iana.Group) answer
	found []choice[iana.Group]
	times int    // how often was asked
	end   answer // how it ended
	ended bool
}

// next asks with suites and the groups that are left; once there are none, with all.
func (s *groupSteps) next(suites []iana.CipherSuite) answer {
	if a, ok := s.step(suites); ok {
		return a
	}
	return s.try(suites, s.all)
}

// step asks with the groups that are left, and reports whether one was chosen.
func (s *groupSteps) step(suites []iana.CipherSuite) (answer, bool) {
	if len(s.rest) == 0 && !s.ended {
		s.ended, s.end = true, answer{outcome: refused}
	}
	if s.ended {
		return s.end, false
	}
	offered := turned(s.rest, s.times)
	s.times++
	a := s.try(suites, offered)
	at := slices.Index(s.rest, a.group())
	if a.outcome == accepted && at >= 0 {
		s.found = append(s.found, choice[iana.Group]{a.group(), a.connection, a, offered})
		s.rest = slices.Delete(slices.Clone(s.rest), at, at+1)
		return a, true
	}
	if a.outcome == accepted {
		a.outcome, a.reason = ambiguous, "its answer does not say what it chose"
	}
	s.ended, s.end = true, a
	return a, false
}

// finish goes on until none is chosen any more.
func (s *groupSteps) finish(suites []iana.CipherSuite) {
	for more := true; more; {
		_, more = s.step(suites)
	}
}
