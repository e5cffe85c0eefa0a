// Package revocation finds out whether certificates were revoked: from OCSP responses that were stapled, given or fetched, and
// from certificate revocation lists (CRLs). RFC 6960; RFC 5280, Sections 5 and 6.3.
//
// It decides who may speak for an issuer, what is fresh enough, and what a list is about. What can't be relied on never counts
// as good, and says why. It does no I/O: what is to be fetched comes through [Fetcher].
package revocation
