package kex

import (
	"crypto/ecdh"
	"io"

	circl "github.com/cloudflare/circl/dh/x448"
)

// nist is ECDH on a curve of the standard library, its points uncompressed.
// RFC 8446, Sections 4.2.8.2 and 7.4.2.
type nist struct {
	curve ecdh.Curve
	size  int  // of a coordinate, in bytes
	mask  byte // for the first byte of a private key: the bits that the order has
}

func (c nist) generate(rand io.Reader) (private, error) {
	for range maxDraws {
		b, err := draw(rand, c.size)
		if err != nil {
			return nil, err
		}
		b[0] &= c.mask
		if key, err := c.curve.NewPrivateKey(b); err == nil { // else 0, or not below the order
			return nistKey{c, key}, nil
		}
	}
	return nil, &Error{Kind: BadRandomness}
}

func (c nist) encapsulate(clientShare []byte, rand io.Reader) ([]byte, []byte, error) {
	return exchange(c, clientShare, rand)
}

type nistKey struct {
	c   nist
	key *ecdh.PrivateKey
}

func (k nistKey) public() []byte { return k.key.PublicKey().Bytes() }

func (k nistKey) agree(share []byte) ([]byte, error) {
	if err := checkPoint(share, k.c.size); err != nil {
		return nil, err
	}
	peer, err := k.c.curve.NewPublicKey(share)
	if err != nil {
		return nil, &Error{Kind: BadPoint}
	}
	secret, err := k.key.ECDH(peer)
	if err != nil {
		return nil, &Error{Kind: BadPoint, Err: err}
	}
	return secret, nil
}

// checkPoint looks at what can be seen of an uncompressed point without knowing the curve:
// 4, X, Y. RFC 8446, Section 4.2.8.2.
func checkPoint(share []byte, size int) error {
	want := 1 + 2*size
	switch {
	case len(share) == 1+size && (share[0] == 2 || share[0] == 3): // compressed
		return &Error{Kind: BadPointFormat}
	case len(share) != want:
		return &Error{Kind: BadLength, Got: len(share), Want: want}
	case share[0] != 4:
		return &Error{Kind: BadPointFormat}
	}
	return nil
}

// x25519 is RFC 7748, Section 6.1.
type x25519 struct{}

const x25519Size = 32

func (a x25519) generate(rand io.Reader) (private, error) {
	b, err := draw(rand, x25519Size)
	if err != nil {
		return nil, err
	}
	key, err := ecdh.X25519().NewPrivateKey(b)
	if err != nil {
		return nil, &Error{Kind: BadRandomness, Err: err}
	}
	return x25519Key{key}, nil
}

func (a x25519) encapsulate(clientShare []byte, rand io.Reader) ([]byte, []byte, error) {
	return exchange(a, clientShare, rand)
}

type x25519Key struct{ key *ecdh.PrivateKey }

func (k x25519Key) public() []byte { return k.key.PublicKey().Bytes() }

func (k x25519Key) agree(share []byte) ([]byte, error) {
	peer, err := ecdh.X25519().NewPublicKey(share)
	if err != nil {
		return nil, &Error{Kind: BadLength, Got: len(share), Want: x25519Size}
	}
	secret, err := k.key.ECDH(peer)
	if err != nil { // the one thing it refuses: a point of small order
		return nil, &Error{Kind: AllZero}
	}
	return secret, nil
}

// x448 is RFC 7748, Section 6.2.
type x448 struct{}

func (a x448) generate(rand io.Reader) (private, error) {
	b, err := draw(rand, circl.Size)
	if err != nil {
		return nil, err
	}
	k := &x448Key{secret: circl.Key(b)}
	circl.KeyGen(&k.share, &k.secret)
	return k, nil
}

func (a x448) encapsulate(clientShare []byte, rand io.Reader) ([]byte, []byte, error) {
	return exchange(a, clientShare, rand)
}

type x448Key struct{ secret, share circl.Key }

func (k *x448Key) public() []byte { return append([]byte(nil), k.share[:]...) }

func (k *x448Key) agree(share []byte) ([]byte, error) {
	if len(share) != circl.Size {
		return nil, &Error{Kind: BadLength, Got: len(share), Want: circl.Size}
	}
	var shared circl.Key
	peer := circl.Key(share)
	if !circl.Shared(&shared, &k.secret, &peer) || shared == (circl.Key{}) {
		return nil, &Error{Kind: AllZero}
	}
	return shared[:], nil
}
