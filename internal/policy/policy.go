package policy

import (
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// Policy is what endpoints are held to, with all that it extends merged into it.
type Policy struct {
	Name    string
	Version string
	Title   string
	Date    string // when what it says was published, as YYYY-MM-DD
	Source  string // where that stands: a document and its address
	Extends string // such as mozilla-intermediate@6.0; empty for nothing
	Rules   []Rule // in the order of the texts, those that are extended first
	Waivers []Waiver
}

// Rule is one demand.
type Rule struct {
	ID       string
	Title    string
	Level    Level
	Severity finding.Severity
	Where    string     // the path of the facts that it is about; * stands for one step or index
	Expect   []Operator // all have to hold
	When     []When     // it applies where all of these hold
	Ref      string     // the section that it is taken from
	Fix      string     // what to do about a breach
	Position Position   // where it was written, or changed last
	Base     Position   // where it was written first, if another policy changed it; zero otherwise
}

// When makes a rule depend on other facts. A * in its path stands for what the * in the same place of the rule's own path stands for.
type When struct {
	Where  string
	Expect []Operator
}

// Operator is one thing that is expected of a fact.
type Operator struct {
	Name     string   // a row of the table of operators: in, subset, superset, min, max, present, absent, before, matches, …
	Operands []string // names as the registries have them; of count the least and the most, empty for no bound; of before these
	Those    []string // of before alone
	Position Position
}

// Waiver lets a breach pass until a day, for a reason.
type Waiver struct {
	Rule     string // an id; * at the end stands for any rest
	Target   string // host or host:port; * stands for any run of characters; empty: any
	Path     string // of the finding, or the beginning of the fact's; empty: any
	Reason   string
	Expires  time.Time // the first moment at which it counts no more
	Position Position
}
