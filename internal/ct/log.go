package ct

import (
	"time"
)

// State is what browsers make of a log. The words are those of Google's list; googlechrome.github.io/CertificateTransparency,
// "Certificate Transparency Log Lifecycle", says what they mean.
type State uint8

// The states.
const (
	// StateNone is for logs that never applied: for tests, or for watching others.
	StateNone State = iota
	// StateUnknown is for logs that aren't in the list, and for times before a log came into the state that the list has.
	StateUnknown
	StatePending
	StateQualified
	StateUsable
	StateReadOnly
	StateRetired
	StateRejected
)

// stateNames are the words of Google's list in lower case, as far as it has them.
var stateNames = [...]string{"no state", "not known", "pending", "qualified", "usable", "readonly", "retired", "rejected"}

// String returns the state's word in Google's list: "usable".
func (s State) String() string { return stateNames[min(int(s), len(stateNames)-1)] }

// parseState reads a state's word in Google's list.
func parseState(word string) (State, bool) {
	for s := StatePending; int(s) < len(stateNames); s++ {
		if stateNames[s] == word {
			return s, true
		}
	}
	return StateNone, false
}

// Kind is what a log is for.
type Kind uint8

// The kinds.
const (
	KindProduction Kind = iota
	KindTest
	KindMonitoring // "monitoring_only": not for certificates that browsers should accept
)

// kindNames are the words of Google's list.
var kindNames = [...]string{"prod", "test", "monitoring_only"}

// String returns the kind's word in Google's list.
func (k Kind) String() string { return kindNames[min(int(k), len(kindNames)-1)] }

func parseKind(word string) (Kind, bool) {
	for k, name := range kindNames {
		if name == word {
			return Kind(k), true
		}
	}
	return KindProduction, word == ""
}

// Log is a log of certificates.
type Log struct {
	ID          LogID
	Key         []byte // SubjectPublicKeyInfo, in DER
	Description string // "Google 'Argon2025h2' log"
	Operator    string // who runs it now
	URL         string // where it takes certificates
	Kind        Kind
	Tiled       bool      // it serves tiles: c2sp.org/static-ct-api
	State       State     // as of the list's date
	Since       time.Time // when it came into its state; zero for StateNone
	// From and To bound the notAfter of the certificates that it takes, To excluded; zero where it takes all.
	From, To time.Time
	Previous []PreviousOperator // who ran it before, the earliest first
}

// PreviousOperator is somebody who ran a log once.
type PreviousOperator struct {
	Name string
	End  time.Time // when that ended
}

// StateAt returns the log's state at a time. A list has only the last state of each log: before that it is StateUnknown.
func (l *Log) StateAt(t time.Time) State {
	if l.State != StateNone && t.Before(l.Since) {
		return StateUnknown
	}
	return l.State
}

// OperatorAt returns who ran the log at a time.
func (l *Log) OperatorAt(t time.Time) string {
	for _, p := range l.Previous {
		if t.Before(p.End) {
			return p.Name
		}
	}
	return l.Operator
}

// takes reports whether the log is for certificates that end at a time.
func (l *Log) takes(notAfter time.Time) bool {
	return (l.From.IsZero() || !notAfter.Before(l.From)) && (l.To.IsZero() || notAfter.Before(l.To))
}

// Logs is a list of Certificate Transparency logs. It must not be changed.
type Logs struct {
	Version string    // the list's own number
	Date    time.Time // when it was made
	Source  string    // where it comes from, in words

	logs []Log
	byID map[LogID]int
}

// enforcedFor is how long Chrome goes by a list, and without a newer one doesn't ask for timestamps any more: 10 weeks. Chrome CT
// Policy, "CT Enforcement Timeout".
const enforcedFor = 70 * 24 * time.Hour

// Lookup returns the log with an identifier, which must not be changed; nil if the list doesn't have it.
func (l *Logs) Lookup(id LogID) *Log {
	i, ok := l.byID[id]
	if !ok {
		return nil
	}
	return &l.logs[i]
}

// All returns the logs in the order of the list; they must not be changed.
func (l *Logs) All() []Log { return l.logs }

// IsOld reports whether the list is too old at a time to tell what newer logs are, and what became of others: older than 70 days.
func (l *Logs) IsOld(t time.Time) bool { return t.Sub(l.Date) > enforcedFor }

// add puts a log at the end of the list; it is false if the list has one with that identifier.
func (l *Logs) add(log Log) bool {
	if _, there := l.byID[log.ID]; there {
		return false
	}
	if l.byID == nil {
		l.byID = make(map[LogID]int)
	}
	l.byID[log.ID] = len(l.logs)
	l.logs = append(l.logs, log)
	return true
}
