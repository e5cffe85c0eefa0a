package lint

import (
	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// certSign wants keyCertSign only where the certificate is an authority's.
func certSign(s *subject, _ *Options) (verdict, fault) {
	switch {
	case !s.hasUsage:
		return unconcerned, fault{}
	case s.usage&cert.UsageKeyCertSign == 0 || s.basic != nil && s.basic.CA:
		return fine, fault{}
	}
	return breach, fault{message: "isn't an authority, and its key may sign certificates", expected: "no keyCertSign, or cA TRUE", actual: s.usage.String()}
}

// serverUsages are what the key of a server may be for. Public authorities may not give more; of what private ones give beyond
// that, contentCommitment does no harm.
var serverUsages = [...]struct {
	kind    cert.KeyKind
	allowed cert.KeyUsage
	ref     string
}{
	{cert.KeyRSA, cert.UsageDigitalSignature | cert.UsageKeyEncipherment | cert.UsageDataEncipherment, "BR 7.1.2.7.11"},
	{cert.KeyRSAPSS, cert.UsageDigitalSignature, "RFC 4055, Section 1.2"},
	{cert.KeyEC, cert.UsageDigitalSignature | cert.UsageKeyAgreement, "BR 7.1.2.7.11; RFC 8813, Section 3"},
	{cert.KeyEd25519, cert.UsageDigitalSignature, "RFC 8410, Section 5; RFC 9295, Section 3"},
	{cert.KeyEd448, cert.UsageDigitalSignature, "RFC 8410, Section 5; RFC 9295, Section 3"},
}

// keyUsage wants usages that the kind of key can have, and a server needs. keyCertSign is for certSign.
func keyUsage(s *subject, o *Options) (verdict, fault) {
	if !s.hasUsage || s.basic != nil && s.basic.CA {
		return unconcerned, fault{}
	}
	for i := range serverUsages {
		row := &serverUsages[i]
		if row.kind != s.PublicKey.Kind {
			continue
		}
		allowed := row.allowed | cert.UsageKeyCertSign
		if !o.Public {
			allowed |= cert.UsageContentCommitment
		}
		over := s.usage &^ allowed
		if over == 0 {
			return fine, fault{}
		}
		return breach, fault{message: "has a key usage that a server's " + row.kind.String() + " key can't have: " + over.String(),
			expected: row.allowed.String() + ", or fewer", actual: s.usage.String(), ref: row.ref}
	}
	return unconcerned, fault{}
}

// caKeyUsage wants a critical key usage for signing certificates and CRLs.
func caKeyUsage(s *subject, o *Options) (verdict, fault) {
	const allowed = cert.UsageKeyCertSign | cert.UsageCRLSign | cert.UsageDigitalSignature
	f := fault{expected: "a critical keyUsage", ref: "RFC 5280, Section 4.2.1.3"}
	x, ok := s.Extension(cert.ExtKeyUsage)
	over := s.usage &^ allowed
	switch {
	case !ok:
		f.message, f.actual = "is an authority without a key usage", "none"
	case !x.Critical:
		f.message, f.actual = "is an authority whose key usage isn't critical", "not critical"
	case o.Server && over != 0:
		f.message, f.expected, f.actual = "is an authority whose key is also for "+over.String(), allowed.String()+", or fewer", s.usage.String()
		f.ref = "BR 7.1.2.10.7"
	default:
		return fine, fault{}
	}
	return breach, f
}

// notForServers are the usages that the certificate of a server must not have. BR 7.1.2.7.10.
var notForServers = [...]cert.ID{
	cert.EKUAny, cert.EKUCodeSigning, cert.EKUEmailProtection, cert.EKUTimeStamping, cert.EKUOCSPSigning, cert.EKUPrecertificateSigning,
}

// eku wants a server's certificate to be for that, and says of a root that it has none.
func eku(s *subject, _ *Options) (verdict, fault) {
	x, ok := s.Extension(cert.ExtExtKeyUsage)
	switch {
	case s.role == Root && ok:
		return breach, fault{message: "is a root, and has an extended key usage", expected: "none", actual: "extKeyUsage", ref: "BR 7.1.2.1.2"}
	case s.role == Root:
		return fine, fault{}
	case !ok:
		return breach, fault{message: "has no extended key usage: it may be used for everything", expected: cert.EKUServerAuth.Name(), actual: "none", ref: "BR 7.1.2.7.6"}
	case x.Critical:
		return breach, fault{message: "has a critical extended key usage", expected: "not critical", actual: "critical", ref: "BR 7.1.2.7.6"}
	}
	server := false
	for _, usage := range s.ekus {
		for _, id := range notForServers {
			if usage.Is(id) {
				return breach, fault{message: "is also for " + id.Name(), expected: "no " + id.Name(), actual: id.Name()}
			}
		}
		server = server || usage.Is(cert.EKUServerAuth)
	}
	if !server {
		return breach, fault{message: "isn't for " + cert.EKUServerAuth.Name(), expected: cert.EKUServerAuth.Name(), actual: "other usages"}
	}
	return fine, fault{}
}
