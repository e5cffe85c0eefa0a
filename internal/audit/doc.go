// Package audit finds out what an endpoint supports. It asks by handshakes that are aborted as soon as
// the answer is there, each with an offer made for its questions; what the server chooses is the
// answer. Nothing is concluded from silence: what could not be found out is unknown, and says why.
package audit
