package verify

import (
	"crypto/sha256"
	"slices"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/ct"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// Purpose is what the certificate is to be used for.
type Purpose uint8

// The purposes.
const (
	PurposeServer Purpose = iota // serverAuth
	PurposeClient                // clientAuth
	PurposeAny                   // whatever it allows
)

// Rules is what a path is held to.
type Rules uint8

// The rules. The first is the default.
const (
	// RulesWebPKI is path validation, what browsers demand of keys, algorithms and servers' certificates, and the profile
	// of RFC 5280 and the CA/Browser Forum: certificates that no public authority may issue are rejected.
	RulesWebPKI Rules = iota
	// RulesRFC5280 is path validation alone: RFC 5280, Section 6.1.
	RulesRFC5280
	// RulesClient is RulesWebPKI as clients go about it: breaches of the profile that no browser minds are warnings.
	RulesClient
	// RulesProfile is path validation, and what RFC 5280 demands of certificates beyond it: no browser's rule, nor any of the
	// CA/Browser Forum's.
	RulesProfile
)

// browsers reports whether the rules are those of browsers.
func (r Rules) browsers() bool { return r == RulesWebPKI || r == RulesClient }

// strict reports whether a certificate is rejected that may not be issued.
func (r Rules) strict() bool { return r == RulesWebPKI || r == RulesProfile }

// Revocation says what is made of certificates whose revocation isn't known.
type Revocation uint8

// The ways. The first is the default.
const (
	RevocationSoft    Revocation = iota // what there is counts; its lack doesn't
	RevocationRequire                   // every certificate below the root must be shown not to be revoked
	RevocationOff                       // it isn't looked at
)

// Fetcher gets what certificates point to. It is bound to a context, and bounded in time.
type Fetcher interface {
	// Get returns the body of what is at a URL; more than limit bytes are an error.
	Get(url string, limit int) ([]byte, error)
	// Post sends a body and returns that of the answer.
	Post(url, contentType string, body []byte, limit int) ([]byte, error)
}

// Policies are the inputs to policy processing. RFC 5280, Section 6.1.1 (c) to (g).
type Policies struct {
	Acceptable      []cert.OID // the user-initial-policy-set; nil: any policy
	RequireExplicit bool       // initial-explicit-policy
	InhibitMapping  bool       // initial-policy-mapping-inhibit
	InhibitAny      bool       // initial-any-policy-inhibit
}

// Request is a chain and what it is to be checked for.
type Request struct {
	Chain    [][]byte // DER as received, the peer's own certificate first; must not change while the result is in use
	Hostname string   // DNS name, in ASCII or Unicode, or IP address; empty: not checked
	Time     time.Time
	Store    *Store   // nil: there are no roots
	Staples  [][]byte // stapled OCSP responses by the place of their certificate in Chain; nil for none
	Purpose  Purpose
	Rules    Rules
	Policies Policies

	// Offline says that the chain is from no handshake, in which the peer could have stapled.
	Offline    bool
	Revocation Revocation
	OCSP       [][]byte // responses from elsewhere than the peer, in DER
	CRLs       [][]byte // in DER
	Fetch      Fetcher  // nil: nothing is fetched

	SCTs [][]byte // of the TLS extension, each a SerializedSCT
	Logs *ct.Logs // nil: the list that is built in
	// RequireCT makes timestamps that are wrong, or fewer than browsers want, decide; otherwise they are only told.
	RequireCT bool

	// OnlyFaults leaves out the findings that don't ask for anything (see [finding.Finding.Asks]): Findings has then not every
	// check. Nor is a second opinion asked, which is never one that does.
	OnlyFaults bool
	// Memory has what other verifications have learned, and learns from this one; nil: nothing is known.
	Memory *Memory

	// SecondOpinion asks crypto/x509 too. One that isn't accepted is always told with a second opinion.
	SecondOpinion bool
	// MaxDepth is how many intermediates a path may have, self-issued ones not counted; nil: as many as fit the limits.
	MaxDepth *int
}

// Result is what was found.
type Result struct {
	// Findings has every check at least once, unless only faults were asked for, in the order of [Checks]; several of one id are
	// about several certificates.
	Findings []finding.Finding
	// Trusted is whether one path leads to a root and no check failed. It sums up Findings, and says nothing about what is
	// unknown there but for the path itself.
	Trusted bool
	Verdict Verdict
	Path    Path   // the path that Findings is about: the accepted one, or the one that came closest
	Paths   []Path // all that were looked at, Path first; bounded
}

// Verdict is what it comes to.
type Verdict uint8

// The verdicts.
const (
	Inconclusive Verdict = iota // what decides couldn't be found out
	Accept
	Reject
)

// String returns "accept", "reject" or "inconclusive".
func (v Verdict) String() string { return [...]string{"inconclusive", "accept", "reject"}[v] }

// Path is a candidate path, the peer's certificate first.
type Path struct {
	Certificates []Link
	Anchored     bool         // the last one is in the store
	Accepted     bool         // nothing is wrong with it, the host name apart
	Failed       []finding.ID // the checks that failed or couldn't be made, each once
}

// Anchor returns the root of the store that the path ends in; nil if it doesn't.
func (p Path) Anchor() *Link {
	if !p.Anchored {
		return nil
	}
	return &p.Certificates[len(p.Certificates)-1]
}

// Link is a certificate of a path.
type Link struct {
	Index       int    // its place as received; -1: from the store, or fetched
	Fetched     string // the URL that it was fetched from; empty for all others
	Certificate *cert.Certificate
	SHA256      [sha256.Size]byte
}

// Bounds on the work that a peer can cause.
const (
	maxCertificates = 128    // of a chain that are looked at
	maxPathLength   = 24     // certificates of a path
	maxRoots        = 256    // of the store that a chain may name
	maxSteps        = 20_000 // certificates tried while looking for a path
	maxSignatures   = 128    // signatures verified
	maxComparisons  = 400_000
	maxPolicyWork   = 200_000 // policies looked at
	maxExplained    = 16      // paths explained
	maxExplainSteps = 2_000   // certificates tried for that
	maxPerCheck     = 8       // findings of one check
	maxCanonical    = 1 << 20
)

// Checks returns the ids of the checks that [Verify] makes, in the order of its findings.
func Checks() []finding.ID {
	ids := slices.Concat(order[:], revocations[:], []finding.ID{finding.CTSCTs, finding.CTPolicy})
	for _, l := range finding.Lints() {
		ids = append(ids, l.ID)
	}
	return append(ids, finding.SecondOpinion)
}

// order is that of the findings about the paths; those of other rooms follow.
var order = [...]finding.ID{
	finding.Hostname, finding.Validity, finding.ChainPath, finding.ChainComplete, finding.ChainOrder, finding.ChainRootSent,
	finding.ChainRootTrust, finding.ChainSignature, finding.BasicConstraints, finding.PathLen, finding.KeyUsage, finding.EKU,
	finding.NameConstraints, finding.Policy, finding.CriticalExt, finding.SigAlg, finding.KeyStrength, finding.Encoding,
}
