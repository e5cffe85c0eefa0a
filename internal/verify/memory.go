package verify

import (
	"crypto/sha256"
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/recent"
)

// Memory is what verifications have learned that holds for others too, whatever they ask and whom they trust: what certificates of
// authorities say, and whether a key made a signature. It saves time and changes no finding. A Memory is bounded, and is used by
// several goroutines. Nil remembers nothing.
type Memory struct {
	certificates *recent.Cache[[sha256.Size]byte, *facts]
	signatures   *recent.Cache[signing, error]
}

// signing is a certificate and the one whose key may have signed it, by their SHA-256.
type signing struct{ child, issuer [sha256.Size]byte }

// What is remembered at most.
const (
	maxFacts    = 8 << 20 // bytes, as far as certificates can be weighed
	maxSignings = 8 << 10
)

// NewMemory returns a Memory that has learned nothing yet.
func NewMemory() *Memory {
	return &Memory{recent.New[[sha256.Size]byte, *facts](maxFacts), recent.New[signing, error](maxSignings)}
}

// read reads a certificate, if it isn't remembered. What is remembered is a copy: a chain lies in a message with others.
func (m *Memory) read(der []byte) *facts {
	hash := sha256.Sum256(der)
	if m == nil {
		return readFacts(der, hash)
	}
	f, ok := m.certificates.Get(hash)
	if !ok {
		f = readFacts(slices.Clone(der), hash)
		m.certificates.Put(hash, f, f.weight())
	}
	return f
}

// weight estimates how much memory the facts take, in bytes. Lists take more than what they were read from.
func (f *facts) weight() int {
	const fixed, item = 2048, 128
	items := len(f.Extensions) + len(f.problems) + len(f.ekus) + len(f.names) + len(f.policies) + len(f.mappings)
	for i := range f.unreadable {
		items += 1 + len(f.unreadable[i].problems)
	}
	if f.aki != nil {
		items += len(f.aki.Issuer)
	}
	if f.constraints != nil {
		items += len(f.constraints.Permitted) + len(f.constraints.Excluded)
	}
	return fixed + 2*len(f.Raw) + len(f.subject) + len(f.issuer) + item*items
}

// signed returns what verifying the signature of child with a key of issuer came to, by verify if it isn't remembered. A key that
// others have a part in, for it inherits parameters, isn't known by its certificate.
func (m *Memory) signed(child, issuer *node, verify func() error) error {
	if m == nil || issuer.PublicKey.InheritsParams() {
		return verify()
	}
	key := signing{child.hash, issuer.hash}
	err, ok := m.signatures.Get(key)
	if !ok {
		err = verify()
		m.signatures.Put(key, err, 1)
	}
	return err
}
