// Package finding is what tlsprobe says about what it saw: checks made and rules broken, one shape
// for all of them, and the table that gives every id its section, alert, meaning and remedy.
package finding

// Status is the result of a check. There is no boolean for trust: what was not looked at is never
// shown as fine.
type Status uint8

// The statuses. Skip: does not apply here. Unknown: should have been answered and could not be.
const (
	Unknown Status = iota
	Pass
	Fail
	Warn
	Info
	Skip
)

// Severity grades a finding that fails or warns.
type Severity uint8

// The severities; None is for what neither fails nor warns.
const (
	None Severity = iota
	Low
	Medium
	High
	Critical
)

// Finding is one thing found.
type Finding struct {
	ID       string   `json:"id"`       // dotted and stable, a row of the table
	Status   Status   `json:"status"`   //
	Severity Severity `json:"severity"` // null unless it fails or warns
	Message  string   `json:"message"`  // one line, may hold peer text: sinks must escape it
	Expected string   `json:"expected"`
	Actual   string   `json:"actual"`
	Where    Where    `json:"where"`
	Ref      string   `json:"ref"` // "RFC 8446, Section 4.1.3"
	Fix      string   `json:"fix"` // what to do about it
}

// Asks reports whether there is something to do about the finding, or to find out: it fails, warns or is unknown.
func (f *Finding) Asks() bool { return f.Status == Fail || f.Status == Warn || f.Status == Unknown }

// Where locates a finding: an event of the trace, a path in its tree, a certificate.
type Where struct {
	Event int    `json:"event,omitempty"` // the event's n; 0 for none
	Path  string `json:"path,omitempty"`
	Cert  *Cert  `json:"cert,omitempty"`
}

// Cert names a certificate of the chain by its place as received and its SHA-256.
type Cert struct {
	Index  int    `json:"index"`
	SHA256 string `json:"sha256"` // lower-case hex
}
