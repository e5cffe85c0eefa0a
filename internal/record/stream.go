package record

import (
	"crypto/hmac"
	"crypto/rc4"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// stream is RC4 or NULL with a MAC.
//
//	stream-ciphered struct {
//	    opaque content[TLSCompressed.length];
//	    opaque MAC[SecurityParameters.mac_length];
//	} GenericStreamCipher;                            RFC 5246, Section 6.2.3.1
type stream struct {
	mac *recordMAC
	rc4 *rc4.Cipher // nil: NULL
}

func newStream(s shape, mac *recordMAC, key []byte) (protection, error) {
	if s.mode == modeNULL {
		return &stream{mac: mac}, nil
	}
	c, err := rc4.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return &stream{mac: mac, rc4: c}, nil
}

func (c *stream) crypt(out, in []byte) {
	if c.rc4 != nil {
		c.rc4.XORKeyStream(out, in)
		return
	}
	copy(out, in)
}

func (c *stream) open(o *Opened, header []byte, out, in []byte) *Error {
	size := c.mac.size()
	if len(in) < size {
		return &Error{Kind: TooShort, Expected: size, Actual: len(in)}
	}
	o.Content = Range{0, len(in) - size}
	o.MAC = Range{o.Content.Len, size}
	c.crypt(out, in)
	want := c.mac.compute(o.Sequence, o.Type, versionOf(header), out[:o.Content.Len])
	if !hmac.Equal(want, out[o.MAC.Off:]) {
		return &Error{Kind: BadMAC, At: o.MAC}
	}
	return nil
}

func (c *stream) seal(dst []byte, s sealing) ([]byte, error) {
	if s.pad > 0 {
		return dst, &Error{Kind: BadPad, Actual: s.pad}
	}
	start := len(dst)
	dst = append(dst, s.content...)
	dst = append(dst, c.mac.compute(s.seq, s.typ, s.version, s.content)...)
	c.crypt(dst[start:], dst[start:])
	return dst, nil
}

func versionOf(header []byte) iana.Version {
	return iana.Version(uint16(header[1])<<8 | uint16(header[2]))
}
