package message

import "github.com/tlsprobe/tlsprobe/internal/wire"

// EncryptedClientHello is the outer hello's sealed inner hello, or the mark of the inner one; a
// GREASE value looks like the former. RFC 9849, Section 5.
type EncryptedClientHello struct {
	ClientHelloType uint8 // 0 outer, 1 inner
	KDF, AEAD       uint16
	ConfigID        uint8
	Enc, Payload    []byte
}

func (x *EncryptedClientHello) layout(c *wire.Codec) {
	wire.U8(c, "type", &x.ClientHelloType)
	if x.ClientHelloType != 0 {
		return
	}
	wire.U16(c, "kdf_id", &x.KDF)
	wire.U16(c, "aead_id", &x.AEAD)
	wire.U8(c, "config_id", &x.ConfigID)
	c.Opaque16("enc", &x.Enc, 0, 1<<16-1)
	c.Opaque16("payload", &x.Payload, 1, 1<<16-1)
}

// ECHConfirmation tells in a HelloRetryRequest that the inner hello was accepted. RFC 9849, Section 5.
type ECHConfirmation struct {
	Confirmation [8]byte
}

func (x *ECHConfirmation) layout(c *wire.Codec) { c.Fixed("confirmation", x.Confirmation[:]) }
