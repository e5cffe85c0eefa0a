package verify

import (
	"crypto/x509"
	"errors"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// secondOpinion asks crypto/x509 about the same chain, name, time and purpose, and says why its verdict isn't ours.
func (s *search) secondOpinion(verdict Verdict, findings []finding.Finding) finding.Finding {
	if !s.req.SecondOpinion && verdict == Accept {
		return finding.Skipped(finding.SecondOpinion, "not asked for")
	}
	err := s.askStandardLibrary()
	theirs := Accept
	if err != nil {
		theirs = Reject
	}
	if theirs == verdict {
		message := "crypto/x509 accepts the chain too"
		if err != nil {
			message = "crypto/x509 rejects the chain too: " + clip(err.Error())
		}
		return finding.Passed(finding.SecondOpinion, message)
	}
	f := finding.Of(finding.SecondOpinion)
	f.Expected, f.Actual = verdict.String(), theirs.String()
	if err != nil {
		f.Message = "crypto/x509 rejects the chain: " + clip(err.Error()) + theirReason(err)
		return f
	}
	f.Message = "crypto/x509 accepts the chain" + ourReasons(findings)
	return f
}

// askStandardLibrary returns what crypto/x509 holds against the chain; nil if it accepts.
func (s *search) askStandardLibrary() error {
	leaf, err := x509.ParseCertificate(s.req.Chain[0])
	if err != nil {
		return err
	}
	o := x509.VerifyOptions{
		DNSName: s.req.Hostname, CurrentTime: s.req.Time, Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(),
		KeyUsages: []x509.ExtKeyUsage{[...]x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageAny}[s.req.Purpose]},
	}
	for _, n := range s.nodes {
		s.issuersOf(n) // brings the roots of that name in
	}
	for _, n := range s.nodes {
		c, err := x509.ParseCertificate(n.Raw)
		switch {
		case err != nil: // a path can't lead through it
		case n.anchor:
			o.Roots.AddCert(c)
		default:
			o.Intermediates.AddCert(c)
		}
	}
	for _, p := range s.req.Policies.Acceptable {
		if id, err := x509.ParseOID(p.String()); err == nil {
			o.CertificatePolicies = append(o.CertificatePolicies, id)
		}
	}
	_, err = leaf.Verify(o)
	return err
}

// theirReason tells why crypto/x509 may refuse what is accepted here.
func theirReason(err error) string {
	var invalid x509.CertificateInvalidError
	var unhandled x509.UnhandledCriticalExtension
	switch {
	case errors.As(err, &unhandled):
		return "; that extension is taken into account here"
	case errors.As(err, &invalid) && invalid.Reason == x509.TooManyConstraints:
		return "; it counts the comparisons of names differently"
	case strings.HasPrefix(err.Error(), "x509: ") && (strings.Contains(err.Error(), "invalid") || strings.Contains(err.Error(), "unsupported") || strings.Contains(err.Error(), "malformed")):
		return "; what it can't read or verify, tlsprobe can"
	}
	return ""
}

// unasked says of checks why crypto/x509 has no opinion on them; those of families are found by their prefix.
var unasked = [...]struct{ prefix, why string }{
	{"lint.", "it doesn't hold certificates against the profile of public authorities"},
	{"revocation.", "it doesn't look at revocation"},
	{"must_staple", "it doesn't look at revocation"},
	{"ct.", "it doesn't look at certificate timestamps"},
	{"key_strength", "it takes keys of any size"},
	{"sig_alg", "it looks at signature algorithms only where it verifies them"},
	{"key_usage", "it doesn't ask whether the key may be used for TLS"},
	{"basic_constraints", "it takes an authority's certificate for a server's"},
	{"path_len", "it knows no limit but those of the certificates"},
	{"policy", "it demands no policy unless it is given some"},
	{"encoding", "it reads over this"},
	{"critical_ext", "it takes that extension for known"},
}

// ourReasons tells which of our checks crypto/x509 doesn't make.
func ourReasons(findings []finding.Finding) string {
	for i := range findings {
		f := &findings[i]
		if !decides(f) || !fatal(f) {
			continue
		}
		for _, u := range unasked {
			if strings.HasPrefix(f.ID, u.prefix) {
				return ", for " + u.why + " (" + f.ID + ")"
			}
		}
	}
	return ""
}
