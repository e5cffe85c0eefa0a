package revocation

import (
	"time"
)

// undated is for how long an answer that doesn't say until when it holds is taken: it says that there is newer information all
// the time (RFC 6960, Section 4.2.2.1), so only one that was just made is of use.
const undated = 24 * time.Hour

// ask tells what a response says about a certificate; about is false if that is nothing, for it is about others.
func (c *Checker) ask(p *response, s *Subject, source Source, url string) (st Statement, lists [][]byte, about bool) {
	st = Statement{Kind: KindOCSP, Source: source, URL: url, ProducedAt: p.producedAt.Time}
	if p.fault != nil {
		return st.unusable(p.fault), nil, true
	}
	if s.Issuer == nil {
		return st.unusable(&fault{message: "the issuer of the certificate isn't known", expected: "the issuer", actual: "none"}), nil, true
	}
	answers := p.about(s)
	if len(answers) == 0 {
		return st.unusable(&fault{message: "it isn't about this certificate", expected: "an answer about this certificate", actual: "none", theirs: true}), nil, false
	}
	signer, f := c.authorise(p, s)
	if f != nil {
		return st.unusable(f), nil, true
	}
	st.Signer = signer
	best := Statement{}
	for i := range answers {
		judged := c.judgeSingle(st, &answers[i])
		if i == 0 || outweighs(judged, best) {
			best = judged
		}
		if list := answers[i].sctList(); list != nil && judged.Status != StatusUnusable {
			lists = append(lists, list)
		}
	}
	return best, lists, true
}

// outweighs reports whether an answer counts more than another about the same certificate in the same response: revoked, then
// good, then unknown, then what can't be relied on; the younger of equals.
func outweighs(a, b Statement) bool {
	rank := [...]int{StatusUnusable: 0, StatusUnknown: 1, StatusGood: 2, StatusRevoked: 3}
	if rank[a.Status] != rank[b.Status] {
		return rank[a.Status] > rank[b.Status]
	}
	return a.ThisUpdate.After(b.ThisUpdate)
}

// judgeSingle tells what an authentic answer says, if it is of now. RFC 6960, Section 3.2.
func (c *Checker) judgeSingle(st Statement, s *single) Statement {
	st.ThisUpdate, st.NextUpdate = s.thisUpdate.Time, s.nextUpdate.Time
	if s.fault != nil {
		return st.unusable(s.fault)
	}
	now := c.evidence.Time
	late := outOfTime(now, s.thisUpdate.Time, s.nextUpdate.Time)
	if late == nil && s.nextUpdate.IsZero() && (st.Source != Online || now.Sub(s.thisUpdate.Time) > undated) {
		late = &fault{message: "it doesn't say until when it holds", expected: "a nextUpdate", actual: "none", ref: "RFC 6960, Section 4.2.2.1", stale: true}
	}
	if s.status == StatusRevoked && (late == nil || forGood(s.reason, s.revokedAt.Time, now)) {
		st.Status, st.RevokedAt, st.Reason = StatusRevoked, s.revokedAt.Time, s.reason
		return st
	}
	if late != nil {
		return st.unusable(late)
	}
	st.Status = s.status
	return st
}

// forGood reports whether a revocation holds whatever the age of the evidence: only a hold is ever lifted. One that came after the
// time of verification doesn't count at that time.
func forGood(reason Reason, at, now time.Time) bool {
	return reason != CertificateHold && reason != RemoveFromCRL && !at.After(now)
}

// outOfTime says why what holds from one time until another isn't of now. A second time of zero isn't looked at.
func outOfTime(now, from, until time.Time) *fault {
	now = now.UTC().Truncate(time.Second)
	const ref = "RFC 6960, Section 4.2.2.1"
	switch {
	case from.After(now.Add(clockSkew)):
		return &fault{message: "it is of the future", expected: "thisUpdate not after " + moment(now), actual: moment(from), ref: ref, theirs: true, stale: true}
	case until.IsZero():
	case until.Before(from):
		return &fault{message: "it ends before it begins", expected: "nextUpdate after " + moment(from), actual: moment(until), ref: ref, theirs: true, stale: true}
	case now.After(until):
		return &fault{message: "it is out of date since " + moment(until), expected: "nextUpdate not before " + moment(now), actual: moment(until), ref: ref, theirs: true, stale: true}
	}
	return nil
}
