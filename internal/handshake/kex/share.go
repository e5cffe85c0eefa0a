package kex

import (
	"errors"
	"io"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// KeyShare is one side's ephemeral key for a group.
type KeyShare interface {
	// Group returns the group.
	Group() iana.Group
	// Public returns what goes on the wire: key_exchange of a KeyShareEntry (RFC 8446,
	// Section 4.2.8), or the point of a ClientKeyExchange.
	Public() []byte
	// Agree returns the secret shared with the server's share, as TLS 1.3 uses it: FFDHE padded to
	// the length of p (RFC 8446, Section 7.4.1), a hybrid's secrets one after the other. Errors are
	// of type *Error.
	Agree(serverShare []byte) ([]byte, error)
}

// Generate draws a key for a group. Errors are of type *Error: Unsupported and BadRandomness.
func Generate(group iana.Group, rand io.Reader) (KeyShare, error) {
	a, ok := algorithmOf(group)
	if !ok {
		return nil, &Error{Kind: Unsupported, Group: group, Part: group}
	}
	p, err := a.generate(rand)
	if err != nil {
		return nil, inGroup(err, group)
	}
	return &keyShare{group, p}, nil
}

// GenerateAll draws keys for the groups of one ClientHello. A group that is part of a hybrid before it shares the key of that part,
// which saves drawing another one: RFC 9954, Section 3.2. Errors are those of [Generate].
func GenerateAll(groups []iana.Group, rand io.Reader) ([]KeyShare, error) {
	list := make([]KeyShare, 0, len(groups))
	parts := make(map[iana.Group]private)
	for _, g := range groups {
		if p := parts[g]; p != nil {
			list = append(list, &keyShare{g, p})
			continue
		}
		k, err := Generate(g, rand)
		if err != nil {
			return nil, err
		}
		list = append(list, k)
		if h, ok := k.(*keyShare).key.(hybridKey); ok {
			for i, p := range h.parts {
				parts[p.Group] = h.keys[i]
			}
		}
	}
	return list, nil
}

// Encapsulate is the server's side: it draws a key, and returns its share and the secret shared with
// the client's. Errors are of type *Error.
func Encapsulate(group iana.Group, clientShare []byte, rand io.Reader) (serverShare, secret []byte, err error) {
	a, ok := algorithmOf(group)
	if !ok {
		return nil, nil, &Error{Kind: Unsupported, Group: group, Part: group}
	}
	serverShare, secret, err = a.encapsulate(clientShare, rand)
	return serverShare, secret, inGroup(err, group)
}

// Supported reports whether keys of a group can be drawn.
func Supported(group iana.Group) bool {
	_, ok := algorithmOf(group)
	return ok
}

// Part is a stretch of a key share that belongs to one group.
type Part struct {
	Group iana.Group
	Off   int // in bytes, from the beginning of the share
	Len   int // as much of the part as there is
}

// Parts splits a share into its parts: those of a hybrid, else the whole. A share that is too short
// cuts its last parts; what a share is too long by belongs to no part.
func Parts(group iana.Group, share []byte, fromServer bool) []Part {
	info, _ := group.Info()
	if len(info.Parts) == 0 {
		return []Part{{group, 0, len(share)}}
	}
	var out []Part
	off := 0
	for _, p := range info.Parts {
		n := p.ClientShareLen
		if fromServer {
			n = p.ServerShareLen
		}
		n = min(n, len(share)-off)
		out = append(out, Part{p.Group, off, n})
		off += n
	}
	return out
}

type keyShare struct {
	group iana.Group
	key   private
}

func (k *keyShare) Group() iana.Group { return k.group }
func (k *keyShare) Public() []byte    { return k.key.public() }

func (k *keyShare) Agree(serverShare []byte) ([]byte, error) {
	secret, err := k.key.agree(serverShare)
	return secret, inGroup(err, k.group)
}

// inGroup names the group in an error that came from its arithmetic.
func inGroup(err error, group iana.Group) error {
	var e *Error
	if errors.As(err, &e) {
		if e.Part == 0 {
			e.Part = group
		}
		e.Group = group
	}
	return err
}
