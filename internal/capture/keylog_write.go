package capture

import (
	"fmt"
	"io"

	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
)

// KeyLogWriter writes secrets to a key log, SSLKEYLOGFILE, for programs that decrypt captures: a line for each secret that has a
// label there, when it is derived, so that who looks on meanwhile can follow. RFC 9850, Section 2.
type KeyLogWriter struct {
	w   io.Writer
	err error
}

// NewKeyLogWriter returns a writer of a key log to w. Each line is one call of Write: where w appends to a file that others append
// to as well, lines stay whole.
func NewKeyLogWriter(w io.Writer) *KeyLogWriter { return &KeyLogWriter{w: w} }

// Secret writes the line of a secret of the connection with this client random. A secret that no key log has is passed over.
func (l *KeyLogWriter) Secret(clientRandom []byte, s keys.Secret) {
	line := s.KeyLogLine(clientRandom)
	if line == "" || l.err != nil {
		return
	}
	if _, err := io.WriteString(l.w, line+"\n"); err != nil {
		l.err = fmt.Errorf("write to the key log: %w", err)
	}
}

// Err returns the first error of the writer; nothing was written after it.
func (l *KeyLogWriter) Err() error { return l.err }
