package record

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

func newAEAD(s shape, key []byte) (cipher.AEAD, error) {
	if s.mode == modeChaCha20Poly1305 {
		return chacha20poly1305.New(key)
	}
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	if s.mode == modeCCM {
		return NewCCM(b, aeadNonceLen, s.tag)
	}
	return cipher.NewGCM(b)
}

// aead12 is an AEAD in TLS 1.2.
//
//	struct {
//	    opaque nonce_explicit[SecurityParameters.record_iv_length];
//	    aead-ciphered struct { opaque content[TLSCompressed.length]; };
//	} GenericAEADCipher;                              RFC 5246, Section 6.2.3.3
//
// With GCM and CCM the nonce is the fixed IV and the explicit part (RFC 5288, Section 3; RFC 6655,
// Section 3). With ChaCha20-Poly1305 nothing is explicit (RFC 7905, Section 2).
type aead12 struct {
	aead     cipher.AEAD
	nonce    nonce
	explicit int
	aad      [13]byte
}

func newAEAD12(aead cipher.AEAD, iv []byte) *aead12 {
	return &aead12{aead: aead, nonce: newNonce(iv), explicit: aeadNonceLen - len(iv)}
}

func (c *aead12) open(o *Opened, header []byte, out, in []byte) *Error {
	tag := c.aead.Overhead()
	if least := c.explicit + tag; len(in) < least {
		return &Error{Kind: TooShort, Expected: least, Actual: len(in)}
	}
	o.Nonce = Range{0, c.explicit}
	o.Content = Range{c.explicit, len(in) - c.explicit - tag}
	o.MAC = Range{o.Content.End(), tag}
	n := c.nonce.xor(o.Sequence)
	if c.explicit > 0 {
		n = c.nonce.with(in[:c.explicit])
	}
	putAdditionalData(&c.aad, o.Sequence, o.Type, versionOf(header), o.Content.Len)
	return openAEAD(c.aead, n, c.aad[:], out, in, o)
}

// openAEAD decrypts what o calls content, and takes over the rest as it is.
func openAEAD(aead cipher.AEAD, nonce, aad, out, in []byte, o *Opened) *Error {
	at := o.Content.Off
	if _, err := aead.Open(out[at:at], nonce, in[at:], aad); err != nil {
		return &Error{Kind: BadMAC, At: o.MAC}
	}
	copy(out, in[:at])
	copy(out[o.MAC.Off:], in[o.MAC.Off:])
	return nil
}

func (c *aead12) seal(dst []byte, s sealing) ([]byte, error) {
	if s.pad > 0 {
		return dst, &Error{Kind: BadPad, Actual: s.pad}
	}
	n := c.nonce.xor(s.seq)
	if c.explicit > 0 {
		start := len(dst)
		dst = binary.BigEndian.AppendUint64(dst, s.seq)
		n = c.nonce.with(dst[start:])
	}
	putAdditionalData(&c.aad, s.seq, s.typ, s.version, len(s.content))
	return c.aead.Seal(dst, n, s.content, c.aad[:]), nil
}

// aead13 is an AEAD in TLS 1.3. What is encrypted:
//
//	struct {
//	    opaque content[TLSPlaintext.length];
//	    ContentType type;
//	    uint8 zeros[length_of_padding];
//	} TLSInnerPlaintext;                              RFC 8446, Section 5.2
type aead13 struct {
	aead  cipher.AEAD
	nonce nonce
	aad   [HeaderLen]byte
}

func newAEAD13(aead cipher.AEAD, iv []byte) *aead13 {
	return &aead13{aead: aead, nonce: newNonce(iv)}
}

func (c *aead13) open(o *Opened, header []byte, out, in []byte) *Error {
	tag := c.aead.Overhead()
	if least := 1 + tag; len(in) < least {
		return &Error{Kind: TooShort, Expected: least, Actual: len(in)}
	}
	o.Content = Range{0, len(in) - tag}
	o.MAC = Range{o.Content.End(), tag}
	copy(c.aad[:], header)
	if err := openAEAD(c.aead, c.nonce.xor(o.Sequence), c.aad[:], out, in, o); err != nil {
		return err
	}
	return splitInner(o, out[:o.Content.Len])
}

func (c *aead13) seal(dst []byte, s sealing) ([]byte, error) {
	start := len(dst)
	dst = appendInner(dst, s)
	length := len(dst) - start + c.aead.Overhead()
	if length > MaxLength {
		return dst, &Error{Kind: TooLong, Expected: MaxLength, Actual: length}
	}
	copy(c.aad[:], dst[start-HeaderLen:])
	binary.BigEndian.PutUint16(c.aad[3:], uint16(length))
	return c.aead.Seal(dst[:start], c.nonce.xor(s.seq), dst[start:], c.aad[:]), nil
}

// splitInner finds content, type and padding of a TLSInnerPlaintext: the type is the last byte that
// is not zero. RFC 8446, Section 5.4.
func splitInner(o *Opened, inner []byte) *Error {
	i := len(inner) - 1
	for i >= 0 && inner[i] == 0 {
		i--
	}
	o.PaddingBytes = Range{i + 1, len(inner) - i - 1}
	if i < 0 {
		o.Content, o.Type = Range{}, 0
		return &Error{Kind: NoInnerType, At: o.PaddingBytes}
	}
	o.Type = iana.ContentType(inner[i])
	o.Content, o.InnerType = Range{0, i}, Range{i, 1}
	return nil
}

// appendInner appends a TLSInnerPlaintext.
func appendInner(dst []byte, s sealing) []byte {
	dst = append(dst, s.content...)
	dst = append(dst, byte(s.typ))
	start := len(dst)
	for range s.pad {
		dst = append(dst, 0)
	}
	return dst[:start+s.pad]
}

// nonce makes the nonces of records from an IV.
type nonce struct {
	iv  []byte
	per []byte
}

// newNonce copies the IV and leaves room for a full nonce.
func newNonce(iv []byte) nonce {
	n := max(len(iv), aeadNonceLen)
	room := make([]byte, 2*n)
	copy(room, iv)
	return nonce{iv: room[:len(iv):n], per: room[n:]}
}

// xor returns the IV with the number in its last eight bytes. RFC 8446, Section 5.3; RFC 7905,
// Section 2. It is good until the next call.
func (n nonce) xor(seq uint64) []byte {
	copy(n.per, n.iv)
	last := n.per[len(n.per)-8:]
	binary.BigEndian.PutUint64(last, binary.BigEndian.Uint64(last)^seq)
	return n.per
}

// with returns the IV followed by the explicit part. It is good until the next call.
func (n nonce) with(explicit []byte) []byte {
	copy(n.per, n.iv)
	copy(n.per[len(n.iv):], explicit)
	return n.per
}
