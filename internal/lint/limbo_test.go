package lint

import (
	"slices"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/signature"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

func parsed(list [][]byte) (certs []*cert.Certificate) {
	for _, der := range list {
		c, _ := cert.Parse(der)
		certs = append(certs, c)
	}
	return certs
}

// limboPath finds a chain of signatures from the leaf to a root; all that was sent and one root if there is none.
func limboPath(c *testpeer.LimboCase) []Subject {
	sent, roots := parsed(c.Chain), parsed(c.Roots)
	signed := func(child, parent *cert.Certificate) bool {
		alg, ok := signature.FromOID(child.SignatureAlgorithm)
		return ok && child.Issuer.Equal(parent.Subject) && signature.Verify(&parent.PublicKey, alg, child.RawTBS, child.Signature) == nil
	}
	path := []Subject{{Cert: sent[0], Role: Leaf, Sent: true}}
	for len(path) <= len(sent) {
		last := path[len(path)-1].Cert
		for _, r := range roots {
			if signed(last, r) {
				return append(path, Subject{Cert: r, Role: Root})
			}
		}
		i := slices.IndexFunc(sent[1:], func(p *cert.Certificate) bool {
			return signed(last, p) && !slices.ContainsFunc(path, func(s Subject) bool { return s.Cert == p })
		})
		if i < 0 {
			break
		}
		path = append(path, Subject{Cert: sent[1+i], Role: Intermediate, Sent: true})
	}
	for _, r := range roots {
		path = append(path, Subject{Cert: r, Role: Root})
	}
	return path
}

func failures(list []finding.Finding) (ids []string) {
	for _, f := range list {
		if f.Status == finding.Fail {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// breached are the cases that the suite wants rejected, and a strict lint rejects: by which.
var breached = map[string]finding.ID{
	"rfc5280::aki::critical-aki":                                                finding.LintNotCritical,
	"rfc5280::aki::leaf-missing-aki":                                            finding.LintAKI,
	"rfc5280::aki::intermediate-missing-aki":                                    finding.LintAKI,
	"rfc5280::aki::cross-signed-root-missing-aki":                               finding.LintAKI,
	"webpki::aki::root-with-aki-missing-keyidentifier":                          finding.LintAKIFields,
	"webpki::aki::root-with-aki-authoritycertissuer":                            finding.LintAKIFields,
	"webpki::aki::root-with-aki-authoritycertserialnumber":                      finding.LintAKIFields,
	"webpki::aki::root-with-aki-all-fields":                                     finding.LintAKIFields,
	"webpki::aki::root-with-aki-ski-mismatch":                                   finding.LintAKIFields,
	"rfc5280::ski::critical-ski":                                                finding.LintNotCritical,
	"rfc5280::ski::root-missing-ski":                                            finding.LintSKI,
	"rfc5280::ski::intermediate-missing-ski":                                    finding.LintSKI,
	"rfc5280::serial::too-long":                                                 finding.LintSerialNumber,
	"rfc5280::serial::zero":                                                     finding.LintSerialNumber,
	"rfc5280::serial::negative":                                                 finding.LintSerialNumber,
	"rfc5280::san::noncritical-with-empty-subject":                              finding.LintSANCritical,
	"rfc5280::san::underscore-dns":                                              finding.LintSANDNS,
	"rfc5280::san::ip-in-dns":                                                   finding.LintSANDNS,
	"webpki::san::unicode-emoji-san":                                            finding.LintSANDNS,
	"webpki::san::san-critical-with-nonempty-subject":                           finding.LintSANCritical,
	"webpki::san::public-suffix-wildcard-san":                                   finding.LintSANWildcard,
	"webpki::san::public-suffix-multi-label-wildcard-san":                       finding.LintSANWildcard,
	"webpki::san::wildcard-embedded-leftmost-san":                               finding.LintSANWildcard,
	"webpki::san::wildcard-not-in-leftmost-san":                                 finding.LintSANWildcard,
	"webpki::san::san-wildcard-only":                                            finding.LintSANWildcard,
	"webpki::cn::ipv4-hex-mismatch":                                             finding.LintCommonName,
	"webpki::cn::ipv4-leading-zeros-mismatch":                                   finding.LintCommonName,
	"webpki::cn::ipv6-uppercase-mismatch":                                       finding.LintCommonName,
	"webpki::cn::ipv6-uncompressed-mismatch":                                    finding.LintCommonName,
	"webpki::cn::ipv6-non-rfc5952-mismatch":                                     finding.LintCommonName,
	"webpki::cn::punycode-not-in-san":                                           finding.LintCommonName,
	"webpki::cn::utf8-vs-punycode-mismatch":                                     finding.LintCommonName,
	"webpki::cn::not-in-san":                                                    finding.LintCommonName,
	"webpki::cn::case-mismatch":                                                 finding.LintCommonName,
	"webpki::eku::ee-anyeku":                                                    finding.LintEKU,
	"webpki::eku::ee-critical-eku":                                              finding.LintEKU,
	"webpki::eku::ee-without-eku":                                               finding.LintEKU,
	"webpki::eku::root-has-eku":                                                 finding.LintEKU,
	"rfc5280::nc::permitted-dns-match-noncritical":                              finding.LintNameConstraintsCritical,
	"rfc5280::nc::not-allowed-in-ee-noncritical":                                finding.LintNameConstraints,
	"rfc5280::nc::not-allowed-in-ee-critical":                                   finding.LintNameConstraints,
	"rfc5280::nc::invalid-dnsname-leading-period":                               finding.LintNameConstraints,
	"webpki::nc::intermediate-permitted-excluded-subtrees-both-null":            finding.LintNameConstraints,
	"webpki::nc::intermediate-permitted-excluded-subtrees-both-empty-sequences": finding.LintNameConstraints,
	"rfc5280::pc::ica-noncritical-pc":                                           finding.LintCritical,
	"rfc5280::root-non-critical-basic-constraints":                              finding.LintCritical,
	"rfc5280::ca-empty-subject":                                                 finding.LintCASubject,
	"rfc5280::leaf-ku-keycertsign":                                              finding.LintCertSign,
	"rfc5280::ee-critical-aia-invalid":                                          finding.LintNotCritical,
	"webpki::forbidden-rsa-not-divisible-by-8-in-root":                          finding.LintRSASize,
	"webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf":                      finding.LintRSASize,
	"webpki::v1-cert":                                                           finding.LintVersion,
}

// inBreachOfBaseline are the cases that the suite accepts by the rules of RFC 5280 alone, and that no public authority may issue.
var inBreachOfBaseline = []string{
	"pathlen::validation-ignores-pathlen-in-leaf", "rfc5280::eku::ee-without-eku", "rfc5280::nc::permitted-dns-match-more", "rfc5280::ca-as-leaf",
}

// TestStrictLintsRejectWhatLimboRejects runs the suite's families rfc5280 and pathlen by the profile of RFC 5280, the others by
// the Baseline Requirements, as the suite means them.
func TestStrictLintsRejectWhatLimboRejects(t *testing.T) {
	seen := 0
	for _, c := range testpeer.Limbo(t) {
		got := failures(Check(limboPath(&c), Options{Strict: true, Server: !c.Profile()}))
		want, listed := breached[c.ID]
		switch {
		case c.Expect == "accept" && len(got) > 0:
			t.Errorf("%s is to be accepted, and fails %v", c.ID, got)
		case listed && !slices.Contains(got, string(want)):
			t.Errorf("%s is to fail %s, and fails %v", c.ID, want, got)
		case listed:
			seen++
		}
		got = failures(Check(limboPath(&c), Options{Strict: true, Server: c.Kind == "server"}))
		if c.Expect == "accept" && (len(got) > 0) != slices.Contains(inBreachOfBaseline, c.ID) {
			t.Errorf("%s by the Baseline Requirements fails %v", c.ID, got)
		}
	}
	if seen != len(breached) {
		t.Errorf("%d of %d cases were seen", seen, len(breached))
	}
}
