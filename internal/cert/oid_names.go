package cert

// Attribute types of names. X.520; RFC 4519, Section 2.
const (
	AttrCommonName         ID = "\x55\x04\x03"                             // 2.5.4.3
	AttrSerialNumber       ID = "\x55\x04\x05"                             // 2.5.4.5
	AttrCountry            ID = "\x55\x04\x06"                             // 2.5.4.6
	AttrLocality           ID = "\x55\x04\x07"                             // 2.5.4.7
	AttrProvince           ID = "\x55\x04\x08"                             // 2.5.4.8
	AttrOrganization       ID = "\x55\x04\x0a"                             // 2.5.4.10
	AttrOrganizationalUnit ID = "\x55\x04\x0b"                             // 2.5.4.11
	AttrDomainComponent    ID = "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19" // 0.9.2342.19200300.100.1.25
	AttrEmailAddress       ID = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"     // 1.2.840.113549.1.9.1
)

// Algorithms of keys.
const (
	OIDRSA         ID = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" // 1.2.840.113549.1.1.1
	OIDRSAOAEP     ID = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07" // 1.2.840.113549.1.1.7
	OIDMGF1        ID = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08" // 1.2.840.113549.1.1.8
	OIDRSAPSS      ID = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a" // 1.2.840.113549.1.1.10
	OIDECPublicKey ID = "\x2a\x86\x48\xce\x3d\x02\x01"         // 1.2.840.10045.2.1
	OIDDSA         ID = "\x2a\x86\x48\xce\x38\x04\x01"         // 1.2.840.10040.4.1
	OIDDH          ID = "\x2a\x86\x48\xce\x3e\x02\x01"         // 1.2.840.10046.2.1
	OIDX25519      ID = "\x2b\x65\x6e"                         // 1.3.101.110
	OIDX448        ID = "\x2b\x65\x6f"                         // 1.3.101.111
	OIDEd25519     ID = "\x2b\x65\x70"                         // 1.3.101.112
	OIDEd448       ID = "\x2b\x65\x71"                         // 1.3.101.113
	OIDMLDSA44     ID = "\x60\x86\x48\x01\x65\x03\x04\x03\x11" // 2.16.840.1.101.3.4.3.17
	OIDMLDSA65     ID = "\x60\x86\x48\x01\x65\x03\x04\x03\x12" // 2.16.840.1.101.3.4.3.18
	OIDMLDSA87     ID = "\x60\x86\x48\x01\x65\x03\x04\x03\x13" // 2.16.840.1.101.3.4.3.19
)

// Signature algorithms. RFC 4055, RFC 5758, RFC 3279.
const (
	OIDMD2WithRSA      ID = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x02" // 1.2.840.113549.1.1.2
	OIDMD5WithRSA      ID = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04" // 1.2.840.113549.1.1.4
	OIDSHA1WithRSA     ID = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05" // 1.2.840.113549.1.1.5
	OIDSHA1WithRSAISO  ID = "\x2b\x0e\x03\x02\x1d"                 // 1.3.14.3.2.29
	OIDSHA256WithRSA   ID = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b" // 1.2.840.113549.1.1.11
	OIDSHA384WithRSA   ID = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c" // 1.2.840.113549.1.1.12
	OIDSHA512WithRSA   ID = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d" // 1.2.840.113549.1.1.13
	OIDSHA224WithRSA   ID = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e" // 1.2.840.113549.1.1.14
	OIDECDSAWithSHA1   ID = "\x2a\x86\x48\xce\x3d\x04\x01"         // 1.2.840.10045.4.1
	OIDECDSAWithSHA224 ID = "\x2a\x86\x48\xce\x3d\x04\x03\x01"     // 1.2.840.10045.4.3.1
	OIDECDSAWithSHA256 ID = "\x2a\x86\x48\xce\x3d\x04\x03\x02"     // 1.2.840.10045.4.3.2
	OIDECDSAWithSHA384 ID = "\x2a\x86\x48\xce\x3d\x04\x03\x03"     // 1.2.840.10045.4.3.3
	OIDECDSAWithSHA512 ID = "\x2a\x86\x48\xce\x3d\x04\x03\x04"     // 1.2.840.10045.4.3.4
	OIDDSAWithSHA1     ID = "\x2a\x86\x48\xce\x38\x04\x03"         // 1.2.840.10040.4.3
	OIDDSAWithSHA224   ID = "\x60\x86\x48\x01\x65\x03\x04\x03\x01" // 2.16.840.1.101.3.4.3.1
	OIDDSAWithSHA256   ID = "\x60\x86\x48\x01\x65\x03\x04\x03\x02" // 2.16.840.1.101.3.4.3.2
	OIDDSAWithSHA384   ID = "\x60\x86\x48\x01\x65\x03\x04\x03\x03" // 2.16.840.1.101.3.4.3.3
	OIDDSAWithSHA512   ID = "\x60\x86\x48\x01\x65\x03\x04\x03\x04" // 2.16.840.1.101.3.4.3.4
)

// Hash functions.
const (
	OIDMD5        ID = "\x2a\x86\x48\x86\xf7\x0d\x02\x05"     // 1.2.840.113549.2.5
	OIDSHA1       ID = "\x2b\x0e\x03\x02\x1a"                 // 1.3.14.3.2.26
	OIDSHA256     ID = "\x60\x86\x48\x01\x65\x03\x04\x02\x01" // 2.16.840.1.101.3.4.2.1
	OIDSHA384     ID = "\x60\x86\x48\x01\x65\x03\x04\x02\x02" // 2.16.840.1.101.3.4.2.2
	OIDSHA512     ID = "\x60\x86\x48\x01\x65\x03\x04\x02\x03" // 2.16.840.1.101.3.4.2.3
	OIDSHA224     ID = "\x60\x86\x48\x01\x65\x03\x04\x02\x04" // 2.16.840.1.101.3.4.2.4
	OIDSHA512_224 ID = "\x60\x86\x48\x01\x65\x03\x04\x02\x05" // 2.16.840.1.101.3.4.2.5
	OIDSHA512_256 ID = "\x60\x86\x48\x01\x65\x03\x04\x02\x06" // 2.16.840.1.101.3.4.2.6
)

// Field types of explicit curve parameters. RFC 3279, Section 2.3.5.
const (
	OIDPrimeField  ID = "\x2a\x86\x48\xce\x3d\x01\x01" // 1.2.840.10045.1.1
	OIDBinaryField ID = "\x2a\x86\x48\xce\x3d\x01\x02" // 1.2.840.10045.1.2
)

// Extensions of certificates, CRLs and OCSP.
const (
	ExtSubjectKeyID             ID = "\x55\x1d\x0e"                             // 2.5.29.14
	ExtKeyUsage                 ID = "\x55\x1d\x0f"                             // 2.5.29.15
	ExtSubjectAltName           ID = "\x55\x1d\x11"                             // 2.5.29.17
	ExtIssuerAltName            ID = "\x55\x1d\x12"                             // 2.5.29.18
	ExtBasicConstraints         ID = "\x55\x1d\x13"                             // 2.5.29.19
	ExtCRLNumber                ID = "\x55\x1d\x14"                             // 2.5.29.20
	ExtCRLReason                ID = "\x55\x1d\x15"                             // 2.5.29.21
	ExtInvalidityDate           ID = "\x55\x1d\x18"                             // 2.5.29.24
	ExtDeltaCRLIndicator        ID = "\x55\x1d\x1b"                             // 2.5.29.27
	ExtIssuingDistributionPoint ID = "\x55\x1d\x1c"                             // 2.5.29.28
	ExtCertificateIssuer        ID = "\x55\x1d\x1d"                             // 2.5.29.29
	ExtNameConstraints          ID = "\x55\x1d\x1e"                             // 2.5.29.30
	ExtCRLDistributionPoints    ID = "\x55\x1d\x1f"                             // 2.5.29.31
	ExtCertificatePolicies      ID = "\x55\x1d\x20"                             // 2.5.29.32
	ExtPolicyMappings           ID = "\x55\x1d\x21"                             // 2.5.29.33
	ExtAuthorityKeyID           ID = "\x55\x1d\x23"                             // 2.5.29.35
	ExtPolicyConstraints        ID = "\x55\x1d\x24"                             // 2.5.29.36
	ExtExtKeyUsage              ID = "\x55\x1d\x25"                             // 2.5.29.37
	ExtFreshestCRL              ID = "\x55\x1d\x2e"                             // 2.5.29.46
	ExtInhibitAnyPolicy         ID = "\x55\x1d\x36"                             // 2.5.29.54
	ExtAuthorityInfoAccess      ID = "\x2b\x06\x01\x05\x05\x07\x01\x01"         // 1.3.6.1.5.5.7.1.1
	ExtSubjectInfoAccess        ID = "\x2b\x06\x01\x05\x05\x07\x01\x0b"         // 1.3.6.1.5.5.7.1.11
	ExtTLSFeature               ID = "\x2b\x06\x01\x05\x05\x07\x01\x18"         // 1.3.6.1.5.5.7.1.24
	ExtOCSPNoCheck              ID = "\x2b\x06\x01\x05\x05\x07\x30\x01\x05"     // 1.3.6.1.5.5.7.48.1.5
	ExtOCSPNonce                ID = "\x2b\x06\x01\x05\x05\x07\x30\x01\x02"     // 1.3.6.1.5.5.7.48.1.2
	ExtSCTList                  ID = "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02" // 1.3.6.1.4.1.11129.2.4.2
	ExtCTPoison                 ID = "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x03" // 1.3.6.1.4.1.11129.2.4.3
	ExtOCSPSCTList              ID = "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x05" // 1.3.6.1.4.1.11129.2.4.5
	ExtDelegationUsage          ID = "\x2b\x06\x01\x04\x01\x82\xda\x4b\x2c"     // 1.3.6.1.4.1.44363.44
)

// Extended key usages. RFC 5280, Section 4.2.1.12.
const (
	EKUAny                   ID = "\x55\x1d\x25\x00"                         // 2.5.29.37.0
	EKUServerAuth            ID = "\x2b\x06\x01\x05\x05\x07\x03\x01"         // 1.3.6.1.5.5.7.3.1
	EKUClientAuth            ID = "\x2b\x06\x01\x05\x05\x07\x03\x02"         // 1.3.6.1.5.5.7.3.2
	EKUCodeSigning           ID = "\x2b\x06\x01\x05\x05\x07\x03\x03"         // 1.3.6.1.5.5.7.3.3
	EKUEmailProtection       ID = "\x2b\x06\x01\x05\x05\x07\x03\x04"         // 1.3.6.1.5.5.7.3.4
	EKUTimeStamping          ID = "\x2b\x06\x01\x05\x05\x07\x03\x08"         // 1.3.6.1.5.5.7.3.8
	EKUOCSPSigning           ID = "\x2b\x06\x01\x05\x05\x07\x03\x09"         // 1.3.6.1.5.5.7.3.9
	EKUMicrosoftSGC          ID = "\x2b\x06\x01\x04\x01\x82\x37\x0a\x03\x03" // 1.3.6.1.4.1.311.10.3.3
	EKUNetscapeSGC           ID = "\x60\x86\x48\x01\x86\xf8\x42\x04\x01"     // 2.16.840.1.113730.4.1
	EKUPrecertificateSigning ID = "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x04" // 1.3.6.1.4.1.11129.2.4.4
)

// Access methods. RFC 5280, Section 4.2.2.1.
const (
	AccessOCSP      ID = "\x2b\x06\x01\x05\x05\x07\x30\x01" // 1.3.6.1.5.5.7.48.1
	AccessCAIssuers ID = "\x2b\x06\x01\x05\x05\x07\x30\x02" // 1.3.6.1.5.5.7.48.2
)

// Policies and their qualifiers. RFC 5280, Section 4.2.1.4; CA/Browser Forum's arc 2.23.140.
const (
	PolicyAny                   ID = "\x55\x1d\x20\x00"                 // 2.5.29.32.0
	PolicyExtendedValidation    ID = "\x67\x81\x0c\x01\x01"             // 2.23.140.1.1
	PolicyDomainValidated       ID = "\x67\x81\x0c\x01\x02\x01"         // 2.23.140.1.2.1
	PolicyOrganizationValidated ID = "\x67\x81\x0c\x01\x02\x02"         // 2.23.140.1.2.2
	PolicyIndividualValidated   ID = "\x67\x81\x0c\x01\x02\x03"         // 2.23.140.1.2.3
	PolicyCPS                   ID = "\x2b\x06\x01\x05\x05\x07\x02\x01" // 1.3.6.1.5.5.7.2.1
	PolicyUserNotice            ID = "\x2b\x06\x01\x05\x05\x07\x02\x02" // 1.3.6.1.5.5.7.2.2
)
