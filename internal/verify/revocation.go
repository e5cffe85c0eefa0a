package verify

import (
	"crypto/sha256"
	"errors"
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/revocation"
)

// revocations are the checks that revocation answers, in the order of the findings.
var revocations = [...]finding.ID{finding.RevocationStapled, finding.RevocationOCSP, finding.RevocationCRL, finding.MustStaple}

// revoked asks for each certificate of a path below its anchor whether it was revoked. It returns the findings, and the lists of
// timestamps that OCSP responses about the leaf held.
func (s *search) revoked(c *candidate) (found []finding.Finding, scts [][]byte) {
	if s.req.Revocation == RevocationOff {
		for _, id := range revocations {
			found = append(found, finding.Skipped(id, "revocation isn't to be looked at"))
		}
		return found, nil
	}
	if s.req.Offline {
		for _, id := range [...]finding.ID{finding.RevocationStapled, finding.MustStaple} {
			found = append(found, finding.Skipped(id, "there was no handshake, in which a response could have been stapled"))
		}
	}
	last := c.nodes[len(c.nodes)-1]
	checker := revocation.New(revocation.Evidence{
		OCSP: s.req.OCSP, CRLs: s.lists(), Fetch: s.req.Fetch, Time: s.req.Time, Authorities: &authorities{s, last},
	})
	below := c.nodes
	if len(below) > 1 && (c.anchored || c.rooted) {
		below = below[:len(below)-1]
	}
	for i, n := range below {
		subject := revocation.Subject{Cert: n.Certificate, Where: n.where(), Peer: i == 0 && !s.req.Offline, Staple: s.req.staple(n)}
		if i+1 < len(c.nodes) && s.verify(n, c.nodes[i+1]) == nil {
			subject.Issuer, subject.IssuerKey = c.nodes[i+1].Certificate, s.keyOf(c.nodes[i+1])
		}
		answer := checker.Check(subject)
		found = append(found, answer.Findings...)
		if answer.Verdict != revocation.Undetermined {
			s.settled[n.where().Cert.SHA256] = true
		}
		if s.req.Revocation == RevocationRequire && answer.Verdict == revocation.Undetermined && !n.anchor {
			found = append(found, unprovenFinding(n, &answer))
		}
		if i == 0 {
			scts = answer.SCTLists
		}
	}
	slices.SortStableFunc(found, func(a, b finding.Finding) int {
		return slices.Index(revocations[:], finding.ID(a.ID)) - slices.Index(revocations[:], finding.ID(b.ID))
	})
	return found, scts
}

// staple returns the stapled response about n, nil for none.
func (r *Request) staple(n *node) []byte {
	if n.index < 0 || n.index >= len(r.Staples) {
		return nil
	}
	return r.Staples[n.index]
}

// lists reads the lists that were given.
func (s *search) lists() (lists []*revocation.CRL) {
	for _, der := range s.req.CRLs {
		l, _ := revocation.ParseCRL(der) // what is wrong with it, the findings about certificates say
		lists = append(lists, l)
	}
	return lists
}

// unprovenFinding says that nothing shows a certificate not to be revoked, where that is required.
func unprovenFinding(n *node, a *revocation.Answer) finding.Finding {
	id := finding.RevocationCRL
	if len(n.OCSPServers()) > 0 {
		id = finding.RevocationOCSP
	}
	f := of(id, n)
	f.Severity = finding.High
	f.Message = "nothing shows that " + n.label() + " isn't revoked, and that is required"
	f.Expected, f.Actual = "a current answer of somebody who may say so", "none"
	for _, st := range a.Statements {
		if st.Why != "" {
			f.Actual = clip(st.Why)
		}
	}
	f.Fix = "give a response with --ocsp-response or a list with --crl, or have them fetched with --online"
	return f
}

// authorities are the certificates at hand, for whoever asks about signers of revocation lists.
type authorities struct {
	s      *search
	anchor *node // of the path in question
}

var errNoSignerPath = errors.New("no valid path leads from it to the root of the chain")

// BySubject implements revocation.Authorities.
func (a *authorities) BySubject(name cert.Name) (list []*cert.Certificate) {
	a.s.bringRoots(name)
	for _, n := range a.s.bySubj[canonical(name)] {
		list = append(list, n.Certificate)
	}
	return list
}

// maxSignerSteps bounds the certificates that are tried on the way from one signer.
const maxSignerSteps = 2_000

// Path implements revocation.Authorities.
func (a *authorities) Path(c *cert.Certificate) (path []*cert.Certificate, err error) {
	s, from := a.s, a.node(c)
	if from.sameEntity(a.anchor) && from.hash == a.anchor.hash {
		return []*cert.Certificate{c}, nil
	}
	if !a.anchor.anchor || anyFatal(s.validityFaults(from)) || anyFatal(encodingFaults(from)) || anyFatal(criticalFaults(from)) {
		return nil, errNoSignerPath
	}
	s.markReaching(from)
	gaveUp := s.gaveUp
	s.steps, s.limit = 0, maxSignerSteps
	found := s.climb([]*node{from}, func(whole []*node) bool {
		if !whole[len(whole)-1].sameEntity(a.anchor) {
			return false
		}
		for _, n := range whole {
			path = append(path, n.Certificate)
		}
		return true
	})
	s.gaveUp = gaveUp
	if !found {
		return nil, errNoSignerPath
	}
	return path, nil
}

// node returns the node of a certificate; one that came with a revocation list becomes one.
func (a *authorities) node(c *cert.Certificate) *node {
	hash := sha256.Sum256(c.Raw)
	for _, n := range a.s.nodes {
		if n.hash == hash {
			return n
		}
	}
	n := a.s.node(c.Raw, -1)
	n.id = len(a.s.nodes) // it isn't found by others: only what was sent or is in the store is
	a.s.nodes = append(a.s.nodes, n)
	return n
}
