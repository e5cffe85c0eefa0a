package finding

// The lints: what RFC 5280's profile and the CA/Browser Forum's Baseline Requirements (version 2.2.6) ask of a certificate
// beyond what makes a path valid.
const (
	LintVersion                 ID = "lint.version"
	LintSerialNumber            ID = "lint.serial_number"
	LintSerialEntropy           ID = "lint.serial_entropy"
	LintAlgorithmParameters     ID = "lint.algorithm_parameters"
	LintValidityEncoding        ID = "lint.validity_encoding"
	LintValidityPeriod          ID = "lint.validity_period"
	LintCASubject               ID = "lint.ca_subject"
	LintSubjectAttributes       ID = "lint.subject_attributes"
	LintCommonName              ID = "lint.common_name"
	LintRSASize                 ID = "lint.rsa_size"
	LintRSAValues               ID = "lint.rsa_values"
	LintAKI                     ID = "lint.aki"
	LintAKIFields               ID = "lint.aki_fields"
	LintSKI                     ID = "lint.ski"
	LintNotCritical             ID = "lint.not_critical"
	LintCritical                ID = "lint.critical"
	LintCertSign                ID = "lint.cert_sign"
	LintKeyUsage                ID = "lint.key_usage"
	LintCAKeyUsage              ID = "lint.ca_key_usage"
	LintEKU                     ID = "lint.eku"
	LintNameConstraints         ID = "lint.name_constraints"
	LintNameConstraintsCritical ID = "lint.name_constraints_critical"
	LintSAN                     ID = "lint.san"
	LintSANCritical             ID = "lint.san_critical"
	LintSANDNS                  ID = "lint.san_dns"
	LintSANWildcard             ID = "lint.san_wildcard"
	LintSANIDN                  ID = "lint.san_idn"
	LintSANInternal             ID = "lint.san_internal"
	LintPolicyOID               ID = "lint.policy_oid"
	LintRevocationPointers      ID = "lint.revocation_pointers"
	LintURLScheme               ID = "lint.url_scheme"
)

// Strictness says under which rules the breach of a lint is a failure. Certificates in breach of one that is strict can't come
// from a public authority, and x509-limbo expects validators to reject them.
type Strictness uint8

// The rules; a lint may be strict under both. Under the others its breach is a warning.
const (
	Advisory       Strictness = 0
	StrictProfile  Strictness = 1 << (iota - 1) // RFC 5280's profile alone
	StrictBaseline                              // the Baseline Requirements, which include the profile but for its exceptions
	StrictBoth     = StrictProfile | StrictBaseline
)

// Lint is the row of a lint. The status is that of an advisory breach; one that counts is a [Fail] of severity [High].
type Lint struct {
	Row
	Strict Strictness
}

// Lints returns the rows of the lints.
func Lints() []Lint { return lints[:] }

const reissue = "have the authority issue the certificate again, without that"

// lints has a row for each lint. BR is the CA/Browser Forum's Baseline Requirements for TLS Server Certificates.
var lints = [...]Lint{
	{Row{LintVersion, Warn, Medium, 0, false, "RFC 5280, Sections 4.1.2.1 and 4.1.2.8; BR 7.1.1",
		"a certificate is not of version 3, or has unique identifiers", reissue}, StrictBaseline},
	{Row{LintSerialNumber, Warn, Medium, 0, false, "RFC 5280, Section 4.1.2.2",
		"a serial number is not positive, or over 20 octets", "have the certificate issued with a positive, random serial number"}, StrictBoth},
	{Row{LintSerialEntropy, Warn, Low, 0, false, "BR 7.1.2.7",
		"a serial number is too short to hold 64 random bits", "have the certificate issued with a serial number of 64 random bits or more"}, Advisory},
	{Row{LintAlgorithmParameters, Warn, Low, 0, false, "RFC 4055, Section 5; RFC 5758, Section 3; RFC 8410, Section 3; BR 7.1.3",
		"parameters of an algorithm are not the ones that belong to it", "issue with software that writes the parameters as the algorithm has them"}, Advisory},
	{Row{LintValidityEncoding, Warn, Low, 0, false, "RFC 5280, Section 4.1.2.5",
		"a validity is not written as it must be, or ends before it begins", "issue with software that writes UTCTime to 2049 and GeneralizedTime from 2050, whole seconds, and Z"}, Advisory},
	{Row{LintValidityPeriod, Warn, Medium, 0, false, "BR 6.3.2",
		"a server's certificate is valid for longer than public authorities may issue", "have the certificate renewed more often, by a program"}, Advisory},
	{Row{LintCASubject, Warn, Medium, 0, false, "RFC 5280, Section 4.1.2.6",
		"an authority has no name", "name the authority in its subject"}, StrictBoth},
	{Row{LintSubjectAttributes, Warn, Low, 0, false, "BR 7.1.2.7.2 to 7.1.2.7.4",
		"the subject holds an attribute that says nothing, or that may not be there", "have the certificate issued without the attribute"}, Advisory},
	{Row{LintCommonName, Warn, Low, 0, false, "BR 7.1.4.3",
		"the common name is not one of the alternative names, character for character", "have the certificate issued without a common name, or with one of its alternative names"}, StrictBaseline},
	{Row{LintRSASize, Warn, Medium, 0, false, "BR 6.1.5",
		"an RSA modulus is not a whole number of octets long", "use an RSA key of 2048, 3072 or 4096 bits"}, StrictBaseline},
	{Row{LintRSAValues, Warn, Medium, 0, false, "BR 6.1.6",
		"an RSA exponent or modulus is not one that good software makes", "make a new key, with 65537 as its exponent"}, Advisory},
	{Row{LintAKI, Warn, Low, 0, false, "RFC 5280, Section 4.2.1.1",
		"a certificate does not name the key that signed it", "issue with authorityKeyIdentifier = keyid"}, StrictBoth},
	{Row{LintAKIFields, Warn, Low, 0, false, "BR 7.1.2.1.3 and 7.1.2.11.1",
		"the authority key identifier holds more or other than the key identifier of the issuer", "issue with authorityKeyIdentifier = keyid, without issuer and serial number"}, StrictBaseline},
	{Row{LintSKI, Warn, Low, 0, false, "RFC 5280, Section 4.2.1.2",
		"an authority does not name its key", "issue with subjectKeyIdentifier = hash"}, StrictBoth},
	{Row{LintNotCritical, Warn, Medium, 0, false, "RFC 5280, Section 4.2",
		"an extension is critical that must not be", reissue}, StrictBoth},
	{Row{LintCritical, Warn, Medium, 0, false, "RFC 5280, Section 4.2.1.9",
		"an extension is not critical that must be", "issue with the extension marked critical"}, StrictBoth},
	{Row{LintCertSign, Warn, Medium, 0, false, "RFC 5280, Section 4.2.1.3",
		"a key that is no authority's may sign certificates", "have the certificate issued without keyCertSign"}, StrictBoth},
	{Row{LintKeyUsage, Warn, Low, 0, false, "BR 7.1.2.7.11; RFC 8813, Section 3",
		"the key usage is not one for this kind of key in a server's certificate", "have the certificate issued with digitalSignature alone"}, Advisory},
	{Row{LintCAKeyUsage, Warn, Low, 0, false, "RFC 5280, Section 4.2.1.3; BR 7.1.2.10.7",
		"an authority's key usage is absent, not critical, or more than it needs", "issue with keyUsage = critical, keyCertSign, cRLSign"}, Advisory},
	{Row{LintEKU, Warn, Medium, 0, false, "BR 7.1.2.7.10",
		"the extended key usage is not that of a server's certificate, or a root has one", "have the certificate issued for serverAuth alone, not critical"}, StrictBaseline},
	{Row{LintNameConstraints, Warn, Medium, 0, false, "RFC 5280, Section 4.2.1.10",
		"name constraints are empty, not well-formed, or not in an authority's certificate", "write each constraint as RFC 5280 has it, a domain without a dot before it"}, StrictBoth},
	{Row{LintNameConstraintsCritical, Warn, Low, 0, false, "RFC 5280, Section 4.2.1.10; BR 7.1.2.10.8",
		"name constraints are not critical: who does not know them may ignore them", "issue with nameConstraints marked critical"}, StrictProfile},
	{Row{LintSAN, Warn, Medium, 0, false, "BR 7.1.2.7.12",
		"the alternative names lack a DNS name or address, or hold names of other kinds", "have the certificate issued with DNS names and addresses alone"}, Advisory},
	{Row{LintSANCritical, Warn, Low, 0, false, "RFC 5280, Section 4.2.1.6; BR 7.1.2.7.12",
		"the alternative names are critical beside a subject, or not critical without one", "mark subjectAltName critical if, and only if, the subject is empty"}, StrictBoth},
	{Row{LintSANDNS, Warn, Medium, 0, false, "RFC 5280, Section 4.2.1.6; RFC 1034, Section 3.5",
		"an alternative name is no DNS name", "use letters, digits and hyphens alone, and an iPAddress for an address"}, StrictBoth},
	{Row{LintSANWildcard, Warn, Medium, 0, false, "BR 3.2.2.6; RFC 9525, Section 6.3",
		"a wildcard spans a public suffix, or is not the whole first label", "name the hosts, or use a wildcard below a domain of your own"}, StrictBaseline},
	{Row{LintSANIDN, Warn, Low, 0, false, "BR 7.1.2.7.12; RFC 5890, Section 2.3.2.1",
		"an internationalized name is not encoded as it must be", "encode the name anew, and check what it shows"}, Advisory},
	{Row{LintSANInternal, Warn, Low, 0, false, "BR 4.2.2",
		"an alternative name means nothing on the public internet", "use a private authority for internal names"}, Advisory},
	{Row{LintPolicyOID, Warn, Low, 0, false, "BR 7.1.2.7.9 and 7.1.6.1",
		"the certificate does not say by which rules its holder was validated", "have the authority name exactly one of the reserved policies"}, Advisory},
	{Row{LintRevocationPointers, Warn, Low, 0, false, "BR 7.1.2.11.2",
		"the certificate names neither a CRL nor an OCSP responder", "have the authority name its CRL in the certificate"}, Advisory},
	{Row{LintURLScheme, Warn, Low, 0, false, "BR 7.1.2.7.7 and 7.1.2.11.2",
		"what the certificate points to is not at an http URL", "have the authority use http URLs, which need no other certificate"}, Advisory},
}
