package lint

import (
	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// lint says which certificates a lint concerns, and how it looks at them.
type lint struct {
	id    finding.ID
	scope scope
	roles roles
	reads []cert.ID // extensions without which there is no answer
	none  string    // why it concerns none of the certificates with such a role; "": it always does
	look  func(*subject, *Options) (verdict, fault)
}

// scope is where a lint applies.
type scope uint8

const (
	everywhere scope = iota
	servers          // certificates of servers and what issued them
	public           // those of public authorities
)

// outside says why the lint doesn't apply, "" if it does.
func (s scope) outside(o *Options) string {
	switch {
	case s != everywhere && !o.Server:
		return "it is about servers' certificates, and their authorities"
	case s == public && !o.Public:
		return "it is for public authorities, and this chain doesn't end in a public root"
	}
	return ""
}

// roles is a set of roles.
type roles uint8

const (
	leaf        roles = 1 << Leaf
	issuers     roles = 1 << Intermediate
	roots       roles = 1 << Root
	authorities       = issuers | roots
	belowRoot         = leaf | issuers
	all               = leaf | issuers | roots
)

// missing says that no certificate has one of the roles.
func (r roles) missing() string {
	switch r {
	case leaf:
		return "there is no server's certificate"
	case issuers:
		return "there is no intermediate"
	case authorities:
		return "there is no certificate above the server's own"
	case belowRoot:
		return "there is no certificate below the root"
	case leaf | roots:
		return "there is neither a server's certificate nor a root"
	}
	return "there is no certificate"
}

// table has the lints in the order of finding.Lints.
var table = [...]lint{
	{finding.LintVersion, everywhere, belowRoot, nil, "", version},
	{finding.LintSerialNumber, everywhere, belowRoot, nil, "", serialNumber},
	{finding.LintSerialEntropy, public, belowRoot, nil, "", serialEntropy},
	{finding.LintAlgorithmParameters, everywhere, belowRoot, nil, "no algorithm is known here", algorithmParameters},
	{finding.LintValidityEncoding, everywhere, belowRoot, nil, "", validityEncoding},
	{finding.LintValidityPeriod, public, leaf, nil, "the certificate is from before such rules", validityPeriod},
	{finding.LintCASubject, everywhere, authorities, nil, "", caSubject},
	{finding.LintSubjectAttributes, servers, leaf, nil, "the subject is empty", subjectAttributes},
	{finding.LintCommonName, servers, leaf, []cert.ID{cert.ExtSubjectAltName}, "there is no common name", commonName},
	{finding.LintRSASize, servers, all, nil, "there is no RSA key that can be read", rsaSize},
	{finding.LintRSAValues, everywhere, belowRoot, nil, "there is no RSA key below the root that can be read and has at most 16384 bits", rsaValues},
	{finding.LintAKI, everywhere, all, []cert.ID{cert.ExtAuthorityKeyID}, "every certificate is self-issued", aki},
	{finding.LintAKIFields, servers, all, []cert.ID{cert.ExtAuthorityKeyID, cert.ExtSubjectKeyID}, "no certificate has an authority key identifier", akiFields},
	{finding.LintSKI, everywhere, authorities, []cert.ID{cert.ExtSubjectKeyID}, "", ski},
	{finding.LintNotCritical, everywhere, all, nil, "no certificate has such an extension", notCritical},
	{finding.LintCritical, everywhere, all, nil, "no certificate has such an extension", critical},
	{finding.LintCertSign, everywhere, leaf, []cert.ID{cert.ExtKeyUsage, cert.ExtBasicConstraints}, "the key usage isn't restricted", certSign},
	{finding.LintKeyUsage, servers, leaf, []cert.ID{cert.ExtKeyUsage}, "the key usage isn't restricted, or not that of a server's key", keyUsage},
	{finding.LintCAKeyUsage, everywhere, issuers, []cert.ID{cert.ExtKeyUsage}, "", caKeyUsage},
	{finding.LintEKU, servers, leaf | roots, []cert.ID{cert.ExtExtKeyUsage}, "", eku},
	{finding.LintNameConstraints, everywhere, all, []cert.ID{cert.ExtNameConstraints}, "there are no name constraints", nameConstraints},
	{finding.LintNameConstraintsCritical, everywhere, authorities, nil, "no authority constrains names", nameConstraintsCritical},
	{finding.LintSAN, servers, leaf, []cert.ID{cert.ExtSubjectAltName}, "", san},
	{finding.LintSANCritical, everywhere, leaf, nil, "there are no alternative names", sanCritical},
	{finding.LintSANDNS, everywhere, leaf, []cert.ID{cert.ExtSubjectAltName}, "there is no DNS name", sanDNS},
	{finding.LintSANWildcard, servers, leaf, []cert.ID{cert.ExtSubjectAltName}, "there is no wildcard", sanWildcard},
	{finding.LintSANIDN, servers, leaf, []cert.ID{cert.ExtSubjectAltName}, "there is no internationalized name", sanIDN},
	{finding.LintSANInternal, public, leaf, []cert.ID{cert.ExtSubjectAltName}, "there are no alternative names", sanInternal},
	{finding.LintPolicyOID, public, leaf, []cert.ID{cert.ExtCertificatePolicies}, "", policyOID},
	{finding.LintRevocationPointers, public, belowRoot, []cert.ID{cert.ExtAuthorityInfoAccess, cert.ExtCRLDistributionPoints},
		"the certificate lives too shortly to be revoked", revocationPointers},
	{finding.LintURLScheme, public, belowRoot, []cert.ID{cert.ExtAuthorityInfoAccess, cert.ExtCRLDistributionPoints},
		"the certificates point to nothing", urlScheme},
}
