package kex

import (
	"crypto/ecdh"
	"io"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// An algorithm is the arithmetic of a group. Its errors are of type *Error, the group left open.
type algorithm interface {
	generate(rand io.Reader) (private, error)
	encapsulate(clientShare []byte, rand io.Reader) (serverShare, secret []byte, err error)
}

// A private is a drawn key.
type private interface {
	public() []byte
	agree(serverShare []byte) ([]byte, error)
}

// algorithmOf finds a group's arithmetic. The Kyber drafts are not here: they hash differently from
// ML-KEM, of the same sizes.
func algorithmOf(group iana.Group) (algorithm, bool) {
	switch group {
	case iana.X25519:
		return x25519{}, true
	case iana.X448:
		return x448{}, true
	case iana.Secp256r1:
		return nist{ecdh.P256(), 32, 0xff}, true
	case iana.Secp384r1:
		return nist{ecdh.P384(), 48, 0xff}, true
	case iana.Secp521r1:
		return nist{ecdh.P521(), 66, 0x01}, true
	case iana.MLKEM768:
		return mlkem768{}, true
	case iana.MLKEM1024:
		return mlkem1024{}, true
	case iana.Ffdhe2048, iana.Ffdhe3072, iana.Ffdhe4096, iana.Ffdhe6144, iana.Ffdhe8192:
		return ffdhe{group}, true
	case iana.X25519MLKEM768, iana.SecP256r1MLKEM768, iana.SecP384r1MLKEM1024:
		info, ok := group.Info()
		return hybrid{info.Parts}, ok
	}
	if c, ok := curveOf(group); ok {
		return weierstrass{c}, true
	}
	return nil, false
}

// exchange is the server's side where both sides do the same.
func exchange(a algorithm, clientShare []byte, rand io.Reader) (serverShare, secret []byte, err error) {
	key, err := a.generate(rand)
	if err != nil {
		return nil, nil, err
	}
	secret, err = key.agree(clientShare)
	if err != nil {
		return nil, nil, err
	}
	return key.public(), secret, nil
}

// draw reads n bytes of randomness.
func draw(rand io.Reader, n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(rand, b); err != nil {
		return nil, &Error{Kind: BadRandomness, Err: err}
	}
	return b, nil
}

// maxDraws bounds how often a number outside of its range is drawn again. Each draw is good with a
// chance of more than a half, so only a broken reader comes here.
const maxDraws = 128
