package record

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// newHash returns the constructor of the hash whose output has n bytes: among the record MACs,
// that tells them apart.
func newHash(n int) func() hash.Hash {
	switch n {
	case md5.Size:
		return md5.New
	case sha1.Size:
		return sha1.New
	case sha256.Size:
		return sha256.New
	default:
		return sha512.New384
	}
}

// recordMAC computes the MAC of a record before TLS 1.3. Without a MAC (MACNULL) hash is nil.
type recordMAC struct {
	hash   hash.Hash // HMAC; in SSL 3.0 the bare hash
	secret []byte    // SSL 3.0 only
	pad    []byte    // SSL 3.0 only: pad_1, then pad_2
	header [13]byte
	sum    [sha512.Size384]byte
}

func newRecordMAC(v iana.Version, size int, key []byte) *recordMAC {
	if size == 0 {
		return &recordMAC{}
	}
	if v > iana.SSL30 {
		return &recordMAC{hash: hmac.New(newHash(size), key)}
	}
	n := 48 // of MD5; for SHA-1 the pads have 40 bytes
	if size == sha1.Size {
		n = 40
	}
	return &recordMAC{
		hash:   newHash(size)(),
		secret: bytes.Clone(key),
		pad:    append(bytes.Repeat([]byte{0x36}, n), bytes.Repeat([]byte{0x5c}, n)...),
	}
}

func (m *recordMAC) size() int {
	if m.hash == nil {
		return 0
	}
	return m.hash.Size()
}

// compute returns the MAC over body as the content of a record. It is good until the next call.
//
//	HMAC(MAC_write_key, seq_num || type || version || length || fragment)    RFC 5246, Section 6.2.3.1
func (m *recordMAC) compute(seq uint64, t iana.ContentType, v iana.Version, body []byte) []byte {
	if m.hash == nil {
		return nil
	}
	if m.secret != nil {
		return m.computeSSL3(seq, t, body)
	}
	putAdditionalData(&m.header, seq, t, v, len(body))
	m.hash.Reset()
	m.hash.Write(m.header[:])
	m.hash.Write(body)
	return m.hash.Sum(m.sum[:0])
}

// computeSSL3 is the MAC of SSL 3.0, a forerunner of HMAC that leaves the version out.
//
//	hash(secret || pad_2 || hash(secret || pad_1 || seq_num || type || length || fragment))
//	                                                                         RFC 6101, Section 5.2.3.1
func (m *recordMAC) computeSSL3(seq uint64, t iana.ContentType, body []byte) []byte {
	half := len(m.pad) / 2
	binary.BigEndian.PutUint64(m.header[:], seq)
	m.header[8] = byte(t)
	binary.BigEndian.PutUint16(m.header[9:], uint16(len(body)))
	m.hash.Reset()
	m.hash.Write(m.secret)
	m.hash.Write(m.pad[:half])
	m.hash.Write(m.header[:11])
	m.hash.Write(body)
	inner := m.hash.Sum(m.sum[:0])
	m.hash.Reset()
	m.hash.Write(m.secret)
	m.hash.Write(m.pad[half:])
	m.hash.Write(inner)
	return m.hash.Sum(m.sum[:0])
}

// putAdditionalData writes what is authenticated beside the content before TLS 1.3.
//
//	seq_num || type || version || length                          RFC 5246, Sections 6.2.3.1 and 6.2.3.3
func putAdditionalData(to *[13]byte, seq uint64, t iana.ContentType, v iana.Version, length int) {
	binary.BigEndian.PutUint64(to[:], seq)
	to[8] = byte(t)
	binary.BigEndian.PutUint16(to[9:], uint16(v))
	binary.BigEndian.PutUint16(to[11:], uint16(length))
}
