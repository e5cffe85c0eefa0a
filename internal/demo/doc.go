// Package demo is the server inside the process: Go's crypto/tls with a certificate authority made on
// the spot, in scenarios that each show one thing, from an ordinary TLS 1.3 handshake to a peer that
// is not TLS at all. It is the peer of `tlsprobe demo` and of tests, and shares no code with the
// engine that it talks to.
package demo
