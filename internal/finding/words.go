package finding

import (
	"encoding/json"
	"fmt"
)

var statuses = [...]string{Unknown: "unknown", Pass: "pass", Fail: "fail", Warn: "warn", Info: "info", Skip: "skip"}

var severities = [...]string{None: "", Low: "low", Medium: "medium", High: "high", Critical: "critical"}

// String returns the word of the document.
func (s Status) String() string {
	if int(s) < len(statuses) {
		return statuses[s]
	}
	return fmt.Sprintf("status(%d)", uint8(s))
}

// String returns the word of the document, empty for None.
func (s Severity) String() string {
	if int(s) < len(severities) {
		return severities[s]
	}
	return fmt.Sprintf("severity(%d)", uint8(s))
}

// MarshalJSON writes the word.
func (s Status) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// MarshalJSON writes the word, or null for None.
func (s Severity) MarshalJSON() ([]byte, error) {
	if s == None {
		return []byte("null"), nil
	}
	return []byte(`"` + s.String() + `"`), nil
}

// UnmarshalJSON reads the word.
func (s *Status) UnmarshalJSON(b []byte) error {
	i, err := word(b, statuses[:])
	*s = Status(i)
	return err
}

// UnmarshalJSON reads the word or null.
func (s *Severity) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*s = None
		return nil
	}
	i, err := word(b, severities[:])
	*s = Severity(i)
	return err
}

func word(b []byte, words []string) (int, error) {
	for i, known := range words {
		if known != "" && len(b) == len(known)+2 && string(b[1:len(b)-1]) == known && b[0] == '"' {
			return i, nil // without escapes, as everybody writes it
		}
	}
	var w string
	if err := json.Unmarshal(b, &w); err != nil {
		return 0, err
	}
	for i, known := range words {
		if w == known {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%q is not one of %q", w, words)
}

// Worse reports whether status a counts for more than b when one id has several findings.
func Worse(a, b Status) bool { return rank(a) > rank(b) }

func rank(s Status) int {
	switch s {
	case Fail:
		return 5
	case Unknown:
		return 4
	case Warn:
		return 3
	case Info:
		return 2
	case Pass:
		return 1
	}
	return 0
}
