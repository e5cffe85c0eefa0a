package verify

import (
	"crypto/x509"
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// search looks for paths. What it finds out about certificates and signatures is kept and used again.
type search struct {
	req        *Request
	nodes      []*node
	roots      map[int32]*node // of the store, as nodes
	bySubj     map[string][]*node
	signed     map[[2]int]error // (child, issuer): nil where the signature is right
	steps      int
	limit      int // of steps, in this pass
	checked    int // signatures
	compare    int // name constraints
	policyWork int
	gaveUp     bool
	tried      []*candidate

	fetchNotes []string        // how fetching issuers went
	settled    map[string]bool // certificates, by SHA-256, of which it is known whether they were revoked
}

// candidate is a path that was looked at, with what is wrong with it. The leaf comes first.
type candidate struct {
	nodes    []*node
	faults   []finding.Finding
	anchored bool
	rooted   bool // not anchored, and the last one is signed by itself
	circular bool // the issuers of the last one are in the path already
}

func newSearch(req *Request) *search {
	s := &search{req: req, bySubj: map[string][]*node{}, signed: map[[2]int]error{}, roots: map[int32]*node{}, settled: map[string]bool{}}
	for i, der := range req.Chain[:min(len(req.Chain), maxCertificates)] {
		n := s.node(der, i)
		if s.sent(n) != nil {
			continue
		}
		if at := req.Store.contains(n.Certificate); at >= 0 {
			n.anchor, n.constraint = true, req.Store.roots[at].constraint
			s.roots[at] = n
		}
		s.add(n)
	}
	return s
}

func (s *search) add(n *node) {
	n.id = len(s.nodes)
	s.nodes = append(s.nodes, n)
	s.bySubj[n.subject] = append(s.bySubj[n.subject], n)
}

// sent returns the node of the same certificate that is there already.
func (s *search) sent(n *node) *node {
	for _, o := range s.bySubj[n.subject] {
		if o.hash == n.hash {
			return o
		}
	}
	return nil
}

// issuersOf returns the certificates whose subject is the issuer of n, the likeliest first: roots, matching key identifiers, the
// youngest.
func (s *search) issuersOf(n *node) []*node {
	if n.searched {
		return n.issuers
	}
	n.searched = true
	s.bringRoots(n.Issuer)
	for _, o := range s.bySubj[n.issuer] {
		if o != n {
			n.issuers = append(n.issuers, o)
		}
	}
	slices.SortStableFunc(n.issuers, func(a, b *node) int {
		if d := likelihood(n, b) - likelihood(n, a); d != 0 {
			return d
		}
		return b.NotBefore.Compare(a.NotBefore.Time)
	})
	return n.issuers
}

// bringRoots makes nodes of the store's roots with a name.
func (s *search) bringRoots(name cert.Name) {
	for _, i := range s.req.Store.find(name) {
		if s.roots[i] == nil && len(s.roots) < maxRoots {
			r := s.node(s.req.Store.roots[i].der, -1)
			r.anchor, r.constraint = true, s.req.Store.roots[i].constraint
			s.roots[i] = r
			s.add(r)
		}
	}
}

func likelihood(child, issuer *node) (points int) {
	if issuer.anchor {
		points += 4
	}
	if child.keyIDMatches(issuer) {
		points += 2
	}
	if child.keyIDDiffers(issuer) {
		points--
	}
	return points
}

// run looks for an accepted path, and where there is none explains those that come to mind. The best comes first.
func (s *search) run() {
	leaf := s.nodes[0]
	if leaf.anchor {
		s.tried = append(s.tried, &candidate{nodes: []*node{leaf}, anchored: true})
		s.finish(s.tried[0])
		return
	}
	s.markReaching(leaf)
	s.limit = maxSteps
	path := append(make([]*node, 0, maxPathLength), leaf)
	if leaf.reaches && s.strict(path) {
		return
	}
	s.steps, s.limit = 0, maxExplainSteps
	s.explain(path)
	slices.SortStableFunc(s.tried, func(a, b *candidate) int { return a.distance() - b.distance() })
}

// found reports whether the best path leads to a root without a fault but the leaf's own.
func (s *search) found() bool {
	best := s.tried[0]
	return best.anchored && (len(best.nodes) == 1 || !best.fatalAbove())
}

// markReaching finds the certificates below leaf from which names lead to a root.
func (s *search) markReaching(leaf *node) {
	seen := map[*node]bool{leaf: true}
	below := map[*node][]*node{}
	var reached []*node
	for queue := []*node{leaf}; len(queue) > 0; queue = queue[1:] {
		n := queue[0]
		if n.anchor {
			n.reaches = true
			reached = append(reached, n)
			continue // nothing above an anchor matters
		}
		for _, up := range s.issuersOf(n) {
			below[up] = append(below[up], n)
			if !seen[up] {
				seen[up] = true
				queue = append(queue, up)
			}
		}
	}
	for ; len(reached) > 0; reached = reached[1:] {
		for _, n := range below[reached[0]] {
			if !n.reaches {
				n.reaches = true
				reached = append(reached, n)
			}
		}
	}
}

// strict extends path to a root without a fault, and reports whether it could. Faults of the leaf itself don't count here: they
// are the same on every path.
func (s *search) strict(path []*node) bool {
	return s.climb(path, func(whole []*node) bool {
		c := &candidate{nodes: slices.Clone(whole), anchored: true}
		s.finish(c)
		if c.fatalAbove() {
			return false
		}
		s.tried = append(s.tried, c)
		return true
	})
}

// climb extends path by issuers that nothing speaks against, up to roots of the store, until a whole path is taken. It reports
// whether one was.
func (s *search) climb(path []*node, take func(whole []*node) bool) bool {
	child := path[len(path)-1]
	for _, up := range s.issuersOf(child) {
		if !up.reaches || circular(path, up) {
			continue
		}
		if s.steps++; s.steps > s.limit || len(path) == maxPathLength {
			s.gaveUp = true
			return false
		}
		if anyFatal(s.faultsOf(up, roleOf(up))) || anyFatal(s.placeFaults(path, up)) || s.verify(child, up) != nil {
			continue
		}
		longer := append(path, up)
		if up.anchor && take(longer) || !up.anchor && s.climb(longer, take) {
			return true
		}
	}
	return false
}

// explain walks every path whatever is wrong with it, and keeps those that end.
func (s *search) explain(path []*node) {
	child := path[len(path)-1]
	last, circle := true, false
	// What its own key signed no other certificate of that name did: the path ends here.
	if !child.anchor && len(path) < maxPathLength && !(child.selfIssued && s.verify(child, child) == nil) {
		for _, up := range s.issuersOf(child) {
			if circular(path, up) {
				circle = circle || up != child
				continue
			}
			if s.steps++; s.steps > s.limit || len(s.tried) >= maxExplained {
				s.gaveUp = true
				break
			}
			last = false
			s.explain(append(path, up))
		}
	}
	if last && len(s.tried) < maxExplained {
		c := &candidate{nodes: slices.Clone(path), anchored: child.anchor, circular: circle}
		s.finish(c)
		s.tried = append(s.tried, c)
	}
}

// circular reports whether a path through up would go through the same authority twice.
func circular(path []*node, up *node) bool {
	return slices.ContainsFunc(path, up.sameEntity)
}

func roleOf(n *node) role {
	if n.anchor {
		return anchorRole
	}
	return issuerRole
}

// finish collects all that is wrong with a path.
func (s *search) finish(c *candidate) {
	leaf := c.nodes[0]
	own := leafRole
	if leaf.anchor {
		own = pinnedRole
	}
	c.faults = append(c.faults, s.faultsOf(leaf, own)...)
	for i, up := range c.nodes[1:] {
		c.faults = append(c.faults, s.faultsOf(up, roleOf(up))...)
		c.faults = append(c.faults, s.placeFaults(c.nodes[:i+1], up)...)
		if err := s.verify(c.nodes[i], up); err != nil {
			c.faults = append(c.faults, signatureFault(c.nodes[i], up, err))
		}
	}
	if c.anchored {
		c.faults = append(c.faults, constraintFault(c.nodes)...)
		if len(c.nodes) > 1 {
			c.faults = append(c.faults, s.policyFaults(c.nodes)...)
		}
		return
	}
	c.rooted = s.selfSigned(c.nodes[len(c.nodes)-1])
}

// constraintFault is what the store holds against a path to one of its roots.
func constraintFault(path []*node) []finding.Finding {
	anchor := path[len(path)-1]
	if anchor.constraint == nil {
		return nil
	}
	f := of(finding.ChainRootTrust, anchor)
	f.Message = "the store trusts " + anchor.label() + " with a restriction that this chain doesn't meet"
	chain := make([]*x509.Certificate, len(path))
	for i, n := range path {
		parsed, err := x509.ParseCertificate(n.Raw)
		if err != nil {
			f.Status, f.Severity = finding.Unknown, finding.None
			f.Actual = "the restriction can't be looked at: " + err.Error()
			return []finding.Finding{f}
		}
		chain[i] = parsed
	}
	if err := anchor.constraint(chain); err != nil {
		f.Actual, f.Fix = err.Error(), "use a certificate of another authority"
		return []finding.Finding{f}
	}
	return nil
}

// distance is how far a path is from being accepted.
func (c *candidate) distance() int {
	d := 0
	if !c.anchored {
		d += 100
		if !c.rooted {
			d += 20 // something is missing, which is worse than an unknown root
		}
		d -= len(c.nodes) // the longer, the better it explains
	}
	for i := range c.faults {
		switch {
		case !fatal(&c.faults[i]):
		case c.faults[i].ID != string(finding.ChainSignature):
			d += 2
		case c.faults[i].Status == finding.Unknown:
			d += 60
		default:
			d += 160 // another certificate of that name: to be without a root of the store is nearer to the truth
		}
	}
	return d
}

// fatalAbove reports whether something is wrong with the path that isn't the leaf's own.
func (c *candidate) fatalAbove() bool {
	return anyFatal(c.faults[min(len(c.nodes[0].asRole[leafRole]), len(c.faults)):])
}

func fatal(f *finding.Finding) bool { return f.Status == finding.Fail || f.Status == finding.Unknown }

func anyFatal(faults []finding.Finding) bool {
	for i := range faults {
		if fatal(&faults[i]) {
			return true
		}
	}
	return false
}

// of returns a finding about n with what its row says.
func of(id finding.ID, n *node) finding.Finding {
	f := finding.Of(id)
	f.Where = n.where()
	return f
}
