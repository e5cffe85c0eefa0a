package lint

import (
	"bytes"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/signature"
)

// aki wants the key identifier of the issuer, but for a certificate that is signed with its own key.
func aki(s *subject, _ *Options) (verdict, fault) {
	switch {
	case s.aki != nil && len(s.aki.KeyID) > 0:
		return fine, fault{}
	case s.aki == nil && s.selfSigned():
		return unconcerned, fault{}
	}
	f := fault{message: "doesn't name the key that signed it", expected: "an authorityKeyIdentifier with a keyIdentifier", actual: "no authorityKeyIdentifier"}
	if s.aki != nil {
		f.actual = "one without a keyIdentifier"
	}
	return breach, f
}

// selfSigned reports whether the certificate is signed with its own key. A root that names itself as its issuer is taken for that.
// The signature of others is only verified if they may be.
func (s *subject) selfSigned() bool {
	switch {
	case s.role == Root && s.selfIssued():
		return true
	case s.role != Root && !s.selfIssued():
		return false
	}
	alg, ok := signature.FromOID(s.SignatureAlgorithm)
	return ok && signature.Verify(&s.PublicKey, alg, s.RawTBS, s.Signature) == nil
}

// akiFields wants nothing but the key identifier, and in a root the root's own.
func akiFields(s *subject, _ *Options) (verdict, fault) {
	if s.aki == nil {
		return unconcerned, fault{}
	}
	ref := "BR 7.1.2.11.1"
	if s.role == Root {
		ref = "BR 7.1.2.1.3"
	}
	f := fault{expected: "a keyIdentifier alone", ref: ref}
	switch {
	case s.aki.Issuer != nil:
		f.message, f.actual = "names the certificate of its issuer, by issuer, in its authorityKeyIdentifier", "an authorityCertIssuer"
	case s.aki.Serial != nil:
		f.message, f.actual = "names the certificate of its issuer, by serial number, in its authorityKeyIdentifier", "an authorityCertSerialNumber"
	case s.role != Root:
		return fine, fault{}
	case len(s.aki.KeyID) == 0:
		f.message, f.actual = "has an authorityKeyIdentifier without a keyIdentifier", "none"
	case s.selfIssued() && !bytes.Equal(s.aki.KeyID, s.ski):
		f.message, f.expected, f.actual = "names another key than its own as the one that signed it", "its own subjectKeyIdentifier", "another"
	default:
		return fine, fault{}
	}
	return breach, f
}

// ski wants authorities to name their keys.
func ski(s *subject, _ *Options) (verdict, fault) {
	if len(s.ski) > 0 {
		return fine, fault{}
	}
	return breach, fault{message: "doesn't name its key", expected: "a subjectKeyIdentifier", actual: "none"}
}

// criticality is what an extension must be.
type criticality struct {
	id  cert.ID
	ref string
}

var neverCritical = [...]criticality{
	{cert.ExtAuthorityKeyID, "RFC 5280, Section 4.2.1.1"},
	{cert.ExtSubjectKeyID, "RFC 5280, Section 4.2.1.2"},
	{cert.ExtFreshestCRL, "RFC 5280, Section 4.2.1.15"},
	{cert.ExtAuthorityInfoAccess, "RFC 5280, Section 4.2.2.1"},
	{cert.ExtSubjectInfoAccess, "RFC 5280, Section 4.2.2.2"},
}

// alwaysCritical are those but for nameConstraints, about which RFC 5280 and the Baseline Requirements differ.
var alwaysCritical = [...]criticality{
	{cert.ExtPolicyConstraints, "RFC 5280, Section 4.2.1.11"},
	{cert.ExtInhibitAnyPolicy, "RFC 5280, Section 4.2.1.14"},
}

func notCritical(s *subject, _ *Options) (verdict, fault) {
	return s.criticality(neverCritical[:], false)
}

func critical(s *subject, _ *Options) (verdict, fault) {
	v, f := s.criticality(alwaysCritical[:], true)
	// Of basicConstraints it is only demanded in certificates of authorities.
	if v != breach && s.basic != nil && s.basic.CA {
		return s.criticality([]criticality{{cert.ExtBasicConstraints, "RFC 5280, Section 4.2.1.9"}}, true)
	}
	return v, f
}

func (s *subject) criticality(list []criticality, want bool) (verdict, fault) {
	v := unconcerned
	for i := range s.Extensions {
		x := &s.Extensions[i]
		for _, c := range list {
			if !x.ID.Is(c.id) {
				continue
			}
			if x.Critical == want {
				v = fine
				continue
			}
			f := fault{message: "has the critical extension " + c.id.Name() + ", which must not be critical", expected: "not critical", actual: "critical", ref: c.ref}
			if want {
				f.message = "has the extension " + c.id.Name() + ", and it isn't critical"
				f.expected, f.actual = f.actual, f.expected
			}
			return breach, f
		}
	}
	return v, fault{}
}

// nameConstraints wants constraints that constrain something, in an authority's certificate.
func nameConstraints(s *subject, _ *Options) (verdict, fault) {
	c := s.constraints
	switch {
	case c == nil:
		return unconcerned, fault{}
	case s.role == Leaf && (s.basic == nil || !s.basic.CA):
		return breach, fault{message: "is no authority and has name constraints", expected: "none", actual: "nameConstraints"}
	case len(c.Permitted)+len(c.Excluded) == 0:
		return breach, fault{message: "has name constraints that are empty", expected: "at least one subtree", actual: "none"}
	}
	for _, list := range [...][]cert.Subtree{c.Permitted, c.Excluded} {
		for i := range list {
			t := &list[i]
			switch {
			case t.Base.Kind == cert.DNSName && strings.HasPrefix(string(t.Base.Value), "."):
				return breach, fault{message: "has a name constraint with a dot before the domain: " + clipName(&t.Base),
					expected: "the domain alone, which stands for all below it too", actual: clipName(&t.Base)}
			case t.Minimum != 0 || t.Maximum >= 0:
				return breach, fault{message: "has a name constraint with a minimum or maximum: " + clipName(&t.Base), expected: "neither", actual: "a minimum or maximum"}
			}
		}
	}
	return fine, fault{}
}

// nameConstraintsCritical is for who can't read them: not being critical, they are then ignored.
func nameConstraintsCritical(s *subject, _ *Options) (verdict, fault) {
	x, ok := s.Extension(cert.ExtNameConstraints)
	switch {
	case !ok:
		return unconcerned, fault{}
	case x.Critical:
		return fine, fault{}
	}
	return breach, fault{message: "has name constraints that aren't critical", expected: "critical", actual: "not critical"}
}
