package audit

import (
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// likelySuite tells how well a suite goes with those that were found. A server that has a cipher with one key exchange mostly
// has it with its others; of what it was not seen with nothing is known.
func likelySuite(s iana.CipherSuite, found, missing []iana.CipherSuite) int {
	p, _ := s.Params()
	exchange, cipher, related := false, false, usualCipher(&p)
	rsa, cbc, gcm := false, false, false
	for _, f := range found {
		q, _ := f.Params()
		exchange = exchange || sameExchange(&p, &q)
		cipher = cipher || sameCipher(&p, &q)
		related = related || p.Cipher == q.Cipher
		rsa = rsa || q.Authentication == iana.AuthenticationRSA
		cbc, gcm = cbc || q.Cipher.IsCBC(), gcm || isGCM(&q)
	}
	// Who has a certificate with an RSA key and bears old ciphers mostly bears the old key exchange.
	exchange = exchange || p.KeyExchange == iana.KeyExchangeRSA && rsa && cbc && !p.Export
	switch {
	case exchange && (cipher || gcm && isGCM(&p)):
		return veryLikely
	case exchange && related && !refusedElsewhere(&p, found, missing):
		return 1
	}
	return 0
}

// refusedElsewhere reports whether a cipher is missing with a key exchange that the server has.
func refusedElsewhere(p *iana.SuiteParams, found, missing []iana.CipherSuite) bool {
	return slices.ContainsFunc(missing, func(m iana.CipherSuite) bool {
		q, _ := m.Params()
		return sameCipher(p, &q) && slices.ContainsFunc(found, func(f iana.CipherSuite) bool {
			r, _ := f.Params()
			return sameExchange(&q, &r)
		})
	})
}

func sameCipher(p, q *iana.SuiteParams) bool { return p.Cipher == q.Cipher && p.MAC == q.MAC }

func isGCM(p *iana.SuiteParams) bool {
	return p.Cipher == iana.CipherAES128GCM || p.Cipher == iana.CipherAES256GCM
}

func sameExchange(p, q *iana.SuiteParams) bool {
	return p.KeyExchange == q.KeyExchange && p.Authentication == q.Authentication && p.Export == q.Export
}

// usualCipher tells the ciphers that nearly all servers have, or once had.
func usualCipher(p *iana.SuiteParams) bool {
	switch p.Cipher {
	case iana.CipherAES128GCM, iana.CipherAES256GCM, iana.CipherAES128CBC, iana.CipherAES256CBC:
		return true
	}
	return false
}

// likelyGroup tells how well a group goes with those that were found.
func likelyGroup(g iana.Group, found, _ []iana.Group) int {
	switch g {
	case iana.X25519, iana.Secp256r1, iana.Secp384r1:
		return veryLikely
	case iana.Secp521r1, iana.X448:
		return 1
	}
	info, _ := g.Info()
	for _, f := range found {
		q, _ := f.Info()
		if info.Kind == q.Kind && (info.Kind == iana.GroupFFDHE || info.Kind == iana.GroupHybrid) {
			return 1
		}
	}
	return 0
}
