package audit

import (
	"cmp"
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// versions are those that a ClientHello of TLS can ask for, newest first.
var versions = [...]iana.Version{iana.TLS13, iana.TLS12, iana.TLS11, iana.TLS10, iana.SSL30}

// suitesOf lists the suites of the registry that a version can negotiate, in the order in which they are
// offered: servers that follow the client show theirs by it, and some take their cue from the first, so
// AES-GCM leads and ChaCha20 does not.
func suitesOf(v iana.Version) (list []iana.CipherSuite) {
	for s := range iana.AllCipherSuites() {
		if p, ok := s.Params(); ok && !s.IsGREASE() && p.MinVersion <= v && v <= p.MaxVersion && s != iana.TLS_NULL_WITH_NULL_NULL {
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b iana.CipherSuite) int { return cmp.Compare(rank(a), rank(b)) })
	return list
}

// rank orders suites by what a careful client wants: a cipher of today, then forward secrecy.
func rank(s iana.CipherSuite) int {
	p, _ := s.Params()
	r := 0
	switch p.KeyExchange {
	case iana.KeyExchangeAny, iana.KeyExchangeECDHE:
	case iana.KeyExchangeDHE:
		r = 1
	default:
		r = 2
	}
	switch {
	case p.Cipher == iana.CipherAES128GCM || p.Cipher == iana.CipherAES256GCM:
	case isChaCha(s):
		r += 10
	case p.MAC == iana.MACAEAD:
		r += 20
	case p.Cipher.IsCBC():
		r += 30
	default:
		r += 40
	}
	if p.Export || p.Authentication == iana.AuthenticationAnon {
		r += 50
	}
	return r
}

func isChaCha(s iana.CipherSuite) bool {
	p, _ := s.Params()
	return p.Cipher == iana.CipherChaCha20Poly1305 || p.Cipher == iana.CipherChaCha20Poly1305Draft
}

// groupsOf lists the groups that a version can agree over. Before TLS 1.3 those of finite fields are left
// out: a server that is offered any may choose no group of its own. RFC 7919, Section 4.
func groupsOf(v iana.Version) (list []iana.Group) {
	for g := range iana.AllGroups() {
		info, ok := g.Info()
		if !ok || g.IsGREASE() || info.Kind == iana.GroupExplicit {
			continue
		}
		switch info.Kind {
		case iana.GroupECDH, iana.GroupXDH, iana.GroupGOST:
			list = append(list, g)
		case iana.GroupUnknown:
		default:
			if v >= iana.TLS13 {
				list = append(list, g)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b iana.Group) int { return cmp.Compare(groupRank(a), groupRank(b)) })
	return list
}

// groupRank orders groups: hybrids first, then what is recommended, finite fields last.
func groupRank(g iana.Group) int {
	info, _ := g.Info()
	switch {
	case info.Kind == iana.GroupHybrid && g.Recommended() == iana.RecommendedYes:
		return 0
	case info.PQCategory > 0:
		return 1
	case g == iana.X25519:
		return 2
	case g.Recommended() == iana.RecommendedYes && info.Kind != iana.GroupFFDHE:
		return 3
	case info.Kind == iana.GroupFFDHE:
		return 5
	}
	return 4
}

// schemesOf lists the schemes that a version can sign with, those of the given algorithms, or all.
func schemesOf(v iana.Version, of ...iana.SchemeAlgorithm) (list []iana.SignatureScheme) {
	for s := range iana.AllSignatureSchemes() {
		info, ok := s.Info()
		if !ok || s.IsGREASE() || info.Algorithm == iana.SchemeUnknown || info.Algorithm == iana.SchemeAnonymous {
			continue
		}
		if len(of) == 0 || slices.Contains(of, info.Algorithm) {
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b iana.SignatureScheme) int { return cmp.Compare(schemeRank(a), schemeRank(b)) })
	return list
}

// schemeRank puts SHA-1 and MD5 last: RFC 9155, Section 2.
func schemeRank(s iana.SignatureScheme) int {
	info, _ := s.Info()
	switch info.Hash {
	case iana.SchemeHashSHA1, iana.SchemeHashMD5:
		return 2
	case iana.SchemeHashSHA224:
		return 1
	}
	return 0
}

// anySignedBy lets the server send a chain that is signed by schemes that the hello offers for nothing
// else. RFC 8446, Section 4.2.3.
func anySignedBy(h *message.ClientHello) {
	if h.Extensions.Find(iana.ExtSignatureAlgorithms) != nil {
		extend(iana.ExtSignatureAlgorithmsCert, &message.SignatureAlgorithms{Schemes: schemesOf(iana.TLS13)})(h)
	}
}
