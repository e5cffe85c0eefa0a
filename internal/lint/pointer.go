package lint

import (
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// reservedPolicies say by which rules a certificate was issued. BR 7.1.6.1.
var reservedPolicies = [...]cert.ID{
	cert.PolicyDomainValidated, cert.PolicyOrganizationValidated, cert.PolicyIndividualValidated, cert.PolicyExtendedValidation,
}

// policyOID wants exactly one reserved policy, and not any policy.
func policyOID(s *subject, _ *Options) (verdict, fault) {
	var named []string
	for i := range s.policies {
		id := s.policies[i].ID
		if id.Is(cert.PolicyAny) {
			return breach, fault{message: "has the policy anyPolicy, which is for authorities", expected: "no anyPolicy", actual: "anyPolicy", ref: "BR 7.1.2.7.9"}
		}
		for _, known := range reservedPolicies {
			if id.Is(known) && len(named) < 4 {
				named = append(named, known.Name())
			}
		}
	}
	switch len(named) {
	case 1:
		return fine, fault{}
	case 0:
		return breach, fault{message: "names no policy of the Baseline Requirements", expected: "one of the reserved policies", actual: "none"}
	}
	return breach, fault{message: "names several policies of the Baseline Requirements: " + strings.Join(named, ", "), expected: "exactly one", actual: strings.Join(named, ", ")}
}

// shortLived are the periods that need no revocation, by when the certificate was issued. BR 1.6.1.
var shortLived = [...]struct {
	from string
	days int
}{
	{"2026-03-15", 7}, {"2024-03-15", 10},
}

func isShortLived(s *subject) bool {
	issued := s.NotBefore.Format(time.DateOnly)
	for _, p := range shortLived {
		if issued >= p.from {
			return s.NotAfter.Unix()-s.NotBefore.Unix()+1 <= int64(p.days)*int64(day/time.Second)
		}
	}
	return false
}

// revocationPointers wants a place to ask whether the certificate was revoked: for a server's a CRL or an OCSP responder, for an
// intermediate a CRL.
func revocationPointers(s *subject, _ *Options) (verdict, fault) {
	if s.role == Leaf && isShortLived(s) {
		return unconcerned, fault{}
	}
	if len(s.points) > 0 {
		return fine, fault{}
	}
	for i := range s.access {
		if s.role == Leaf && s.access[i].Method.Is(cert.AccessOCSP) {
			return fine, fault{}
		}
	}
	f := fault{message: "names neither a CRL nor an OCSP responder", expected: "a CRL distribution point or an OCSP responder", actual: "neither"}
	if s.role == Intermediate {
		f.message, f.expected, f.actual = "names no CRL", "a CRL distribution point", "none"
	}
	return breach, f
}

// urlScheme wants http: what is fetched is signed anyway, and https would need another certificate to be checked first.
func urlScheme(s *subject, _ *Options) (verdict, fault) {
	v := unconcerned
	wrong := func(g *cert.GeneralName, what string) (fault, bool) {
		v = fine
		const scheme = "http://"
		if g.Kind == cert.URIName && len(g.Value) > len(scheme) && strings.EqualFold(string(g.Value[:len(scheme)]), scheme) {
			return fault{}, false
		}
		return fault{message: "has " + what + " that isn't at an http URL: " + clipName(g), expected: "an http URL", actual: clipName(g)}, true
	}
	for i := range s.access {
		if a := &s.access[i]; a.Method.Is(cert.AccessOCSP) || a.Method.Is(cert.AccessCAIssuers) {
			if f, bad := wrong(&a.Location, a.Method.Label()); bad {
				return breach, f
			}
		}
	}
	for i := range s.points {
		for j := range s.points[i].FullName {
			if f, bad := wrong(&s.points[i].FullName[j], "a CRL"); bad {
				return breach, f
			}
		}
	}
	return v, fault{}
}
