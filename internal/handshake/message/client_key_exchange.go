package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// ClientKeyExchange carries the client's half of the key agreement. RFC 5246, Section 7.4.7;
// RFC 8422, Section 5.7; RFC 4279, Section 2.
type ClientKeyExchange struct {
	HasIdentity        bool
	Identity           []byte // psk_identity
	EncryptedPreMaster []byte // RSA
	DHPublic           []byte // dh_Yc
	ECPublic           []byte // ecdh_Yc
	Opaque             []byte
}

// Type implements Message.
func (*ClientKeyExchange) Type() iana.HandshakeType { return iana.ClientKeyExchange }

// Name implements Message.
func (*ClientKeyExchange) Name() string { return "client_key_exchange" }

func (m *ClientKeyExchange) layout(c *wire.Codec) {
	x := context(c)
	all := c.Describing()
	if !x.SuiteKnown && !all {
		c.Rest("exchange_keys", &m.Opaque)
		return
	}
	switch x.KeyExchange {
	case iana.KeyExchangePSK, iana.KeyExchangeRSAPSK, iana.KeyExchangeDHEPSK, iana.KeyExchangeECDHEPSK:
		m.HasIdentity = true
		c.Opaque16("psk_identity", &m.Identity, 0, 1<<16-1)
	}
	switch x.KeyExchange {
	case iana.KeyExchangeRSA, iana.KeyExchangeRSAPSK:
		if x.Version == iana.SSL30 { // no length there. RFC 6101, Section 5.6.7.1
			c.Rest("encrypted_pre_master_secret", &m.EncryptedPreMaster)
		} else {
			c.Opaque16("encrypted_pre_master_secret", &m.EncryptedPreMaster, 0, 1<<16-1)
		}
	case iana.KeyExchangeDHE, iana.KeyExchangeDH, iana.KeyExchangeDHEPSK:
		c.Opaque16("dh_yc", &m.DHPublic, 1, 1<<16-1)
	case iana.KeyExchangeECDHE, iana.KeyExchangeECDH, iana.KeyExchangeECDHEPSK:
		c.Opaque8("ecdh_yc", &m.ECPublic, 1, 1<<8-1)
	case iana.KeyExchangePSK:
	default:
		if !all {
			c.Rest("exchange_keys", &m.Opaque)
		}
	}
	if all {
		c.Opaque16("psk_identity", &m.Identity, 0, 0)
		c.Opaque16("encrypted_pre_master_secret", &m.EncryptedPreMaster, 0, 0)
		c.Opaque16("dh_yc", &m.DHPublic, 0, 0)
		c.Opaque8("ecdh_yc", &m.ECPublic, 0, 0)
		c.Rest("exchange_keys", &m.Opaque)
	}
}
