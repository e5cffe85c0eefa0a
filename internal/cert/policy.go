package cert

// Policy is one policy of certificatePolicies. RFC 5280, Section 4.2.1.4.
type Policy struct {
	ID         OID
	Qualifiers []PolicyQualifier
}

// PolicyQualifier says more about a policy: a URI of a practice statement, a notice.
type PolicyQualifier struct {
	ID    OID
	Value Element
}

// Policies reads the value as certificatePolicies.
func (x Extension) Policies() ([]Policy, []Problem) {
	const field = "certificatePolicies"
	var notes Notes
	var policies []Policy
	r, _ := x.sequence(&notes)
	for !r.Empty() {
		e, ok := r.Read(field, TagSequence)
		if !ok {
			continue
		}
		inner := r.Inside(e)
		id, ok := inner.Read(field, TagOID)
		if !ok {
			continue
		}
		p := Policy{ID: checkOID(&inner, id, field)}
		if list, ok := inner.Optional(field, TagSequence); ok {
			qualifiers := inner.Inside(list)
			p.Qualifiers = readQualifiers(&qualifiers)
		}
		inner.End(field)
		policies = append(policies, p)
	}
	return policies, notes.list
}

func readQualifiers(r *Reader) []PolicyQualifier {
	const field = "certificatePolicies.policyQualifiers"
	var list []PolicyQualifier
	for !r.Empty() {
		e, ok := r.Read(field, TagSequence)
		if !ok {
			continue
		}
		inner := r.Inside(e)
		id, ok := inner.Read(field, TagOID)
		if !ok {
			continue
		}
		value, _ := inner.Any(field)
		inner.End(field)
		list = append(list, PolicyQualifier{ID: id.Content, Value: value})
	}
	return list
}

// Policies returns the certificate policies; ok is false if the extension is absent.
func (c *Certificate) Policies() (policies []Policy, ok bool, problems []Problem) {
	x, ok := c.Extension(ExtCertificatePolicies)
	if !ok {
		return nil, false, nil
	}
	policies, problems = x.Policies()
	return policies, true, problems
}

// PolicyMapping says that a policy of the issuer and one of the subject are the same. RFC 5280, Section 4.2.1.5.
type PolicyMapping struct {
	Issuer, Subject OID
}

// PolicyMappings returns the policy mappings, nil if absent.
func (c *Certificate) PolicyMappings() ([]PolicyMapping, []Problem) {
	const field = "policyMappings"
	return byOID(c, ExtPolicyMappings, field, func(r *Reader, issuer Element) (PolicyMapping, bool) {
		subject, ok := r.Read(field, TagOID)
		return PolicyMapping{issuer.Content, subject.Content}, ok
	})
}

// PolicyConstraints demands policies or forbids mappings further down a path. RFC 5280, Section 4.2.1.11.
type PolicyConstraints struct {
	RequireExplicitPolicy int // -1 if absent
	InhibitPolicyMapping  int // -1 if absent
}

// PolicyConstraints returns the policy constraints, nil if absent.
func (c *Certificate) PolicyConstraints() (*PolicyConstraints, []Problem) {
	const field = "policyConstraints"
	x, ok := c.Extension(ExtPolicyConstraints)
	if !ok {
		return nil, nil
	}
	var notes Notes
	v := &PolicyConstraints{-1, -1}
	r, ok := x.sequence(&notes)
	if !ok {
		return v, notes.list
	}
	if e, ok := r.Optional(field, Context(0)); ok {
		v.RequireExplicitPolicy = skipCount(&r, e, field)
	}
	if e, ok := r.Optional(field, Context(1)); ok {
		v.InhibitPolicyMapping = skipCount(&r, e, field)
	}
	r.End(field)
	return v, notes.list
}

// InhibitAnyPolicy returns after how many certificates anyPolicy no longer counts, -1 if absent. RFC 5280, Section 4.2.1.14.
func (c *Certificate) InhibitAnyPolicy() (int, []Problem) {
	const field = "inhibitAnyPolicy"
	x, ok := c.Extension(ExtInhibitAnyPolicy)
	if !ok {
		return -1, nil
	}
	var notes Notes
	r := x.reader(&notes)
	e, ok := r.Read(field, TagInteger)
	r.End(field)
	if !ok {
		return -1, notes.list
	}
	return skipCount(&r, e, field), notes.list
}

// NameConstraints limits the names of what a CA may certify. RFC 5280, Section 4.2.1.10.
type NameConstraints struct {
	Permitted, Excluded []Subtree
}

// Subtree is a GeneralSubtree. RFC 5280 has the minimum always 0 and the maximum absent.
type Subtree struct {
	Base    GeneralName
	Minimum int // 0 by default
	Maximum int // -1 if absent
}

// NameConstraints returns the name constraints, nil if absent.
func (c *Certificate) NameConstraints() (*NameConstraints, []Problem) {
	const field = "nameConstraints"
	x, ok := c.Extension(ExtNameConstraints)
	if !ok {
		return nil, nil
	}
	var notes Notes
	v := new(NameConstraints)
	r, ok := x.sequence(&notes)
	if !ok {
		return v, notes.list
	}
	if e, ok := r.Optional(field, ContextConstructed(0)); ok {
		inner := r.Inside(e)
		v.Permitted = readSubtrees(&inner, "nameConstraints.permittedSubtrees")
	}
	if e, ok := r.Optional(field, ContextConstructed(1)); ok {
		inner := r.Inside(e)
		v.Excluded = readSubtrees(&inner, "nameConstraints.excludedSubtrees")
	}
	r.End(field)
	return v, notes.list
}

func readSubtrees(r *Reader, field string) []Subtree {
	trees := []Subtree{}
	for !r.Empty() {
		e, ok := r.Read(field, TagSequence)
		if !ok {
			continue
		}
		inner := r.Inside(e)
		base, ok := readGeneralName(&inner, field)
		if !ok {
			continue
		}
		tree := Subtree{Base: base, Maximum: -1}
		if e, ok := inner.Optional(field, Context(0)); ok {
			tree.Minimum = skipCount(&inner, e, field)
		}
		if e, ok := inner.Optional(field, Context(1)); ok {
			tree.Maximum = skipCount(&inner, e, field)
		}
		inner.End(field)
		trees = append(trees, tree)
	}
	return trees
}
