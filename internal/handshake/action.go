package handshake

import (
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/record"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Action is something that the engine wants done. The driver takes them one at a time from
// [Engine.Next], carries each out before it asks for the next, and reads no further meanwhile.
type Action interface{ action() }

// Send proposes something to be sent. The driver may change it (an interceptor's doing), sends it,
// and says with [Engine.Committed] which bytes went out; only then do transcript and keys follow.
type Send struct {
	Type    iana.ContentType
	Message message.Message // nil for alerts and change_cipher_spec
	Raw     []byte
	// Bind makes changed bytes of a hello good again that hold a proof over the others, unless the proof is what was changed; nil
	// for everything else.
	Bind func(edited []byte) []byte
}

// InstallKeys changes the protection of one direction. A nil state turns protection off.
type InstallKeys struct {
	Direction Direction
	Epoch     string // "handshake", "application", "application#2", …; "tls1.2" and older: the version's name
	Suite     iana.CipherSuite
	Read      *record.ReadState  // for Direction Read; of a bystander's engine for both
	Write     *record.WriteState // for Direction Write

	// Sealed: a bystander has no keys for what follows.
	Sealed bool
	// Kept: the keys in force stay, and Or are new.
	Kept bool
	// Unseen: if they are in force, the rest of the handshake has passed without being read.
	Unseen bool
	// Or are keys that may be in force as well, for all that a bystander can tell: those that open the next record are.
	Or []*InstallKeys
}

// EpochEarly is the epoch of early data. RFC 8446, Section 4.2.10.
const EpochEarly = "early"

// Direction is which half of the connection is meant.
type Direction uint8

// The directions.
const (
	Read Direction = iota
	Write
)

// String returns the word of the trace.
func (d Direction) String() string {
	if d == Read {
		return "read"
	}
	return "write"
}

// SetVersion tells the version that was negotiated: record headers and limits follow it.
type SetVersion struct{ Version iana.Version }

// SetRecordLimit tells the most plaintext, in bytes, that the peer reads (RFC 8449, Section 4).
type SetRecordLimit struct{ Limit int }

// VerifyChain asks for the verdict on the server's chain. The driver answers with [Engine.Verdict].
type VerifyChain struct {
	Chain      [][]byte // DER, as received
	ServerName string
	Staples    [][]byte // stapled OCSP responses by the place of their certificate; shorter than Chain where the rest has none
	SCTs       [][]byte // of the TLS extension
	SCTAnswer  bool     // the extension was there
}

// LogSecret offers a secret to whoever keeps them; a key log has those with a label of its own.
type LogSecret struct {
	ClientRandom []byte
	Secret       keys.Secret
}

// Report is an event for the observers. About, where there is one, is the event that its findings are about.
type Report struct {
	Event *trace.Event
	About *trace.Event
	// Unpacked are the bytes of the event where no buffer has them yet, and From is where they came from, compressed.
	Unpacked []byte
	From     []trace.Span
}

// Established says that the handshake is complete: application data may flow.
type Established struct{}

// Close ends the connection; err is nil when both sides are through.
type Close struct{ Err *Failure }

func (*Send) action()           {}
func (*InstallKeys) action()    {}
func (*SetVersion) action()     {}
func (*SetRecordLimit) action() {}
func (*VerifyChain) action()    {}
func (*LogSecret) action()      {}
func (*Report) action()         {}
func (*Established) action()    {}
func (*Close) action()          {}
