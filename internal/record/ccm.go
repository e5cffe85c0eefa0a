package record

import (
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// ccmBlock is the block length that CCM is defined for.
const ccmBlock = 16

var errAuthentication = errors.New("message authentication failed")

// ccm is Counter with CBC-MAC. RFC 3610.
type ccm struct {
	block cipher.Block
	nonce int // 15-L
	tag   int // M
}

// NewCCM returns CCM over a cipher of 16-byte blocks: nonces of 7 to 13 bytes, tags of 4 to 16
// bytes, an even number. TLS uses nonces of 12 bytes and tags of 16, or of 8 for CCM_8 (RFC 6655,
// Sections 3 and 4). As with every cipher.AEAD, Seal and Open panic at a nonce of another length;
// Seal also where the plaintext is too long for the nonce. It is safe for concurrent use.
func NewCCM(block cipher.Block, nonceSize, tagSize int) (cipher.AEAD, error) {
	switch {
	case block.BlockSize() != ccmBlock:
		return nil, fmt.Errorf("CCM needs blocks of 16 bytes, not %d", block.BlockSize())
	case nonceSize < 7 || nonceSize > 13:
		return nil, fmt.Errorf("CCM nonce of %d bytes, want 7 to 13", nonceSize)
	case tagSize < 4 || tagSize > 16 || tagSize%2 != 0:
		return nil, fmt.Errorf("CCM tag of %d bytes, want an even number from 4 to 16", tagSize)
	}
	return &ccm{block: block, nonce: nonceSize, tag: tagSize}, nil
}

func (c *ccm) NonceSize() int { return c.nonce }
func (c *ccm) Overhead() int  { return c.tag }

// fits reports whether a length can be written in the L bytes that the nonce leaves.
func (c *ccm) fits(length int) bool {
	l := 15 - c.nonce
	return l >= 8 || uint64(length) < 1<<(8*l)
}

func (c *ccm) Seal(dst, nonce, plaintext, aad []byte) []byte {
	if len(nonce) != c.nonce {
		panic("record: CCM nonce of wrong length")
	}
	if !c.fits(len(plaintext)) {
		panic("record: plaintext too long for CCM")
	}
	start := len(dst)
	dst = slices.Grow(dst, len(plaintext)+c.tag)[:start+len(plaintext)+c.tag]
	out := dst[start:]
	var w ccmWork
	w.authenticate(c, nonce, plaintext, aad)
	w.crypt(c, nonce, out[:len(plaintext)], plaintext)
	copy(out[len(plaintext):], w.mac[:c.tag])
	return dst
}

func (c *ccm) Open(dst, nonce, ciphertext, aad []byte) ([]byte, error) {
	if len(nonce) != c.nonce {
		panic("record: CCM nonce of wrong length")
	}
	n := len(ciphertext) - c.tag
	if n < 0 || !c.fits(n) {
		return nil, errAuthentication
	}
	var tag [ccmBlock]byte
	copy(tag[:], ciphertext[n:])
	start := len(dst)
	dst = slices.Grow(dst, n)[:start+n]
	var w ccmWork
	w.crypt(c, nonce, dst[start:], ciphertext[:n])
	encrypt := w.mac // S_0, which crypt has mixed into the (yet empty) MAC
	w.authenticate(c, nonce, dst[start:], aad)
	subtle.XORBytes(w.mac[:], w.mac[:], encrypt[:])
	if subtle.ConstantTimeCompare(w.mac[:c.tag], tag[:c.tag]) != 1 {
		clear(dst[start:])
		return nil, errAuthentication
	}
	return dst, nil
}

// ccmWork is the working memory of one call, together so that it is one allocation.
type ccmWork struct {
	mac     [ccmBlock]byte // X_i
	counter [ccmBlock]byte // A_i
	key     [ccmBlock]byte // S_i
}

// authenticate computes the CBC-MAC over B_0, the additional data and the message. RFC 3610, Section 2.2.
func (w *ccmWork) authenticate(c *ccm, nonce, message, aad []byte) {
	l := 15 - c.nonce
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(len(message)))
	clear(w.mac[:])
	w.mac[0] = byte((c.tag-2)/2<<3 | (l - 1))
	if len(aad) > 0 {
		w.mac[0] |= 1 << 6
	}
	copy(w.mac[1:], nonce)
	copy(w.mac[16-l:], length[8-l:])
	c.block.Encrypt(w.mac[:], w.mac[:])
	if len(aad) > 0 {
		w.absorb(c, aad, w.lengthOf(aad))
	}
	w.absorb(c, message, 0)
}

// lengthOf mixes the encoded length of the additional data in and returns how long the encoding is.
func (w *ccmWork) lengthOf(aad []byte) int {
	var enc [10]byte
	n := 2
	switch a := uint64(len(aad)); {
	case a < 1<<16-1<<8:
		binary.BigEndian.PutUint16(enc[:], uint16(a))
	case a < 1<<32:
		enc[0], enc[1], n = 0xff, 0xfe, 6
		binary.BigEndian.PutUint32(enc[2:], uint32(a))
	default:
		enc[0], enc[1], n = 0xff, 0xff, 10
		binary.BigEndian.PutUint64(enc[2:], a)
	}
	subtle.XORBytes(w.mac[:n], w.mac[:n], enc[:n])
	return n
}

// absorb mixes data into the MAC, filled up with zeros to whole blocks. The first block has already
// used bytes.
func (w *ccmWork) absorb(c *ccm, data []byte, used int) {
	for len(data) > 0 {
		n := subtle.XORBytes(w.mac[used:], w.mac[used:], data)
		c.block.Encrypt(w.mac[:], w.mac[:])
		data, used = data[n:], 0
	}
}

// crypt applies the key stream from S_1 on, and S_0 to the MAC. RFC 3610, Section 2.3.
func (w *ccmWork) crypt(c *ccm, nonce, out, in []byte) {
	l := 15 - c.nonce
	w.counter[0] = byte(l - 1)
	copy(w.counter[1:], nonce)
	c.block.Encrypt(w.key[:], w.counter[:])
	subtle.XORBytes(w.mac[:], w.mac[:], w.key[:])
	for len(in) > 0 {
		for i := 15; i > 15-l; i-- {
			if w.counter[i]++; w.counter[i] != 0 {
				break
			}
		}
		c.block.Encrypt(w.key[:], w.counter[:])
		n := subtle.XORBytes(out, in, w.key[:])
		out, in = out[n:], in[n:]
	}
}
