package kex

import (
	"errors"
	"io"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// hybrid is several groups at once: shares and secrets stand one after the other, both in the order
// of the registry's name but for X25519MLKEM768, where ML-KEM is first. RFC 10024.
type hybrid struct{ parts []iana.GroupPart }

func (h hybrid) generate(rand io.Reader) (private, error) {
	key := hybridKey{parts: h.parts}
	for _, p := range h.parts {
		a, ok := algorithmOf(p.Group)
		if !ok {
			return nil, &Error{Kind: Unsupported, Part: p.Group}
		}
		k, err := a.generate(rand)
		if err != nil {
			return nil, inPart(err, p.Group, 0)
		}
		key.keys = append(key.keys, k)
		key.share = append(key.share, k.public()...)
	}
	return key, nil
}

func (h hybrid) encapsulate(clientShare []byte, rand io.Reader) (serverShare, secret []byte, err error) {
	want := 0
	for _, p := range h.parts {
		want += p.ClientShareLen
	}
	if len(clientShare) != want {
		return nil, nil, &Error{Kind: BadLength, Got: len(clientShare), Want: want}
	}
	off := 0
	for _, p := range h.parts {
		a, ok := algorithmOf(p.Group)
		if !ok {
			return nil, nil, &Error{Kind: Unsupported, Part: p.Group}
		}
		share, s, err := a.encapsulate(clientShare[off:off+p.ClientShareLen], rand)
		if err != nil {
			return nil, nil, inPart(err, p.Group, off)
		}
		serverShare, secret = append(serverShare, share...), append(secret, s...)
		off += p.ClientShareLen
	}
	return serverShare, secret, nil
}

type hybridKey struct {
	parts []iana.GroupPart
	keys  []private
	share []byte
}

func (k hybridKey) public() []byte { return k.share }

func (k hybridKey) agree(serverShare []byte) ([]byte, error) {
	want := 0
	for _, p := range k.parts {
		want += p.ServerShareLen
	}
	if len(serverShare) != want {
		return nil, &Error{Kind: BadLength, Got: len(serverShare), Want: want}
	}
	var secret []byte
	off := 0
	for i, p := range k.parts {
		s, err := k.keys[i].agree(serverShare[off : off+p.ServerShareLen])
		if err != nil {
			return nil, inPart(err, p.Group, off)
		}
		secret = append(secret, s...)
		off += p.ServerShareLen
	}
	return secret, nil
}

// inPart names the part of a hybrid in an error that came from its arithmetic.
func inPart(err error, part iana.Group, off int) error {
	var e *Error
	if errors.As(err, &e) {
		e.Part, e.Off = part, off
	}
	return err
}
