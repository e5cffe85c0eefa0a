package handshake

import (
	"crypto"
	"fmt"
	"slices"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/signature"
)

// Credential is what a client proves with who it is.
type Credential struct {
	Chain [][]byte      // DER, the client's own certificate first
	Key   crypto.Signer // of the first certificate
}

// clientFlight is how the client is asked for its certificate, and what it has shown of itself.
type clientFlight struct {
	request  certificateRequest
	leaf     *cert.Certificate // of the Certificate that went out; nil for none, and for an empty one
	signing  signingAs         // what is proved with; set by those who take part
	willSign bool
	proved   bool // a CertificateVerify went out, and is verified once only
}

// certificateRequest is what a CertificateRequest of any version asks for.
type certificateRequest struct {
	context     []byte                       // since TLS 1.3
	types       []iana.ClientCertificateType // before TLS 1.3
	schemes     []iana.SignatureScheme       // since TLS 1.2
	authorities []message.DistinguishedName  // none: any will do
}

// asked13 takes in a CertificateRequest. RFC 8446, Section 4.3.2. What oid_filters asks for is shown and not looked at: which
// certificate to send was decided by whoever gave us one.
func (e *Engine) asked13(r *message.CertificateRequest) {
	e.session.ClientCertAsked = true
	e.client.request = certificateRequest{context: r.RequestContext}
	if s, ok := message.Get[*message.SignatureAlgorithms](r.Extensions); ok {
		e.client.request.schemes = s.Schemes
	}
	if a, ok := message.Get[*message.CertificateAuthorities](r.Extensions); ok {
		e.client.request.authorities = a.Authorities
	}
}

// asked12 takes in a CertificateRequest before TLS 1.3. RFC 5246, Section 7.4.4.
func (e *Engine) asked12(r *message.CertificateRequest12) {
	e.session.ClientCertAsked = true
	e.client.request = certificateRequest{types: r.CertificateTypes, schemes: r.Algorithms, authorities: r.Authorities}
}

// signingAs is how a client signs: before TLS 1.2 there are no schemes, and the key alone says it.
type signingAs struct {
	scheme iana.SignatureScheme
	alg    signature.Algorithm
}

// name is what the trace calls it.
func (s signingAs) name() string {
	if s.scheme == 0 {
		return s.alg.String()
	}
	return s.scheme.String()
}

// certificateTypes says which type a CertificateRequest names for the keys that sign. RFC 5246, Section 7.4.4; RFC 8422, Section 5.5.
var certificateTypes = [...]struct {
	kind cert.KeyKind
	of   iana.ClientCertificateType
}{
	{cert.KeyRSA, iana.ClientCertificateRSASign}, {cert.KeyRSAPSS, iana.ClientCertificateRSASign}, {cert.KeyDSA, iana.ClientCertificateDSSSign},
	{cert.KeyEC, iana.ClientCertificateECDSASign}, {cert.KeyEd25519, iana.ClientCertificateECDSASign}, {cert.KeyEd448, iana.ClientCertificateECDSASign},
}

// signing chooses how a key signs: by the first of the server's schemes that it can, one with SHA-1 only if there is no other
// (RFC 9155, Section 4). Where there is none, why says so.
func (r *certificateRequest) signing(key *cert.PublicKey, v iana.Version) (s signingAs, why string) {
	if v < iana.TLS13 && !r.takes(key.Kind) {
		return s, fmt.Sprintf("the server takes no certificate with a key of %s, only %s", key, few(r.types))
	}
	if v < iana.TLS12 {
		alg, ok := signature.FromLegacy(key.Kind)
		if !ok || v == iana.SSL30 {
			return s, fmt.Sprintf("a key of %s can't sign in %s", key, v)
		}
		return signingAs{alg: alg}, ""
	}
	for _, last := range [...]bool{false, true} {
		for _, scheme := range r.schemes {
			alg, ok := signature.FromScheme(scheme)
			if ok && (alg.Hash == crypto.SHA1) == last && signs(scheme, alg, key, v) {
				return signingAs{scheme, alg}, ""
			}
		}
	}
	return s, fmt.Sprintf("a key of %s can sign by none of the %d schemes that the server takes in %s", key, len(r.schemes), v)
}

// few lists code points, the first of many.
func few[T fmt.Stringer](codes []T) string {
	const most = 16
	names := make([]string, 0, most+1)
	for i, c := range codes {
		if i == most {
			names = append(names, "…")
			break
		}
		names = append(names, c.String())
	}
	return strings.Join(names, ", ")
}

// takes reports whether certificates with keys of a kind are asked for.
func (r *certificateRequest) takes(k cert.KeyKind) bool {
	for _, row := range certificateTypes {
		if row.kind == k {
			return slices.Contains(r.types, row.of)
		}
	}
	return false
}

// signs reports whether a client's key may sign by a scheme, and is long enough for it. RFC 8446, Section 4.2.3; RFC 9963 gives
// clients PKCS#1 back in TLS 1.3, by schemes of their own.
func signs(s iana.SignatureScheme, alg signature.Algorithm, key *cert.PublicKey, v iana.Version) bool {
	legacy := s == iana.RSAPKCS1SHA256Legacy || s == iana.RSAPKCS1SHA384Legacy || s == iana.RSAPKCS1SHA512Legacy
	switch {
	case alg.Hash == crypto.MD5, signature.SchemeFits(s, key, v) != nil, legacy && v < iana.TLS13:
		return false
	case v >= iana.TLS13 && forbidden13(s) && !legacy:
		return false
	case alg.Kind == signature.RSAPSS: // RFC 8017, Section 9.1.1: a hash, a salt as long, and two bytes
		return key.Bits()-1 >= 8*(2*alg.Hash.Size()+1)+1
	}
	return true
}

// authenticate answers the wish for a certificate: with the credential's chain if it can be proved, or else with an empty list.
// RFC 8446, Section 4.4.2; RFC 5246, Section 7.4.6.
func (e *Engine) authenticate() {
	c := e.cfg.Credential
	if !e.session.ClientCertAsked {
		why := "the server asked for no certificate"
		if e.session.Resumed {
			why = "resumed: who the client is was settled when the session began"
		}
		if c != nil {
			e.check(finding.Skipped(finding.HandshakeClientCertificate, why))
		}
		return
	}
	m := &message.Certificate{RequestContext: e.client.request.context}
	if c != nil && len(c.Chain) > 0 {
		leaf, _ := cert.Parse(c.Chain[0])
		s, why := e.client.request.signing(&leaf.PublicKey, e.session.Version)
		if why == "" {
			e.client.signing, e.client.willSign = s, true
			for _, der := range c.Chain {
				m.List = append(m.List, message.CertificateEntry{Cert: der})
			}
		} else {
			f := finding.Of(finding.HandshakeClientCertificate)
			f.Message, f.Actual = "no certificate was sent: "+why, few(e.client.request.schemes)
			e.check(f)
		}
	}
	if e.session.Version == iana.SSL30 { // it has no empty Certificate: RFC 6101, Section 5.6.6
		e.sendAlert(message.Alert{Level: iana.Warning, Description: iana.AlertNoCertificate})
		return
	}
	e.propose(m, e.sentCertificate)
}

// sentCertificate takes in what the client has shown of itself.
func (e *Engine) sentCertificate(m message.Message) {
	if c, ok := m.(*message.Certificate); ok && len(c.List) > 0 {
		e.client.leaf, _ = cert.Parse(c.List[0].Cert)
	}
}

// clientContext stands in what a TLS 1.3 client signs. RFC 8446, Section 4.4.3.
const clientContext = "TLS 1.3, client CertificateVerify"

// clientSigned is what the client's CertificateVerify signs: since TLS 1.3 the transcript's hash in its context, before that all
// messages so far. RFC 5246, Section 7.4.8.
func (e *Engine) clientSigned() []byte {
	if e.session.Version >= iana.TLS13 {
		return signedContent(clientContext, e.hash())
	}
	return e.transcript.Bytes()
}

// prove sends the CertificateVerify of a client that has sent its certificate.
func (e *Engine) prove() {
	content, s := slices.Clone(e.clientSigned()), e.client.signing
	sig, err := signature.Sign(e.cfg.Credential.Key, s.alg, e.cfg.Rand, content)
	if err != nil {
		e.fail(local(fmt.Errorf("prove the client's certificate: %w", err)))
		return
	}
	e.propose(&message.CertificateVerify{Algorithm: s.scheme, Signature: sig}, func(m message.Message) { e.provedBy(m, content) })
}

// provedBy verifies the client's signature as the server will, whoever made it: what is wrong with it is better known here than
// from an alert.
func (e *Engine) provedBy(m message.Message, content []byte) {
	v, ok := m.(*message.CertificateVerify)
	if !ok || e.client.leaf == nil || e.client.proved || !e.cfg.Observed {
		return
	}
	e.client.proved = true
	const id = finding.HandshakeClientCertificate
	key := &e.client.leaf.PublicKey
	s := signingAs{scheme: v.Algorithm}
	if s.alg, ok = signature.FromScheme(v.Algorithm); e.session.Version < iana.TLS12 {
		s.scheme = 0
		s.alg, ok = signature.FromLegacy(key.Kind)
	}
	err := signature.ErrUnsupported
	if ok {
		err = signature.Verify(key, s.alg, content, v.Signature)
	}
	if err != nil {
		f := finding.Of(id)
		f.Message = "the client's signature does not prove that it has its certificate's key"
		f.Expected, f.Actual = "a "+s.name()+" signature by the certificate's "+key.String()+" key", err.Error()
		e.check(f)
		return
	}
	e.check(finding.Passed(id, "proved by "+s.name()+e.client.why(s, e.session.Version)))
}

// why says how the signature came to be made as it is.
func (c *clientFlight) why(s signingAs, v iana.Version) string {
	text := ", as " + v.String() + " has it for a key of " + c.leaf.PublicKey.String()
	if s.scheme != 0 {
		text = ""
		if first, why := c.request.signing(&c.leaf.PublicKey, v); why == "" && first == s {
			text = ", the first of the server's schemes that a key of " + c.leaf.PublicKey.String() + " can sign by"
		}
	}
	named := func(a message.DistinguishedName) bool { return string(a.DER) == string(c.leaf.Issuer.Raw) }
	if a := c.request.authorities; len(a) > 0 && !slices.ContainsFunc(a, named) {
		text += "; its issuer is none of the authorities that the server names"
	}
	return text
}

// clientRefusals are the alerts by which a server refuses a client's certificate, and what each says. RFC 8446, Section 6.2.
var clientRefusals = [...]struct {
	alert iana.AlertDescription
	cause string
}{
	{iana.AlertBadCertificate, "it is corrupt, or not what the server demands"},
	{iana.AlertUnsupportedCertificate, "it is of a kind that the server does not take"},
	{iana.AlertCertificateRevoked, "it was revoked"},
	{iana.AlertCertificateExpired, "it has expired, or is not valid yet"},
	{iana.AlertCertificateUnknown, "for a reason that the server does not tell"},
	{iana.AlertUnknownCA, "the server does not know who issued it"},
	{iana.AlertAccessDenied, "it is valid, and the server lets nobody in with it"},
}

// refusal words an alert that is about the client's certificate; empty for another.
func (e *Engine) refusal(a iana.AlertDescription) string {
	name := fmt.Sprintf("%s (%d)", a, uint8(a))
	if e.client.leaf == nil {
		if e.session.ClientCertAsked && a == iana.AlertCertificateRequired {
			return "the server answered with the alert " + name + ": it does not go on without a client certificate"
		}
		return ""
	}
	if a == iana.AlertDecryptError {
		return "the server answered with the alert " + name + ": it could not verify the client's signature, or its Finished"
	}
	for _, r := range clientRefusals {
		if r.alert == a {
			return "the server refused the client certificate with the alert " + name + ": " + r.cause
		}
	}
	return ""
}
