package handshake

import (
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// Kind is why a handshake failed, a word of the closed set of docs/exit-codes.md.
type Kind string

// The kinds of failures that the engine tells.
const (
	// BrokenRule: the peer did what it must not, and it could not go on from there.
	BrokenRule Kind = "protocol_violation"
	// Incompatible: the peer chose something that this engine does not have.
	Incompatible Kind = "incompatible"
	// PeerAlert: the peer ended it with an alert.
	PeerAlert Kind = "alert"
	// ClientAlert: the client ended it with an alert; a bystander alone tells of it.
	ClientAlert Kind = "client_alert"
	// Closed: the peer closed before it was done.
	Closed Kind = "closed"
	// TimedOut: the time was up.
	TimedOut Kind = "timeout"
	// ProofFailed: Finished or a signature is wrong, and the client is strict.
	ProofFailed Kind = "proof_failed"
	// NotTrusted: the chain does not verify, and the client is strict.
	NotTrusted Kind = "not_trusted"
	// NotTLS: what came is another protocol, or noise.
	NotTLS Kind = "not_tls"
	// Silent: nothing came at all until the time was up.
	Silent Kind = "silent"
	// Local: something on this side failed, such as the source of randomness.
	Local Kind = "internal"
)

// Failure is why a handshake did not come to its end.
type Failure struct {
	Kind  Kind
	Rule  finding.ID            // the rule that was broken; empty for none
	Alert iana.AlertDescription // what was sent, or received when Kind is PeerAlert
	// HasAlert: Alert means something.
	HasAlert bool
	// Waiting is the name of the state that was waiting when it ended.
	Waiting string
	// Event is the number of the event that shows it, once there is one.
	Event   int
	Message string // may hold peer text
	err     error
}

// Error returns the message.
func (f *Failure) Error() string { return f.Message }

// Unwrap returns the cause, where there is one.
func (f *Failure) Unwrap() error { return f.err }

func local(err error) *Failure {
	return &Failure{Kind: Local, Message: err.Error(), err: err}
}

func incompatible(alert iana.AlertDescription, format string, args ...any) *Failure {
	return &Failure{Kind: Incompatible, Alert: alert, HasAlert: true, Message: fmt.Sprintf(format, args...)}
}
