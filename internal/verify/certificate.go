package verify

import (
	"crypto"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/signature"
)

// The least that a key must have.
const (
	minRSABits   = 2048
	minCurveBits = 256
	soon         = 7 * 24 * time.Hour // how long before its end a certificate warns
)

// faultsOf returns what is wrong with n in a role, whatever path it stands in.
func (s *search) faultsOf(n *node, r role) []finding.Finding {
	if n.judged[r] {
		return n.asRole[r]
	}
	n.judged[r] = true
	f := s.validityFaults(n)
	f = append(f, encodingFaults(n)...)
	f = append(f, criticalFaults(n)...)
	f = append(f, s.ekuFaults(n)...)
	if r == issuerRole || r == anchorRole {
		f = append(f, issuerFaults(n, r)...)
	}
	if s.req.Rules.browsers() {
		f = append(f, webFaults(n, r)...)
	}
	n.asRole[r] = f
	return f
}

// webFaults returns what browsers hold against n, and path validation doesn't.
func webFaults(n *node, r role) []finding.Finding {
	f := keyFaults(n)
	if r == leafRole || r == pinnedRole {
		f = append(f, leafFaults(n, r)...)
	}
	if r == leafRole || r == issuerRole {
		f = append(f, sigAlgFaults(n)...)
	}
	return f
}

// validityFaults compares the validity with the time of verification. Both ends belong to it, and certificates know no
// fractions of a second. RFC 5280, Section 4.1.2.5.
func (s *search) validityFaults(n *node) []finding.Finding {
	now := s.req.Time.UTC().Truncate(time.Second)
	from, until := n.NotBefore.Time, n.NotAfter.Time
	if !from.IsZero() && !now.Before(from) && until.Sub(now) >= soon {
		return nil
	}
	f := of(finding.Validity, n)
	f.Actual = now.Format(time.RFC3339)
	switch {
	case from.IsZero() || until.IsZero():
		f.Status, f.Severity, f.Message = finding.Unknown, finding.None, "the validity of "+n.label()+" can't be read"
		f.Actual = fmt.Sprintf("%q to %q", n.NotBefore.Raw, n.NotAfter.Raw)
	case now.Before(from):
		f.Message = n.label() + " isn't valid before " + from.Format(time.RFC3339)
		f.Expected, f.Fix = "a time from "+from.Format(time.RFC3339)+" on", "set the clock right, or wait "+span(from.Sub(now))
	case now.After(until):
		f.Message = n.label() + " expired " + span(now.Sub(until)) + " ago, on " + until.Format(time.DateOnly)
		f.Expected = "a time up to " + until.Format(time.RFC3339)
		f.Fix = expiredFix(n)
	default:
		f.Status, f.Severity = finding.Warn, finding.Medium
		f.Message = n.label() + " expires in " + span(until.Sub(now)) + ", on " + until.Format(time.DateOnly)
		f.Expected, f.Fix = "more than 7 days left", expiredFix(n)
	}
	return []finding.Finding{f}
}

func expiredFix(n *node) string {
	switch {
	case n.index == 0:
		return "renew the certificate"
	case n.anchor:
		return "the root itself is too old: use a chain to another one, and a newer store"
	}
	return "replace this intermediate in the server's chain file by the authority's current one"
}

// span says how long a duration is in the largest unit that fits.
func span(d time.Duration) string {
	unit, word := time.Second, "second"
	switch {
	case d >= 48*time.Hour:
		unit, word = 24*time.Hour, "day"
	case d >= 2*time.Hour:
		unit, word = time.Hour, "hour"
	case d >= 2*time.Minute:
		unit, word = time.Minute, "minute"
	}
	return count(int(d/unit), word)
}

// count says how many of something there are.
func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprint(n, " ", word, "s")
}

// encodingFaults reports what couldn't be read, or is written as DER must not be.
func encodingFaults(n *node) (faults []finding.Finding) {
	note := func(status finding.Status, message, expected, actual string) {
		f := of(finding.Encoding, n)
		f.Message, f.Expected, f.Actual = n.label()+": "+message, expected, actual
		if f.Status = status; status == finding.Warn {
			f.Severity = finding.Low
		}
		faults = append(faults, f)
	}
	for _, p := range n.problems {
		note(weight(p), p.Kind.String()+" in "+p.Field, p.Expected, p.Actual)
	}
	for _, u := range n.unreadable {
		for _, p := range u.problems {
			note(finding.Fail, p.Kind.String()+" in "+u.id.Name(), p.Expected, p.Actual)
		}
	}
	for _, id := range n.repeated() {
		note(finding.Fail, "the extension "+id.Label()+" stands there twice", "each extension once", "two")
	}
	if inner, outer := n.InnerAlgorithm, n.SignatureAlgorithm; string(inner.Raw) != string(outer.Raw) {
		note(finding.Fail, "the signature algorithm isn't the one that was signed", inner.String(), outer.String())
	}
	return faults[:min(len(faults), maxPerCheck)]
}

// repeated returns the extensions that stood there before, each time that they do again.
func (n *node) repeated() (ids []cert.OID) {
	const few = 16 // so many are compared with each other
	var seen map[string]bool
	if len(n.Extensions) > few {
		seen = make(map[string]bool, len(n.Extensions))
	}
	for i := range n.Extensions {
		id := n.Extensions[i].ID
		before := seen[string(id)]
		if seen != nil {
			seen[string(id)] = true
		} else {
			before = slices.ContainsFunc(n.Extensions[:i], func(x cert.Extension) bool { return string(x.ID) == string(id) })
		}
		if before {
			ids = append(ids, id)
		}
	}
	return ids
}

// weight tells what makes a certificate unusable from what only looks wrong to a person: characters of names, which are compared
// as they stand, and the shape of the serial number.
func weight(p cert.Problem) finding.Status {
	field := strings.TrimPrefix(p.Field, "tbsCertificate.")
	if p.Kind == cert.BadValue && (strings.HasPrefix(field, "serialNumber") || strings.HasPrefix(field, "issuer") ||
		strings.HasPrefix(field, "subject") && !strings.HasPrefix(field, "subjectPublicKeyInfo")) {
		return finding.Warn
	}
	return finding.Fail
}

// understood reports whether critical extensions of a kind are taken into account.
func understood(id cert.ID) bool {
	switch id {
	case cert.ExtKeyUsage, cert.ExtExtKeyUsage, cert.ExtBasicConstraints, cert.ExtSubjectAltName, cert.ExtNameConstraints,
		cert.ExtSubjectKeyID, cert.ExtAuthorityKeyID, cert.ExtAuthorityInfoAccess, cert.ExtCRLDistributionPoints,
		cert.ExtCertificatePolicies, cert.ExtPolicyMappings, cert.ExtPolicyConstraints, cert.ExtInhibitAnyPolicy:
		return true
	}
	return false
}

func criticalFaults(n *node) (faults []finding.Finding) {
	for _, x := range n.Extensions {
		id := cert.ID(x.ID)
		if !x.Critical || understood(id) {
			continue
		}
		f := of(finding.CriticalExt, n)
		switch id {
		case cert.ExtCTPoison:
			f.Message = n.label() + " is a precertificate, made for logs and not for use"
			f.Fix = "install the certificate that the authority issued after it"
		default:
			f.Message = n.label() + " has the critical extension " + x.ID.Label()
		}
		f.Expected, f.Actual = "only extensions that are known here to be critical", x.ID.Label()
		if faults = append(faults, f); len(faults) == maxPerCheck {
			break
		}
	}
	return faults
}

// keyFaults checks that the key is strong enough. RFC 9325, Section 4.5; Baseline Requirements, Section 6.1.5.
func keyFaults(n *node) []finding.Finding {
	k := &n.PublicKey
	if strong(k) {
		return nil
	}
	f := of(finding.KeyStrength, n)
	f.Message, f.Actual = n.label()+" has a weak key: "+k.String(), k.String()
	switch k.Kind {
	case cert.KeyRSA, cert.KeyRSAPSS:
		f.Expected = fmt.Sprintf("RSA of %d bits or more", minRSABits)
	case cert.KeyEC:
		f.Expected = fmt.Sprintf("a named curve of %d bits or more", minCurveBits)
		switch {
		case k.Explicit:
			f.Ref = "RFC 5480, Section 2.1.1"
			f.Message = n.label() + " has a key on a curve that is written out, not named"
		case k.Curve == cert.UnknownCurve:
			f.Status, f.Severity, f.Fix = finding.Unknown, finding.None, ""
			f.Message = n.label() + " has a key on a curve that isn't known here: " + k.CurveOID.Label()
		}
	case cert.KeyDSA:
		f.Expected = "RSA, ECDSA or EdDSA"
		f.Message = n.label() + " has a DSA key, which no client accepts any more"
	default:
		f.Expected = "a key for signing"
		f.Message = n.label() + " has a key that can't prove anything in TLS: " + k.String()
	}
	return []finding.Finding{f}
}

// strong reports whether a key is known to be strong enough.
func strong(k *cert.PublicKey) bool {
	switch k.Kind {
	case cert.KeyRSA, cert.KeyRSAPSS:
		return k.Bits() >= minRSABits
	case cert.KeyEC:
		return !k.Explicit && k.Curve != cert.UnknownCurve && k.Bits() >= minCurveBits
	case cert.KeyEd25519, cert.KeyEd448, cert.KeyMLDSA44, cert.KeyMLDSA65, cert.KeyMLDSA87:
		return true
	}
	return false
}

// sigAlgFaults refuses signatures whose hash is broken. An anchor's own signature proves nothing and isn't asked.
func sigAlgFaults(n *node) []finding.Finding {
	alg, ok := signature.FromOID(n.SignatureAlgorithm)
	if ok && alg.Hash != crypto.MD5 && alg.Hash != crypto.SHA1 {
		return nil
	}
	f := of(finding.SigAlg, n)
	f.Expected, f.Actual = "SHA-256 or better", n.SignatureAlgorithm.OID.Label()
	switch {
	case n.SignatureAlgorithm.OID.Is(cert.OIDMD2WithRSA):
		f.Message = n.label() + " is signed with MD2"
	case !ok:
		f.Status, f.Severity, f.Fix = finding.Unknown, finding.None, ""
		f.Message = n.label() + " is signed with an algorithm that isn't known here"
	default:
		f.Message = n.label() + " is signed with " + alg.String()
	}
	return []finding.Finding{f}
}

// ekuFaults checks the extended key usages: where an authority has some, what it issues can't do more.
func (s *search) ekuFaults(n *node) []finding.Finding {
	want := cert.EKUServerAuth
	switch {
	case !n.hasEKU || s.req.Purpose == PurposeAny:
		return nil
	case s.req.Purpose == PurposeClient:
		want = cert.EKUClientAuth
	}
	if slices.ContainsFunc(n.ekus, func(usage cert.OID) bool { return usage.Is(want) || usage.Is(cert.EKUAny) }) {
		return nil
	}
	var names []string
	for _, usage := range n.ekus[:min(len(n.ekus), maxPerCheck)] {
		names = append(names, usage.Label())
	}
	f := of(finding.EKU, n)
	f.Message = n.label() + " isn't for " + want.Name()
	f.Expected, f.Actual = want.Name(), strings.Join(names, ", ")
	if len(names) == 0 {
		f.Actual = "no usage at all"
	}
	f.Fix = "issue the certificate with " + want.Name()
	if n.index != 0 {
		f.Message = n.label() + " can't issue for " + want.Name()
		f.Fix = "use an issuer that may issue for " + want.Name()
	}
	return []finding.Finding{f}
}

// issuerFaults checks that n may issue certificates. A root of the store of version 1 has no way to say so.
func issuerFaults(n *node, r role) (faults []finding.Finding) {
	if n.basic == nil || !n.basic.CA {
		f := of(finding.BasicConstraints, n)
		f.Message = n.label() + " has issued a certificate and isn't an authority"
		f.Expected, f.Actual = "cA TRUE", "cA FALSE"
		if n.basic == nil {
			f.Actual = "no basicConstraints"
		}
		if r != anchorRole || n.Version == 3 || n.basic != nil {
			faults = append(faults, f)
		}
	}
	if n.hasUsage && n.usage&cert.UsageKeyCertSign == 0 {
		f := of(finding.KeyUsage, n)
		f.Message = "the key of " + n.label() + " isn't for signing certificates"
		f.Expected, f.Actual = "keyCertSign", n.usage.String()
		faults = append(faults, f)
	}
	return faults
}

// leafFaults checks that the certificate is for an end entity, and its key usage for TLS: ECDHE and TLS 1.3 sign, RSA key
// exchange encrypts. RFC 8446, Section 4.4.2.2; RFC 5246, Section 7.4.2.
func leafFaults(n *node, r role) (faults []finding.Finding) {
	if n.basic != nil && n.basic.CA && r == leafRole {
		f := of(finding.BasicConstraints, n)
		f.Message = n.label() + " is an authority's certificate, and is used as a server's"
		f.Expected, f.Actual, f.Fix = "cA FALSE", "cA TRUE", "issue a certificate without CA:TRUE for the server"
		f.Ref = "Baseline Requirements, Section 7.1.2.7.8"
		faults = append(faults, f)
	}
	if !n.hasUsage || n.usage&cert.UsageDigitalSignature != 0 {
		return faults
	}
	f := of(finding.KeyUsage, n)
	f.Expected, f.Actual = "digitalSignature", n.usage.String()
	f.Message = "the key isn't for signing, as every handshake with it needs"
	if n.PublicKey.Kind == cert.KeyRSA && n.usage&cert.UsageKeyEncipherment != 0 {
		f.Status, f.Severity = finding.Warn, finding.Medium
		f.Message = "the key is for encryption only: RSA key exchange works, TLS 1.3 and (EC)DHE don't"
	}
	return append(faults, f)
}
