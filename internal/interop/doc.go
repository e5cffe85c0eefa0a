// Package interop holds the matrices of tests that drive the whole probe against other people's
// servers: crypto/tls inside the process, and openssl, nginx and gnutls-serv as processes. It has
// tests only. Each handshake has to complete, application data has to come back, and what the trace
// says was negotiated has to be what the peer's configuration forces or what another client or the
// server itself says.
package interop
