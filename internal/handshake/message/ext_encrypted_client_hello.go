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

// ECHRetryConfigs are the keys that a server has for encrypted hellos, sent when it could not open one.
//
//	struct {
//	    ECHConfigList retry_configs;
//	} ECHEncryptedExtensions;                         RFC 9849, Section 5
//	ECHConfig ECHConfigList<4..2^16-1>;               RFC 9849, Section 4
type ECHRetryConfigs struct {
	Configs []ECHConfig
}

func (x *ECHRetryConfigs) layout(c *wire.Codec) {
	wire.List(c, "retry_configs", 2, 4, 1<<16-1, &x.Configs, (*ECHConfig).layout)
}

// ECHConfig is one configuration, whose contents depend on its version; 0xfe0d is that of the RFC.
//
//	struct {
//	    uint16 version;
//	    uint16 length;
//	    select (ECHConfig.version) {
//	      case 0xfe0d: ECHConfigContents contents;
//	    }
//	} ECHConfig;                                      RFC 9849, Section 4
type ECHConfig struct {
	Version  uint16
	Contents []byte
}

func (x *ECHConfig) layout(c *wire.Codec) {
	wire.U16(c, "version", &x.Version)
	c.Opaque16("contents", &x.Contents, 0, 1<<16-1)
}
