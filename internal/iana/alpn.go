package iana

import (
	"iter"
	"sort"
)

// ALPNProtocol is a protocol of application_layer_protocol_negotiation, as it stands on the wire:
// any 1 to 255 bytes. RFC 7301, Section 3.1.
type ALPNProtocol string

type alpnRow struct {
	id         ALPNProtocol
	name       string
	reference  string
	registered bool
}

// Name is what the protocol is, as "HTTP/2 over TLS" for "h2", or "".
func (p ALPNProtocol) Name() string { return p.row().name }

// Reference is the document that defines the protocol, or "".
func (p ALPNProtocol) Reference() string { return p.row().reference }

// Registered tells whether the protocol has an entry in the registry.
func (p ALPNProtocol) Registered() bool { return p.row().registered }

// IsGREASE tells whether the protocol is one of the reserved pairs of bytes. RFC 8701, Section 2.
func (p ALPNProtocol) IsGREASE() bool {
	return len(p) == 2 && isGREASE16(uint16(p[0])<<8|uint16(p[1]))
}

// AllALPNProtocols are the protocols that have a name, in order.
func AllALPNProtocols() iter.Seq[ALPNProtocol] {
	return func(yield func(ALPNProtocol) bool) {
		for i := range alpnTable {
			if !yield(alpnTable[i].id) {
				return
			}
		}
	}
}

func (p ALPNProtocol) row() alpnRow {
	i := sort.Search(len(alpnTable), func(i int) bool { return alpnTable[i].id >= p })
	if i < len(alpnTable) && alpnTable[i].id == p {
		return alpnTable[i]
	}
	return alpnRow{}
}
