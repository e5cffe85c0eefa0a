package audit

import (
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// cipherFamilies are ciphers that servers mostly have together.
var cipherFamilies = [...][]iana.Cipher{
	{iana.CipherAES128GCM, iana.CipherAES256GCM},
	{iana.CipherAES128CBC, iana.CipherAES256CBC},
	{iana.CipherAES128CCM, iana.CipherAES256CCM, iana.CipherAES128CCM8, iana.CipherAES256CCM8},
	{iana.CipherCAMELLIA128CBC, iana.CipherCAMELLIA256CBC},
	{iana.CipherCAMELLIA128GCM, iana.CipherCAMELLIA256GCM},
	{iana.CipherARIA128CBC, iana.CipherARIA256CBC},
	{iana.CipherARIA128GCM, iana.CipherARIA256GCM},
}

// usual are how many of the families nearly all servers have, or once had.
const usual = 2

func familyOf(c iana.Cipher) int {
	return slices.IndexFunc(cipherFamilies[:], func(f []iana.Cipher) bool { return slices.Contains(f, c) })
}

// likelySuite tells how well a suite goes with those that were found. A server that has a cipher with one key exchange mostly
// has it with its others, and mostly its kin; of a key exchange that was not seen nothing is known.
func likelySuite(s iana.CipherSuite, found, missing []iana.CipherSuite) int {
	p, _ := s.Params()
	family := familyOf(p.Cipher)
	exchange, cipher, kin, rsa, cbc := false, false, false, false, false
	for _, f := range found {
		q, _ := f.Params()
		exchange = exchange || sameExchange(&p, &q)
		cipher = cipher || sameCipher(&p, &q)
		kin = kin || p.Cipher == q.Cipher || family >= 0 && slices.Contains(cipherFamilies[family], q.Cipher)
		rsa = rsa || q.Authentication == iana.AuthenticationRSA
		cbc = cbc || q.Cipher.IsCBC()
	}
	// Who has a certificate with an RSA key and bears old ciphers mostly bears the old key exchange.
	exchange = exchange || p.KeyExchange == iana.KeyExchangeRSA && rsa && cbc && !p.Export
	switch {
	case exchange && (cipher || kin && p.MAC == iana.MACAEAD):
		return veryLikely
	case exchange && (kin || family >= 0 && family < usual) && !refusedElsewhere(&p, found, missing):
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

func sameExchange(p, q *iana.SuiteParams) bool {
	return p.KeyExchange == q.KeyExchange && p.Authentication == q.Authentication && p.Export == q.Export
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
