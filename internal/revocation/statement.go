package revocation

import (
	"fmt"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// Verdict is what is known about a certificate in the end.
type Verdict uint8

// The verdicts.
const (
	Undetermined Verdict = iota
	NotRevoked           // somebody who may say so says that it is good now
	Revoked
)

// String returns "undetermined", "not revoked" or "revoked".
func (v Verdict) String() string {
	return [...]string{"undetermined", "not revoked", "revoked"}[min(v, Revoked)]
}

// Kind is a kind of evidence.
type Kind uint8

// The kinds.
const (
	KindOCSP Kind = iota
	KindCRL
)

// String returns "OCSP" or "CRL".
func (k Kind) String() string { return [...]string{"OCSP", "CRL"}[min(k, KindCRL)] }

// Source is where evidence came from.
type Source uint8

// The sources.
const (
	Stapled Source = iota // by the peer
	Given                 // in a file
	Online                // fetched
)

// String returns "stapled", "given" or "online".
func (s Source) String() string { return [...]string{"stapled", "given", "online"}[min(s, Online)] }

// Status is what one piece of evidence says about a certificate.
type Status uint8

// The statuses.
const (
	StatusUnusable Status = iota // it can't be relied on, Why says for what reason
	StatusGood
	StatusRevoked
	StatusUnknown // the responder doesn't know the certificate
)

// String returns "unusable", "good", "revoked" or "unknown".
func (s Status) String() string {
	return [...]string{"unusable", "good", "revoked", "unknown"}[min(s, StatusUnknown)]
}

// Reason is a CRLReason. RFC 5280, Section 5.3.1.
type Reason uint8

// The reasons that matter to what is decided here.
const (
	Unspecified     Reason = 0
	CertificateHold Reason = 6
	RemoveFromCRL   Reason = 8
)

// reasonNames are the names of the reasons in words, by code.
var reasonNames = [...]string{
	"no reason given", "the key is compromised", "the authority's key is compromised", "the affiliation changed", "superseded",
	"no longer in operation", "on hold", "", "removed from the list", "a privilege was withdrawn", "the attribute authority is compromised",
}

// String returns the reason in words.
func (r Reason) String() string {
	if int(r) < len(reasonNames) && reasonNames[r] != "" {
		return reasonNames[r]
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// Statement is what one piece of evidence says about a certificate.
type Statement struct {
	Kind   Kind
	Source Source
	URL    string // where it was fetched from; empty if it wasn't
	Status Status
	Why    string // why it is unusable, one lower-case clause
	Signer string // who signed it, shortly; empty where that isn't known

	RevokedAt  time.Time // zero if not revoked
	Reason     Reason    //
	ThisUpdate time.Time // zero where it says none, as the following
	NextUpdate time.Time
	ProducedAt time.Time // OCSP

	fault *fault
}

// Answer is what was found out about a certificate.
type Answer struct {
	Verdict    Verdict
	Statements []Statement
	// Findings has one for each of revocation.ocsp and revocation.crl; revocation.stapled and must_staple too for the peer's
	// own certificate, and revocation.stapled for others that came with a response.
	Findings []finding.Finding
	// SCTLists are the SignedCertificateTimestampLists of usable OCSP responses about the certificate. RFC 6962, Section 3.3.
	SCTLists [][]byte
}

// conclude sums up: revoked anywhere is revoked.
func (a *Answer) conclude() {
	for i := range a.Statements {
		if a.Statements[i].Status == StatusRevoked {
			a.Verdict = Revoked
		}
	}
}

// good notes that a usable source says good.
func (a *Answer) good() { a.Verdict = max(a.Verdict, NotRevoked) }

// fault is why evidence can't be relied on.
type fault struct {
	message  string // a clause: "it is out of date since …"
	expected string
	actual   string
	ref      string
	// absent is set where there is no evidence: it could not be fetched.
	absent bool
	// theirs is set where the evidence itself is wrong, as against something that we can't do or don't know.
	theirs bool
	// stale is set where the evidence is authentic, and of another time or not in its required form: what it says of a
	// revocation that is for good still holds.
	stale bool
}

func (s Statement) unusable(f *fault) Statement {
	s.Status, s.Why, s.fault = StatusUnusable, f.message, f
	return s
}
