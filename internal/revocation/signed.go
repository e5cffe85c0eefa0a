package revocation

import (
	"crypto"
	"crypto/sha256"
	"errors"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/signature"
)

// signedKey is a signature that was verified: what was signed with which key.
type signedKey struct{ tbs, key [sha256.Size]byte }

// verify says why a signature isn't that of a key; nil if it is.
func (c *Checker) verify(key *cert.PublicKey, algorithm cert.AlgorithmIdentifier, tbs, sig []byte) *fault {
	h := sha256.New()
	// Where a key inherits its parameters, its DER hasn't them.
	for _, part := range [...][]byte{key.Raw, key.P, key.Q, key.G, algorithm.Raw, sig} {
		sum := sha256.Sum256(part)
		h.Write(sum[:])
	}
	at := signedKey{tbs: sha256.Sum256(tbs), key: [sha256.Size]byte(h.Sum(nil))}
	if f, done := c.signed[at]; done {
		return f
	}
	f := c.verifyAnew(key, algorithm, tbs, sig)
	c.signed[at] = f
	return f
}

func (c *Checker) verifyAnew(key *cert.PublicKey, algorithm cert.AlgorithmIdentifier, tbs, sig []byte) *fault {
	alg, ok := signature.FromOID(algorithm)
	switch {
	case !ok:
		return &fault{message: "its signature algorithm isn't known here: " + algorithm.OID.Label(), actual: algorithm.OID.Label()}
	case alg.Hash == crypto.MD5:
		return &fault{message: "it is signed with MD5", expected: "SHA-256 or better", actual: alg.String(), theirs: true}
	case c.signatures >= maxSignatures:
		return &fault{message: "there are too many signatures to verify"}
	}
	c.signatures++
	err := signature.Verify(key, alg, tbs, sig)
	if err == nil {
		return nil
	}
	return &fault{
		message: err.Error(), expected: "a signature by the key, " + key.String(), actual: alg.String(),
		theirs: !errors.Is(err, signature.ErrUnsupported) && !errors.Is(err, signature.ErrTooLarge),
	}
}
