// Package iana holds the code points of TLS: versions, cipher suites, groups, signature schemes,
// extensions, alerts and the smaller registries, each a type of its own with the registry's name,
// reference and recommendation. Every value is a valid value of its type: unknown and GREASE
// (RFC 8701) code points are kept and told apart, never refused.
//
// The tables (tables_*.go) and the constants in them are generated from the text files in the
// directory registry, which are dated and name their sources.
package iana

// Version is a ProtocolVersion as it stands on the wire.
type Version uint16

// The protocol versions.
const (
	SSL20 Version = 0x0002
	SSL30 Version = 0x0300
	TLS10 Version = 0x0301
	TLS11 Version = 0x0302
	TLS12 Version = 0x0303
	TLS13 Version = 0x0304
)

// ContentType is the type of a record. RFC 8446, Section 5.1.
type ContentType uint8

// The content types.
const (
	ChangeCipherSpec ContentType = 20
	Alert            ContentType = 21
	Handshake        ContentType = 22
	ApplicationData  ContentType = 23
	Heartbeat        ContentType = 24
)

// HandshakeType is the type of a handshake message. RFC 8446, Section 4.
type HandshakeType uint8

// The handshake message types.
const (
	HelloRequest          HandshakeType = 0
	ClientHello           HandshakeType = 1
	ServerHello           HandshakeType = 2
	HelloVerifyRequest    HandshakeType = 3
	NewSessionTicket      HandshakeType = 4
	EndOfEarlyData        HandshakeType = 5
	HelloRetryRequest     HandshakeType = 6 // reserved; a HelloRetryRequest travels as a ServerHello
	EncryptedExtensions   HandshakeType = 8
	Certificate           HandshakeType = 11
	ServerKeyExchange     HandshakeType = 12
	CertificateRequest    HandshakeType = 13
	ServerHelloDone       HandshakeType = 14
	CertificateVerify     HandshakeType = 15
	ClientKeyExchange     HandshakeType = 16
	Finished              HandshakeType = 20
	CertificateURL        HandshakeType = 21
	CertificateStatus     HandshakeType = 22
	SupplementalData      HandshakeType = 23
	KeyUpdate             HandshakeType = 24
	CompressedCertificate HandshakeType = 25
	MessageHash           HandshakeType = 254
)

// CipherSuite is a cipher suite value.
type CipherSuite uint16

// Group is a NamedGroup (before TLS 1.3: NamedCurve). RFC 8446, Section 4.2.7.
type Group uint16

// SignatureScheme is a SignatureScheme; in TLS 1.2 the same two bytes are a
// SignatureAndHashAlgorithm. RFC 8446, Section 4.2.3.
type SignatureScheme uint16

// ExtensionType is the type of an extension.
type ExtensionType uint16

// AlertDescription is the description of an alert. RFC 8446, Section 6.
type AlertDescription uint8

// AlertLevel is the level of an alert.
type AlertLevel uint8

// The alert levels.
const (
	Warning AlertLevel = 1
	Fatal   AlertLevel = 2
)

// CompressionMethod is a TLS compression method. RFC 3749.
type CompressionMethod uint8

// ECPointFormat is a point format. RFC 8422, Section 5.1.2.
type ECPointFormat uint8

// ECCurveType is the curve type of a ServerKeyExchange. RFC 8422, Section 5.4.
type ECCurveType uint8

// ClientCertificateType is a certificate type of a CertificateRequest before TLS 1.3.
type ClientCertificateType uint8

// CertificateType is a certificate type of RFC 7250.
type CertificateType uint8

// CertificateStatusType is the type of a certificate status. RFC 6066, Section 8.
type CertificateStatusType uint8

// NameType is the type of a server name. RFC 6066, Section 3.
type NameType uint8

// PSKKeyExchangeMode is a mode of psk_key_exchange_modes. RFC 8446, Section 4.2.9.
type PSKKeyExchangeMode uint8

// KeyUpdateRequest is the request of a KeyUpdate. RFC 8446, Section 4.6.3.
type KeyUpdateRequest uint8

// MaxFragmentLength is a code of max_fragment_length. RFC 6066, Section 4.
type MaxFragmentLength uint8

// HeartbeatMode is a mode of the heartbeat extension. RFC 6520, Section 2.
type HeartbeatMode uint8

// CompressionAlgorithm is a certificate compression algorithm. RFC 8879.
type CompressionAlgorithm uint16

// HashAlgorithm is the first byte of a TLS 1.2 SignatureAndHashAlgorithm. RFC 5246, Section 7.4.1.4.1.
type HashAlgorithm uint8

// SignatureAlgorithm is the second byte of a TLS 1.2 SignatureAndHashAlgorithm. RFC 5246, Section 7.4.1.4.1.
type SignatureAlgorithm uint8
