package verify

import (
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// neverDecides lists what is told and decides nothing: Certificate Transparency is the browsers' business, and a second opinion is
// no more than that.
var neverDecides = [...]string{"ct.", string(finding.SecondOpinion)}

// decides reports whether the verdict depends on a finding.
func decides(f *finding.Finding) bool {
	for _, prefix := range neverDecides {
		if strings.HasPrefix(f.ID, prefix) {
			return false
		}
	}
	return true
}

// verdict sums up the findings: what fails rejects, and what should have been known and isn't leaves it open, where it is about the
// path, or where it was asked for.
func (s *search) verdict(accepted bool, findings []finding.Finding) Verdict {
	open := !accepted
	for i := range findings {
		f := &findings[i]
		switch {
		case !decides(f) && !(s.req.RequireCT && strings.HasPrefix(f.ID, "ct.")):
		case f.Status == finding.Fail:
			return Reject
		case f.Status == finding.Warn && s.req.RequireCT && f.ID == string(finding.CTPolicy):
			return Reject
		case f.Status == finding.Unknown && s.mustKnow(f):
			open = true
		}
	}
	if open {
		return Inconclusive
	}
	return Accept
}

// mustKnow reports whether an unknown keeps a chain from being accepted. That of a path does through the path itself; revocation
// does where what was given to find it out can't be used, and nothing else tells. Where it is required, its lack is a failure.
func (s *search) mustKnow(f *finding.Finding) bool {
	settled := f.Where.Cert != nil && s.settled[f.Where.Cert.SHA256]
	switch finding.ID(f.ID) {
	case finding.RevocationOCSP:
		return len(s.req.OCSP) > 0 && !settled
	case finding.RevocationCRL:
		return len(s.req.CRLs) > 0 && !settled
	case finding.CTSCTs, finding.CTPolicy:
		return s.req.RequireCT
	}
	return false
}
