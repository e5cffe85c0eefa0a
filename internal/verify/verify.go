package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/ct"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// Verify makes every check on a chain. It never fails: what can't be checked is unknown in the findings. The work is bounded
// whatever the chain holds.
func Verify(req Request) Result {
	if len(req.Chain) == 0 {
		return withoutChain(&req)
	}
	s := newSearch(&req)
	s.run()
	if full := req.Store.whole(); !s.found() && full != req.Store {
		req.Store = full
		s = newSearch(&req)
		s.run()
	}
	if req.Fetch != nil {
		s.fetchIssuers()
	}
	return s.report()
}

// withoutChain is the answer where there is no certificate.
func withoutChain(req *Request) (r Result) {
	if req.OnlyFaults {
		return r
	}
	for _, id := range Checks() {
		r.Findings = append(r.Findings, finding.Skipped(id, "there is no certificate"))
	}
	return r
}

// report makes the findings out of the paths that were looked at.
func (s *search) report() Result {
	best := s.tried[0]
	var out []finding.Finding
	if !s.req.OnlyFaults {
		out = slices.Grow(out, 2*len(order)+len(finding.Lints()))
	}
	for _, id := range order {
		switch id {
		case finding.Hostname:
			out = s.keep(out, hostnameFinding(s.req, best.nodes[0]))
		case finding.ChainPath:
			out = s.keep(out, s.pathFindings()...)
		case finding.ChainComplete:
			out = s.keep(out, s.completeFinding(best))
		case finding.ChainOrder:
			out = s.keep(out, s.orderFinding(best))
		case finding.ChainRootSent:
			out = s.keep(out, s.rootSentFinding())
		case finding.ChainRootTrust:
			out = s.keep(out, s.rootTrustFindings(best)...)
		default:
			out = s.keep(out, s.certificateFindings(id, best)...)
		}
	}
	answers, scts := s.revoked(best)
	out = s.keep(out, answers...)
	out = s.keep(out, s.timestamps(best, scts)...)
	out = s.keep(out, s.lintFindings(best)...)
	r := Result{Path: best.path()}
	for _, c := range s.tried {
		r.Paths = append(r.Paths, c.path())
	}
	r.Verdict = s.verdict(r.Path.Accepted, out)
	r.Trusted = r.Verdict == Accept
	if r.Findings = out; !s.req.OnlyFaults {
		r.Findings = append(out, s.secondOpinion(r.Verdict, out))
	}
	return r
}

// keep appends the findings that are asked for.
func (s *search) keep(out []finding.Finding, found ...finding.Finding) []finding.Finding {
	for i := range found {
		if !s.req.OnlyFaults || found[i].Asks() {
			out = append(out, found[i])
		}
	}
	return out
}

// timestamps verifies those that came with the leaf, by whatever way.
func (s *search) timestamps(c *candidate, stapled [][]byte) []finding.Finding {
	leaf := c.nodes[0]
	req := ct.Request{Leaf: leaf.Certificate, Where: leaf.where(), TLS: s.req.SCTs, OCSP: stapled, Logs: s.req.Logs, Time: s.req.Time,
		Private: !c.anchored || !s.req.Store.Public()}
	if len(c.nodes) > 1 && s.verify(leaf, c.nodes[1]) == nil {
		req.Issuer = c.nodes[1].Certificate
	}
	return ct.Check(req).Findings
}

// path is the candidate as callers see it.
func (c *candidate) path() Path {
	p := Path{Anchored: c.anchored, Failed: c.failed(), Certificates: make([]Link, len(c.nodes))}
	for i, n := range c.nodes {
		p.Certificates[i] = n.link()
	}
	p.Accepted = c.anchored && len(p.Failed) == 0
	return p
}

// failed returns the checks that a path failed, each once, in the order of the findings.
func (c *candidate) failed() (ids []finding.ID) {
	for _, id := range order {
		for i := range c.faults {
			if c.faults[i].ID == string(id) && fatal(&c.faults[i]) {
				ids = append(ids, id)
				break
			}
		}
	}
	return ids
}

// faultsOf returns the faults of one check.
func (c *candidate) faultsOf(id finding.ID) (found []finding.Finding) {
	for i := range c.faults {
		if c.faults[i].ID == string(id) && len(found) < maxPerCheck {
			found = append(found, c.faults[i])
		}
	}
	return found
}

// certificateFindings answers a check that certificates of the path pass or don't.
func (s *search) certificateFindings(id finding.ID, c *candidate) []finding.Finding {
	if found := c.faultsOf(id); len(found) > 0 || s.req.OnlyFaults {
		return found
	}
	if !s.req.Rules.browsers() && (id == finding.SigAlg || id == finding.KeyStrength) {
		return []finding.Finding{finding.Skipped(id, "path validation alone was asked for")}
	}
	leaf, edges := c.nodes[0], len(c.nodes)-1
	issuers := count(edges, "issuer")
	none := "no certificate above the server's own"
	switch id {
	case finding.Validity:
		left := leaf.NotAfter.Sub(s.req.Time)
		return passed(id, "until "+leaf.NotAfter.Format("2006-01-02")+", "+span(left)+s.endsEarlier(c))
	case finding.ChainSignature:
		if edges > 0 {
			return passed(id, count(edges, "signature")+", "+algorithms(c))
		}
	case finding.BasicConstraints:
		if edges > 0 {
			return passed(id, issuers+" may issue")
		}
		return passed(id, "nothing was issued by it")
	case finding.PathLen:
		if edges > 0 {
			return passed(id, "within all limits")
		}
	case finding.KeyUsage:
		if !leaf.hasUsage {
			return passed(id, "not restricted")
		}
		return passed(id, leaf.usage.String())
	case finding.EKU:
		return passed(id, ekuMessage(leaf, s.req.Purpose))
	case finding.NameConstraints:
		for _, n := range c.nodes[1:] {
			if n.constraints != nil {
				return passed(id, "within those of "+n.label())
			}
		}
		none = "no authority of the path constrains names"
	case finding.Policy:
		return []finding.Finding{s.policyFinding(c)}
	case finding.CriticalExt:
		return passed(id, "all are known")
	case finding.SigAlg:
		if edges > 0 {
			return passed(id, algorithms(c))
		}
	case finding.KeyStrength:
		return passed(id, keys(c))
	case finding.Encoding:
		return passed(id, count(len(c.nodes), "certificate")+" well-formed")
	}
	return []finding.Finding{finding.Skipped(id, none)}
}

func passed(id finding.ID, message string) []finding.Finding {
	return []finding.Finding{finding.Passed(id, message)}
}

// endsEarlier says which certificate above the leaf ends before it.
func (s *search) endsEarlier(c *candidate) string {
	first := c.nodes[0]
	for _, n := range c.nodes[1:] {
		if n.NotAfter.Before(first.NotAfter.Time) {
			first = n
		}
	}
	if first == c.nodes[0] {
		return ""
	}
	return "; " + first.label() + " until " + first.NotAfter.Format("2006-01-02")
}

// algorithms lists the algorithms of the path's signatures, each once.
func algorithms(c *candidate) string {
	var names []string
	for _, n := range c.nodes[:len(c.nodes)-1] {
		if label := n.SignatureAlgorithm.OID.Label(); !slices.Contains(names, label) {
			names = append(names, label)
		}
	}
	return strings.Join(names, ", ")
}

// keys lists the keys of the path, the leaf's first.
func keys(c *candidate) string {
	var names []string
	for _, n := range c.nodes {
		names = append(names, n.PublicKey.String())
	}
	return strings.Join(names, ", ")
}

func ekuMessage(leaf *node, p Purpose) string {
	switch {
	case !leaf.hasEKU:
		return "not restricted"
	case p == PurposeAny:
		return "any purpose was asked for"
	case p == PurposeClient:
		return cert.EKUClientAuth.Name()
	}
	return cert.EKUServerAuth.Name()
}

// describe names the certificates of a path from the leaf up.
func (c *candidate) describe() string {
	var b strings.Builder
	for i, n := range c.nodes {
		if i > 0 {
			b.WriteString(" ← ")
		}
		if i == 8 && len(c.nodes) > 10 {
			fmt.Fprintf(&b, "… %d more … ← ", len(c.nodes)-i-1)
			n = c.nodes[len(c.nodes)-1]
			b.WriteString(n.label())
			break
		}
		b.WriteString(n.label())
	}
	return b.String()
}
