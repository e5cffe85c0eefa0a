package finding

import (
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// ID is the dotted, stable name of a rule or a check.
type ID string

// Row is everything about one id. A rule is something a peer must not do; a check is a question
// that is always answered.
type Row struct {
	ID       ID
	Status   Status                // what breaking the rule, or failing the check, comes to
	Severity Severity              //
	Alert    iana.AlertDescription // what a strict client sends; meaningless without HasAlert
	HasAlert bool                  //
	Ref      string                // the section that says so
	Meaning  string                // one line
	Fix      string                // what to do about it
}

// Lookup returns the row of an id.
func Lookup(id ID) (Row, bool) {
	switch {
	case strings.HasPrefix(string(id), "lint."):
		l, ok := LookupLint(id)
		return l.Row, ok
	case strings.HasPrefix(string(id), "rule."):
		for i := range rules {
			if rules[i].ID == id {
				return rules[i], true
			}
		}
		return Row{}, false
	}
	for i := range checks {
		if checks[i].ID == id {
			return checks[i], true
		}
	}
	for i := range endpointChecks {
		if endpointChecks[i].ID == id {
			return endpointChecks[i], true
		}
	}
	return Row{}, false
}

// LookupLint returns the row of a lint.
func LookupLint(id ID) (Lint, bool) {
	for i := range lints {
		if lints[i].ID == id {
			return lints[i], true
		}
	}
	return Lint{}, false
}

// Rules returns the rows of the rules that a peer can break.
func Rules() []Row { return rules[:] }

// Checks returns the rows of the checks, the lints last.
func Checks() []Row {
	rows := append(make([]Row, 0, len(checks)+len(endpointChecks)+len(lints)), checks[:]...)
	rows = append(rows, endpointChecks[:]...)
	for i := range lints {
		rows = append(rows, lints[i].Row)
	}
	return rows
}

// Of returns a finding for an id with what its row says; the message is the row's meaning.
func Of(id ID) Finding {
	row, _ := Lookup(id)
	return Finding{
		ID: string(id), Status: row.Status, Severity: row.Severity, Message: row.Meaning, Ref: row.Ref, Fix: row.Fix,
	}
}

// Passed returns a finding that a check went well.
func Passed(id ID, message string) Finding {
	f := Of(id)
	f.Status, f.Severity, f.Message, f.Fix = Pass, None, message, ""
	return f
}

// Skipped returns a finding that a check does not apply, and why.
func Skipped(id ID, why string) Finding {
	f := Of(id)
	f.Status, f.Severity, f.Message, f.Fix = Skip, None, why, ""
	return f
}

// Unanswered returns a finding that a check should have been made and could not be, and why.
func Unanswered(id ID, why string) Finding {
	f := Of(id)
	f.Status, f.Severity, f.Message, f.Fix = Unknown, None, why, ""
	return f
}
