package revocation

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// list is a CRL and where it came from.
type list struct {
	*CRL
	source Source
	url    string
}

// signer is who has signed a list.
type signer struct {
	cert *cert.Certificate
	key  *cert.PublicKey
	own  bool // the key is the one that signed the certificate in question
}

// signerState is what is known about the revocation of a signer.
type signerState uint8

const (
	signerUnseen signerState = iota
	signerBusy               // being looked at
	signerFine
	signerRevoked
)

// signerOf returns who has signed a list about a certificate and may do so, or says why there is nobody. RFC 5280, Section 6.3.3
// (f) and (g).
func (c *Checker) signerOf(l *list, s *Subject) (signer, *fault) {
	worst, rank := &fault{
		message: "no certificate of its issuer, " + nameOf(l.Issuer) + ", is at hand", expected: "the issuer's certificate", actual: "none",
	}, 0
	for _, candidate := range c.candidates(l, s) {
		own := candidate == s.Issuer
		found, reached, f := c.trySigner(l, s, candidate, own)
		if f == nil {
			found.own = s.Issuer != nil && bytes.Equal(candidate.PublicKey.Raw, s.Issuer.PublicKey.Raw)
			return found, nil
		}
		if reached > rank {
			worst, rank = f, reached
		}
	}
	return signer{}, worst
}

// candidates returns the certificates for the name of a list's issuer: the issuer of the certificate in question first, then those
// with the key that the list names.
func (c *Checker) candidates(l *list, s *Subject) (found []*cert.Certificate) {
	if s.Issuer != nil && s.Issuer.Subject.Canonical() == l.issuer {
		found = append(found, s.Issuer)
	}
	if c.evidence.Authorities == nil {
		return found
	}
	var others []*cert.Certificate
	for _, o := range c.evidence.Authorities.BySubject(l.Issuer) {
		if o == nil || s.Issuer != nil && bytes.Equal(o.Raw, s.Issuer.Raw) {
			continue
		}
		if l.Authority != nil && l.Authority.KeyID != nil {
			if id, _ := o.SubjectKeyID(); bytes.Equal(id, l.Authority.KeyID) {
				found = append(found, o)
				continue
			}
		}
		others = append(others, o)
	}
	found = append(found, others...)
	return found[:min(len(found), maxSigners)]
}

// trySigner says why a certificate isn't that of who has signed a list and may do so, and how far it got.
func (c *Checker) trySigner(l *list, s *Subject, candidate *cert.Certificate, own bool) (found signer, reached int, f *fault) {
	const ref = "RFC 5280, Section 6.3.3"
	key := &candidate.PublicKey
	var path []*cert.Certificate
	switch {
	case own:
		key = s.key()
	case key.InheritsParams():
		if path, f = c.pathOf(candidate); f != nil {
			return signer{}, 1, f
		}
		key = keyIn(path, 0)
	}
	if f = c.verify(key, l.SignatureAlgorithm, l.RawTBS, l.Signature); f != nil {
		why := *f
		why.message, why.ref = "it isn't signed by "+nameOf(candidate.Subject)+": "+f.message, ref
		return signer{}, 2, &why
	}
	if usage, restricted, _ := candidate.KeyUsage(); restricted && usage&cert.UsageCRLSign == 0 {
		return signer{}, 3, &fault{
			message: "the key of " + nameOf(candidate.Subject) + " isn't for signing lists", expected: "cRLSign", actual: usage.String(), ref: ref, theirs: true,
		}
	}
	if !own {
		if path, f = c.pathOf(candidate); f != nil {
			return signer{}, 4, f
		}
		if f = c.revokedIn(path); f != nil {
			return signer{}, 5, f
		}
	}
	return signer{cert: candidate, key: key}, 6, nil
}

// pathOf returns the path for who has signed a list.
func (c *Checker) pathOf(candidate *cert.Certificate) ([]*cert.Certificate, *fault) {
	path, known := c.paths[candidate]
	if !known {
		list, err := c.evidence.Authorities.Path(candidate)
		path = signerPath{list, err}
		c.paths[candidate] = path
	}
	if path.err == nil && len(path.certs) == 0 {
		path.err = fmt.Errorf("there is no path")
	}
	if path.err != nil {
		return nil, &fault{
			message:  nameOf(candidate.Subject) + ", who has signed it, isn't trusted: " + clip(path.err.Error()),
			expected: "a valid path to the same root", actual: "none", ref: "RFC 5280, Section 6.3.3",
		}
	}
	return path.certs, nil
}

// signerPath is what [Authorities] says of a certificate.
type signerPath struct {
	certs []*cert.Certificate
	err   error
}

// revokedIn says which certificate of a path was revoked, the anchor apart. One whose status isn't known is let pass: the list
// in question may be the one that says it (NIST's PKITS, 4.14.30).
func (c *Checker) revokedIn(path []*cert.Certificate) *fault {
	for i := 0; i+1 < len(path); i++ {
		var key *cert.PublicKey
		if path[i+1].PublicKey.InheritsParams() {
			key = keyIn(path, i+1)
		}
		if c.isRevoked(path[i], path[i+1], key) {
			return &fault{
				message:  "the certificate of " + nameOf(path[i].Subject) + ", by which it is trusted, was revoked",
				expected: "a signer that isn't revoked", actual: "a list with it", ref: "RFC 5280, Section 6.3.3", theirs: true,
			}
		}
	}
	return nil
}

// keyIn returns the key of the certificate at a place of a path, with the parameters that it inherits.
func keyIn(path []*cert.Certificate, at int) *cert.PublicKey {
	for i := at; i < len(path); i++ {
		if !path[i].PublicKey.InheritsParams() {
			return path[at].PublicKey.WithParamsOf(&path[i].PublicKey)
		}
	}
	return &path[at].PublicKey
}

// isRevoked reports whether a list at hand says that a certificate by which others are trusted was revoked.
func (c *Checker) isRevoked(of, issuer *cert.Certificate, issuerKey *cert.PublicKey) bool {
	at := sha256.Sum256(of.Raw)
	if state := c.signers[at]; state != signerUnseen || c.depth >= maxDepth {
		return state == signerRevoked
	}
	c.signers[at] = signerBusy
	c.depth++
	found := c.byLists(&Subject{Cert: of, Issuer: issuer, IssuerKey: issuerKey})
	c.depth--
	c.signers[at] = signerFine
	for i := range found.statements {
		if found.statements[i].Status == StatusRevoked {
			c.signers[at] = signerRevoked
		}
	}
	return c.signers[at] == signerRevoked
}
