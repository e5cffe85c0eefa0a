package record

import (
	"crypto/hmac"
	"encoding/binary"
	"hash"
)

// integrity13 authenticates the records of TLS 1.3 and encrypts nothing: TLS_SHA256_SHA256 and
// TLS_SHA384_SHA384.
//
//	TLSInnerPlaintext || HMAC(write_key, nonce || additional_data || TLSInnerPlaintext)
//	                                                  RFC 9150, Section 5
type integrity13 struct {
	hmac  hash.Hash
	nonce nonce
	aad   [HeaderLen]byte
	sum   []byte
}

func newIntegrity13(size int, k Keys) *integrity13 {
	return &integrity13{hmac: hmac.New(newHash(size), k.Key), nonce: newNonce(k.IV), sum: make([]byte, 0, size)}
}

func (c *integrity13) tag(seq uint64, inner []byte) []byte {
	c.hmac.Reset()
	c.hmac.Write(c.nonce.xor(seq))
	c.hmac.Write(c.aad[:])
	c.hmac.Write(inner)
	return c.hmac.Sum(c.sum)
}

func (c *integrity13) open(o *Opened, header []byte, out, in []byte) *Error {
	size := c.hmac.Size()
	if least := 1 + size; len(in) < least {
		return &Error{Kind: TooShort, Expected: least, Actual: len(in)}
	}
	o.Content = Range{0, len(in) - size}
	o.MAC = Range{o.Content.Len, size}
	copy(c.aad[:], header)
	if !hmac.Equal(c.tag(o.Sequence, in[:o.Content.Len]), in[o.MAC.Off:]) {
		return &Error{Kind: BadMAC, At: o.MAC}
	}
	copy(out, in)
	return splitInner(o, out[:o.Content.Len])
}

func (c *integrity13) seal(dst []byte, s sealing) ([]byte, error) {
	start := len(dst)
	dst = appendInner(dst, s)
	length := len(dst) - start + c.hmac.Size()
	if length > MaxLength {
		return dst, &Error{Kind: TooLong, Expected: MaxLength, Actual: length}
	}
	copy(c.aad[:], dst[start-HeaderLen:])
	binary.BigEndian.PutUint16(c.aad[3:], uint16(length))
	return append(dst, c.tag(s.seq, dst[start:])...), nil
}
