package verify

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// facts is a certificate with what every path asks of it, read once. They hold whoever asks, so nothing changes them any more.
type facts struct {
	*cert.Certificate
	hash     [sha256.Size]byte
	problems []cert.Problem

	subject, issuer string // canonical, for comparing
	selfIssued      bool

	basic       *cert.BasicConstraints
	usage       cert.KeyUsage
	hasUsage    bool
	ekus        []cert.OID
	hasEKU      bool
	names       cert.GeneralNames
	ski         []byte
	aki         *cert.AuthorityKeyID
	constraints *cert.NameConstraints

	policies          []string // contents of the identifiers
	hasPolicies       bool
	mappings          []cert.PolicyMapping
	policyConstraints *cert.PolicyConstraints
	inhibitAny        int // -1: no limit

	unreadable []unreadable // extensions that have problems
}

// node is a certificate that may stand in a path of one search.
type node struct {
	*facts
	id         int    // its place in search.nodes
	index      int    // its place as received; -1: out of the store, or fetched
	fetched    string // the URL that it is from; empty: it wasn't fetched
	anchor     bool
	constraint func([]*x509.Certificate) error // of the store

	at       *finding.Cert     // made when asked for
	allNames cert.GeneralNames // those that constraints apply to, made when asked for
	key      *cert.PublicKey   // with inherited parameters; found when asked for
	issuers  []*node           // found when asked for
	searched bool
	asRole   [roles][]finding.Finding // faults in a role, found when asked for
	judged   [roles]bool
	reaches  bool // by its names, a path to a root is possible
}

// unreadable is an extension that isn't encoded as it must be.
type unreadable struct {
	id       cert.ID
	problems []cert.Problem
}

// role is what a certificate does in a path.
type role uint8

const (
	leafRole   role = iota
	issuerRole      // between the leaf and the anchor
	anchorRole      // the store's
	pinnedRole      // the leaf is itself in the store
	roles
)

// node makes a node of a certificate. That of the peer itself is the one that is seldom met again.
func (s *search) node(der []byte, index int) *node {
	if index == 0 {
		return &node{facts: readFacts(der, sha256.Sum256(der)), index: index}
	}
	return &node{facts: s.req.Memory.read(der), index: index}
}

// readFacts reads a certificate whose SHA-256 is hash.
func readFacts(der []byte, hash [sha256.Size]byte) *facts {
	n := &facts{hash: hash, inhibitAny: -1}
	n.Certificate, n.problems = cert.Parse(der)
	n.subject, n.issuer = canonical(n.Subject), canonical(n.Issuer)
	n.selfIssued = n.subject == n.issuer
	for i := range n.Extensions {
		if p := n.read(&n.Extensions[i]); len(p) > 0 {
			n.unreadable = append(n.unreadable, unreadable{cert.ID(n.Extensions[i].ID), p})
		}
	}
	return n
}

// canonical is the name for comparing; names of a size that only slows things down are compared as they stand.
func canonical(name cert.Name) string {
	if len(name.Raw) > maxCanonical {
		return string(name.Raw)
	}
	return name.Canonical()
}

// read takes the first extension of each kind that a path asks for.
func (n *facts) read(x *cert.Extension) (problems []cert.Problem) {
	switch cert.ID(x.ID) {
	case cert.ExtBasicConstraints:
		if n.basic == nil {
			n.basic, problems = x.BasicConstraints()
		}
	case cert.ExtKeyUsage:
		if !n.hasUsage {
			n.hasUsage = true
			n.usage, problems = x.KeyUsage()
		}
	case cert.ExtExtKeyUsage:
		if !n.hasEKU {
			n.hasEKU = true
			n.ekus, problems = x.OIDs()
		}
	case cert.ExtSubjectAltName:
		if n.names == nil {
			n.names, problems = x.GeneralNames()
		}
	case cert.ExtSubjectKeyID:
		if n.ski == nil {
			n.ski, problems = n.SubjectKeyID()
		}
	case cert.ExtAuthorityKeyID:
		if n.aki == nil {
			n.aki, problems = x.AuthorityKeyID()
		}
	case cert.ExtNameConstraints:
		if n.constraints == nil {
			n.constraints, problems = n.NameConstraints()
		}
	case cert.ExtAuthorityInfoAccess:
		_, problems = n.AuthorityInfoAccess()
	case cert.ExtCertificatePolicies:
		if !n.hasPolicies {
			problems = n.readPolicies(x)
		}
	case cert.ExtPolicyMappings:
		if n.mappings == nil {
			n.mappings, problems = n.PolicyMappings()
		}
	case cert.ExtPolicyConstraints:
		if n.policyConstraints == nil {
			n.policyConstraints, problems = n.PolicyConstraints()
		}
	case cert.ExtInhibitAnyPolicy:
		n.inhibitAny, problems = n.InhibitAnyPolicy()
	}
	return problems
}

func (n *facts) readPolicies(x *cert.Extension) []cert.Problem {
	list, problems := x.Policies()
	n.hasPolicies = true
	n.policies = make([]string, len(list))
	for i := range list {
		n.policies[i] = string(list[i].ID)
	}
	return problems
}

// where locates a finding about n.
func (n *node) where() finding.Where {
	if n.at == nil {
		n.at = &finding.Cert{Index: n.index, SHA256: hex.EncodeToString(n.hash[:])}
	}
	return finding.Where{Cert: n.at}
}

// label names n in a message.
func (n *node) label() string { return nameOf(n.Subject, "the certificate without a subject") }

// nameOf names a distinguished name shortly: its common name, or else all of it.
func nameOf(name cert.Name, empty string) string {
	if cn := name.CommonName(); cn != "" {
		return clip(cn)
	}
	if name.IsEmpty() {
		return empty
	}
	return clip(name.String())
}

// clip cuts a text that is too long for a message.
func clip(s string) string {
	const limit = 200
	if len(s) <= limit {
		return s
	}
	return fmt.Sprintf("%s… (%d bytes)", bytes.ToValidUTF8([]byte(s[:limit]), nil), len(s))
}

// selfSigned reports whether n seems to be signed with its own key: the names are the same and the key identifiers don't differ.
func (n *node) selfSigned() bool {
	return n.selfIssued && !n.keyIDDiffers(n)
}

// keyIDDiffers reports whether n says that it was signed by another key than that of issuer.
func (n *node) keyIDDiffers(issuer *node) bool {
	return n.aki != nil && n.aki.KeyID != nil && issuer.ski != nil && !bytes.Equal(n.aki.KeyID, issuer.ski)
}

// keyIDMatches reports whether the key identifiers say that issuer signed n.
func (n *node) keyIDMatches(issuer *node) bool {
	return n.aki != nil && n.aki.KeyID != nil && issuer.ski != nil && bytes.Equal(n.aki.KeyID, issuer.ski)
}

// sameEntity reports whether two certificates are for the same name and key, so that going through both is going in a circle.
// RFC 4158, Section 2.4.1.
func (n *node) sameEntity(o *node) bool {
	return n == o || n.subject == o.subject && bytes.Equal(n.PublicKey.Raw, o.PublicKey.Raw)
}

func (n *node) link() Link {
	return Link{Index: n.index, Fetched: n.fetched, Certificate: n.Certificate, SHA256: n.hash}
}
