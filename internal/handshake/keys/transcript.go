package keys

import (
	"crypto"
	"errors"
	"fmt"
	"hash"
)

// Errors of a Transcript.
var (
	// ErrTranscriptTooLong says that the handshake has sent more than the transcript may keep.
	ErrTranscriptTooLong = errors.New("handshake transcript too long")
	// ErrTranscriptReleased says that a hash was asked for that needs messages already let go.
	ErrTranscriptReleased = errors.New("handshake transcript no longer kept")
)

// Transcript is what both sides have said in handshake messages, headers included. It keeps the
// messages until the hash is known, hashes as they come from then on, and keeps the messages
// beside it as long as another hash may be asked for: the CertificateVerify of TLS 1.2 chooses its
// hash late (RFC 5246, Section 7.4.8). The zero value is not usable; see NewTranscript.
type Transcript struct {
	raw      []byte
	limit    int
	released bool
	hash     crypto.Hash
	running  []hash.Hash // one, or MD5 and SHA-1
}

// NewTranscript returns an empty transcript that keeps at most limit bytes of messages.
func NewTranscript(limit int) *Transcript {
	return &Transcript{limit: limit, raw: make([]byte, 0, min(limit, 2048))}
}

// Add appends a handshake message, header and body, as it was on the wire. The error is
// ErrTranscriptTooLong; nothing is added then.
func (t *Transcript) Add(message []byte) error {
	if !t.released {
		if len(message) > t.limit-len(t.raw) {
			return fmt.Errorf("%d bytes after %d, at most %d: %w",
				len(message), len(t.raw), t.limit, ErrTranscriptTooLong)
		}
		t.raw = append(t.raw, message...)
	}
	for _, h := range t.running {
		h.Write(message)
	}
	return nil
}

// Choose fixes the hash that is computed while messages come. crypto.MD5SHA1 keeps both of them.
// Choosing again is possible as long as the messages are kept.
func (t *Transcript) Choose(h crypto.Hash) error {
	if t.released {
		return ErrTranscriptReleased
	}
	running, err := startHash(h)
	if err != nil {
		return err
	}
	for _, r := range running {
		r.Write(t.raw)
	}
	t.hash, t.running = h, running
	return nil
}

// Release lets the messages go. From then on only the chosen hash can be had.
func (t *Transcript) Release() { t.raw, t.released = nil, true }

// Bytes returns the messages so far, or nil after Release. The slice is valid until the next call
// that changes the transcript, and is not to be written to.
func (t *Transcript) Bytes() []byte { return t.raw }

// Hash returns the chosen hash, 0 before the choice.
func (t *Transcript) Hash() crypto.Hash { return t.hash }

// Sum returns the hash of the messages so far and of extra after them; the transcript stays as it
// is. The extra bytes are for what is hashed but not (yet) said: a ClientHello without its binders
// (RFC 8446, Section 4.2.11.2), or the padding of SSL 3.0. For crypto.MD5SHA1 it is the MD5 followed by
// the SHA-1. Any available hash can be asked for while the messages are kept.
func (t *Transcript) Sum(h crypto.Hash, extra ...[]byte) ([]byte, error) {
	if h == crypto.MD5SHA1 {
		m, err := t.Sum(crypto.MD5, extra...)
		if err != nil {
			return nil, err
		}
		s, err := t.Sum(crypto.SHA1, extra...)
		return append(m, s...), err
	}
	if r := t.runningHash(h); r != nil {
		return sumAfter(r, extra)
	}
	if t.released {
		return nil, ErrTranscriptReleased
	}
	fresh, err := startHash(h)
	if err != nil {
		return nil, err
	}
	fresh[0].Write(t.raw)
	for _, e := range extra {
		fresh[0].Write(e)
	}
	return fresh[0].Sum(nil), nil
}

// ReplaceFirstHello puts the message_hash message in the place of all messages so far, as is done
// with the first ClientHello when a HelloRetryRequest answers it. RFC 8446, Section 4.4.1:
//
//	message_hash || 00 00 Hash.length || Hash(ClientHello1)
//
// The hash must have been chosen, and is the one of the retry's cipher suite.
func (t *Transcript) ReplaceFirstHello() error {
	if t.hash == 0 || t.hash == crypto.MD5SHA1 {
		return fmt.Errorf("message_hash without a hash: %w", ErrUnsupported)
	}
	const messageHash = 254
	sum := t.running[0].Sum([]byte{messageHash, 0, 0, byte(t.hash.Size())})
	t.running[0].Reset()
	t.running[0].Write(sum)
	if !t.released {
		t.raw = append(t.raw[:0], sum...)
	}
	return nil
}

// Clone returns a transcript that goes on by itself from here.
func (t *Transcript) Clone() (*Transcript, error) {
	c := *t
	c.raw = append([]byte(nil), t.raw...)
	c.running = make([]hash.Hash, len(t.running))
	for i, r := range t.running {
		var err error
		if c.running[i], err = cloneHash(r); err != nil {
			return nil, err
		}
	}
	return &c, nil
}

// runningHash returns the hash that runs along and computes h, if one does.
func (t *Transcript) runningHash(h crypto.Hash) hash.Hash {
	switch {
	case t.hash == 0:
		return nil
	case t.hash == h:
		return t.running[0]
	case t.hash == crypto.MD5SHA1 && h == crypto.MD5:
		return t.running[0]
	case t.hash == crypto.MD5SHA1 && h == crypto.SHA1:
		return t.running[1]
	}
	return nil
}

func startHash(h crypto.Hash) ([]hash.Hash, error) {
	switch {
	case h == crypto.MD5SHA1:
		return []hash.Hash{crypto.MD5.New(), crypto.SHA1.New()}, nil
	case !h.Available():
		return nil, fmt.Errorf("transcript hash %v: %w", h, ErrUnsupported)
	}
	return []hash.Hash{h.New()}, nil
}

func sumAfter(h hash.Hash, extra [][]byte) ([]byte, error) {
	if len(extra) > 0 {
		var err error
		if h, err = cloneHash(h); err != nil {
			return nil, err
		}
		for _, e := range extra {
			h.Write(e)
		}
	}
	return h.Sum(nil), nil // Sum leaves the running state as it is
}

func cloneHash(h hash.Hash) (hash.Hash, error) {
	c, ok := h.(hash.Cloner)
	if !ok {
		return nil, fmt.Errorf("hash that cannot be cloned: %w", ErrUnsupported)
	}
	return c.Clone()
}
