package keys

import (
	"crypto/md5"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// KeySizes says how a key block is cut, in bytes for each side. IV is what the key block gives: the
// whole IV of CBC in TLS 1.0 and SSL 3.0, none of it in TLS 1.1 and 1.2, the implicit part of an AEAD
// nonce.
type KeySizes struct {
	MAC, Key, IV int
}

// KeyBlock is what both directions are protected with.
type KeyBlock struct {
	ClientMAC, ServerMAC []byte
	ClientKey, ServerKey []byte
	ClientIV, ServerIV   []byte
}

// KeyBlock expands a master secret. RFC 5246, Section 6.3; RFC 6101, Section 6.2. The randoms go in
// the other order than into the master secret.
func (p PRF) KeyBlock(master Secret, clientRandom, serverRandom []byte, sizes KeySizes) KeyBlock {
	block := p.Expand(master.Bytes, "key expansion", 2*(sizes.MAC+sizes.Key+sizes.IV), serverRandom, clientRandom)
	next := func(n int) []byte {
		part := block[:n:n]
		block = block[n:]
		return part
	}
	var k KeyBlock
	k.ClientMAC, k.ServerMAC = next(sizes.MAC), next(sizes.MAC)
	k.ClientKey, k.ServerKey = next(sizes.Key), next(sizes.Key)
	k.ClientIV, k.ServerIV = next(sizes.IV), next(sizes.IV)
	return k
}

// ExportKeyBlock expands a master secret for a suite of the export rules: the key block holds
// material bytes of each key, from which keys of sizes.Key are made, and the IVs come from the public
// randoms alone. RFC 2246, Section 6.3.1; RFC 6101, Section 6.2.2. No later version has such suites.
func (p PRF) ExportKeyBlock(master Secret, clientRandom, serverRandom []byte, sizes KeySizes, material int) KeyBlock {
	k := p.KeyBlock(master, clientRandom, serverRandom, KeySizes{MAC: sizes.MAC, Key: material})
	if p.version == iana.SSL30 {
		k.ClientKey = md5Of(sizes.Key, k.ClientKey, clientRandom, serverRandom)
		k.ServerKey = md5Of(sizes.Key, k.ServerKey, serverRandom, clientRandom)
		k.ClientIV = md5Of(sizes.IV, clientRandom, serverRandom)
		k.ServerIV = md5Of(sizes.IV, serverRandom, clientRandom)
		return k
	}
	k.ClientKey = p.Expand(k.ClientKey, "client write key", sizes.Key, clientRandom, serverRandom)
	k.ServerKey = p.Expand(k.ServerKey, "server write key", sizes.Key, clientRandom, serverRandom)
	iv := p.Expand(nil, "IV block", 2*sizes.IV, clientRandom, serverRandom)
	k.ClientIV, k.ServerIV = iv[:sizes.IV:sizes.IV], iv[sizes.IV:]
	return k
}

// md5Of returns the first n bytes of the MD5 of the parts; a digest is as long as the longest key.
func md5Of(n int, parts ...[]byte) []byte {
	h := md5.New()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)[:min(n, md5.Size)]
}
