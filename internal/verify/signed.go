package verify

import (
	"errors"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/signature"
)

var (
	errTooManySignatures = errors.New("too many signatures to verify")
	errNoAlgorithm       = errors.New("the signature algorithm isn't known here")
)

// verify verifies the signature of child with the key of issuer, once.
func (s *search) verify(child, issuer *node) error {
	key := [2]int{child.id, issuer.id}
	err, known := s.signed[key]
	if known {
		return err
	}
	alg, ok := signature.FromOID(child.SignatureAlgorithm)
	switch {
	case !ok:
		err = errNoAlgorithm
	case s.checked >= maxSignatures:
		s.gaveUp = true
		return errTooManySignatures
	default:
		s.checked++
		err = s.req.Memory.signed(child, issuer, func() error {
			return signature.Verify(s.keyOf(issuer), alg, child.RawTBS, child.Signature)
		})
	}
	s.signed[key] = err
	return err
}

// keyOf returns the key of n; a DSA key without parameters has those of the key that n is signed with. RFC 5280, Section 6.1.4 (f).
func (s *search) keyOf(n *node) *cert.PublicKey {
	switch {
	case n.key != nil:
		return n.key
	case !n.PublicKey.InheritsParams():
		return &n.PublicKey
	}
	n.key = &n.PublicKey // what asks for it while it is looked for goes in a circle
	for _, up := range s.issuersOf(n) {
		if key := s.keyOf(up); key.Kind == cert.KeyDSA && !key.InheritsParams() && s.verify(n, up) == nil {
			n.key = n.PublicKey.WithParamsOf(key)
			break
		}
	}
	return n.key
}

// selfSigned reports whether n is signed with its own key, or says so with its key identifiers. Where the signature can't be
// verified, the names decide.
func (s *search) selfSigned(n *node) bool {
	if !n.selfIssued {
		return false
	}
	if s.byAnotherKey(n, n) {
		return n.keyIDMatches(n)
	}
	return n.selfSigned()
}

// byAnotherKey reports whether the signature of child is certainly not one by the key of issuer.
func (s *search) byAnotherKey(child, issuer *node) bool {
	err := s.verify(child, issuer)
	return errors.Is(err, signature.ErrBad) || errors.Is(err, signature.ErrKeyMismatch)
}
