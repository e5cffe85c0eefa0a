package cert

import "github.com/tlsprobe/tlsprobe/internal/wire"

// The shapes below are the ASN.1 of RFC 5280, Section 4, as far as a tree takes certificates apart.

// inTag with a number is that constructed tag, as Context can't say it in a constant.
const (
	inTag       = classContext | constructed
	inTag0      = inTag
	contextTag0 = classContext
)

var certificateShape = []shape{
	{name: "tbs", tag: TagSequence, fields: tbsShape},
	{name: "signature_algorithm", tag: TagSequence, fields: algorithmShape},
	{name: "signature_value", tag: TagBitString, kind: bitsOf},
}

var tbsShape = []shape{
	{name: "version", tag: inTag0, optional: true, fields: []shape{{name: "number", tag: TagInteger, kind: number}}},
	{name: "serial_number", tag: TagInteger},
	{name: "signature", tag: TagSequence, fields: algorithmShape},
	{name: "issuer", tag: TagSequence, inside: walker.names},
	{name: "validity", tag: TagSequence, fields: validityShape},
	{name: "subject", tag: TagSequence, inside: walker.names},
	{name: "subject_public_key_info", tag: TagSequence, inside: walker.publicKey},
	{name: "issuer_unique_id", tag: classContext | 1, optional: true, kind: bitsOf},
	{name: "subject_unique_id", tag: classContext | 2, optional: true, kind: bitsOf},
	{name: "extensions", tag: inTag | 3, optional: true, inside: walker.extensions},
}

var algorithmShape = []shape{
	{name: "algorithm", tag: TagOID},
	{name: "parameters", tag: anyTag, optional: true},
}

var validityShape = []shape{
	{name: "not_before", tag: anyTag, kind: text},
	{name: "not_after", tag: anyTag, kind: text},
}

var attributeShape = []shape{
	{name: "type", tag: TagOID},
	{name: "value", tag: anyTag},
}

var otherKeyShape = []shape{
	{name: "algorithm", tag: TagSequence, fields: algorithmShape},
	{name: "subject_public_key", tag: TagBitString, kind: bitsOf},
}

var rsaKeyShape = []shape{
	{name: "algorithm", tag: TagSequence, fields: algorithmShape},
	{name: "subject_public_key", tag: TagBitString, inside: walker.rsaKey},
}

var rsaNumbersShape = []shape{
	{name: "modulus", tag: TagInteger},
	{name: "public_exponent", tag: TagInteger, kind: number},
}

// extensionShape is what stands before the value of an Extension.
var extensionShape = []shape{
	{name: "extn_id", tag: TagOID},
	{name: "critical", tag: TagBoolean, optional: true, kind: number},
}

var generalNameShapes = []shape{
	{name: "other_name", tag: inTag0},
	{name: "rfc822_name", tag: classContext | 1, kind: text},
	{name: "dns_name", tag: classContext | 2, kind: text},
	{name: "x400_address", tag: inTag | 3},
	{name: "directory_name", tag: inTag | 4, inside: walker.directoryName},
	{name: "edi_party_name", tag: inTag | 5},
	{name: "uniform_resource_identifier", tag: classContext | 6, kind: text},
	{name: "ip_address", tag: classContext | 7},
	{name: "registered_id", tag: classContext | 8},
}

// unknownValue is the value of an extension that isn't taken apart. Its name is that of the one element that most have.
var unknownValue = []shape{{name: "value", tag: anyTag}}

// valueShapes are the values of extensions. RFC 5280, Section 4.2; RFC 6962, Section 3.3; RFC 7633, Section 4.
var valueShapes = []struct {
	id     ID
	fields []shape
}{
	{ExtSubjectKeyID, []shape{{name: "key_identifier", tag: TagOctetString}}},
	{ExtKeyUsage, []shape{{name: "usages", tag: TagBitString, kind: bitsOf}}},
	{ExtSubjectAltName, []shape{{name: "names", tag: TagSequence, inside: walker.generalNames}}},
	{ExtIssuerAltName, []shape{{name: "names", tag: TagSequence, inside: walker.generalNames}}},
	{ExtBasicConstraints, []shape{{name: "constraints", tag: TagSequence, fields: []shape{
		{name: "ca", tag: TagBoolean, optional: true, kind: number},
		{name: "path_len_constraint", tag: TagInteger, optional: true, kind: number},
	}}}},
	{ExtNameConstraints, []shape{{name: "constraints", tag: TagSequence, fields: []shape{
		{name: "permitted_subtrees", tag: inTag0, optional: true, inside: walker.subtrees},
		{name: "excluded_subtrees", tag: inTag | 1, optional: true, inside: walker.subtrees},
	}}}},
	{ExtCertificatePolicies, []shape{{name: "policies", tag: TagSequence, inside: walker.policies}}},
	{ExtPolicyConstraints, []shape{{name: "constraints", tag: TagSequence, fields: []shape{
		{name: "require_explicit_policy", tag: contextTag0, optional: true, kind: number},
		{name: "inhibit_policy_mapping", tag: classContext | 1, optional: true, kind: number},
	}}}},
	{ExtInhibitAnyPolicy, []shape{{name: "skip_certs", tag: TagInteger, kind: number}}},
	{ExtExtKeyUsage, []shape{{name: "purposes", tag: TagSequence, inside: walker.purposes}}},
	{ExtAuthorityKeyID, []shape{{name: "identifier", tag: TagSequence, fields: []shape{
		{name: "key_identifier", tag: contextTag0, optional: true},
		{name: "authority_cert_issuer", tag: inTag | 1, optional: true, inside: walker.generalNames},
		{name: "authority_cert_serial_number", tag: classContext | 2, optional: true},
	}}}},
	{ExtCRLDistributionPoints, []shape{{name: "points", tag: TagSequence, inside: walker.distributionPoints}}},
	{ExtFreshestCRL, []shape{{name: "points", tag: TagSequence, inside: walker.distributionPoints}}},
	{ExtAuthorityInfoAccess, []shape{{name: "descriptions", tag: TagSequence, inside: walker.accessDescriptions}}},
	{ExtSubjectInfoAccess, []shape{{name: "descriptions", tag: TagSequence, inside: walker.accessDescriptions}}},
	{ExtTLSFeature, []shape{{name: "features", tag: TagSequence, inside: walker.features}}},
	{ExtSCTList, []shape{{name: "scts", tag: TagOctetString}}},
	{ExtCTPoison, []shape{{name: "null", tag: TagNull}}},
}

func valueShape(id OID) []shape {
	for i := range valueShapes {
		if id.Is(valueShapes[i].id) {
			return valueShapes[i].fields
		}
	}
	return unknownValue
}

var (
	purposeShape = shape{name: "key_purpose_id", tag: TagOID}
	featureShape = shape{name: "feature", tag: TagInteger, kind: number}
	rdnShape     = shape{name: "rdn", tag: TagSet, inside: walker.attributes}
	pairShape    = shape{name: "attribute", tag: TagSequence, fields: attributeShape}
	accessShape  = shape{name: "access_description", tag: TagSequence, inside: walker.accessDescription}
	subtreeShape = shape{name: "subtree", tag: TagSequence, inside: walker.generalNames}
	policyShape  = shape{name: "policy_information", tag: TagSequence, fields: []shape{
		{name: "policy_identifier", tag: TagOID},
		{name: "policy_qualifiers", tag: TagSequence, optional: true},
	}}
	pointShape = shape{name: "distribution_point", tag: TagSequence, fields: []shape{
		{name: "name", tag: inTag0, optional: true, fields: []shape{
			{name: "full_name", tag: inTag0, optional: true, inside: walker.generalNames},
			{name: "name_relative_to_crl_issuer", tag: inTag | 1, optional: true},
		}},
		{name: "reasons", tag: classContext | 1, optional: true, kind: bitsOf},
		{name: "crl_issuer", tag: inTag | 2, optional: true, inside: walker.generalNames},
	}}
)

func (w walker) purposes(b []byte)           { w.list(&purposeShape, b) }
func (w walker) features(b []byte)           { w.list(&featureShape, b) }
func (w walker) attributes(b []byte)         { w.list(&pairShape, b) }
func (w walker) policies(b []byte)           { w.list(&policyShape, b) }
func (w walker) subtrees(b []byte)           { w.list(&subtreeShape, b) }
func (w walker) accessDescriptions(b []byte) { w.list(&accessShape, b) }
func (w walker) distributionPoints(b []byte) { w.list(&pointShape, b) }

// accessDescription records an access method and a location.
func (w walker) accessDescription(b []byte) {
	method := shape{name: "access_method", tag: TagOID}
	if len(b) > 0 || w.c.Describing() {
		b = w.element(&method, method.name, 1, b)
	}
	w.generalNames(b)
}

// directoryName records the Name in a general name. Its attributes aren't named after their types: the paths of every place
// that may hold one, times the types, would be thousands.
func (w walker) directoryName(b []byte) {
	name := w.open("sequence", TagSequence, b)
	w.list(&rdnShape, name.content)
	w.leaf("trailing", name.after, wire.Opaque)
}
