// Package dial turns what a person typed into a TCP connection, and tells every step of it: the name
// that was looked up, all addresses it has, which were tried, in what order and why, and what became
// of each. It is the only room that opens sockets to a peer.
//
// Names go through Go's own choice of resolver (net.DefaultResolver): the pure Go one where
// nsswitch.conf and resolv.conf ask for nothing it lacks, the system's otherwise. Forcing the Go
// resolver would save a little time at start, but answer differently from the other programs of the
// same machine (mDNS, nss modules, VPN split DNS on macOS), and an inspector must see what they see.
package dial
