package revocation

import (
	"fmt"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// stapled makes the checks of the response that came with the certificate.
func (a *Answer) stapled(c *Checker, s *Subject) {
	if len(s.Staple) == 0 {
		if s.Peer {
			a.add(s, noStaple(s.Cert))
			a.mustStaple(s, nil)
		}
		return
	}
	st, lists, _ := c.ask(parseResponse(s.Staple), s, Stapled, "")
	a.Statements, a.SCTLists = append(a.Statements, st), append(a.SCTLists, lists...)
	var f finding.Finding
	switch st.Status {
	case StatusGood:
		a.good()
		f = finding.Passed(finding.RevocationStapled, "good, "+st.span())
	case StatusRevoked:
		f = revoked(finding.RevocationStapled, s, &st, "the stapled response")
	case StatusUnknown:
		f = finding.Unanswered(finding.RevocationStapled, "the responder doesn't know the certificate")
		f.Expected, f.Actual, f.Ref = "good", "unknown", "RFC 6960, Section 2.2"
	default:
		f = badStaple(st.fault)
	}
	a.add(s, f)
	if s.Peer {
		a.mustStaple(s, &st)
	}
}

func noStaple(c *cert.Certificate) finding.Finding {
	f := finding.Of(finding.RevocationStapled)
	switch {
	case c.MustStaple():
		f.Message, f.Fix = "no OCSP response was stapled, and the certificate demands one", "turn on OCSP stapling"
	case len(c.OCSPServers()) == 0:
		f.Message, f.Fix = "no OCSP response was stapled, and the certificate names no responder", ""
	}
	return f
}

// badStaple tells a staple that is wrong from one that says nothing, or that can't be judged here.
func badStaple(why *fault) finding.Finding {
	f := finding.Of(finding.RevocationStapled)
	f.Status, f.Severity = finding.Unknown, finding.None
	if why.theirs {
		f.Status, f.Severity = finding.Fail, finding.High
	}
	f.Message = "the stapled response can't be relied on: " + why.message
	f.Expected, f.Actual, f.Ref = why.expected, why.actual, why.ref
	if f.Ref == "" {
		f.Ref = "RFC 6960, Section 3.2"
	}
	f.Fix = "have the server fetch a new response from its authority"
	return f
}

// mustStaple checks that a certificate that demands a staple has one that can be used. st is nil where none came.
func (a *Answer) mustStaple(s *Subject, st *Statement) {
	f := finding.Of(finding.MustStaple)
	switch {
	case !s.Cert.MustStaple():
		f = finding.Skipped(finding.MustStaple, "the certificate doesn't demand a stapled response")
	case st == nil:
		f.Message = "the certificate demands a stapled OCSP response, and none came with it"
	case st.Status == StatusGood:
		f = finding.Passed(finding.MustStaple, "the stapled response that the certificate demands came with it, and is good")
	case s.Issuer == nil:
		f = finding.Unanswered(finding.MustStaple, "the certificate demands a stapled response, and the one that came can't be verified: the issuer isn't known")
	default:
		f.Message = "the certificate demands a stapled OCSP response that says good, and the one that came doesn't"
		f.Actual = st.Status.String()
		f.Fix = "have the server fetch a new response from its authority"
		if st.Why != "" {
			f.Actual += ": " + st.Why
		}
	}
	f.Expected = "a stapled response that says good"
	if f.Status == finding.Skip || f.Status == finding.Pass {
		f.Expected = ""
	}
	a.add(s, f)
}

// ocsp makes the check of responses that were given or are fetched.
func (a *Answer) ocsp(c *Checker, s *Subject) {
	var found []Statement
	for _, p := range c.responses {
		st, lists, about := c.ask(p, s, Given, "")
		if about {
			found, a.SCTLists = append(found, st), append(a.SCTLists, lists...)
		}
	}
	urls := s.Cert.OCSPServers()
	if c.evidence.Fetch != nil && len(urls) > 0 {
		online, lists := c.askOnline(s, urls)
		found, a.SCTLists = append(found, online...), append(a.SCTLists, lists...)
	}
	a.Statements = append(a.Statements, found...)
	if len(found) > 0 {
		a.add(s, a.summary(finding.RevocationOCSP, s, found, "a response"))
		return
	}
	why := "no OCSP response about " + nameOf(s.Cert.Subject) + " was given, and nothing is fetched without --online"
	if len(urls) == 0 {
		why = "no OCSP response about " + nameOf(s.Cert.Subject) + " was given, and it names no responder"
	}
	a.add(s, finding.Skipped(finding.RevocationOCSP, why))
}

// crl makes the check of lists that were given or are fetched.
func (a *Answer) crl(c *Checker, s *Subject) {
	var failed []Statement
	if c.evidence.Fetch != nil {
		failed = c.fetchLists(s)
	}
	o := c.byLists(s)
	a.Statements = append(append(a.Statements, o.statements...), failed...)
	f := a.summary(finding.RevocationCRL, s, append(o.statements, failed...), "a list")
	good := f.Status == finding.Pass
	switch missing := allReasons &^ o.covered; {
	case good && missing == 0:
		a.good()
	case good:
		f = finding.Unanswered(finding.RevocationCRL, "the lists say nothing about some reasons for revoking "+nameOf(s.Cert.Subject)+": "+flagsText(missing))
		f.Expected, f.Actual, f.Ref = "lists for every reason", "none for "+flagsText(missing), "RFC 5280, Section 6.3.3"
	case len(o.statements)+len(failed) > 0:
	case o.apart != "":
		f = finding.Unanswered(finding.RevocationCRL, "the list of "+o.from+" says nothing about "+nameOf(s.Cert.Subject)+": "+o.apart)
		f.Expected, f.Actual, f.Ref = "a list that covers the certificate", o.apart, "RFC 5280, Section 6.3.3"
	default:
		f = finding.Skipped(finding.RevocationCRL, noList(c, s.Cert))
	}
	a.add(s, f)
}

// noList says why there is no list about a certificate.
func noList(c *Checker, about *cert.Certificate) string {
	why := "no CRL about " + nameOf(about.Subject) + " was given, and "
	points, _ := about.CRLDistributionPoints()
	switch {
	case len(points) == 0:
		return why + "it names none"
	case c.evidence.Fetch == nil:
		return why + "nothing is fetched without --online"
	}
	return why + "its distribution points have no URL"
}

// summary puts together what several pieces of evidence of one kind say: revoked anywhere is revoked, and good stands above what
// can't be used.
func (a *Answer) summary(id finding.ID, s *Subject, found []Statement, what string) finding.Finding {
	var best *Statement
	for i := range found {
		if best == nil || rank(&found[i]) > rank(best) {
			best = &found[i]
		}
	}
	name := nameOf(s.Cert.Subject)
	switch {
	case best == nil:
		return finding.Skipped(id, "")
	case best.Status == StatusRevoked:
		return revoked(id, s, best, what+" of "+best.Signer+best.from())
	case best.Status == StatusGood:
		if id == finding.RevocationOCSP {
			a.good()
		}
		return finding.Passed(id, name+" is good"+best.from()+", "+best.span())
	case best.Status == StatusUnknown:
		f := finding.Unanswered(id, "the responder doesn't know "+name+best.from())
		f.Expected, f.Actual = "good", "unknown"
		return f
	}
	f := finding.Unanswered(id, fmt.Sprintf("%s about %s%s can't be relied on: %s", what, name, best.from(), best.Why))
	if best.fault != nil && best.fault.absent {
		f.Message = fmt.Sprintf("%s about %s couldn't be had: %s", what, name, best.Why)
	}
	if more := len(found) - 1; more > 0 {
		f.Message += " (and " + several(more, "other") + ")"
	}
	f.Expected, f.Actual = best.fault.expected, best.fault.actual
	if best.fault.ref != "" {
		f.Ref = best.fault.ref
	}
	return f
}

// rank orders statements by what they mean for the sum: unusable ones that could be read above such as weren't fetched.
func rank(st *Statement) int {
	switch st.Status {
	case StatusRevoked:
		return 4
	case StatusGood:
		return 3
	case StatusUnknown:
		return 2
	}
	if st.Signer != "" {
		return 1
	}
	return 0
}

// revoked is the finding for a certificate that was revoked.
func revoked(id finding.ID, s *Subject, st *Statement, says string) finding.Finding {
	f := finding.Of(id)
	f.Status, f.Severity = finding.Fail, finding.Critical
	f.Message = nameOf(s.Cert.Subject) + " was revoked"
	if !st.RevokedAt.IsZero() {
		f.Message += " on " + st.RevokedAt.Format(time.DateOnly)
	}
	f.Message += ", " + st.Reason.String() + ": so says " + says
	f.Expected, f.Actual, f.Fix = "good", "revoked", "replace the certificate, and its key"
	if st.Reason == CertificateHold {
		f.Fix = "ask the authority why the certificate is on hold, or replace it"
	}
	if id == finding.RevocationStapled {
		f.Ref = "RFC 6960, Section 2.2"
	}
	return f
}

// span says of when a statement is.
func (st *Statement) span() string {
	text := "as of " + moment(st.ThisUpdate)
	if !st.NextUpdate.IsZero() {
		text += ", until " + moment(st.NextUpdate)
	}
	return text
}

// from says where a statement was fetched.
func (st *Statement) from() string {
	if st.URL == "" {
		return ""
	}
	return " at " + st.URL
}

func (a *Answer) add(s *Subject, f finding.Finding) {
	f.Where = s.Where
	a.Findings = append(a.Findings, f)
}
