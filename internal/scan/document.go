package scan

import (
	_ "embed"
	"slices"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

//go:generate go run ../trace/schemagen -dir ../trace -document scan -o schema.json

//go:embed schema.json
var schema []byte

// SchemaJSON returns the JSON Schema (draft 2020-12) of [Document]. The caller may keep and change it.
func SchemaJSON() []byte { return slices.Clone(schema) }

// DocumentSchema names the version of the document. What it fixes changes only with a new number.
const DocumentSchema = "tlsprobe.scan/1"

// OutcomeUsage is the outcome of a line that is no target; the others are those of the trace, without interrupted.
const OutcomeUsage = "usage"

// kindUsage is the kind of error of such a line.
const kindUsage = "usage"

// Document is what came of one target. Its keys are always there, null where there is nothing.
type Document struct {
	Schema   string         `json:"schema"`
	Target   trace.Target   `json:"target"`   // host is empty and port 0 for a line that is no target
	Settings trace.Settings `json:"settings"` // the flags given that documents depend on, sorted
	Line     *int           `json:"line"`     // of the list, from 1; null for an argument
	Started  time.Time      `json:"started"`
	TotalMs  float64        `json:"total_ms"` // from the lookup to the close, without the time until it was the target's turn
	Outcome  string         `json:"outcome"`  // as in the trace; usage for a line that is no target
	Error    *Error         `json:"error"`    // null for ok and untrusted
	Verdict  *string        `json:"verdict"`  // of the chain: accept, reject or inconclusive; null where there was none
	Summary  *trace.Summary `json:"summary"`  // null for a line that is no target; its checks are those that failed, warn or are unknown, unless all were asked for
	Trace    *trace.Trace   `json:"trace"`    // null unless it was asked for
}

// Error says what went wrong.
type Error struct {
	Kind    string `json:"kind"`    // of the closed set of docs/exit-codes.md
	Message string `json:"message"` // may hold peer text
	Hint    string `json:"hint"`    // what to try
}

// AppendJSON appends the document as a line of JSON Lines.
func AppendJSON(b []byte, d *Document) ([]byte, error) {
	b, err := trace.AppendDocument(b, d)
	return append(b, '\n'), err
}

// begin is the document of a job as far as it is known before anything is tried.
func (j *job) begin() *Document {
	d := &Document{Schema: DocumentSchema, Target: trace.Target{Input: j.line.Text}, Settings: j.scan.Settings, Started: j.start}
	if j.line.Number > 0 {
		d.Line = &j.line.Number
	}
	return d
}

// failed is the document of a target that no probe was made of, or not to its end.
func (j *job) failed(o trace.Outcome, e *Error) *Document {
	d := j.begin()
	d.Outcome, d.Error = string(o), e
	return d
}

// finished is the document of a probe.
func (j *job) finished(t *trace.Trace, v Verdict) *Document {
	d := j.begin()
	d.Target, d.Started, d.Outcome, d.Summary = t.Target, t.Started, string(t.Outcome), &t.Summary
	d.TotalMs = float64((j.scan.Now().Sub(t.Started) - j.waited).Microseconds()) / 1000
	if t.Error != nil {
		d.Error = &Error{t.Error.Kind, t.Error.Message, t.Error.Hint}
	}
	if v.Word != "" {
		d.Verdict = &v.Word
	}
	if j.scan.Trace {
		d.Trace = t
		short := t.Summary
		d.Summary = &short
	}
	if !j.scan.Checks {
		d.Summary.Checks = open(d.Summary.Checks)
	}
	return d
}

// open returns the findings that ask for something to be done.
func open(all []finding.Finding) []finding.Finding {
	var list []finding.Finding
	for i := range all {
		if all[i].Asks() {
			list = append(list, all[i])
		}
	}
	return list
}
