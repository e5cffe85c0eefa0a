package policy

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// link is a certificate of a chain.
type link struct {
	*cert.Certificate
	at         time.Time
	connection int
}

// linkRows are the facts that stand in a certificate.
var linkRows = [...]row[*link]{
	{"key.type", KindWord, "kind of the key", nil, func(l *link) Fact { return l.text(keyType(&l.PublicKey)) }},
	{"key.bits", KindNumber, "size of the key in bits: of the modulus, or of the curve's field", nil, func(l *link) Fact {
		switch l.PublicKey.Kind {
		case cert.KeyMLDSA44, cert.KeyMLDSA65, cert.KeyMLDSA87:
			return skipped("the size of the key goes by its kind, " + keyType(&l.PublicKey))
		}
		return l.positive(l.PublicKey.Bits(), "the key has no size that is known here")
	}},
	{"key.strength", KindNumber, "strength of the key against classical computers in bits", nil, func(l *link) Fact {
		return l.positive(l.PublicKey.Strength(), "the strength of the key is not known")
	}},
	{"key.curve", KindWord, "elliptic curve of an ECDSA key", nil, curveFact},
	{"signature_algorithm", KindWord, "algorithm that the issuer signed by", nil, func(l *link) Fact { return l.text(labelOf(l.SignatureAlgorithm.OID)) }},
	{"signature_hash", KindWord, "hash of that algorithm", nil, hashFact},
	{"self_issued", KindWord, "subject and issuer are the same", yesOrNo, func(l *link) Fact { return yesIf(l.IsSelfIssued(), l.connection) }},
	{"days_left", KindNumber, "days until it ends, begun ones not counted", nil, func(l *link) Fact {
		if l.NotAfter.IsZero() {
			return unknown("the end of its validity can't be read")
		}
		return known(number(days(l.NotAfter.Sub(l.at), math.Floor), l.connection))
	}},
	{"lifetime_days", KindNumber, "days from its begin to its end, begun ones counted", nil, func(l *link) Fact {
		if l.NotAfter.IsZero() || l.NotBefore.IsZero() {
			return unknown("its validity can't be read")
		}
		return known(number(days(l.NotAfter.Sub(l.NotBefore.Time), math.Ceil), l.connection))
	}},
	{"subject", KindText, "the subject's name", nil, func(l *link) Fact { return l.text(l.Subject.String()) }},
	{"issuer", KindText, "the issuer's name", nil, func(l *link) Fact { return l.text(l.Issuer.String()) }},
	{"names", KindText, "DNS names and addresses that it is for", nil, namesFact},
	{"key_usage", KindWord, "what the key is for; none: it is not restricted", nil, func(l *link) Fact {
		usage, ok, _ := l.KeyUsage()
		if !ok {
			return l.list(nil)
		}
		return l.list(strings.Split(usage.String(), ", "))
	}},
	{"ext_key_usage", KindWord, "what the certificate is for; none: it is not restricted", nil, func(l *link) Fact {
		usages, _, _ := l.ExtKeyUsage()
		return l.list(labels(usages))
	}},
	{"ocsp_responders", KindText, "addresses of OCSP responders", nil, func(l *link) Fact { return l.list(l.OCSPServers()) }},
	{"crls", KindText, "addresses of revocation lists", nil, crlFact},
	{"must_staple", KindWord, "demands a stapled OCSP response", yesOrNo, func(l *link) Fact { return yesIf(l.MustStaple(), l.connection) }},
}

// days counts the days of a duration.
func days(d time.Duration, round func(float64) float64) int { return int(round(d.Hours() / 24)) }

// text is a fact with one value that may be long.
func (l *link) text(s string) Fact {
	if s == "" {
		return Fact{State: Known, Connection: l.connection}
	}
	return known(word(clip(s), l.connection))
}

func (l *link) positive(n int, otherwise string) Fact {
	if n <= 0 {
		return unknown(otherwise)
	}
	return known(number(n, l.connection))
}

// list is a fact with what a certificate lists, as much of it as is sensible.
func (l *link) list(all []string) Fact {
	f := Fact{State: Known, Connection: l.connection}
	if len(all) > maxValues {
		f.State, f.Reason = Partial, fmt.Sprintf("it names %d: only the first %d are looked at", len(all), maxValues)
		all = all[:maxValues]
	}
	for _, s := range all {
		f.Values = append(f.Values, word(clip(s), l.connection))
	}
	return f
}

// clip bounds peer text.
func clip(s string) string {
	const limit = 300
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + fmt.Sprintf("… (%d bytes)", len(s))
}

// keyType is the kind of a key; that of an algorithm which is not known here is the algorithm's name.
func keyType(k *cert.PublicKey) string {
	if k.Kind == cert.KeyUnknown {
		return labelOf(k.Algorithm.OID)
	}
	return k.Kind.String()
}

// labelOf is the name of an identifier, or its numbers; "unreadable" for none.
func labelOf(id cert.OID) string {
	if len(id) == 0 {
		return "unreadable"
	}
	return id.Label()
}

func curveFact(l *link) Fact {
	k := &l.PublicKey
	switch {
	case k.Kind != cert.KeyEC:
		return skipped("the key is " + clip(k.String()))
	case k.Explicit: // RFC 5480, Section 2.1.1: that must not be, whatever the curve
		return l.text("explicit")
	case k.Curve == cert.UnknownCurve:
		return l.text(labelOf(k.CurveOID))
	}
	return l.text(k.Curve.String())
}

// signatureHashes are the hashes of the algorithms that name one. RFC 4055, Section 5; RFC 5758; RFC 3279, Section
// 2.2; that of Ed25519 and Ed448 is a part of the algorithm: RFC 8032, Sections 5.1 and 5.2.
var signatureHashes = map[cert.ID]string{
	cert.OIDMD2WithRSA: "md2", cert.OIDMD5WithRSA: "md5", cert.OIDSHA1WithRSA: "sha1", cert.OIDSHA1WithRSAISO: "sha1",
	cert.OIDSHA224WithRSA: "sha224", cert.OIDSHA256WithRSA: "sha256", cert.OIDSHA384WithRSA: "sha384", cert.OIDSHA512WithRSA: "sha512",
	cert.OIDECDSAWithSHA1: "sha1", cert.OIDECDSAWithSHA224: "sha224", cert.OIDECDSAWithSHA256: "sha256",
	cert.OIDECDSAWithSHA384: "sha384", cert.OIDECDSAWithSHA512: "sha512",
	cert.OIDDSAWithSHA1: "sha1", cert.OIDDSAWithSHA224: "sha224", cert.OIDDSAWithSHA256: "sha256",
	cert.OIDDSAWithSHA384: "sha384", cert.OIDDSAWithSHA512: "sha512",
	cert.OIDEd25519: "sha512", cert.OIDEd448: "shake256",
	cert.OIDMLDSA44: "shake256", cert.OIDMLDSA65: "shake256", cert.OIDMLDSA87: "shake256", // FIPS 204
}

func hashFact(l *link) Fact {
	if pss, ok, _ := l.SignatureAlgorithm.PSS(); ok {
		return l.text(pss.Hash.Label())
	}
	if hash, ok := signatureHashes[cert.ID(l.SignatureAlgorithm.OID)]; ok {
		return l.text(hash)
	}
	return unknown("the hash of " + clip(labelOf(l.SignatureAlgorithm.OID)) + " is not known here")
}

func namesFact(l *link) Fact {
	var list []string
	names, _ := l.SubjectAltName()
	for _, n := range names {
		switch n.Kind {
		case cert.DNSName:
			list = append(list, n.Text())
		case cert.IPAddress:
			if a, ok := n.IP(); ok && a != (netip.Addr{}) {
				list = append(list, a.String())
			}
		}
	}
	return l.list(list)
}

func labels(oids []cert.OID) (list []string) {
	for _, id := range oids {
		list = append(list, id.Label())
	}
	return list
}

func crlFact(l *link) Fact {
	var list []string
	points, _ := l.CRLDistributionPoints()
	for _, p := range points {
		list = append(list, p.FullName.Texts(cert.URIName)...)
	}
	return l.list(list)
}

// links reads the certificates of a chain.
func (c *chain) links() (list []*link) {
	for _, der := range c.Chain[:min(len(c.Chain), maxLinks)] {
		x, _ := cert.Parse(der)
		list = append(list, &link{Certificate: x, at: c.at, connection: c.Connection})
	}
	return list
}

func (c *chain) linkFacts(prefix string, links []*link) (list []Fact) {
	for i, l := range links {
		for _, r := range linkRows {
			list = append(list, r.fact(fmt.Sprintf("%s%s[%d].", prefix, chainPrefix, i), l))
		}
	}
	if len(c.Chain) > len(links) {
		why := audit.Answer{Status: audit.Unknown, Connection: c.Connection,
			Reason: fmt.Sprintf("%d certificates were sent: only the first %d are looked at", len(c.Chain), len(links))}
		for _, r := range linkRows {
			list = append(list, r.missing(fmt.Sprintf("%s%s[%d].", prefix, chainPrefix, len(links)), why))
		}
	}
	return list
}
