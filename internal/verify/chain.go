package verify

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// pathFindings explains the paths: the one that the other checks are about first.
func (s *search) pathFindings() (found []finding.Finding) {
	for i, c := range s.tried {
		failed, why := c.failed(), c.ending()
		fine := why == "" && len(failed) == 0
		if fine && s.req.OnlyFaults {
			continue
		}
		f := finding.Passed(finding.ChainPath, c.describe())
		if !fine {
			f = finding.Of(finding.ChainPath)
			f.Message = "no path leads to a root of the store: " + c.describe()
			f.Actual = strings.TrimSuffix(why+join(failed), "; ")
			f.Expected = "a path without a fault to a root of the store"
		}
		if f.Status == finding.Fail && (i > 0 || s.explained(c)) {
			// What is wrong, the check in question says, and what to do about it.
			f.Status, f.Severity, f.Message, f.Fix = finding.Info, finding.None, c.describe(), ""
		} else if f.Status == finding.Fail && !c.circular {
			// Nothing is wrong as far as can be seen, and not all can.
			f.Status, f.Severity, f.Fix = finding.Unknown, finding.None, ""
			f.Message = "no path to a root of the store could be shown to be right: " + c.describe()
		}
		found = append(found, f)
		if len(found) == maxExplained {
			break
		}
	}
	if s.gaveUp && !(s.tried[0].anchored && len(s.tried[0].failed()) == 0) {
		found = append(found, finding.Unanswered(finding.ChainPath, "there are more paths than were looked at"))
	}
	return found
}

// explained reports whether another check than that of the path says what is wrong with it.
func (s *search) explained(c *candidate) bool {
	for i := range c.faults {
		if c.faults[i].Status == finding.Fail {
			return true
		}
	}
	return c.anchored && len(c.faultsOf(finding.ChainSignature)) == 0 || c.rooted || c.incomplete()
}

// incomplete reports whether the path stops where an issuer is missing.
func (c *candidate) incomplete() bool {
	return !c.anchored && !c.rooted && !c.circular && len(c.nodes) < maxPathLength
}

// ending says why a path stops where it does; empty if it stops at a root of the store.
func (c *candidate) ending() string {
	last := c.nodes[len(c.nodes)-1]
	switch {
	case c.anchored:
		return ""
	case c.rooted:
		return last.label() + " is self-signed and not in the store; "
	case len(c.nodes) >= maxPathLength:
		return "longer than was followed; "
	case c.circular:
		return "it goes in a circle: " + nameOf(last.Issuer, "the issuer without a name") + " comes before in it; "
	}
	return "the issuer " + nameOf(last.Issuer, "without a name") + " isn't there; "
}

func join(ids []finding.ID) string {
	if len(ids) == 0 {
		return ""
	}
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	return "failed " + strings.Join(texts, ", ")
}

// completeFinding tells whether an issuer is missing: neither sent nor in the store.
func (s *search) completeFinding(c *candidate) finding.Finding {
	last := c.nodes[len(c.nodes)-1]
	switch {
	case len(c.nodes) == 1 && (c.anchored || c.rooted):
		return finding.Passed(finding.ChainComplete, "the certificate stands for itself")
	case (c.anchored || c.rooted) && c.fetched() != nil:
		return fetchedFinding(c.fetched())
	case c.anchored || c.rooted:
		return finding.Passed(finding.ChainComplete, "all issuers are there")
	case len(c.nodes) >= maxPathLength:
		return finding.Unanswered(finding.ChainComplete, "the chain is longer than was followed")
	case c.circular:
		return finding.Unanswered(finding.ChainComplete, "the chain goes in a circle, and no root is in it")
	}
	f := of(finding.ChainComplete, last)
	missing := nameOf(last.Issuer, "without a name")
	f.Message = "the certificate of " + missing + ", which issued " + last.label() + ", was not sent and is not in the store"
	f.Expected, f.Actual = "the certificate of "+missing, count(len(s.req.Chain), "certificate")+" sent"
	f.Fix = "append the certificate of " + missing + " to the server's chain file"
	if urls := last.IssuingCertificateURLs(); len(urls) > 0 {
		f.Message += "; it should be at " + clip(urls[0])
		f.Fix += ", from " + clip(urls[0])
	}
	f.Fix += "; if it is a private root, give it with --roots"
	f.Message += s.fetchSaid()
	return f
}

// fetched returns the first certificate of a path that had to be fetched.
func (c *candidate) fetched() *node {
	for _, n := range c.nodes {
		if n.fetched != "" {
			return n
		}
	}
	return nil
}

// fetchedFinding says that a chain is complete for those alone who fetch what is missing.
func fetchedFinding(n *node) finding.Finding {
	f := of(finding.ChainComplete, n)
	f.Status, f.Severity = finding.Warn, finding.Medium
	f.Message = "the certificate of " + n.label() + " was not sent, and was fetched from " + clip(n.fetched) + "; many clients don't do that"
	f.Expected, f.Actual = "the certificate of "+n.label()+" sent", "left out"
	f.Fix = "append the certificate of " + n.label() + " to the server's chain file, from " + clip(n.fetched)
	return f
}

// orderFinding tells whether each certificate sent certifies the one before it. RFC 8446, Section 4.4.2, asks for that order, and
// clients can do without.
func (s *search) orderFinding(best *candidate) finding.Finding {
	sent := s.req.Chain
	if len(sent) == 1 {
		return finding.Skipped(finding.ChainOrder, "one certificate has no order")
	}
	f := finding.Of(finding.ChainOrder)
	if len(sent) > maxCertificates {
		f.Message = fmt.Sprintf("%d certificates were sent, of which the first %d were looked at", len(sent), maxCertificates)
		f.Actual = count(len(sent), "certificate")
		return f
	}
	byIndex := make([]*node, len(sent))
	for _, n := range s.nodes {
		if n.index >= 0 {
			byIndex[n.index] = n
		}
	}
	for i := 1; i < len(sent); i++ {
		n, before := byIndex[i], byIndex[i-1]
		if n != nil && before != nil && n.subject == before.issuer {
			continue
		}
		switch {
		case n == nil:
			f.Message = fmt.Sprintf("certificate %d is sent twice", i)
			f.Fix = "send each certificate once"
		case !best.holds(n):
			f.Message = fmt.Sprintf("certificate %d (%s) has no part in the chain", i, n.label())
			f.Fix = "leave it out of the chain file"
		default:
			f.Message = fmt.Sprintf("certificate %d (%s) isn't the issuer of the one before it", i, n.label())
		}
		if n != nil {
			f.Where = n.where()
			f.Actual = n.label()
		}
		if before != nil {
			f.Expected = nameOf(before.Issuer, "an issuer without a name")
		}
		return f
	}
	return finding.Passed(finding.ChainOrder, "each certificate is followed by its issuer")
}

// holds reports whether n, or a certificate for the same name and key, is in the path.
func (c *candidate) holds(n *node) bool { return circular(c.nodes, n) }

// rootSentFinding tells whether a root is among what was sent.
func (s *search) rootSentFinding() finding.Finding {
	if len(s.req.Chain) == 1 {
		return finding.Skipped(finding.ChainRootSent, "only the server's own certificate was sent")
	}
	for _, n := range s.nodes {
		if n.index > 0 && n.selfSigned() {
			f := of(finding.ChainRootSent, n)
			f.Message = "the root " + n.label() + " is sent too"
			f.Expected, f.Actual = "the chain up to the root, without it", count(len(n.Raw), "byte")+" more"
			return f
		}
	}
	return finding.Passed(finding.ChainRootSent, "no root among them")
}

// rootTrustFindings tells whether the path ends in a root of the store.
func (s *search) rootTrustFindings(c *candidate) []finding.Finding {
	last := c.nodes[len(c.nodes)-1]
	if found := c.faultsOf(finding.ChainRootTrust); len(found) > 0 {
		return found
	}
	wrong := len(c.faultsOf(finding.ChainSignature)) > 0
	if c.anchored && !wrong && s.req.OnlyFaults {
		return nil
	}
	store := s.req.Store.String()
	if c.anchored {
		where := " (" + store + ")"
		if wrong {
			return []finding.Finding{finding.Unanswered(finding.ChainRootTrust, "the signatures up to "+last.label()+where+" aren't right")}
		}
		f := finding.Passed(finding.ChainRootTrust, last.label()+where+s.req.Store.age(s.req.Time))
		f.Where = last.where()
		return []finding.Finding{f}
	}
	f := of(finding.ChainRootTrust, last)
	f.Expected = "one of the " + store
	if s.req.Store.Count() == 0 {
		f.Expected = "a store with roots"
	}
	switch {
	case !c.rooted:
		return []finding.Finding{finding.Unanswered(finding.ChainRootTrust, "the chain stops at "+last.label()+", below any root")}
	case len(c.nodes) == 1:
		f.Message = "the certificate is signed by itself, and not in the store (" + store + ")"
		if s.byAnotherKey(last, last) {
			f.Message = "the certificate names itself as its issuer, isn't signed with its own key, and is not in the store (" + store + ")"
		}
		f.Fix = "get a certificate from an authority, or give this one with --roots"
	default:
		f.Message = "the root " + last.label() + ", in which the chain ends, is not in the store (" + store + ")" + s.sameName(last)
		f.Fix = "if this is a private authority, give its root with --roots; otherwise use one that clients trust"
	}
	f.Actual = last.Subject.String()
	if len(f.Actual) > 0 {
		f.Actual = clip(f.Actual)
	}
	return []finding.Finding{f}
}

// sameName notes that the store has another certificate with the name of n.
func (s *search) sameName(n *node) string {
	for _, i := range s.req.Store.find(n.Subject) {
		if r := s.roots[i]; r != nil && !bytes.Equal(r.PublicKey.Raw, n.PublicKey.Raw) {
			return "; the store has another root of that name, with another key"
		}
	}
	return ""
}
