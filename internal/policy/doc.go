// Package policy judges endpoints: what a policy wants, what an enumeration found, and the verdicts that come of the two. A rule
// passes, fails or is unknown; what was not found out never passes.
package policy
