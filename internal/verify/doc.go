// Package verify checks certificate chains: it builds the paths from the server's certificate to a
// root of a [Store] itself (RFC 5280, Section 6; RFC 4158), and says of every check by name how it
// went, about which certificate, what was expected, what was there and what to do about it.
//
// Building goes in two passes. The first looks for a path without a fault and gives up a branch at
// the first fault in it. Only if there is none, the second walks on past faults, so that each path
// can be explained; the one that comes closest is the one the checks are about. Both share what was
// found about certificates and signatures, and both are bounded in work, whatever the peer sends.
//
// The rules are those that browsers hold servers to: path validation, and their demands on keys,
// algorithms, usages and names.
package verify
