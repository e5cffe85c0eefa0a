package policy

// Kind is what the values of a fact are, which decides how they compare.
type Kind string

// The kinds.
const (
	KindWord    Kind = "word"    // a name, compared as it is: suites, groups, schemes, yes and no
	KindVersion Kind = "version" // a protocol version such as tls1.2, ordered
	KindNumber  Kind = "number"  // bits, days, seconds, counts, ordered
	KindText    Kind = "text"    // what a peer wrote: may be anything
)

// State is how much is known of a fact.
type State string

// The states.
const (
	Known   State = "known"   // Values are all there are; none of them: there is none
	Partial State = "partial" // Values are there, and there may be more: Reason says why
	Unknown State = "unknown" // it should have been found out and could not be: Reason says why
	Skipped State = "skip"    // it does not apply: Reason says why
)

// Value is one value of a fact.
type Value struct {
	Text       string  // as policies write it
	Order      float64 // where it stands among the others of its kind, for min and max: the code point of a version, or the number
	Connection int     // the number of the connection that shows it; 0 for none
	Event      int     // the n of the event in that connection's trace that shows it; 0 for none
	Field      string  // the path in that event's tree; empty for none
}

// Fact is one thing about an endpoint, under a path that policies name.
type Fact struct {
	Path       string // such as suites.tls1.2 or certificates[0].key.bits
	Kind       Kind
	State      State
	Values     []Value // in the order of the endpoint, where it has one
	Reason     string  // may hold peer text
	Connection int     // what shows that there is none, or no more; 0 for none
}
