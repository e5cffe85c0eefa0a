package record

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/hmac"
	"errors"
	"fmt"
	"io"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// cbc is a block cipher in CBC mode with a MAC, in one of its forms:
//
//	SSL 3.0            enc(content || MAC || any padding || length)       RFC 6101, Section 5.2.3.2
//	TLS 1.0            enc(content || MAC || padding || length)           RFC 2246, Section 6.2.3.2
//	TLS 1.1, 1.2       IV || enc(content || MAC || padding || length)     RFC 5246, Section 6.2.3.2
//	encrypt-then-MAC   [IV ||] enc(content || padding || length) || MAC   RFC 7366, Section 3
//
// Up to TLS 1.0 the last block of a record is the IV of the next.
type cbc struct {
	mac      *recordMAC
	mode     settableMode
	block    int
	explicit int // length of the explicit IV
	etm      bool
	ssl3     bool
	random   io.Reader
	padded   int // padding bytes of the record sealed last
}

// settableMode is a CBC mode whose IV can be set anew, so that a record costs no allocation. The
// modes of crypto/cipher are such; crypto/tls relies on it as well.
type settableMode interface {
	cipher.BlockMode
	SetIV([]byte)
}

func newCBC(v iana.Version, s shape, mac *recordMAC, k Keys, etm bool, random io.Reader, encrypt bool) (protection, error) {
	b, err := newBlock(s, k.Key)
	if err != nil {
		return nil, err
	}
	c := &cbc{mac: mac, block: s.block, etm: etm, ssl3: v == iana.SSL30, random: random}
	iv := k.IV
	if v >= iana.TLS11 {
		c.explicit, iv = s.block, make([]byte, s.block)
	}
	mode := cipher.NewCBCDecrypter(b, iv)
	if encrypt {
		if mode = cipher.NewCBCEncrypter(b, iv); c.explicit > 0 && random == nil {
			return nil, errors.New("no source of randomness for the IVs of CBC")
		}
	}
	var ok bool
	if c.mode, ok = mode.(settableMode); !ok {
		return nil, fmt.Errorf("CBC mode %T has no SetIV", mode)
	}
	return c, nil
}

func newBlock(s shape, key []byte) (cipher.Block, error) {
	switch {
	case s.block == aes.BlockSize:
		return aes.NewCipher(key)
	case s.key == 24:
		return des.NewTripleDESCipher(key)
	default:
		return des.NewCipher(key)
	}
}

func (c *cbc) open(o *Opened, header []byte, out, in []byte) *Error {
	macSize := c.mac.size()
	body := Range{c.explicit, len(in) - c.explicit} // what is encrypted
	least := macSize + 1
	if c.etm {
		body.Len -= macSize
		least = 1
	}
	if least += (c.block - least%c.block) % c.block; body.Len < least {
		return &Error{Kind: TooShort, Expected: len(in) - body.Len + least, Actual: len(in)}
	}
	o.Nonce = Range{0, c.explicit}
	if body.Len%c.block != 0 {
		return &Error{Kind: BadBlockLength, Expected: c.block, Actual: body.Len, At: body}
	}
	version := versionOf(header)
	if c.etm {
		o.MAC = Range{body.End(), macSize}
		want := c.mac.compute(o.Sequence, o.Type, version, in[:body.End()])
		if !hmac.Equal(want, in[o.MAC.Off:]) {
			return &Error{Kind: BadMAC, At: o.MAC}
		}
	}
	c.decrypt(out, in, body)
	if err := c.unpad(o, out, body); err != nil {
		return err
	}
	if c.etm {
		return nil
	}
	want := c.mac.compute(o.Sequence, o.Type, version, out[o.Content.Off:o.Content.End()])
	if !hmac.Equal(want, out[o.MAC.Off:o.MAC.End()]) {
		return &Error{Kind: BadMAC, At: o.MAC}
	}
	return nil
}

func (c *cbc) decrypt(out, in []byte, body Range) {
	if c.explicit > 0 {
		c.mode.SetIV(in[:c.explicit])
		copy(out, in[:c.explicit])
	}
	copy(out[body.End():], in[body.End():])
	c.mode.CryptBlocks(out[body.Off:body.End()], in[body.Off:body.End()])
}

// unpad checks the padding and finds out where content and MAC are. In TLS every padding byte
// repeats the length; in SSL 3.0 they are free, but fewer than a block.
func (c *cbc) unpad(o *Opened, out []byte, body Range) *Error {
	inner := 0 // MAC within what is encrypted
	if !c.etm {
		inner = c.mac.size()
	}
	o.PaddingLength = Range{body.End() - 1, 1}
	pad := int(out[o.PaddingLength.Off])
	if content := body.Len - 1 - pad - inner; content >= 0 {
		o.Content = Range{body.Off, content}
	} else {
		return &Error{Kind: BadPadding, Expected: body.Len - 1 - inner, Actual: pad, At: o.PaddingLength}
	}
	o.PaddingBytes = Range{o.PaddingLength.Off - pad, pad}
	if !c.etm {
		o.MAC = Range{o.Content.End(), inner}
	}
	if c.ssl3 {
		if pad >= c.block {
			return &Error{Kind: BadPadding, Expected: c.block - 1, Actual: pad, At: o.PaddingLength}
		}
		return nil
	}
	for i, b := range out[o.PaddingBytes.Off:o.PaddingBytes.End()] {
		if int(b) != pad {
			return &Error{Kind: BadPadding, Expected: pad, Actual: int(b), At: Range{o.PaddingBytes.Off + i, 1}}
		}
	}
	return nil
}

func (c *cbc) seal(dst []byte, s sealing) ([]byte, error) {
	encrypted := len(s.content) + 1
	if !c.etm {
		encrypted += c.mac.size()
	}
	pad := (c.block - encrypted%c.block) % c.block
	if most := c.mostPad(pad); s.pad > most || s.pad%c.block != 0 {
		return dst, &Error{Kind: BadPad, Expected: most, Actual: s.pad}
	}
	pad += s.pad
	c.padded = pad
	start := len(dst)
	if c.explicit > 0 {
		dst = append(dst, make([]byte, c.explicit)...)
		if _, err := io.ReadFull(c.random, dst[start:]); err != nil {
			return dst, fmt.Errorf("IV of a record: %w", err)
		}
		c.mode.SetIV(dst[start:])
	}
	body := len(dst)
	dst = append(dst, s.content...)
	if !c.etm {
		dst = append(dst, c.mac.compute(s.seq, s.typ, s.version, s.content)...)
	}
	for range pad + 1 {
		dst = append(dst, byte(pad))
	}
	c.mode.CryptBlocks(dst[body:], dst[body:])
	if c.etm {
		dst = append(dst, c.mac.compute(s.seq, s.typ, s.version, dst[start:])...)
	}
	return dst, nil
}

// mostPad returns how many bytes of padding may be added to those that are needed.
func (c *cbc) mostPad(needed int) int {
	if c.ssl3 {
		return 0
	}
	return (255 - needed) / c.block * c.block
}
