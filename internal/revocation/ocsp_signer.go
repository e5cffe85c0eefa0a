package revocation

import (
	"bytes"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// authorise says who has signed a response, or why that is nobody who may speak for the issuer: only the issuer itself and
// those to whom it has delegated that may. RFC 6960, Section 4.2.2.2.
func (c *Checker) authorise(p *response, s *Subject) (signer string, f *fault) {
	const ref = "RFC 6960, Section 4.2.2.2"
	wrong := &fault{
		message:  "it is signed in the name of " + p.responder() + ", which is neither the issuer nor a delegate of it that came with the response",
		expected: "the issuer, " + nameOf(s.Issuer.Subject) + ", or a delegate of it", actual: p.responder(), theirs: true,
	}
	if p.names(s.Issuer) {
		f := c.verify(s.key(), p.algorithm, p.tbs, p.signature)
		if f == nil {
			return nameOf(s.Issuer.Subject), nil
		}
		why := *f
		why.message = "it names no delegate and the issuer didn't sign it: " + f.message
		wrong = &why
	}
	for _, delegate := range p.certs {
		if !p.names(delegate) || bytes.Equal(delegate.PublicKey.Raw, s.Issuer.PublicKey.Raw) {
			continue
		}
		f := c.delegateFault(delegate, s)
		if f == nil {
			if f = c.verify(&delegate.PublicKey, p.algorithm, p.tbs, p.signature); f == nil {
				return nameOf(delegate.Subject), nil
			}
			why := *f
			why.message = "it isn't signed by " + nameOf(delegate.Subject) + ", whom it names: " + f.message
			f = &why
		}
		wrong = f
	}
	if wrong.ref == "" {
		wrong.ref = ref
	}
	return "", wrong
}

// delegateFault says why a certificate isn't one by which the issuer of s delegates its answers. It must be signed with the very
// key that signed the certificate in question, and for OCSPSigning by name.
func (c *Checker) delegateFault(d *cert.Certificate, s *Subject) *fault {
	name := nameOf(d.Subject)
	bad := func(message, expected, actual string) *fault {
		return &fault{message: message, expected: expected, actual: clip(actual), ref: "RFC 6960, Section 4.2.2.2", theirs: true}
	}
	parsed, problems := cert.Parse(d.Raw)
	if f := malformed("the certificate of "+name, problems); f != nil && !isOdd(problems) {
		return f
	}
	usages, _, _ := d.ExtKeyUsage()
	usage, restricted, _ := d.KeyUsage()
	now := c.evidence.Time.UTC().Truncate(time.Second)
	critical, twice := notUnderstood(d.Extensions, cert.ExtKeyUsage, cert.ExtExtKeyUsage, cert.ExtBasicConstraints,
		cert.ExtSubjectAltName, cert.ExtSubjectKeyID, cert.ExtAuthorityKeyID, cert.ExtAuthorityInfoAccess,
		cert.ExtCRLDistributionPoints, cert.ExtCertificatePolicies, cert.ExtOCSPNoCheck)
	switch {
	case !mayAnswer(usages):
		return bad(name+" hasn't OCSPSigning", "OCSPSigning", labels(usages))
	case restricted && usage&(cert.UsageDigitalSignature|cert.UsageContentCommitment) == 0:
		return bad("the key of "+name+" isn't for signatures", "digitalSignature", usage.String())
	case now.Before(d.NotBefore.Time) || d.NotBefore.IsZero():
		return bad("the certificate of "+name+" isn't valid yet", "a time from "+moment(d.NotBefore.Time)+" on", moment(now))
	case now.After(d.NotAfter.Time):
		return bad("the certificate of "+name+" expired on "+d.NotAfter.Format(time.DateOnly), "a time up to "+moment(d.NotAfter.Time), moment(now))
	case critical != nil || twice != nil:
		return bad("the certificate of "+name+" has a critical extension that isn't known here, or one twice", "known extensions", "others")
	case !d.Issuer.Equal(s.Issuer.Subject), c.verify(s.key(), parsed.SignatureAlgorithm, parsed.RawTBS, parsed.Signature) != nil:
		return bad(name+" isn't a delegate of "+nameOf(s.Issuer.Subject), "a certificate signed with the issuer's key", "another one, issued by "+nameOf(d.Issuer))
	}
	// A delegate with id-pkix-ocsp-nocheck is trusted for as long as its certificate lives. RFC 6960, Section 4.2.2.2.1.
	if _, unchecked := d.Extension(cert.ExtOCSPNoCheck); !unchecked && c.isRevoked(d, s.Issuer, s.IssuerKey) {
		return bad("the certificate of "+name+" was revoked itself", "one that isn't revoked", "a list with it")
	}
	return nil
}

// isOdd reports whether the problems of a certificate are only such as people mind: of names and of the serial number.
func isOdd(problems []cert.Problem) bool {
	for _, p := range problems {
		odd := p.Kind == cert.BadValue && (p.Field == "tbsCertificate.serialNumber" || p.Field == "tbsCertificate.issuer" || p.Field == "tbsCertificate.subject")
		if p.Kind != cert.NotCanonical && !odd {
			return false
		}
	}
	return true
}

// mayAnswer reports whether OCSPSigning is among the usages; anyExtendedKeyUsage doesn't say it. RFC 6960, Section 4.2.2.2.
func mayAnswer(usages []cert.OID) bool {
	for _, u := range usages {
		if u.Is(cert.EKUOCSPSigning) {
			return true
		}
	}
	return false
}

// labels lists identifiers for a message.
func labels(ids []cert.OID) string {
	if len(ids) == 0 {
		return "none"
	}
	text := ""
	for i, id := range ids[:min(len(ids), 8)] {
		if i > 0 {
			text += ", "
		}
		text += id.Label()
	}
	return text
}
