package keys

import (
	"crypto"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// masterSecretSize is the length of every master secret before TLS 1.3. RFC 5246, Section 8.1.
const masterSecretSize = 48

// PRF is the pseudorandom function of a version before TLS 1.3, with what each version derives by
// it. RFC 6101, Section 6 (SSL 3.0); RFC 2246 and RFC 4346, Section 5; RFC 5246, Section 5.
type PRF struct {
	version iana.Version
	hash    crypto.Hash // MD5SHA1 before TLS 1.2
}

// NewPRF returns the function of a version, in TLS 1.2 with the hash of the suite. The error wraps
// ErrUnsupported.
func NewPRF(version iana.Version, suiteHash iana.Hash) (PRF, error) {
	if version > iana.TLS12 {
		return PRF{}, fmt.Errorf("prf of version 0x%04x: %w", uint16(version), ErrUnsupported)
	}
	h, err := HashOf(version, suiteHash)
	return PRF{version, h}, err
}

// Hash returns the hash under the function and of the Finished transcript; crypto.MD5SHA1 before
// TLS 1.2.
func (p PRF) Hash() crypto.Hash { return p.hash }

// Expand returns length bytes for a secret, a label and the concatenation of seeds. SSL 3.0 has no
// labels and ignores it.
func (p PRF) Expand(secret []byte, label string, length int, seeds ...[]byte) []byte {
	out := make([]byte, length)
	switch {
	case p.version == iana.SSL30:
		expandSSL30(out, secret, seeds)
	case p.version < iana.TLS12:
		// Both halves share the byte in the middle of an odd secret. RFC 2246, Section 5.
		half := (len(secret) + 1) / 2
		pHash(out, crypto.MD5, secret[:half], label, seeds)
		pHash(out, crypto.SHA1, secret[len(secret)-half:], label, seeds)
	default:
		pHash(out, p.hash, secret, label, seeds)
	}
	return out
}

// pHash is P_hash, xored onto out. RFC 5246, Section 5:
//
//	A(0) = label + seed, A(i) = HMAC(secret, A(i-1))
//	P_hash = HMAC(secret, A(1) + label + seed) + HMAC(secret, A(2) + label + seed) + ...
func pHash(out []byte, h crypto.Hash, secret []byte, label string, seeds [][]byte) {
	seed := []byte(label)
	for _, s := range seeds {
		seed = append(seed, s...)
	}
	mac := hmac.New(h.New, secret)
	mac.Write(seed)
	a := mac.Sum(nil)
	block := make([]byte, 0, h.Size())
	for len(out) > 0 {
		mac.Reset()
		mac.Write(a)
		mac.Write(seed)
		block = mac.Sum(block[:0])
		n := min(len(block), len(out))
		for i := range n {
			out[i] ^= block[i]
		}
		out = out[n:]
		mac.Reset()
		mac.Write(a)
		a = mac.Sum(a[:0])
	}
}

// expandSSL30 fills out with MD5(secret + SHA('A' + secret + seeds)), then with 'BB', 'CCC', …
// RFC 6101, Section 6.1. The letters end at 'Z', 416 bytes; what is beyond stays zero, and no key
// block comes near it.
func expandSSL30(out, secret []byte, seeds [][]byte) {
	outer, inner := md5.New(), sha1.New()
	var sum [sha1.Size]byte
	for i := 0; i < 26 && len(out) > 0; i++ {
		inner.Reset()
		for range i + 1 {
			inner.Write([]byte{'A' + byte(i)})
		}
		inner.Write(secret)
		for _, s := range seeds {
			inner.Write(s)
		}
		outer.Reset()
		outer.Write(secret)
		outer.Write(inner.Sum(sum[:0]))
		out = out[copy(out, outer.Sum(sum[:0])):]
	}
}

// MasterSecret derives the master secret from the premaster secret and the two randoms.
// RFC 5246, Section 8.1; RFC 6101, Section 6.1.
func (p PRF) MasterSecret(premaster, clientRandom, serverRandom []byte) Secret {
	return Secret{
		Name: nameMaster, Label: "master secret", KeyLogLabel: "CLIENT_RANDOM", From: "the shared secret (pre_master_secret) and both randoms",
		Bytes: p.Expand(premaster, "master secret", masterSecretSize, clientRandom, serverRandom),
	}
}

// ExtendedMasterSecret derives the master secret from the premaster secret and the hash of all
// messages up to ClientKeyExchange, by the function's Hash. RFC 7627, Section 4. The error wraps
// ErrUnsupported: SSL 3.0 has none (Section 5.4).
func (p PRF) ExtendedMasterSecret(premaster, sessionHash []byte) (Secret, error) {
	if p.version == iana.SSL30 {
		return Secret{}, fmt.Errorf("extended master secret of ssl 3.0: %w", ErrUnsupported)
	}
	return Secret{
		Name: nameMaster, Label: "extended master secret", KeyLogLabel: "CLIENT_RANDOM", From: "the shared secret (pre_master_secret) and the hash of the handshake",
		Bytes: p.Expand(premaster, "extended master secret", masterSecretSize, sessionHash),
	}, nil
}

// Export is the exporter of RFC 5705, Section 4. A nil context is no context, which is not the same
// as an empty one. The error wraps ErrUnsupported for SSL 3.0 and for labels that the handshake
// itself uses, and ErrTooLong.
func (p PRF) Export(master Secret, clientRandom, serverRandom []byte, label string, context []byte, length int) ([]byte, error) {
	switch label {
	case "client finished", "server finished", "master secret", "extended master secret", "key expansion":
		return nil, fmt.Errorf("export with the reserved label %q: %w", label, ErrUnsupported)
	}
	if p.version == iana.SSL30 {
		return nil, fmt.Errorf("export from ssl 3.0: %w", ErrUnsupported)
	}
	if len(context) > 1<<16-1 || length < 0 || length > 1<<16-1 {
		return nil, fmt.Errorf("export of %d bytes with %d bytes of context: %w", length, len(context), ErrTooLong)
	}
	seeds := [][]byte{clientRandom, serverRandom}
	if context != nil {
		seeds = append(seeds, []byte{byte(len(context) >> 8), byte(len(context))}, context)
	}
	return p.Expand(master.Bytes, label, length, seeds...), nil
}
