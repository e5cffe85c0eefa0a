package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// Random is the 32 bytes of a hello. Before TLS 1.3 the first four were often the time.
type Random [32]byte

// retryRandom is the SHA-256 of "HelloRetryRequest". RFC 8446, Section 4.1.3.
var retryRandom = Random{
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
}

// Downgrade tells whether a server's random ends in one of the marks of RFC 8446, Section 4.1.3, and
// to which version the server then says it was brought down: TLS 1.2, or 1.1 for that or older.
func (r *Random) Downgrade() (iana.Version, bool) {
	if string(r[24:31]) != "DOWNGRD" {
		return 0, false
	}
	switch r[31] {
	case 1:
		return iana.TLS12, true
	case 0:
		return iana.TLS11, true
	}
	return 0, false
}

// ClientHello is the client's offer.
//
//	struct {
//	    ProtocolVersion legacy_version = 0x0303;
//	    Random random;
//	    opaque legacy_session_id<0..32>;
//	    CipherSuite cipher_suites<2..2^16-2>;
//	    opaque legacy_compression_methods<1..2^8-1>;
//	    Extension extensions<8..2^16-1>;
//	} ClientHello;                                    RFC 8446, Section 4.1.2
//
// Before TLS 1.3 the extensions may be missing altogether (RFC 5246, Section 7.4.1.2).
type ClientHello struct {
	LegacyVersion iana.Version
	Random        Random
	SessionID     []byte
	CipherSuites  []iana.CipherSuite
	Compression   []iana.CompressionMethod
	HasExtensions bool
	Extensions    Extensions
}

// Type implements Message.
func (*ClientHello) Type() iana.HandshakeType { return iana.ClientHello }

// Name implements Message.
func (*ClientHello) Name() string { return "client_hello" }

func (m *ClientHello) layout(c *wire.Codec) {
	wire.U16(c, "legacy_version", &m.LegacyVersion)
	c.Fixed("random", m.Random[:])
	c.Opaque8("legacy_session_id", &m.SessionID, 0, 32)
	wire.Codes16(c, "cipher_suites", 2, 2, 1<<16-2, &m.CipherSuites)
	wire.Codes8(c, "legacy_compression_methods", 1, 1, 1<<8-1, &m.Compression)
	if c.Optional(&m.HasExtensions) {
		m.Extensions.layout(c, inClientHello)
	}
}

// ServerHello is the server's choice of parameters. A HelloRetryRequest has the same layout and is
// told apart by its random.
//
//	struct {
//	    ProtocolVersion legacy_version = 0x0303;
//	    Random random;
//	    opaque legacy_session_id_echo<0..32>;
//	    CipherSuite cipher_suite;
//	    uint8 legacy_compression_method = 0;
//	    Extension extensions<6..2^16-1>;
//	} ServerHello;                                    RFC 8446, Section 4.1.3
//
// Before TLS 1.3 the extensions may be missing altogether.
type ServerHello struct {
	LegacyVersion iana.Version
	Random        Random
	SessionIDEcho []byte
	CipherSuite   iana.CipherSuite
	Compression   iana.CompressionMethod
	HasExtensions bool
	Extensions    Extensions
}

// IsRetry reports whether this is a HelloRetryRequest.
func (m *ServerHello) IsRetry() bool { return m.Random == retryRandom }

// Type implements Message.
func (*ServerHello) Type() iana.HandshakeType { return iana.ServerHello }

// Name implements Message.
func (m *ServerHello) Name() string {
	if m.IsRetry() {
		return "hello_retry_request"
	}
	return "server_hello"
}

func (m *ServerHello) layout(c *wire.Codec) {
	in := inServerHello
	if m.IsRetry() {
		in = inHelloRetryRequest
	}
	wire.U16(c, "legacy_version", &m.LegacyVersion)
	c.Fixed("random", m.Random[:])
	c.Opaque8("legacy_session_id_echo", &m.SessionIDEcho, 0, 32)
	wire.U16(c, "cipher_suite", &m.CipherSuite)
	wire.U8(c, "legacy_compression_method", &m.Compression)
	if c.Optional(&m.HasExtensions) {
		m.Extensions.layout(c, in)
	}
}

// Version returns the version that the server chose: supported_versions where it is there.
func (m *ServerHello) Version() iana.Version {
	if sv, ok := Get[*SelectedVersion](m.Extensions); ok {
		return sv.Version
	}
	return m.LegacyVersion
}
