package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// anyPolicy is the content of the identifier 2.5.29.32.0.
const anyPolicy = string(cert.PolicyAny)

// policyNode is a policy that holds for a path down to some certificate. RFC 9618, Section 5.3, updating RFC 5280, Section 6.1.2 (a): a
// graph, in which each policy stands once at each depth, where RFC 5280 has a tree that a peer can make grow exponentially.
type policyNode struct {
	policy   string
	parents  []*policyNode
	expected []string // what satisfies it in the next certificate
}

// policyLevel has the nodes of one depth. The graph is NULL where the level is empty: nodes without children don't count, and
// every node has its parents.
type policyLevel struct {
	nodes []*policyNode
	by    map[string]*policyNode
}

// at returns the node of a policy, which it makes where there is none.
func (l *policyLevel) at(policy string) *policyNode {
	n := l.by[policy]
	if n == nil {
		n = &policyNode{policy: policy, expected: []string{policy}}
		l.nodes = append(l.nodes, n)
		if l.by == nil {
			l.by = map[string]*policyNode{}
		}
		l.by[policy] = n
	}
	return n
}

// remove takes a policy away.
func (l *policyLevel) remove(policy string) {
	if n := l.by[policy]; n != nil {
		delete(l.by, policy)
		l.nodes = slices.DeleteFunc(l.nodes, func(o *policyNode) bool { return o == n })
	}
}

// expecting returns for each policy the nodes that it satisfies in the next certificate.
func (l *policyLevel) expecting() map[string][]*policyNode {
	m := make(map[string][]*policyNode, len(l.nodes))
	for _, n := range l.nodes {
		for _, p := range n.expected {
			m[p] = append(m[p], n)
		}
	}
	return m
}

// policyState is what policy processing knows on its way down a path. RFC 5280, Section 6.1.2.
type policyState struct {
	level                         policyLevel
	explicit, mapping, inhibitAny int // certificates until they hold; 0: now
}

// policyResult is what policy processing comes to.
type policyResult struct {
	set    []string // the user-constrained-policy-set
	fault  string   // empty: the path is valid
	at     *node    // the certificate where it came out
	unable bool     // it couldn't be found out
}

// policiesOf processes the policies of a path, the leaf first and its anchor last. RFC 5280, Sections 6.1.2 to 6.1.5, with the graph of
// RFC 9618.
func (s *search) policiesOf(path []*node) policyResult {
	n := len(path) - 1
	in := &s.req.Policies
	st := policyState{explicit: n + 1, mapping: n + 1, inhibitAny: n + 1}
	for _, initial := range [...]struct {
		set bool
		v   *int
	}{{in.RequireExplicit, &st.explicit}, {in.InhibitMapping, &st.mapping}, {in.InhibitAny, &st.inhibitAny}} {
		if initial.set {
			*initial.v = 0
		}
	}
	st.level.at(anyPolicy)
	for i := 1; i <= n; i++ {
		c := path[n-i]
		if s.policyWork += len(c.policies) + len(c.mappings) + len(st.level.nodes); s.policyWork > maxPolicyWork {
			s.gaveUp = true
			return policyResult{at: c, fault: "there are too many policies to look at", unable: true}
		}
		st.descend(c, i == n)
		if st.explicit == 0 && len(st.level.nodes) == 0 {
			return policyResult{at: c, fault: "no policy is valid from the root down to " + c.label()}
		}
		if i == n {
			break
		}
		if why := st.prepare(c); why != "" {
			return policyResult{at: c, fault: why}
		}
	}
	return st.wrapUp(path[0], in)
}

// descend takes in the policies of the next certificate. RFC 5280, Section 6.1.3 (d) and (e).
func (st *policyState) descend(c *node, last bool) {
	above := st.level
	st.level = policyLevel{}
	if !c.hasPolicies || len(above.nodes) == 0 {
		return
	}
	expecting := above.expecting()
	hasAny := false
	for _, p := range c.policies {
		if p == anyPolicy {
			hasAny = true
			continue
		}
		parents := expecting[p]
		if parents == nil && above.by[anyPolicy] != nil {
			parents = []*policyNode{above.by[anyPolicy]}
		}
		if parents != nil {
			st.level.at(p).parents = parents
		}
	}
	if !hasAny || st.inhibitAny == 0 && (last || !c.selfIssued) {
		return
	}
	for _, n := range above.nodes {
		for _, p := range n.expected {
			if child := st.level.at(p); child.parents == nil {
				child.parents = expecting[p]
			}
		}
	}
}

// prepare makes ready for the certificate below c, and says what is wrong with c. RFC 5280, Section 6.1.4 (a), (b), (h) to (j).
func (st *policyState) prepare(c *node) (fault string) {
	for i := range c.mappings {
		if m := &c.mappings[i]; string(m.Issuer) == anyPolicy || string(m.Subject) == anyPolicy {
			return c.label() + " maps anyPolicy, which can't be mapped"
		}
	}
	st.mapPolicies(c)
	if !c.selfIssued {
		st.explicit, st.mapping, st.inhibitAny = max(st.explicit-1, 0), max(st.mapping-1, 0), max(st.inhibitAny-1, 0)
	}
	if p := c.policyConstraints; p != nil {
		st.explicit = lower(st.explicit, p.RequireExplicitPolicy)
		st.mapping = lower(st.mapping, p.InhibitPolicyMapping)
	}
	st.inhibitAny = lower(st.inhibitAny, c.inhibitAny)
	return ""
}

// lower returns the smaller of a count and a limit; a limit of -1 is none.
func lower(count, limit int) int {
	if limit >= 0 {
		return min(count, limit)
	}
	return count
}

// mapPolicies applies the mappings of c, or, where they are inhibited, takes the mapped policies away.
func (st *policyState) mapPolicies(c *node) {
	to := map[string][]string{}
	var order []string
	for i := range c.mappings {
		from := string(c.mappings[i].Issuer)
		if to[from] == nil {
			order = append(order, from)
		}
		to[from] = append(to[from], string(c.mappings[i].Subject))
	}
	for _, from := range order {
		n, anyNode := st.level.by[from], st.level.by[anyPolicy]
		switch {
		case st.mapping == 0:
			st.level.remove(from)
		case n != nil:
			n.expected = to[from]
		case anyNode != nil:
			n = st.level.at(from)
			n.parents, n.expected = anyNode.parents, to[from]
		}
	}
}

// wrapUp decides for the leaf. RFC 5280, Section 6.1.5 (a), (b), (g), with the sets of RFC 9618.
func (st *policyState) wrapUp(leaf *node, in *Policies) policyResult {
	st.explicit = max(st.explicit-1, 0)
	if p := leaf.policyConstraints; p != nil && p.RequireExplicitPolicy == 0 {
		st.explicit = 0
	}
	r := policyResult{set: constrainedByUser(st.constrainedByAuthorities(), in.Acceptable), at: leaf}
	if st.explicit == 0 && len(r.set) == 0 {
		r.fault = "no policy that is valid for the path is acceptable"
		if len(in.Acceptable) == 0 || len(st.level.nodes) == 0 {
			r.fault = "no policy is valid for the whole path, and one is demanded"
		}
	}
	return r
}

// constrainedByAuthorities returns the policies, in the words of the anchor, that hold for the whole path: those of nodes right
// below anyPolicy from which something at the last depth comes, and anyPolicy if it stands there.
func (st *policyState) constrainedByAuthorities() (set []string) {
	if st.level.by[anyPolicy] != nil {
		set = append(set, anyPolicy)
	}
	seen := map[*policyNode]bool{}
	for queue := slices.Clone(st.level.nodes); len(queue) > 0; queue = queue[1:] {
		n := queue[0]
		for _, up := range n.parents {
			if up.policy == anyPolicy && n.policy != anyPolicy && !slices.Contains(set, n.policy) {
				set = append(set, n.policy)
			}
			if !seen[up] {
				seen[up] = true
				queue = append(queue, up)
			}
		}
	}
	return set
}

// constrainedByUser returns what of a set the user accepts; no list accepts all.
func constrainedByUser(set []string, acceptable []cert.OID) (both []string) {
	if acceptable == nil || slices.ContainsFunc(acceptable, func(o cert.OID) bool { return string(o) == anyPolicy }) {
		return set
	}
	for _, o := range acceptable {
		if slices.Contains(set, anyPolicy) || slices.Contains(set, string(o)) {
			both = append(both, string(o))
		}
	}
	return both
}

// policyFaults returns what policy processing holds against a path to an anchor.
func (s *search) policyFaults(path []*node) []finding.Finding {
	r := s.policiesOf(path)
	if r.fault == "" {
		return nil
	}
	f := of(finding.Policy, r.at)
	f.Message, f.Actual = r.fault, policyNames(r.at.policies, r.at.hasPolicies)
	f.Expected = "a policy that every certificate of the path asserts"
	if acceptable := s.req.Policies.Acceptable; acceptable != nil {
		names := make([]string, len(acceptable))
		for i, o := range acceptable {
			names[i] = string(o)
		}
		f.Expected = policyNames(names, true)
	}
	if r.unable {
		f.Status, f.Severity, f.Actual = finding.Unknown, finding.None, fmt.Sprint("more than ", maxPolicyWork)
	}
	return []finding.Finding{f}
}

// policyFinding tells the policies that hold for an anchored path without a fault of policy.
func (s *search) policyFinding(c *candidate) finding.Finding {
	if !c.anchored {
		return finding.Skipped(finding.Policy, "policies hold from a root of the store down, and no path leads to one")
	}
	if len(c.nodes) == 1 {
		return finding.Skipped(finding.Policy, "the certificate is itself in the store")
	}
	r := s.policiesOf(c.nodes)
	if len(r.set) == 0 {
		return finding.Passed(finding.Policy, "none holds for the whole path, and none is demanded")
	}
	return finding.Passed(finding.Policy, policyNames(r.set, true))
}

// policyNames lists policies for people.
func policyNames(policies []string, present bool) string {
	if !present {
		return "no certificatePolicies"
	}
	const most = 5
	var names []string
	for _, p := range policies[:min(len(policies), most)] {
		names = append(names, clip(cert.OID(p).Label()))
	}
	if more := len(policies) - most; more > 0 {
		names = append(names, fmt.Sprint(more, " more"))
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
