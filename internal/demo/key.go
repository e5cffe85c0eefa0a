package demo

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"fmt"
	"io"
)

// KeyType is the kind of a key pair.
type KeyType uint8

// The kinds of keys that crypto/tls can serve with. The zero value is the common one.
const (
	ECDSAP256 KeyType = iota
	ECDSAP384
	ECDSAP521
	Ed25519
	RSA1024
	RSA2048
	RSA4096
)

// String returns the name of the kind.
func (k KeyType) String() string {
	names := [...]string{"ECDSA P-256", "ECDSA P-384", "ECDSA P-521", "Ed25519", "RSA 1024", "RSA 2048", "RSA 4096"}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("key type %d", uint8(k))
}

// generate makes a key pair from the bytes of rand, except for RSA, where crypto/rsa reads its own
// randomness since Go 1.26.
func (k KeyType) generate(rand io.Reader) (crypto.Signer, error) {
	switch k {
	case ECDSAP256:
		return generateECDSA(elliptic.P256(), rand)
	case ECDSAP384:
		return generateECDSA(elliptic.P384(), rand)
	case ECDSAP521:
		return generateECDSA(elliptic.P521(), rand)
	case Ed25519:
		seed := make([]byte, ed25519.SeedSize)
		if _, err := io.ReadFull(rand, seed); err != nil {
			return nil, fmt.Errorf("generating an %s key: %w", k, err)
		}
		return ed25519.NewKeyFromSeed(seed), nil
	case RSA1024:
		return rsa.GenerateKey(rand, 1024)
	case RSA2048:
		return rsa.GenerateKey(rand, 2048)
	case RSA4096:
		return rsa.GenerateKey(rand, 4096)
	}
	return nil, fmt.Errorf("generating a key: unknown %s", k)
}

// generateECDSA takes scalars from rand until one lies in the range. FIPS 186-5, Appendix A.2.2.
func generateECDSA(curve elliptic.Curve, rand io.Reader) (crypto.Signer, error) {
	bits := curve.Params().BitSize
	scalar := make([]byte, (bits+7)/8)
	for range 100 {
		if _, err := io.ReadFull(rand, scalar); err != nil {
			return nil, fmt.Errorf("generating an ECDSA key: %w", err)
		}
		scalar[0] &= 0xff >> (len(scalar)*8 - bits)
		if key, err := ecdsa.ParseRawPrivateKey(curve, scalar); err == nil {
			return key, nil
		}
	}
	return nil, fmt.Errorf("generating an ECDSA key: no scalar in range after 100 tries")
}

// repeatable signs without randomness where there is a choice (ECDSA as in RFC 6979), so that the
// same seed and clock give the same certificates.
type repeatable struct{ crypto.Signer }

// Sign implements crypto.Signer.
func (r repeatable) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return r.Signer.Sign(nil, digest, opts)
}

// impostor claims one key and signs with another.
type impostor struct {
	crypto.Signer
	claimed crypto.PublicKey
}

// Public implements crypto.Signer.
func (i impostor) Public() crypto.PublicKey { return i.claimed }
