// Package fetch gets what certificates point to: OCSP responses, CRLs and issuers, by HTTP/1.1 over plain TCP. RFC 9110 and
// RFC 9112; RFC 6960, Appendix A, for OCSP; RFC 5280, Section 4.2.2.1 and 4.2.1.13, for the others.
//
// Both the URL and the server are somebody else's choice, and not to be trusted. A certificate can name any address that this
// machine reaches, those of its own network included, and have it asked with a GET, or with a POST of an OCSP request. So
// nothing is fetched unless the user asked for that, and where certificates of strangers are verified on a machine with
// neighbours to be protected, it had better not be. What limits the harm: http alone, no names or passwords in URLs, no cookies
// or other headers that mean something to anybody, and what comes back is only ever read as DER, never shown.
// Time, sizes, redirects and the number of requests are bounded.
//
// [GetRequest] and [ReadHead] are for who has a connection already, such as one of TLS.
package fetch
