package verify

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/signature"
)

// clockSkew is how far a responder's clock may be ahead of ours.
const clockSkew = 5 * time.Minute

// stapledFinding is the check of the stapled OCSP response. Parsing is x/crypto's; whether the one who signed may do so, and
// whether the answer is fresh, is decided here. RFC 6960, Sections 3.2 and 4.2.2.2.
func stapledFinding(req *Request, leaf, issuer *node) finding.Finding {
	if len(req.staple(leaf)) == 0 {
		return noStaple(leaf)
	}
	unusable := func(status finding.Status, message, expected, actual string) finding.Finding {
		f := of(finding.RevocationStapled, leaf)
		f.Status, f.Message, f.Expected, f.Actual = status, message, expected, actual
		f.Ref, f.Fix = "RFC 6960, Section 3.2", "have the server fetch a new response from its authority"
		if status == finding.Fail {
			f.Severity = finding.High
		}
		return f
	}
	serial := &x509.Certificate{SerialNumber: serialNumber(leaf.Serial)}
	r, err := ocsp.ParseResponseForCert(req.staple(leaf), serial, nil)
	var refused ocsp.ResponseError
	switch {
	case errors.As(err, &refused):
		return unusable(finding.Unknown, "the stapled response says nothing: "+refused.Status.String(), "a response", refused.Status.String())
	case err != nil:
		return unusable(finding.Unknown, "the stapled response can't be used: "+clip(err.Error()), "a response about this certificate", clip(err.Error()))
	case issuer == nil:
		return unusable(finding.Unknown, "the stapled response can't be verified: the certificate's issuer isn't known", "the issuer", "none")
	}
	if why := unauthorised(r, issuer, req.Time); why != "" {
		return unusable(finding.Fail, "the stapled response isn't signed by somebody who may: "+why, "the issuer, or a delegate of it with OCSPSigning", why)
	}
	return judgeStaple(req, r, unusable)
}

// judgeStaple tells what an authentic response says, if it is of now.
func judgeStaple(req *Request, r *ocsp.Response, unusable func(finding.Status, string, string, string) finding.Finding) finding.Finding {
	now := req.Time
	day := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	switch {
	case r.Status == ocsp.Revoked:
		f := unusable(finding.Fail, "the certificate was revoked on "+r.RevokedAt.UTC().Format(time.DateOnly)+", "+reasonName(r.RevocationReason), "good", "revoked")
		f.Severity, f.Fix = finding.Critical, "replace the certificate, and its key"
		return f
	case r.Status != ocsp.Good:
		return unusable(finding.Unknown, "the responder doesn't know the certificate", "good", "unknown")
	case r.ThisUpdate.After(now.Add(clockSkew)):
		return unusable(finding.Fail, "the stapled response is of the future", "thisUpdate not after "+day(now), day(r.ThisUpdate))
	case r.NextUpdate.IsZero():
		return unusable(finding.Unknown, "the stapled response doesn't say until when it holds", "a nextUpdate", "none")
	case now.After(r.NextUpdate):
		return unusable(finding.Fail, "the stapled response is out of date since "+day(r.NextUpdate), "nextUpdate not before "+day(now), day(r.NextUpdate))
	}
	return finding.Passed(finding.RevocationStapled, "good, as of "+day(r.ThisUpdate)+", until "+day(r.NextUpdate))
}

// staple returns the stapled response about n, nil for none.
func (r *Request) staple(n *node) []byte {
	if n.index < 0 || n.index >= len(r.Staples) {
		return nil
	}
	return r.Staples[n.index]
}

func noStaple(leaf *node) finding.Finding {
	f := of(finding.RevocationStapled, leaf)
	switch {
	case leaf.MustStaple():
		f.Status, f.Severity, f.Ref = finding.Warn, finding.Medium, "RFC 7633, Section 4.2.3.1"
		f.Message = "no OCSP response was stapled, and the certificate demands one"
		f.Fix = "turn on OCSP stapling"
	case len(leaf.OCSPServers()) == 0:
		f.Message, f.Fix = "no OCSP response was stapled, and the certificate names no responder", ""
	}
	return f
}

// unauthorised says why the signer of a response may not speak for the issuer; empty if it may. The response's signature by an
// embedded certificate has been verified while parsing.
func unauthorised(r *ocsp.Response, issuer *node, now time.Time) string {
	if r.Certificate == nil || bytes.Equal(r.Certificate.RawSubjectPublicKeyInfo, issuer.PublicKey.Raw) {
		parsed, err := x509.ParseCertificate(issuer.Raw)
		if err != nil {
			return "the issuer can't be read: " + clip(err.Error())
		}
		if err := r.CheckSignatureFrom(parsed); err != nil {
			return "it names no delegate and the issuer didn't sign it"
		}
		return ""
	}
	delegate, _ := cert.Parse(r.Certificate.Raw)
	name := nameOf(delegate.Subject, "the delegate")
	usages, _, _ := delegate.ExtKeyUsage()
	may := false
	for _, u := range usages {
		may = may || u.Is(cert.EKUOCSPSigning)
	}
	alg, known := signature.FromOID(delegate.SignatureAlgorithm)
	switch {
	case !may:
		return name + " hasn't OCSPSigning"
	case now.Before(delegate.NotBefore.Time) || now.Truncate(time.Second).After(delegate.NotAfter.Time):
		return "the certificate of " + name + " isn't valid now"
	case !known || signature.Verify(&issuer.PublicKey, alg, delegate.RawTBS, delegate.Signature) != nil:
		return name + " isn't a delegate of " + issuer.label()
	}
	return ""
}

// serialNumber reads the content of an INTEGER.
func serialNumber(content []byte) *big.Int {
	n := new(big.Int).SetBytes(content)
	if len(content) > 0 && content[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(content))*8))
	}
	return n
}

// reasonName names a CRLReason. RFC 5280, Section 5.3.1.
func reasonName(code int) string {
	names := [...]string{
		"no reason given", "the key is compromised", "the authority's key is compromised", "the affiliation changed", "superseded",
		"no longer in operation", "on hold", "", "removed from the list", "a privilege was withdrawn", "the attribute authority is compromised",
	}
	if code >= 0 && code < len(names) && names[code] != "" {
		return names[code]
	}
	return fmt.Sprint("reason ", code)
}
