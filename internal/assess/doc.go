// Package assess audits targets: it enumerates what each of their addresses supports, judges that by a policy, and keeps the
// connections that the verdicts rest on.
package assess
