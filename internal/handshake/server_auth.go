package handshake

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/signature"
)

// weakBits is the security strength, in bits, under which a key or group is called weak. RFC 9325, Section 4.
const weakBits = 112

// serverFlight is what the server has shown of itself.
type serverFlight struct {
	chain     [][]byte
	unread    string // why there is no chain, where one was sent
	key       *cert.PublicKey
	staples   [][]byte // by the place of their certificate
	scts      [][]byte
	sctAnswer bool

	stapling bool // the hello promised a CertificateStatus
	tickets  bool // the hello promised a NewSessionTicket
}

// takeChain keeps the server's chain and reads its key.
func (e *Engine) takeChain(c *message.Certificate) {
	s := &e.server
	for i := range c.List {
		s.chain = append(s.chain, c.List[i].Cert)
	}
	if len(s.chain) == 0 {
		e.stop(finding.CertificateEmpty, "certificate.certificate_list", "a certificate", "none")
		return
	}
	leaf, problems := cert.Parse(s.chain[0])
	s.key = &leaf.PublicKey
	if s.key.Kind == cert.KeyUnknown && len(s.key.Raw) == 0 {
		actual := "no certificate"
		if len(problems) > 0 {
			actual = problems[0].Error()
		}
		e.breaks(finding.CertificateUnreadable, "certificate.certificate_list[0].cert", "an X.509 certificate", actual)
	} else if n := s.key.Strength(); n > 0 && n < weakBits {
		e.breaks(finding.WeakKey, "certificate.certificate_list[0].cert.tbs.subject_public_key_info", "at least 112 bits of security", s.key.String())
	}
	for i := range c.List {
		if st, ok := message.Get[*message.StapledStatus](c.List[i].Extensions); ok {
			s.staple(i, &st.Status)
		}
	}
	if l, ok := message.Get[*message.SCTList](c.List[0].Extensions); ok {
		e.takeSCTs(l)
	}
}

// staple keeps the responses of a status about the certificate at a place, or, of a list, about all from there on. What is about no
// certificate that was sent is left out.
func (s *serverFlight) staple(at int, m *message.CertificateStatus) {
	responses := m.Responses
	if m.StatusType == message.StatusOCSP {
		responses = []message.OCSPResponse{{DER: m.Response}}
	}
	for i, r := range responses {
		place := at + i
		if place >= len(s.chain) || len(r.DER) == 0 {
			continue
		}
		for len(s.staples) <= place {
			s.staples = append(s.staples, nil)
		}
		s.staples[place] = r.DER
	}
}

func (e *Engine) takeSCTs(l *message.SCTList) {
	e.server.sctAnswer = true
	for _, sct := range l.SCTs {
		e.server.scts = append(e.server.scts, sct.Raw)
	}
}

// verifyChain asks for the verdict on the chain, once.
func (e *Engine) verifyChain() {
	s := &e.server
	if e.verified || len(s.chain) == 0 {
		return
	}
	e.verified = true
	e.do(&VerifyChain{Chain: s.chain, ServerName: e.cfg.Offer.ServerName, Staples: s.staples, SCTs: s.scts, SCTAnswer: s.sctAnswer})
}

// checkScheme holds the scheme of a handshake signature against what was offered, the version and the key.
func (e *Engine) checkScheme(scheme iana.SignatureScheme, path string) {
	offered, ok := message.Get[*message.SignatureAlgorithms](e.hello.Extensions)
	if !ok || !slices.Contains(offered.Schemes, scheme) {
		e.breaks(finding.SchemeNotOffered, path, "a scheme that was offered", scheme.String())
	}
	if e.session.Version >= iana.TLS13 && forbidden13(scheme) {
		e.breaks(finding.SchemeForbidden, path, "a scheme of TLS 1.3", scheme.String())
		return
	}
	if e.server.key == nil {
		return
	}
	if err := signature.SchemeFits(scheme, e.server.key, e.session.Version); errors.Is(err, signature.ErrKeyMismatch) {
		e.breaks(finding.SchemeKey, path, "a scheme for "+e.server.key.String(), scheme.String())
	}
}

// forbidden13 tells the schemes that a server may sign certificates with at most (RFC 8446, Section
// 4.2.3), and those of RFC 9963, which allows PKCS#1 to clients alone.
func forbidden13(s iana.SignatureScheme) bool {
	a, ok := signature.FromScheme(s)
	if !ok {
		return false
	}
	return a.Kind == signature.RSAPKCS1 || a.Kind == signature.DSA || s == iana.ECDSASHA1 || s < 0x0400
}

// proof checks a signature of the handshake by the server's key and reports the result under id.
func (e *Engine) proof(id finding.ID, scheme iana.SignatureScheme, content, sig []byte) {
	if e.server.key == nil || len(e.server.key.Raw) == 0 {
		why := "no key could be read from the server's certificate"
		if e.server.unread != "" {
			why = e.server.unread
		}
		e.check(finding.Unanswered(id, why))
		return
	}
	alg, ok := signature.FromScheme(scheme)
	name := scheme.String()
	if e.session.Version < iana.TLS12 {
		alg, ok = signature.FromLegacy(e.server.key.Kind)
		name = alg.String()
	}
	if !ok {
		e.check(finding.Unanswered(id, "signatures of "+name+" can't be verified here"))
		return
	}
	err := signature.Verify(e.server.key, alg, content, sig)
	switch {
	case err == nil:
		e.check(finding.Passed(id, "signature valid, "+name))
	case errors.Is(err, signature.ErrUnsupported), errors.Is(err, signature.ErrTooLarge):
		e.check(finding.Unanswered(id, fmt.Sprintf("signature not verified: %v", err)))
	default:
		f := finding.Of(id)
		f.Expected, f.Actual = "a "+name+" signature by the certificate's "+e.server.key.String()+" key", err.Error()
		e.check(f)
	}
}
