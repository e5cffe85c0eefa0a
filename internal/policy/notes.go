package policy

import (
	"fmt"
	"time"
)

// Notes says what of a policy is allowed and will hardly be meant: rules about what can't be found out yet, waivers that expired.
func Notes(p *Policy, at time.Time) (notes []string) {
	paths := FactPaths()
	for i := range p.Rules {
		r := &p.Rules[i]
		if s, ok := speak(splitPath(r.Where), paths); ok && !s.askable {
			notes = append(notes, fmt.Sprintf("%s: rule %s: %s can't be found out yet, so that the rule is unknown each time", r.Position, r.ID, r.Where))
		}
		for _, w := range r.When {
			if s, ok := speak(splitPath(w.Where), paths); ok && !s.askable {
				notes = append(notes, fmt.Sprintf("%s: rule %s: whether %s can't be found out yet, so that it is not known when the rule applies", r.Position, r.ID, w.Where))
			}
		}
	}
	for i := range p.Waivers {
		if w := &p.Waivers[i]; !at.Before(w.Expires) {
			notes = append(notes, fmt.Sprintf("%s: the waiver of %s expired on %s", w.Position, w.Rule, w.Expires.UTC().Format(time.DateOnly)))
		}
	}
	return notes
}
