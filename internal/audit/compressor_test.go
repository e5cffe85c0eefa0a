package audit_test

import (
	"bytes"
	"compress/zlib"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// compressor stands before a server and answers the hellos that take a certificate in one of its algorithms: in TLS 1.3, by
// TLS_AES_128_GCM_SHA256 and X25519, up to CompressedCertificate. All others it passes on. No peer of Debian compresses.
func compressor(t *testing.T, to string, has ...iana.CompressionAlgorithm) string {
	t.Helper()
	return testpeer.Accept(t, func(c net.Conn) {
		compressOrPass(c, to, has)
	})
}

func compressOrPass(c net.Conn, to string, has []iana.CompressionAlgorithm) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(c, head); err != nil {
		return
	}
	raw := head
	if head[0] == 22 {
		raw = append(raw, make([]byte, binary.BigEndian.Uint16(head[3:]))...)
		if _, err := io.ReadFull(c, raw[5:]); err != nil {
			return
		}
		if m, _ := new(message.Decoder).Decode(raw[5:], &message.Context{Sender: message.Client}, nil); m != nil {
			if h, ok := m.(*message.ClientHello); ok && answerCompressed(c, h, raw[5:], has) {
				return
			}
		}
	}
	s, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer s.Close() //nolint:errcheck // nothing to lose
	_, _ = s.Write(raw)
	go func() { _, _ = io.Copy(s, c); _ = s.(*net.TCPConn).CloseWrite() }()
	_, _ = io.Copy(c, s)
}

// answerCompressed answers a hello, if that takes one of the algorithms.
func answerCompressed(c net.Conn, h *message.ClientHello, raw []byte, has []iana.CompressionAlgorithm) bool {
	offered, ok := message.Get[*message.CompressCertificate](h.Extensions)
	shares, withShares := message.Get[*message.KeyShares](h.Extensions)
	if !ok || !withShares || len(shares.Shares) != 1 || shares.Shares[0].Group != iana.X25519 {
		return false
	}
	at := slices.IndexFunc(has, func(a iana.CompressionAlgorithm) bool { return slices.Contains(offered.Algorithms, a) })
	if at < 0 {
		return false
	}
	key, _ := ecdh.X25519().GenerateKey(rand.Reader)
	theirs, err := ecdh.X25519().NewPublicKey(shares.Shares[0].KeyExchange)
	if err != nil {
		return false
	}
	shared, _ := key.ECDH(theirs)
	hello := append([]byte{3, 3}, bytes.Repeat([]byte{7}, 32)...)
	hello = append(append(hello, byte(len(h.SessionID))), h.SessionID...)
	hello = append(hello, 0x13, 0x01, 0)
	extensions := append([]byte{0, 43, 0, 2, 3, 4, 0, 51, 0, 36, 0, 29, 0, 32}, key.PublicKey().Bytes()...)
	hello = append(append(hello, 0, byte(len(extensions))), extensions...)
	hello = framed(2, hello)
	_, _ = c.Write(append([]byte{22, 3, 3, 0, byte(len(hello))}, hello...))

	var plain bytes.Buffer
	z := zlib.NewWriter(&plain)
	_, _ = z.Write([]byte("no certificate, and nobody looks"))
	_ = z.Close()
	body := []byte{0, byte(has[at]), 0, 0, 32, 0, byte(plain.Len() >> 8), byte(plain.Len())}
	flight := append(framed(8, []byte{0, 0}), framed(25, append(body, plain.Bytes()...))...)
	_, _ = c.Write(sealed(shared, append(slices.Clone(raw), hello...), append(flight, 22)))
	_, _ = io.Copy(io.Discard, c)
	return true
}

func framed(kind byte, body []byte) []byte {
	return append([]byte{kind, 0, byte(len(body) >> 8), byte(len(body))}, body...)
}

// sealed is a first record under the server's handshake keys. RFC 8446, Sections 5.2, 7.1 and 7.3.
func sealed(shared, transcript, inner []byte) []byte {
	label := func(secret []byte, name string, context []byte, n int) []byte {
		info := []byte{byte(n >> 8), byte(n), byte(6 + len(name))}
		info = append(append(info, "tls13 "+name...), byte(len(context)))
		out, _ := hkdf.Expand(sha256.New, secret, string(append(info, context...)), n)
		return out
	}
	extract := func(salt, secret []byte) []byte {
		out, _ := hkdf.Extract(sha256.New, secret, salt)
		return out
	}
	empty, hash := sha256.Sum256(nil), sha256.Sum256(transcript)
	zeros := make([]byte, 32)
	handshake := extract(label(extract(zeros, zeros), "derived", empty[:], 32), shared)
	traffic := label(handshake, "s hs traffic", hash[:], 32)
	block, _ := aes.NewCipher(label(traffic, "key", nil, 16))
	aead, _ := cipher.NewGCM(block)
	n := len(inner) + aead.Overhead()
	head := []byte{23, 3, 3, byte(n >> 8), byte(n)}
	return aead.Seal(head, label(traffic, "iv", nil, 12), inner, head)
}

func TestCompressedCertificatesAreFoundWithTheirAlgorithms(t *testing.T) {
	const zlibID, zstdID = 1, 3
	d := enumerate(t, compressor(t, serve(t, rsaOnly()), zlibID, zstdID), nil)
	complete(t, d)
	if q := question(t, d, "extension.compress_certificate"); q.Answer.Status != audit.Yes || !slices.Equal(q.Values, []string{"zlib", "zstd"}) {
		t.Errorf("%+v", q)
	}
	if q := question(t, d, "extension.encrypted_client_hello"); q.Answer.Status != audit.No {
		t.Errorf("%+v", q)
	}
}
