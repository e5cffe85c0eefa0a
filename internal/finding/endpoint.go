package finding

// The checks on an endpoint as a whole: what many connections tell together.
const (
	EndpointVersionForbidden   ID = "endpoint.version_forbidden"
	EndpointVersionDeprecated  ID = "endpoint.version_deprecated"
	EndpointSuiteForbidden     ID = "endpoint.suite_forbidden"
	EndpointDHWeak             ID = "endpoint.dh_weak"
	EndpointDHModulus          ID = "endpoint.dh_modulus"
	EndpointKeyReuse           ID = "endpoint.key_reuse"
	EndpointHybridPassedOver   ID = "endpoint.hybrid_passed_over"
	EndpointDowngradeSentinel  ID = "endpoint.downgrade_sentinel"
	EndpointIntolerant         ID = "endpoint.intolerant"
	EndpointCompression        ID = "endpoint.compression"
	EndpointChoiceNotOffered   ID = "endpoint.choice_not_offered"
	EndpointRenegotiationInfo  ID = "endpoint.renegotiation_info"
	EndpointCertificateRefused ID = "endpoint.certificate"
)

// endpointChecks has a row for each of them.
var endpointChecks = [...]Row{
	{
		EndpointVersionForbidden, Fail, High, 0, false, "RFC 6176, Section 3; RFC 7568, Section 3",
		"it speaks a version that must not be used",
		"turn SSL 2.0 and SSL 3.0 off",
	},
	{
		EndpointVersionDeprecated, Warn, Medium, 0, false, "RFC 8996, Sections 4 and 5",
		"it speaks a version that is deprecated",
		"turn TLS 1.0 and TLS 1.1 off",
	},
	{
		EndpointSuiteForbidden, Fail, High, 0, false, "RFC 9325, Section 4.1; RFC 7465, Section 2",
		"it accepts suites that must not be negotiated",
		"take the suites without encryption, without authentication, for export, and with RC4 or DES out of the configuration",
	},
	{
		EndpointDHWeak, Fail, High, 0, false, "RFC 9325, Section 4.5",
		"DHE agrees over a group of less than 2048 bits",
		"configure a group of RFC 7919, or turn DHE off",
	},
	{
		EndpointDHModulus, Fail, Critical, 0, false, "RFC 7919, Section 9.1",
		"the modulus of DHE is no prime",
		"configure a group of RFC 7919, or turn DHE off",
	},
	{
		EndpointKeyReuse, Warn, Low, 0, false, "RFC 9325, Section 7.4",
		"an ephemeral key is used for several connections",
		"have the server make a key for each connection",
	},
	{
		EndpointHybridPassedOver, Warn, Medium, 0, false, "RFC 8446, Section 4.1.4",
		"it has a group that withstands quantum computers, and picks another to save a round trip",
		"let the server ask for the group that it prefers with a HelloRetryRequest",
	},
	{
		EndpointDowngradeSentinel, Fail, Medium, 0, false, "RFC 8446, Section 4.1.3",
		"it does not mark handshakes below its best version",
		"update the server's library, or what terminates TLS before it",
	},
	{
		EndpointIntolerant, Fail, Medium, 0, false, "RFC 8446, Section 4.1.2",
		"it refuses a hello that it must bear",
		"update the server, or what stands before it; clients of today send such hellos",
	},
	{
		EndpointCompression, Fail, Medium, 0, false, "RFC 9325, Section 3.3",
		"it compresses what it encrypts, which tells of its content",
		"turn compression off",
	},
	{
		EndpointChoiceNotOffered, Fail, Medium, 0, false, "RFC 8446, Section 4.1.3",
		"it chooses what was not offered",
		"update the server: its answer can't be relied on",
	},
	{
		EndpointRenegotiationInfo, Fail, Medium, 0, false, "RFC 5746, Section 3.6",
		"renegotiations are not bound to their connection",
		"update the server's library",
	},
	{
		EndpointCertificateRefused, Fail, High, 0, false, "RFC 5280, Section 6.1",
		"a certificate that it presents is not trusted",
		"verify its chain: tlsprobe connect says which check fails, and what to do",
	},
}
