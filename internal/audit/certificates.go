package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// chainFacts is a chain that came, and for what it was asked.
type chainFacts struct {
	asked  string
	answer answer
}

// keyClass is a kind of certificate, and how it is asked for: by the only schemes that it can sign with,
// and before TLS 1.3 by the suites that name it.
type keyClass struct {
	name    string
	schemes []iana.SchemeAlgorithm
	auth    iana.Authentication
	from    iana.Version // the oldest version that can have it
}

// keyClasses are the kinds of certificates. EdDSA goes by the suites of ECDSA: RFC 8422, Section 5.3.
var keyClasses = [...]keyClass{
	{"RSA", []iana.SchemeAlgorithm{iana.SchemeRSAPSSRSAE, iana.SchemeRSAPKCS1}, iana.AuthenticationRSA, iana.SSL30},
	{"ECDSA", []iana.SchemeAlgorithm{iana.SchemeECDSA}, iana.AuthenticationECDSA, iana.TLS10},
	{"EdDSA", []iana.SchemeAlgorithm{iana.SchemeEdDSA}, iana.AuthenticationECDSA, iana.TLS12},
	{"RSA-PSS", []iana.SchemeAlgorithm{iana.SchemeRSAPSSPSS}, iana.AuthenticationRSA, iana.TLS12},
	{"DSA", []iana.SchemeAlgorithm{iana.SchemeDSA}, iana.AuthenticationDSS, iana.SSL30},
	{"ML-DSA", []iana.SchemeAlgorithm{iana.SchemeMLDSA}, iana.AuthenticationAny, iana.TLS13},
}

// asks returns what asks for the class in a version, and whether there is any way to.
func (k *keyClass) asks(e *enumeration, v iana.Version) (ask, bool) {
	a := e.plain(v)
	a.until = untilFlight
	a.schemes = schemesOf(v, k.schemes...)
	if v < k.from {
		return a, false
	}
	if v < iana.TLS13 {
		// Where something is signed, the scheme is told, too.
		a.suites = e.facts(v).suitesWith(func(p *iana.SuiteParams) bool { return p.Authentication == k.auth && signs(p) })
		if len(a.suites) == 0 {
			a.suites = e.facts(v).suitesWith(func(p *iana.SuiteParams) bool { return p.Authentication == k.auth && k.auth != iana.AuthenticationAny })
		}
	} else if k.auth == iana.AuthenticationDSS { // RFC 8446, Section 4.2.3: not since TLS 1.3
		return a, false
	}
	return a.with(anySignedBy), len(a.suites) > 0
}

// signs tells the suites whose parameters the server signs, apart from what has no layout here.
func signs(p *iana.SuiteParams) bool {
	return (p.KeyExchange == iana.KeyExchangeECDHE || p.KeyExchange == iana.KeyExchangeDHE) && !p.Export
}

// askCertificates asks for each kind of certificate in the newest version and in the newest before TLS
// 1.3, by eliminating schemes: the first connection brings the chain, and the others what else its key signs with.
func (e *enumeration) askCertificates(ctx context.Context) {
	var asked []iana.Version
	if e.has(iana.TLS13) {
		asked = append(asked, iana.TLS13)
	}
	if v := e.newestOld(); v != 0 {
		asked = append(asked, v)
	}
	results := make([]classFacts, len(asked)*len(keyClasses))
	var branches []func()
	for i, v := range asked {
		for j := range keyClasses {
			branches = append(branches, func() { results[i*len(keyClasses)+j] = e.askClass(ctx, v, &keyClasses[j]) })
		}
	}
	var unnamed answer
	branches = append(branches, func() {
		a := e.plain(asked[0]).with(anySignedBy)
		a.until, a.name = untilFlight, ""
		if e.sni != "" {
			unnamed = e.server.ask(ctx, a)
		}
	})
	var other answer
	branches = append(branches, func() {
		a := e.plain(asked[0]).with(anySignedBy)
		a.until, a.name = untilFlight, unknownName
		if e.sni != "" {
			other = e.server.ask(ctx, a)
		}
	})
	together(branches)
	for _, r := range results {
		if r.open != "" {
			e.features.chainsOpen = append(e.features.chainsOpen, r.asked+": "+r.open)
		}
		e.features.chainsClosed = e.features.chainsClosed || r.first.outcome == refused && r.first.closed
		if r.first.chain != nil && r.first.outcome == accepted {
			e.features.chains = append(e.features.chains, chainFacts{r.asked, r.first})
		}
		if r.list != nil {
			e.features.schemes = append(e.features.schemes, *r.list)
		}
	}
	e.features.otherName = e.forOtherName(&other)
	e.features.unnamed = e.withoutName(&unnamed)
}

func (e *enumeration) withoutName(a *answer) Answer {
	switch {
	case e.sni == "":
		return skipped(noName)
	case a.outcome == accepted && a.chain != nil:
		e.features.chains = append(e.features.chains, chainFacts{withoutName, *a})
		return yesAt(a.connection)
	case a.outcome == accepted:
		return skipped("what it chooses has no certificate")
	}
	return noFrom(a)
}

// classFacts is what came of asking for a class in a version.
type classFacts struct {
	asked string
	first answer
	list  *SchemeList // nil where nothing was signed
	open  string      // why it is not known whether there is such a certificate; empty where it is
}

func (e *enumeration) askClass(ctx context.Context, v iana.Version, k *keyClass) classFacts {
	f := classFacts{asked: v.String() + " " + k.name}
	base, ok := k.asks(e, v)
	if !ok {
		if listed := &e.facts(v).listed; k.from <= v && v < iana.TLS13 && listed.Status == Unknown {
			f.open = "no suite to ask by was found, and there may be others: " + listed.Reason
		}
		return f
	}
	if v < iana.TLS12 || !signedIn(base.suites, v) {
		f.first = e.server.ask(ctx, base) // no scheme is told, or none chosen
	} else {
		e.askSchemes(ctx, v, k, base, &f)
	}
	if f.first.outcome == ambiguous {
		f.open = f.first.reason
	}
	return f
}

// askSchemes eliminates the schemes of a class. The first answer brings the chain.
func (e *enumeration) askSchemes(ctx context.Context, v iana.Version, k *keyClass, base ask, f *classFacts) {
	try := func(rest []iana.SignatureScheme) answer {
		a := base
		a.schemes = rest
		got := e.server.ask(ctx, a)
		if got.outcome == accepted && !slices.Contains(rest, got.scheme) {
			// It has nothing to sign with that was offered, and does all the same.
			got.outcome, got.reason = refused, "it signs with "+got.scheme.String()+", which was not offered"
		}
		if f.first.connection == 0 {
			f.first = got
		}
		return got
	}
	found, end := eliminate(base.schemes, try, schemeOf)
	if len(found) == 0 {
		return
	}
	prefers, _ := whose(values(found), func(iana.SignatureScheme) bool { return false }, try, schemeOf)
	f.list = schemeList(v, k.name, found, &end, prefers)
}

func signedIn(suites []iana.CipherSuite, v iana.Version) bool {
	return v >= iana.TLS13 || slices.ContainsFunc(suites, func(s iana.CipherSuite) bool {
		p, _ := s.Params()
		return signs(&p)
	})
}

func schemeOf(a *answer) (iana.SignatureScheme, bool) { return a.scheme, a.scheme != 0 }

// tiedTo is the curve of the ECDSA certificate that came with an answer; 0 where there is none.
func tiedTo(a *answer) iana.Group {
	if a.chain == nil || len(a.chain.List) == 0 {
		return 0
	}
	c, _ := cert.Parse(a.chain.List[0].Cert)
	if c.PublicKey.Kind != cert.KeyEC {
		return 0
	}
	for g := range iana.AllGroups() {
		if curveNames[c.PublicKey.Curve.String()] == g || strings.EqualFold(g.Name(), c.PublicKey.Curve.String()) {
			return g
		}
	}
	return 0
}

// curveNames are the curves that certificates and groups call differently. SP 800-186, Section 3.2.1; RFC 8422.
var curveNames = map[string]iana.Group{"P-256": iana.Secp256r1, "P-384": iana.Secp384r1, "P-521": iana.Secp521r1, "P-224": iana.Secp224r1, "P-192": iana.Secp192r1}

// certificates verifies each chain once, and says for what it came. They stand in the order of what they came for first, which is
// that of the questions: a certificate that is renewed keeps its place.
func (e *enumeration) certificates() []Certificate {
	list := []Certificate{}
	for _, came := range e.distinctChains() {
		if len(list) == maxChains {
			break
		}
		c := e.certificate(&came[0].answer)
		for _, f := range came {
			c.Asked = append(c.Asked, f.asked)
		}
		list = append(list, c)
	}
	return list
}

// distinctChains puts together what brought the same chain, in the order of the questions.
func (e *enumeration) distinctChains() (list [][]*chainFacts) {
	places := make(map[string]int)
	for i := range e.features.chains {
		f := &e.features.chains[i]
		key := chainKey(f.answer.chain)
		at, ok := places[key]
		if !ok {
			at = len(list)
			places[key] = at
			list = append(list, nil)
		}
		list[at] = append(list[at], f)
	}
	return list
}

// chainsMissing says why there may be more chains than are listed; empty where there are none.
func (e *enumeration) chainsMissing() string {
	if n := len(e.distinctChains()); n > maxChains {
		return fmt.Sprintf("it shows %d chains, of which %d are listed", n, maxChains)
	}
	return strings.Join(e.features.chainsOpen, "; ")
}

// maxChains bounds the chains that are verified: a server may make one for each connection.
const maxChains = 16

func chainKey(c *message.Certificate) string {
	var b strings.Builder
	for _, entry := range c.List {
		b.WriteString(cert.Fingerprint(entry.Cert))
	}
	return b.String()
}

// certificate verifies a chain.
func (e *enumeration) certificate(a *answer) Certificate {
	var chain [][]byte
	for _, entry := range a.chain.List {
		chain = append(chain, entry.Cert)
	}
	req := e.chainRequest(chain, a.staples(), a.scts())
	c := Certificate{Chain: req.Chain, Stapled: len(req.Staples) > 0, SCTs: len(req.SCTs), Asked: []string{}, Connection: a.connection}
	if len(req.Chain) > 0 {
		leaf, _ := cert.Parse(req.Chain[0])
		c.SHA256, c.Key = cert.Fingerprint(req.Chain[0]), leaf.PublicKey.String()
		c.Subject, c.Issuer = clip(leaf.Subject.String()), clip(leaf.Issuer.String())
		if t := leaf.NotBefore.Time; !t.IsZero() {
			c.NotBefore = &t
		}
		if t := leaf.NotAfter.Time; !t.IsZero() {
			c.NotAfter = &t
		}
	}
	r := verify.Verify(req)
	c.Verdict, c.Checks = r.Verdict.String(), r.Findings
	return c
}

// staples are the OCSP responses that came with a chain, by the place of their certificate.
func (a *answer) staples() (list [][]byte) {
	put := func(at int, s *message.CertificateStatus) {
		responses := s.Responses
		if s.StatusType == message.StatusOCSP {
			responses = []message.OCSPResponse{{DER: s.Response}}
		}
		for i, r := range responses {
			if len(r.DER) == 0 || at+i >= len(a.chain.List) {
				continue
			}
			for len(list) <= at+i {
				list = append(list, nil)
			}
			list[at+i] = r.DER
		}
	}
	if a.status != nil {
		put(0, a.status)
	}
	for i := range a.chain.List {
		if s, ok := message.Get[*message.StapledStatus](a.chain.List[i].Extensions); ok {
			put(i, &s.Status)
		}
	}
	return list
}

// scts are the timestamps of the TLS extension.
func (a *answer) scts() (list [][]byte) {
	var from []message.Extensions
	if a.hello != nil {
		from = append(from, a.hello.Extensions)
	}
	if len(a.chain.List) > 0 {
		from = append(from, a.chain.List[0].Extensions)
	}
	for _, x := range from {
		if l, ok := message.Get[*message.SCTList](x); ok {
			for _, s := range l.SCTs {
				list = append(list, s.Raw)
			}
		}
	}
	return list
}
