package message

import (
	"slices"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// parts is a key share whose value is recorded part by part: a hybrid's is several public values, one
// after the other. draft-ietf-tls-ecdhe-mlkem, Section 4.
func (e *KeyShareEntry) parts(c *wire.Codec) {
	e.KeyExchange = c.Peek()
	info, _ := e.Group.Info()
	sum := 0
	for _, p := range info.Parts {
		sum += e.partLen(p)
	}
	if c.Describing() {
		describeParts(c)
	}
	if len(info.Parts) < 2 || sum != len(e.KeyExchange) || c.Describing() {
		c.Leaf("bytes", len(e.KeyExchange), wire.Opaque)
		return
	}
	for _, p := range info.Parts {
		c.Leaf(strings.ToLower(p.Group.Name()), e.partLen(p), wire.Opaque)
	}
}

func (e *KeyShareEntry) partLen(p iana.GroupPart) int {
	if e.fromServer {
		return p.ServerShareLen
	}
	return p.ClientShareLen
}

// describeParts lists the parts of every hybrid, each once.
func describeParts(c *wire.Codec) {
	var seen []iana.Group
	for g := range iana.AllGroups() {
		info, _ := g.Info()
		for _, p := range info.Parts {
			if !slices.Contains(seen, p.Group) {
				seen = append(seen, p.Group)
				c.Leaf(strings.ToLower(p.Group.Name()), 0, wire.Opaque)
			}
		}
	}
}
