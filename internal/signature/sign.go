package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"fmt"
	"io"
)

// Sign signs message with a key of ours, as [Verify] verifies it. RSA-PSS takes its salt from random, a salt as long as the hash;
// ECDSA is deterministic (RFC 6979) where the key lies in memory, and what another Signer does with random is its own affair. The
// error is the signer's, wrapped.
func Sign(key crypto.Signer, alg Algorithm, random io.Reader, message []byte) ([]byte, error) {
	content := message // Ed25519 and Ed448 hash it themselves
	if alg.Hash != 0 {
		sum, ok := digest(alg.Hash, message)
		if !ok {
			return nil, fmt.Errorf("sign by %s: %w", alg, ErrUnsupported)
		}
		content = sum
	}
	opts := crypto.SignerOpts(alg.Hash)
	if alg.Kind == RSAPSS {
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: alg.Hash}
	}
	if _, ok := key.(*ecdsa.PrivateKey); ok {
		random = nil
	}
	sig, err := key.Sign(random, content, opts)
	if err != nil {
		return nil, fmt.Errorf("sign by %s: %w", alg, err)
	}
	return sig, nil
}
