package diff

import (
	"time"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// DocumentSchema names the version of [Document]. What it fixes changes only with a new number.
const DocumentSchema = "tlsprobe.diff/1"

// Document is what differs between two traces, for programs and for the views.
type Document struct {
	Schema  string     `json:"schema"`
	Tool    trace.Tool `json:"tool"`
	Result  Result     `json:"result"`
	Worse   int        `json:"worse"`   // differences that make B worse than A
	Better  int        `json:"better"`  // differences that make B better than A
	Neutral int        `json:"neutral"` // differences of which neither can be said
	A       Side       `json:"a"`
	B       Side       `json:"b"`
	Parting *Parting   `json:"parting"` // null where both handshakes came to their end
	Groups  []Group    `json:"groups"`  // in the order of the handshake, the checks and the outcome last
	Timing  []Timing   `json:"timing"`  // shown, and never a difference
	Omitted int        `json:"omitted"` // differences that are counted and not listed, because there are too many
}

// Result is a word for the whole.
type Result string

// The results.
const (
	Same    Result = "same"
	Differs Result = "differs"
)

// Side is one of the two.
type Side struct {
	Name    string        `json:"name"` // as given
	Target  trace.Target  `json:"target"`
	Started time.Time     `json:"started"`
	Outcome trace.Outcome `json:"outcome"`
	Error   *trace.Error  `json:"error"` // null: nothing went wrong
	Last    string        `json:"last"`  // the last message or alert of the handshake; empty: there was none
}

// Parting is where a handshake that failed leaves the way of the other one.
type Parting struct {
	A     string `json:"a"`     // what A sent or received there; empty: nothing more
	B     string `json:"b"`     // what B sent or received there; empty: nothing more
	After string `json:"after"` // the last message that both have; empty: none
	// Before counts the differences in the messages before: the likeliest cause.
	Before int `json:"before"`
}

// State says how a message of the one relates to the other.
type State string

// The states.
const (
	StateSame       State = "same"
	StateChanged    State = "changed"
	StateAdded      State = "added"       // only B has it
	StateRemoved    State = "removed"     // only A has it
	StateNotReached State = "not_reached" // one of the two failed before it
)

// Group is a message, or what else belongs together: connection, checks, outcome.
type Group struct {
	Name    string    `json:"name"` // the first step of its paths; of a message the second of its kind, "client_hello#2"
	Dir     trace.Dir `json:"dir"`
	State   State     `json:"state"`
	Changes []Change  `json:"changes"`
	// Passed names the fields that differ and are fresh each time, or follow from others: their differences don't count.
	Passed []string `json:"passed"`
}

// Kind says what became of a field.
type Kind string

// The kinds of changes.
const (
	Changed Kind = "changed"
	Added   Kind = "added"
	Removed Kind = "removed"
	Moved   Kind = "moved" // the same members in another order
)

// Change is one difference.
type Change struct {
	Path   string  `json:"path"`  // of the trace, or of a group
	Label  string  `json:"label"` // a short name within its group
	Fact   string  `json:"fact"`  // the fact that changed, as locks call it; empty for a field alone
	Kind   Kind    `json:"kind"`
	A      *string `json:"a"`      // null: absent; may hold peer text
	B      *string `json:"b"`      // null: absent; may hold peer text
	Class  string  `json:"class"`  // of the path, as explain has it; empty for what is no field
	Counts bool    `json:"counts"` // false: it is told, and makes no difference
	// Why says why it doesn't count: follows (from another difference), late (it came after the handshake), order (of what has none),
	// place (where it was, not what).
	Why      string    `json:"why"`
	Meanings []Meaning `json:"meanings"` // what it means for B, where that is known
}

// The reasons why a change makes no difference.
const (
	WhyFollows = "follows"
	WhyLate    = "late"
	WhyOrder   = "order"
	WhyPlace   = "place"
)

// Verdict says whether a change is for the better.
type Verdict string

// The verdicts.
const (
	Better  Verdict = "better"
	Worse   Verdict = "worse"
	Neutral Verdict = "neutral"
)

// Meaning is what a change comes to.
type Meaning struct {
	Verdict Verdict `json:"verdict"`
	Words   string  `json:"words"`
	Ref     string  `json:"ref"` // why; empty where it speaks for itself
}

// Timing is how long a step took, in milliseconds.
type Timing struct {
	Step string   `json:"step"` // dns, tcp, tls or rtt
	AMs  *float64 `json:"a_ms"`
	BMs  *float64 `json:"b_ms"`
}

// Verdict sums a change up: worse if it is so in any respect, else better, else neutral.
func (c *Change) Verdict() Verdict {
	v := Neutral
	for _, m := range c.Meanings {
		switch {
		case m.Verdict == Worse:
			return Worse
		case m.Verdict == Better:
			v = Better
		}
	}
	return v
}

// count adds a change to the sums of the document. One that is better in one respect and worse in another counts as both.
func (d *Document) count(c *Change) {
	if !c.Counts {
		return
	}
	d.Result = Differs
	better, worse := false, false
	for _, m := range c.Meanings {
		better = better || m.Verdict == Better
		worse = worse || m.Verdict == Worse
	}
	if better {
		d.Better++
	}
	if worse {
		d.Worse++
	}
	if !better && !worse {
		d.Neutral++
	}
}
