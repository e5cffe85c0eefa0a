// Package lint holds certificates to the profile of RFC 5280, Section 4, and to the CA/Browser Forum's Baseline Requirements for
// TLS server certificates, version 2.2.6. What it finds doesn't make a path invalid in the sense of RFC 5280, Section 6: it is what
// a public authority may not issue, or had better not.
//
// Each lint is a row of finding.Lints, which says under which rules its breach is a failure, and a row of the table here, which
// says which certificates it concerns. The lints look at certificates alone: none verifies a signature.
package lint
