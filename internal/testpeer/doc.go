// Package testpeer runs other people's TLS servers and clients for tests: openssl, gnutls-serv and
// gnutls-cli, nginx. Servers are started by hand as children of the test, on loopback only, with
// their files under the test's temporary directory; each is bounded in time, killed through its own
// process when the test ends, and its log is shown when the test has failed.
//
// A program that isn't there skips the test, politely. With TLSPROBE_PEERS=required it fails it.
package testpeer
