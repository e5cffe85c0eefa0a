package policy

import (
	"time"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// ReportSchema names the version of the documents [Run] and [Report]. What it fixes changes only with a new number.
const ReportSchema = "tlsprobe.audit/1"

// Level is what a breach of a rule comes to.
type Level string

// The levels, the gravest first. Off takes a rule out of a policy that is extended.
const (
	LevelFail Level = "fail"
	LevelWarn Level = "warn"
	LevelNote Level = "note"
	LevelOff  Level = "off"
)

// Position is a place in a text that a person wrote: a policy, waivers, or a list of targets.
type Position struct {
	File   string `json:"file"`   // as it was given; for a built-in policy its name, such as mozilla-intermediate@6.0; empty for an argument
	Line   int    `json:"line"`   // from 1; 0 for none
	Column int    `json:"column"` // from 1; 0 for none
}

// Run is the whole of an audit: all its targets, in their order.
type Run struct {
	Schema      string     `json:"schema"`
	Tool        trace.Tool `json:"tool"`
	Started     time.Time  `json:"started"`
	Policy      Reference  `json:"policy"`
	FailOn      Level      `json:"fail_on"`
	Targets     []Report   `json:"targets"`
	Interrupted bool       `json:"interrupted"` // what follows was not audited any more
}

// Reference says which policy was judged by.
type Reference struct {
	Name    string `json:"name"`    // such as mozilla-intermediate
	Version string `json:"version"` // such as 6.0
	Title   string `json:"title"`
	File    string `json:"file"`   // empty for a built-in one
	Rules   int    `json:"rules"`  // how many it has
	SHA256  string `json:"sha256"` // of all its rules, those that it extends too: two runs with the same judged by the same
}

// Outcome is what came of a target, by what [Run.FailOn] lets pass.
type Outcome string

// The outcomes, the best first.
const (
	OutcomePass        Outcome = "pass"
	OutcomeUnknown     Outcome = "unknown"     // nothing fails, and something could not be found out
	OutcomeUnreachable Outcome = "unreachable" // no address could be asked
	OutcomeFail        Outcome = "fail"
)

// Report is what came of one target. As a line of JSON it stands alone.
type Report struct {
	Schema    string       `json:"schema"`
	Tool      trace.Tool   `json:"tool"`
	Started   time.Time    `json:"started"`
	Policy    Reference    `json:"policy"`
	FailOn    Level        `json:"fail_on"`
	Target    string       `json:"target"` // as host:port
	Input     string       `json:"input"`  // as it was given
	Position  Position     `json:"position"`
	Outcome   Outcome      `json:"outcome"`
	Error     *trace.Error `json:"error"` // why no address could be asked; null otherwise
	Counts    Counts       `json:"counts"`
	Endpoints []Endpoint   `json:"endpoints"` // one for each address that was asked
	Same      audit.Answer `json:"same"`      // whether all addresses answer alike: skip for one address
	// Differences are the questions that addresses answer differently, each with both answers.
	Differences []string `json:"differences"`
}

// Endpoint is one address of a target.
type Endpoint struct {
	Address     string          `json:"address"` // with the port
	Error       *trace.Error    `json:"error"`   // why it could not be asked; null otherwise
	Verdicts    []Verdict       `json:"verdicts"`
	Enumeration *audit.Document `json:"enumeration"` // null where it could not be asked
	Evidence    []Evidence      `json:"evidence"`    // the connections that findings rest on, where they were asked for
}

// Evidence is the trace of a connection that a finding rests on.
type Evidence struct {
	Connection int          `json:"connection"`
	Trace      *trace.Trace `json:"trace"`
}

// Counts are how many rules came to what. A rule of several addresses counts once, by the worst.
type Counts struct {
	Fail    int `json:"fail"`
	Warn    int `json:"warn"`
	Note    int `json:"note"`
	Pass    int `json:"pass"`
	Skip    int `json:"skip"`
	Unknown int `json:"unknown"`
	Waived  int `json:"waived"` // fail, warn or note but for a waiver; counted as pass too
	Known   int `json:"known"`  // fail, warn or note but for the baseline; counted as pass too
}

// Verdict is what came of one rule at one address.
type Verdict struct {
	Rule     string           `json:"rule"`
	Title    string           `json:"title"`
	Level    Level            `json:"level"`
	Severity finding.Severity `json:"severity"`
	Status   finding.Status   `json:"status"`   // pass, fail, warn, info (of a note), skip or unknown
	Message  string           `json:"message"`  // one line; may hold peer text
	Expected string           `json:"expected"` // in words
	Actual   string           `json:"actual"`   // may hold peer text
	Ref      string           `json:"ref"`
	Fix      string           `json:"fix"`
	Where    string           `json:"where"`    // the path of the rule
	Position Position         `json:"position"` // of the rule in its policy
	Findings []Finding        `json:"findings"` // what breaks it or is unknown, those too that are waived or known
}

// Finding is one thing that breaks a rule, or that could not be found out.
type Finding struct {
	finding.Finding
	Fingerprint string  `json:"fingerprint"` // of rule, target and path: the same in each run, and of baseline, waivers and SARIF
	Address     string  `json:"address"`
	Connection  int     `json:"connection"` // what shows it, and where.event is the event there; 0 for none
	Field       string  `json:"field"`      // the path in that event's tree; empty for none. where.path is that of the fact, with the value
	Waived      *Waived `json:"waived"`     // null where it is not
	Known       bool    `json:"known"`      // it is in the baseline
}

// Waived says by which waiver a finding is let pass, or was.
type Waived struct {
	Reason   string    `json:"reason"`
	Expires  time.Time `json:"expires"`
	Expired  bool      `json:"expired"` // it counts no more
	Position Position  `json:"position"`
}
