package verify

import (
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/lint"
)

// lintFindings holds the certificates of a path against the profile of RFC 5280 and, by the rules of browsers, that of public
// authorities.
func (s *search) lintFindings(c *candidate) []finding.Finding {
	if s.req.Rules == RulesRFC5280 {
		rows := finding.Lints()
		found := make([]finding.Finding, len(rows))
		for i := range rows {
			found[i] = finding.Skipped(rows[i].ID, "path validation alone was asked for")
		}
		return found
	}
	subjects := make([]lint.Subject, len(c.nodes))
	for i, n := range c.nodes {
		subjects[i] = lint.Subject{Cert: n.Certificate, Role: lint.Intermediate, Where: n.where(), Sent: n.index >= 0}
		switch {
		case i == 0:
			subjects[i].Role = lint.Leaf
		case i == len(c.nodes)-1 && (c.anchored || c.rooted):
			subjects[i].Role = lint.Root
		}
	}
	return lint.Check(subjects, lint.Options{
		Strict: s.req.Rules.strict(), Server: s.req.Purpose == PurposeServer && s.req.Rules.browsers(), Public: c.anchored && s.req.Store.Public(),
		OnlyFaults: s.req.OnlyFaults,
	})
}
