package cert

import "fmt"

// ProblemKind says in what way bytes aren't what they should be.
type ProblemKind uint8

// The kinds of problems.
const (
	Truncated    ProblemKind = iota + 1 // the data ends too early
	WrongType                           // another element than the expected one
	Missing                             // a required element isn't there
	Trailing                            // bytes after the end of what was expected
	NotCanonical                        // BER or another spelling that DER forbids; the value is read all the same
	BadValue                            // a value that its type doesn't allow
)

// problemNames are the names of the kinds.
var problemNames = [...]string{"", "truncated", "wrong type", "missing", "trailing data", "not canonical", "bad value"}

// String returns the kind in words.
func (k ProblemKind) String() string {
	if int(k) < len(problemNames) {
		return problemNames[k]
	}
	return ""
}

// Problem is one thing that isn't as it should be in DER that was read all the same.
type Problem struct {
	Kind     ProblemKind
	Off      int    // where, in bytes from the start of what was parsed
	Len      int    // how many bytes it is about; 0 where something is missing
	Field    string // the field, as in ASN.1 with dots: "tbsCertificate.validity.notBefore"
	Expected string
	Actual   string
}

// Error says all of it in one line.
func (p Problem) Error() string {
	return fmt.Sprintf("%s: %s at byte %d: expected %s, found %s", p.Field, p.Kind, p.Off, p.Expected, p.Actual)
}

// maxProblems bounds what one certificate can make us remember: a hostile one holds a fault in every second byte.
const maxProblems = 64

// Notes collects the problems of one or several readers, up to a bound. A nil *Notes forgets them.
type Notes struct {
	list []Problem
}

// Problems returns what was noted.
func (n *Notes) Problems() []Problem { return n.list }

// Add notes a problem.
func (n *Notes) Add(p Problem) {
	if n != nil && len(n.list) < maxProblems {
		n.list = append(n.list, p)
	}
}
