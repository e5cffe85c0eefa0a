package finding

import "github.com/tlsprobe/tlsprobe/internal/iana"

// The rules that a peer can break.
const (
	DecodeTruncated           ID = "rule.decode.truncated"
	DecodeLengthOverrun       ID = "rule.decode.length_overrun"
	DecodeLengthBounds        ID = "rule.decode.length_bounds"
	DecodeTrailing            ID = "rule.decode.trailing"
	RecordTooLong             ID = "rule.record.too_long"
	RecordUnknownType         ID = "rule.record.unknown_type"
	RecordVersion             ID = "rule.record.version"
	RecordEmptyFragment       ID = "rule.record.empty_fragment"
	RecordTooManyEmpty        ID = "rule.record.too_many_empty"
	TooManyUseless            ID = "rule.record.too_many_useless"
	RecordInterleaved         ID = "rule.record.interleaved"
	RecordBadMAC              ID = "rule.record.bad_mac"
	RecordInnerType           ID = "rule.record.inner_type"
	RecordUnprotected         ID = "rule.record.unprotected"
	UnexpectedMessage         ID = "rule.handshake.unexpected_message"
	MessageTooLong            ID = "rule.handshake.message_too_long"
	KeyChangeLeftover         ID = "rule.handshake.key_change_leftover"
	CCSValue                  ID = "rule.change_cipher_spec.value"
	CCSProtected              ID = "rule.change_cipher_spec.protected"
	CCSUnexpected             ID = "rule.change_cipher_spec.unexpected"
	VersionNotOffered         ID = "rule.hello.version_not_offered"
	SelectedVersionOld        ID = "rule.hello.selected_version_old"
	LegacyVersion             ID = "rule.hello.legacy_version"
	SuiteNotOffered           ID = "rule.hello.suite_not_offered"
	SuiteVersion              ID = "rule.hello.suite_version"
	SessionIDEcho             ID = "rule.hello.session_id_echo"
	Compression               ID = "rule.hello.compression"
	KeyShareMissing           ID = "rule.hello.key_share_missing"
	KeyShareGroup             ID = "rule.hello.key_share_group"
	KeyShareValue             ID = "rule.hello.key_share_value"
	RenegotiationInfo         ID = "rule.hello.renegotiation_info"
	ExtensionUnsolicited      ID = "rule.extension.unsolicited"
	ExtensionDuplicate        ID = "rule.extension.duplicate"
	ExtensionMisplaced        ID = "rule.extension.misplaced"
	ALPNCount                 ID = "rule.alpn.count"
	ALPNNotOffered            ID = "rule.alpn.not_offered"
	RetrySecond               ID = "rule.retry.second"
	RetryNoChange             ID = "rule.retry.no_change"
	RetryGroupNotOffered      ID = "rule.retry.group_not_offered"
	RetryGroupShared          ID = "rule.retry.group_shared"
	RetrySuiteChanged         ID = "rule.retry.suite_changed"
	RetryVersionChanged       ID = "rule.retry.version_changed"
	RetryGroupIgnored         ID = "rule.retry.group_ignored"
	CertificateEmpty          ID = "rule.certificate.empty"
	CertificateContext        ID = "rule.certificate.request_context"
	CertificateUnreadable     ID = "rule.certificate.unreadable"
	CertificateKey            ID = "rule.certificate.key"
	SchemeNotOffered          ID = "rule.signature.scheme_not_offered"
	SchemeForbidden           ID = "rule.signature.scheme_forbidden"
	SchemeKey                 ID = "rule.signature.scheme_key"
	RequestNoSchemes          ID = "rule.certificate_request.no_schemes"
	GroupNotOffered           ID = "rule.key_exchange.group_not_offered"
	ExplicitCurve             ID = "rule.key_exchange.explicit_curve"
	PublicValue               ID = "rule.key_exchange.public_value"
	DHTooLarge                ID = "rule.key_exchange.dh_too_large"
	WeakGroup                 ID = "rule.key_exchange.weak_group"
	WeakKey                   ID = "rule.certificate.weak_key"
	FinishedLength            ID = "rule.finished.length"
	TicketLifetime            ID = "rule.ticket.lifetime"
	TicketUnpromised          ID = "rule.ticket.unpromised"
	KeyUpdateValue            ID = "rule.key_update.value"
	AlertLevel                ID = "rule.alert.level"
	NoCloseNotify             ID = "rule.close.no_close_notify"
	SelectedVersionNotOffered ID = "rule.hello.selected_version_not_offered"
	PointFormats              ID = "rule.hello.point_formats"
	EncryptThenMAC            ID = "rule.hello.encrypt_then_mac"
	RecordSizeLimit           ID = "rule.extension.record_size_limit"
	RetryNoVersion            ID = "rule.retry.no_version"
	RequestContext            ID = "rule.certificate_request.context"
	RequestAnonymous          ID = "rule.certificate_request.anonymous"
	TicketMissing             ID = "rule.ticket.missing"
	ResumptionVersion         ID = "rule.resumption.version"
	ResumptionSuite           ID = "rule.resumption.suite"
	ResumptionEMS             ID = "rule.resumption.extended_master_secret"
	ResumptionIdentity        ID = "rule.resumption.identity"
	ResumptionHash            ID = "rule.resumption.hash"
)

// rules has a row for each rule.
var rules = [...]Row{
	{
		DecodeTruncated, Fail, High, iana.AlertDecodeError, true, "RFC 8446, Section 6.2",
		"a field needs more bytes than its message has",
		"the peer's encoder is at fault, or a middlebox cut the message",
	},
	{
		DecodeLengthOverrun, Fail, High, iana.AlertDecodeError, true, "RFC 8446, Section 6.2",
		"a length says more than what encloses it holds",
		"the peer's encoder is at fault",
	},
	{
		DecodeLengthBounds, Fail, Medium, iana.AlertDecodeError, true, "RFC 8446, Section 3.4",
		"a length is outside the limits of the layout",
		"the peer's encoder is at fault",
	},
	{
		DecodeTrailing, Fail, Medium, iana.AlertDecodeError, true, "RFC 8446, Section 6.2",
		"bytes are left over after the last field",
		"the peer's encoder is at fault",
	},
	{
		RecordTooLong, Fail, High, iana.AlertRecordOverflow, true, "RFC 8446, Section 5.2",
		"a record is longer than allowed",
		"the peer's record layer is at fault, or this is not TLS",
	},
	{
		RecordUnknownType, Fail, High, iana.AlertUnexpectedMessage, true, "RFC 8446, Section 5",
		"a record has a content type that TLS does not know",
		"the peer's record layer is at fault, or this is not TLS",
	},
	{
		RecordVersion, Warn, Low, 0, false, "RFC 8446, Section 5.1",
		"a record's version is not one of TLS",
		"the peer's record layer is at fault",
	},
	{
		RecordEmptyFragment, Fail, Medium, iana.AlertUnexpectedMessage, true, "RFC 8446, Section 5.1",
		"a handshake or alert record is empty",
		"the peer's record layer is at fault",
	},
	{
		RecordTooManyEmpty, Fail, High, iana.AlertUnexpectedMessage, true, "RFC 5246, Section 6.2.1",
		"too many empty records in a row",
		"this looks like an attack on the reader's time",
	},
	{
		TooManyUseless, Fail, High, iana.AlertUnexpectedMessage, true, "RFC 8446, Section 4.6",
		"too many messages in a row that bring neither the handshake further nor data",
		"this looks like an attack on the reader's time",
	},
	{
		RecordInterleaved, Fail, Medium, iana.AlertUnexpectedMessage, true, "RFC 8446, Section 5.1",
		"another record came between the fragments of a handshake message",
		"the peer's record layer is at fault",
	},
	{
		RecordBadMAC, Fail, Critical, iana.AlertBadRecordMAC, true, "RFC 8446, Section 5.2",
		"a record could not be authenticated: its bytes were changed, or the two sides do not have the same keys",
		"look for a middlebox that rewrites TLS, or a fault in the peer's key schedule",
	},
	{
		RecordInnerType, Fail, High, iana.AlertUnexpectedMessage, true, "RFC 8446, Section 5.4",
		"a protected record holds no content type, only padding",
		"the peer's record layer is at fault",
	},
	{
		RecordUnprotected, Fail, Critical, iana.AlertUnexpectedMessage, true, "RFC 8446, Section 5",
		"a record came unprotected after keys were installed",
		"the peer lost its keys, or somebody is injecting records",
	},
	{
		UnexpectedMessage, Fail, High, iana.AlertUnexpectedMessage, true, "RFC 8446, Section 4",
		"a handshake message came that this state does not allow",
		"the peer's state machine is at fault",
	},
	{
		MessageTooLong, Fail, High, iana.AlertDecodeError, true, "RFC 8446, Section 4",
		"a handshake message announces more bytes than we are willing to hold",
		"raise the limit only if you trust the peer",
	},
	{
		KeyChangeLeftover, Fail, High, iana.AlertUnexpectedMessage, true, "RFC 8446, Section 5.1",
		"bytes of a handshake message stand before a key change and go on after it",
		"the peer's record layer is at fault",
	},
	{
		CCSValue, Fail, High, iana.AlertUnexpectedMessage, true, "RFC 8446, Section 5",
		"a change_cipher_spec is not the single byte 1",
		"the peer's record layer is at fault",
	},
	{
		CCSProtected, Fail, High, iana.AlertUnexpectedMessage, true, "RFC 8446, Section 5",
		"a change_cipher_spec came under protection, where TLS 1.3 has none",
		"the peer's record layer is at fault",
	},
	{
		CCSUnexpected, Fail, High, iana.AlertUnexpectedMessage, true, "RFC 5246, Section 7.1",
		"a change_cipher_spec came where none may come",
		"the peer's state machine is at fault",
	},
	{
		VersionNotOffered, Fail, High, iana.AlertProtocolVersion, true, "RFC 8446, Section 4.1.3",
		"the server chose a version that was not offered",
		"the server's version negotiation is at fault",
	},
	{
		SelectedVersionOld, Fail, Medium, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.2.1",
		"supported_versions chose a version before TLS 1.3, where it must not be sent",
		"the server's version negotiation is at fault",
	},
	{
		LegacyVersion, Fail, Low, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.1.3",
		"legacy_version is not TLS 1.2 in a TLS 1.3 hello",
		"the server's hello is wrong",
	},
	{
		SuiteNotOffered, Fail, High, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.1.3",
		"the server chose a cipher suite that was not offered",
		"the server's negotiation is at fault",
	},
	{
		SuiteVersion, Fail, High, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.1.3",
		"the cipher suite does not belong to the version",
		"the server's negotiation is at fault",
	},
	{
		SessionIDEcho, Fail, Medium, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.1.3",
		"legacy_session_id_echo differs from what the client sent",
		"the server's hello is wrong, or a middlebox answered",
	},
	{
		Compression, Fail, High, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.1.3",
		"the server chose a compression method that was not offered",
		"the server's hello is wrong",
	},
	{
		KeyShareMissing, Fail, High, iana.AlertMissingExtension, true, "RFC 8446, Section 9.2",
		"a TLS 1.3 ServerHello has no key_share",
		"the server's hello is wrong",
	},
	{
		KeyShareGroup, Fail, High, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.2.8",
		"the server's key share is in a group that the client sent no share for",
		"the server's negotiation is at fault",
	},
	{
		KeyShareValue, Fail, Critical, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.2.8",
		"the server's key share is no valid public value of its group",
		"the server's key exchange is at fault, or this is an attack",
	},
	{
		RenegotiationInfo, Fail, High, iana.AlertHandshakeFailure, true, "RFC 5746, Section 3.4",
		"renegotiation_info is not empty in the first handshake",
		"the server mixes up connections, or somebody splices them",
	},
	{
		ExtensionUnsolicited, Fail, Medium, iana.AlertUnsupportedExtension, true, "RFC 8446, Section 4.2",
		"the server answered an extension that was not sent",
		"the server's extensions are at fault",
	},
	{
		ExtensionDuplicate, Fail, Medium, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.2",
		"an extension stands twice in one message",
		"the server's extensions are at fault",
	},
	{
		ExtensionMisplaced, Fail, Medium, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.2",
		"an extension stands in a message that may not hold it",
		"the server's extensions are at fault",
	},
	{
		ALPNCount, Fail, Medium, iana.AlertIllegalParameter, true, "RFC 7301, Section 3.1",
		"the answer of ALPN does not hold exactly one protocol",
		"the server's ALPN is at fault",
	},
	{
		ALPNNotOffered, Fail, Medium, iana.AlertIllegalParameter, true, "RFC 7301, Section 3.2",
		"the server chose an application protocol that was not offered",
		"the server's ALPN is at fault",
	},
	{
		RetrySecond, Fail, High, iana.AlertUnexpectedMessage, true, "RFC 8446, Section 4.1.4",
		"a second HelloRetryRequest came",
		"the server's negotiation is at fault",
	},
	{
		RetryNoChange, Fail, High, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.1.4",
		"the HelloRetryRequest asks for nothing new",
		"the server's negotiation is at fault",
	},
	{
		RetryGroupNotOffered, Fail, High, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.2.8",
		"the HelloRetryRequest asks for a group that was not offered",
		"the server's negotiation is at fault",
	},
	{
		RetryGroupShared, Fail, Medium, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.2.8",
		"the HelloRetryRequest asks for a group that a share was already sent for",
		"the server wastes a round trip",
	},
	{
		RetrySuiteChanged, Fail, High, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.1.4",
		"the ServerHello's cipher suite differs from the HelloRetryRequest's",
		"the server's negotiation is at fault",
	},
	{
		RetryVersionChanged, Fail, High, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.1.4",
		"the ServerHello's version differs from the HelloRetryRequest's",
		"the server's negotiation is at fault",
	},
	{
		RetryGroupIgnored, Fail, High, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.2.8",
		"the ServerHello's group is not the one that the HelloRetryRequest asked for",
		"the server's negotiation is at fault",
	},
	{
		CertificateEmpty, Fail, High, iana.AlertDecodeError, true, "RFC 8446, Section 4.4.2.4",
		"the server sent no certificate",
		"configure a certificate for this name",
	},
	{
		CertificateContext, Fail, Low, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.4.2",
		"certificate_request_context is not empty in a server's certificate",
		"the server's message is wrong",
	},
	{
		CertificateUnreadable, Fail, High, iana.AlertBadCertificate, true, "RFC 8446, Section 6.2",
		"no public key can be read from the server's certificate",
		"issue the certificate anew",
	},
	{
		CertificateKey, Fail, High, iana.AlertUnsupportedCertificate, true, "RFC 8422, Section 5.3",
		"the certificate's key can't serve the cipher suite",
		"configure a certificate of the suite's kind",
	},
	{
		SchemeNotOffered, Fail, High, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.4.3",
		"the signature scheme was not offered",
		"the server's negotiation is at fault",
	},
	{
		SchemeForbidden, Fail, High, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.4.3",
		"the signature scheme may not be used in a TLS 1.3 handshake",
		"the server signs as if this were TLS 1.2",
	},
	{
		SchemeKey, Fail, High, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.4.3",
		"the signature scheme does not fit the certificate's key",
		"the server's configuration of certificates is at fault",
	},
	{
		RequestNoSchemes, Fail, Medium, iana.AlertMissingExtension, true, "RFC 8446, Section 4.3.2",
		"the CertificateRequest has no signature_algorithms",
		"the server's request is wrong",
	},
	{
		GroupNotOffered, Fail, High, iana.AlertIllegalParameter, true, "RFC 8422, Section 5.4",
		"the server's curve was not offered",
		"the server's negotiation is at fault",
	},
	{
		ExplicitCurve, Fail, High, iana.AlertIllegalParameter, true, "RFC 8422, Section 5.4",
		"the server describes a curve of its own",
		"configure a named curve",
	},
	{
		PublicValue, Fail, Critical, iana.AlertIllegalParameter, true, "RFC 8422, Section 5.11; RFC 7919, Section 5.1",
		"the server's public value is not valid in its group",
		"the server's key exchange is at fault, or this is an attack",
	},
	{
		DHTooLarge, Fail, Medium, iana.AlertHandshakeFailure, true, "RFC 7919, Section 2",
		"the server's Diffie-Hellman prime is over 8192 bits: it would cost more time than it is worth",
		"configure one of the groups of RFC 7919",
	},
	{
		WeakGroup, Warn, Medium, iana.AlertInsufficientSecurity, true, "RFC 9325, Section 4.5",
		"the key exchange is weaker than 112 bits",
		"configure X25519, P-256 or a Diffie-Hellman group of at least 2048 bits",
	},
	{
		WeakKey, Warn, Medium, iana.AlertInsufficientSecurity, true, "RFC 9325, Section 4.5",
		"the server's key is weaker than 112 bits",
		"issue a certificate for an ECDSA P-256 or RSA 2048 key",
	},
	{
		FinishedLength, Fail, High, iana.AlertDecodeError, true, "RFC 8446, Section 4.4.4",
		"verify_data has the wrong length",
		"the server's Finished is wrong",
	},
	{
		TicketLifetime, Warn, Low, 0, false, "RFC 8446, Section 4.6.1",
		"a ticket's lifetime is over seven days",
		"lower the ticket lifetime",
	},
	{
		TicketUnpromised, Fail, Low, iana.AlertUnexpectedMessage, true, "RFC 5077, Section 3.3",
		"a NewSessionTicket came though the server had not promised one",
		"the server's tickets are at fault",
	},
	{
		KeyUpdateValue, Fail, Medium, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.6.3",
		"request_update is neither 0 nor 1",
		"the server's message is wrong",
	},
	{
		AlertLevel, Warn, Low, 0, false, "RFC 8446, Section 6",
		"an alert's level is not the one that belongs to it",
		"harmless: since TLS 1.3 the level means nothing",
	},
	{
		NoCloseNotify, Warn, Low, 0, false, "RFC 8446, Section 6.1",
		"the connection was closed without close_notify: what came may have been cut short",
		"make the server end its connections with close_notify",
	},
	{
		SelectedVersionNotOffered, Fail, High, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.2.1",
		"supported_versions chose a version that was not offered",
		"the server's version negotiation is at fault",
	},
	{
		PointFormats, Fail, Low, iana.AlertIllegalParameter, true, "RFC 8422, Section 5.1.2",
		"the server's point formats lack the uncompressed one",
		"the server's hello is wrong",
	},
	{
		EncryptThenMAC, Fail, Low, iana.AlertIllegalParameter, true, "RFC 7366, Section 3",
		"encrypt_then_mac was answered for a suite that has no CBC",
		"the server's extensions are at fault",
	},
	{
		RecordSizeLimit, Fail, Medium, iana.AlertIllegalParameter, true, "RFC 8449, Section 4",
		"record_size_limit is below 64 bytes",
		"the server's extensions are at fault",
	},
	{
		RetryNoVersion, Fail, High, iana.AlertMissingExtension, true, "RFC 8446, Section 4.1.4",
		"a HelloRetryRequest has no supported_versions",
		"the server's negotiation is at fault",
	},
	{
		RequestContext, Fail, Low, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.3.2",
		"certificate_request_context is not empty in the handshake",
		"the server's request is wrong",
	},
	{
		RequestAnonymous, Fail, Medium, iana.AlertHandshakeFailure, true, "RFC 5246, Section 7.4.4",
		"an anonymous server asks for a client certificate",
		"the server's configuration is at fault",
	},
	{
		TicketMissing, Fail, Low, iana.AlertUnexpectedMessage, true, "RFC 5077, Section 3.3",
		"the server promised a NewSessionTicket and did not send one",
		"the server's tickets are at fault",
	},
	{
		ResumptionVersion, Fail, High, iana.AlertIllegalParameter, true, "RFC 5246, Section 7.3",
		"the server resumes a session in another version than it began in",
		"the server's session cache, or its tickets, mix up versions",
	},
	{
		ResumptionSuite, Fail, High, iana.AlertIllegalParameter, true, "RFC 5246, Section 7.4.1.3",
		"the server resumes a session with another cipher suite",
		"the server's session cache, or its tickets, are at fault",
	},
	{
		ResumptionEMS, Fail, High, iana.AlertHandshakeFailure, true, "RFC 7627, Section 5.3",
		"the server resumes a session, and its extended_master_secret is not that session's",
		"all servers that share sessions must know extended_master_secret, or none",
	},
	{
		ResumptionIdentity, Fail, High, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.2.11",
		"the server chose a pre-shared key that was not offered",
		"the server's negotiation is at fault",
	},
	{
		ResumptionHash, Fail, High, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.2.11",
		"the cipher suite has another hash than the pre-shared key that the server chose",
		"the server's negotiation is at fault",
	},
}
