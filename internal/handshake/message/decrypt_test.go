package message

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// passed is a handshake message that passed in a session, read.
type passed struct {
	fromClient bool
	raw        []byte
	ctx        *Context
}

// messages are the handshake messages of a session that can be read: those in the clear, and of
// TLS 1.3 those under the keys of the key log.
func (s *session) messages(t testing.TB) []passed {
	t.Helper()
	ctx := &Context{}
	for _, raw := range plainMessages(t, s.stream(false), true) {
		m, _ := Decode(raw, &Context{}, nil)
		if h, ok := m.(*ServerHello); ok {
			ctx.Version = h.Version()
			p, _ := h.CipherSuite.Params()
			ctx.SuiteKnown, ctx.KeyExchange, ctx.Authentication = true, p.KeyExchange, p.Authentication
			if !h.IsRetry() {
				break
			}
		}
	}
	var list []passed
	for _, fromClient := range []bool{true, false} {
		stream := s.stream(fromClient)
		found := plainMessages(t, stream, ctx.Version == iana.TLS13)
		if ctx.Version == iana.TLS13 {
			found = append(found, s.protected(t, stream, fromClient)...)
		}
		for _, raw := range found {
			list = append(list, passed{fromClient, raw, ctx})
		}
	}
	return list
}

// protected reads the handshake messages of TLS 1.3 that are under keys of the key log.
func (s *session) protected(t testing.TB, stream []byte, fromClient bool) [][]byte {
	t.Helper()
	side := "SERVER"
	if fromClient {
		side = "CLIENT"
	}
	open := opener(t, s.secret(t, side+"_HANDSHAKE_TRAFFIC_SECRET"))
	var hs []byte
	var list [][]byte
	for len(stream) >= 5 {
		n := 5 + int(binary.BigEndian.Uint16(stream[3:]))
		if n > len(stream) {
			t.Fatal("a record is cut")
		}
		record := stream[:n]
		stream = stream[n:]
		if record[0] != 23 {
			continue
		}
		inner := bytes.TrimRight(open(record), "\x00")
		if inner[len(inner)-1] != 22 {
			continue
		}
		hs = append(hs, inner[:len(inner)-1]...)
		for _, raw := range splitMessages(hs) {
			list = append(list, bytes.Clone(raw))
			hs = hs[len(raw):]
			if raw[0] == byte(iana.Finished) {
				open = opener(t, s.secret(t, side+"_TRAFFIC_SECRET_0"))
			}
		}
	}
	return list
}

// secret is a secret of the key log.
func (s *session) secret(t testing.TB, label string) []byte {
	t.Helper()
	for line := range strings.Lines(string(s.keyLog)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == label {
			b, err := hex.DecodeString(f[2])
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
	}
	t.Fatalf("no %s in the key log", label)
	return nil
}

// opener opens records in order under a traffic secret; the secret's length tells AES-128-GCM with
// SHA-256 from AES-256-GCM with SHA-384. RFC 8446, Sections 5.2 and 7.3.
func opener(t testing.TB, secret []byte) func(record []byte) []byte {
	t.Helper()
	newHash, keyLen := func() hash.Hash { return sha256.New() }, 16
	if len(secret) == 48 {
		newHash, keyLen = func() hash.Hash { return sha512.New384() }, 32
	}
	expand := func(label string, n int) []byte {
		label = "tls13 " + label
		info := append([]byte{0, byte(n), byte(len(label))}, label...)
		b, err := hkdf.Expand(newHash, secret, string(append(info, 0)), n)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	block, err := aes.NewCipher(expand("key", keyLen))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	iv := expand("iv", 12)
	seq := uint64(0)
	return func(record []byte) []byte {
		nonce := bytes.Clone(iv)
		for i := range 8 {
			nonce[11-i] ^= byte(seq >> (8 * i))
		}
		seq++
		plain, err := aead.Open(nil, nonce, record[5:], record[:5])
		if err != nil {
			t.Fatalf("record %d: %v", seq-1, err)
		}
		return plain
	}
}
