package finding

import "github.com/tlsprobe/tlsprobe/internal/iana"

// The checks: the proofs of the handshake, and those on the chain.
const (
	HandshakeFinished          ID = "handshake.finished"
	HandshakeCertificateVerify ID = "handshake.certificate_verify"
	HandshakeServerKeyExchange ID = "handshake.server_key_exchange"
	HandshakeDowngrade         ID = "handshake.downgrade"
	HandshakeEMS               ID = "handshake.extended_master_secret"
	HandshakeRenegotiationInfo ID = "handshake.renegotiation_info"
	HandshakeClientCertificate ID = "handshake.client_certificate"
	SessionVersion             ID = "session.version"
	SessionCipher              ID = "session.cipher"
	SessionKeyExchange         ID = "session.key_exchange"
	SessionResumption          ID = "session.resumption"
	Hostname                   ID = "hostname"
	Validity                   ID = "validity"
	ChainPath                  ID = "chain.path"
	ChainComplete              ID = "chain.complete"
	ChainOrder                 ID = "chain.order"
	ChainRootSent              ID = "chain.root_sent"
	ChainRootTrust             ID = "chain.root_trust"
	ChainSignature             ID = "chain.signature"
	BasicConstraints           ID = "basic_constraints"
	PathLen                    ID = "path_len"
	KeyUsage                   ID = "key_usage"
	EKU                        ID = "eku"
	NameConstraints            ID = "name_constraints"
	CriticalExt                ID = "critical_ext"
	SigAlg                     ID = "sig_alg"
	KeyStrength                ID = "key_strength"
	Encoding                   ID = "encoding"
	RevocationStapled          ID = "revocation.stapled"
	RevocationOCSP             ID = "revocation.ocsp"
	RevocationCRL              ID = "revocation.crl"
	MustStaple                 ID = "must_staple"
	CTSCTs                     ID = "ct.scts"
	CTPolicy                   ID = "ct.policy"
	Policy                     ID = "policy"
	SecondOpinion              ID = "second_opinion"
)

// checks has a row for each check.
var checks = [...]Row{
	{
		SessionVersion, Warn, Medium, 0, false, "RFC 8996; RFC 9325, Section 3.1",
		"the protocol version is deprecated",
		"turn on TLS 1.2 and TLS 1.3, and turn off what is older",
	},
	{
		SessionCipher, Warn, Medium, 0, false, "RFC 9325, Section 4.1",
		"the cipher does not protect what it carries",
		"configure suites with AES-GCM or ChaCha20-Poly1305",
	},
	{
		SessionKeyExchange, Warn, Medium, 0, false, "RFC 9325, Section 4.1",
		"the key exchange lacks forward secrecy or authentication",
		"configure suites with ECDHE and a certificate",
	},
	{
		SessionResumption, Info, None, 0, false, "RFC 8446, Section 2.2; RFC 5246, Section 7.3",
		"the server did not take the session that was offered, and made a full handshake",
		"look for tickets that are turned off or whose keys change, for a session cache that is not shared, or for another server behind the same name",
	},
	{
		HandshakeFinished, Fail, Critical, iana.AlertDecryptError, true, "RFC 8446, Section 4.4.4",
		"the server's Finished does not match: the two sides did not see the same handshake, or do not have the same keys",
		"look for a middlebox that changes TLS, or a fault in the peer's transcript",
	},
	{
		HandshakeCertificateVerify, Fail, Critical, iana.AlertDecryptError, true, "RFC 8446, Section 4.4.3",
		"the server did not prove that it has the certificate's key",
		"the certificate and the private key do not belong together, or somebody else answers",
	},
	{
		HandshakeServerKeyExchange, Fail, Critical, iana.AlertDecryptError, true, "RFC 5246, Section 7.4.3",
		"the signature over the server's key exchange parameters is wrong",
		"the certificate and the private key do not belong together, or somebody else answers",
	},
	{
		HandshakeDowngrade, Fail, Critical, iana.AlertIllegalParameter, true, "RFC 8446, Section 4.1.3",
		"the server can do better than what was negotiated: its random carries the mark of a downgrade",
		"somebody between here and the server lowers the version; look for a middlebox",
	},
	{
		HandshakeEMS, Warn, Low, 0, false, "RFC 7627, Section 1",
		"the master secret is not bound to the handshake",
		"turn on extended_master_secret, or TLS 1.3",
	},
	{
		HandshakeRenegotiationInfo, Warn, Medium, 0, false, "RFC 5746, Section 3.4",
		"the server does not bind renegotiations to their connection",
		"turn on secure renegotiation, or TLS 1.3",
	},
	{
		HandshakeClientCertificate, Warn, Medium, 0, false, "RFC 8446, Section 4.4.3",
		"the client did not prove who it is: its certificate could not be used, or its signature is wrong",
		"give the certificate, the key that belongs to it, and an algorithm that the server takes",
	},
	{
		Hostname, Fail, High, iana.AlertBadCertificate, true, "RFC 9525, Section 6",
		"the certificate is not for this name",
		"ask for a name that the certificate holds, or issue one for this name",
	},
	{
		Validity, Fail, High, iana.AlertCertificateExpired, true, "RFC 5280, Section 4.1.2.5",
		"a certificate is outside its validity period",
		"renew the certificate, or set the clock right",
	},
	{
		ChainPath, Fail, High, iana.AlertUnknownCA, true, "RFC 5280, Section 6.1",
		"no path leads from the certificate to a trusted root",
		"send a chain in which each certificate is signed with the key of the next, up to a root of the store, or give its root with --roots",
	},
	{
		ChainComplete, Fail, High, iana.AlertUnknownCA, true, "RFC 8446, Section 4.4.2",
		"an issuer is missing from what the server sent",
		"append the missing intermediate to the server's chain file",
	},
	{
		ChainOrder, Warn, Low, 0, false, "RFC 8446, Section 4.4.2",
		"the certificates are not in the order of the chain",
		"put the server's own certificate first, then each one's issuer",
	},
	{
		ChainRootSent, Info, None, 0, false, "RFC 8446, Section 4.4.2",
		"the server also sends the root, which the client must have anyway",
		"leave the root out of the chain file: it only costs bytes",
	},
	{
		ChainRootTrust, Fail, High, iana.AlertUnknownCA, true, "RFC 5280, Section 6.1.1",
		"the chain does not end in a root of the store",
		"use a certificate of a public authority, or give its root with --roots",
	},
	{
		ChainSignature, Fail, Critical, iana.AlertBadCertificate, true, "RFC 5280, Section 6.1.3",
		"a certificate is not signed by the key of the one above it",
		"the chain was assembled from the wrong files: use the issuer that signed it",
	},
	{
		BasicConstraints, Fail, High, iana.AlertBadCertificate, true, "RFC 5280, Section 4.2.1.9",
		"an issuer is not a certificate authority",
		"the chain uses a certificate to issue that may not issue",
	},
	{
		PathLen, Fail, High, iana.AlertBadCertificate, true, "RFC 5280, Section 4.2.1.9",
		"more intermediates than an authority above allows",
		"use an issuer whose path length allows this chain",
	},
	{
		KeyUsage, Fail, High, iana.AlertBadCertificate, true, "RFC 5280, Section 4.2.1.3",
		"a key is used for what its certificate does not allow",
		"issue the certificate with the right key usage",
	},
	{
		EKU, Fail, High, iana.AlertUnsupportedCertificate, true, "RFC 5280, Section 4.2.1.12",
		"the certificate is not for servers",
		"issue the certificate with serverAuth",
	},
	{
		NameConstraints, Fail, High, iana.AlertBadCertificate, true, "RFC 5280, Section 4.2.1.10",
		"an authority above does not allow a name of the chain",
		"use an issuer that may certify the name",
	},
	{
		CriticalExt, Fail, High, iana.AlertUnsupportedCertificate, true, "RFC 5280, Section 4.2",
		"a critical extension is not understood",
		"issue the certificate without it",
	},
	{
		SigAlg, Fail, High, iana.AlertBadCertificate, true, "RFC 9155, Section 2",
		"a certificate is signed with a broken hash",
		"reissue with SHA-256 or better",
	},
	{
		KeyStrength, Fail, High, iana.AlertInsufficientSecurity, true, "RFC 9325, Section 4.5",
		"a key of the chain is too weak",
		"issue a certificate for an ECDSA P-256 or RSA 2048 key",
	},
	{
		Encoding, Fail, High, iana.AlertBadCertificate, true, "RFC 5280, Section 4.1",
		"a certificate is not encoded as it must be",
		"issue the certificate with software that writes correct DER",
	},
	{
		RevocationStapled, Info, None, 0, false, "RFC 6066, Section 8",
		"no OCSP response was stapled",
		"turn on OCSP stapling if the certificate names a responder",
	},
	{
		RevocationOCSP, Fail, Critical, iana.AlertCertificateRevoked, true, "RFC 6960, Section 3.2",
		"an OCSP responder's answer speaks against a certificate",
		"replace the certificate, and its key",
	},
	{
		RevocationCRL, Fail, Critical, iana.AlertCertificateRevoked, true, "RFC 5280, Section 6.3",
		"a certificate revocation list speaks against a certificate",
		"replace the certificate, and its key",
	},
	{
		MustStaple, Fail, Medium, iana.AlertBadCertificateStatusResponse, true, "RFC 7633, Section 4.2.3.1",
		"the certificate demands a stapled OCSP response, and none that can be used came with it",
		"turn on OCSP stapling",
	},
	{
		CTSCTs, Fail, Medium, 0, false, "RFC 6962, Section 5.2",
		"a certificate timestamp is not what a log signed",
		"have the authority issue the certificate again, or take the wrong timestamp out of the server's configuration",
	},
	{
		CTPolicy, Warn, Low, 0, false, "Chrome CT Policy; Apple CT Policy",
		"browsers want more certificate timestamps, or of other logs",
		"get a certificate whose authority embeds the timestamps that browsers ask for",
	},
	{
		Policy, Fail, High, iana.AlertBadCertificate, true, "RFC 5280, Section 6.1",
		"no certificate policy holds for the whole path, and one is demanded",
		"use an issuer that asserts the policy, or do not demand it",
	},
	{
		SecondOpinion, Info, None, 0, false, "",
		"Go's crypto/x509 comes to another verdict",
		"",
	},
}
