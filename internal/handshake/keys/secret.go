// Package keys derives the secrets of a handshake: the pseudorandom functions of SSL 3.0 and
// TLS 1.0 to 1.2, the key schedule of TLS 1.3, Finished values, exporters, and the transcript that
// binds them to what was said. Bytes go in and bytes come out; nothing here knows a connection.
package keys

import "fmt"

// Secret is a derived value together with where it came from, so that a trace can tell the whole
// schedule. Printing one never shows its bytes.
type Secret struct {
	Name        string // the RFC's name: "client_handshake_traffic_secret"
	Label       string // the label it was derived with, prefix apart: "c hs traffic"; empty for an extraction
	KeyLogLabel string // its label in an SSLKEYLOGFILE (RFC 9850, Section 2.1); empty if it has none
	From        string // the Name of what it was derived from
	Bytes       []byte `json:"-"`
}

// Format writes the name and the size, whatever the verb: secrets are in no log by accident.
func (s Secret) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "%s (%d bytes)", s.Name, len(s.Bytes))
}

// Sender is the side a value belongs to.
type Sender uint8

// The two sides.
const (
	Client Sender = iota
	Server
)

// String returns "client" or "server".
func (s Sender) String() string {
	if s == Server {
		return "server"
	}
	return "client"
}
