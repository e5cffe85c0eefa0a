package revocation

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// outcome is what the lists at hand say about a certificate.
type outcome struct {
	statements []Statement
	covered    cert.ReasonFlags // the reasons for which a usable list says that it isn't revoked
	apart      string           // why a list of the right issuer isn't about it
	from       string           // that issuer
}

// judged is what one list says.
type judged struct {
	Statement
	list      *list
	reasons   cert.ReasonFlags
	own       bool // signed with the key that signed the certificate
	authentic bool
}

// byLists asks all lists at hand about a certificate. RFC 5280, Section 6.3.3.
func (c *Checker) byLists(s *Subject) (o outcome) {
	var found []judged
	points := pointsOf(s.Cert)
	for _, l := range c.lists {
		if l.fault != nil && l.Issuer.Raw == nil { // nobody knows what it is about
			found = append(found, judged{Statement: l.statement().unusable(l.fault), list: l})
			continue
		}
		if l.IsDelta() {
			continue
		}
		reasons := o.reasonsOf(l, points, s)
		if reasons != 0 {
			found = append(found, c.judgeList(l, s, reasons))
		}
	}
	// A key of the same authority may have lists of its own, as where it was changed; those of the key that signed the
	// certificate come first, and the younger ones.
	slices.SortStableFunc(found, func(a, b judged) int {
		if a.own != b.own {
			return map[bool]int{true: -1, false: 1}[a.own]
		}
		return b.list.ThisUpdate.Compare(a.list.ThisUpdate.Time)
	})
	o.weigh(found, c.evidence.Time)
	return o
}

// reasonsOf returns the reasons for which a list is about a certificate, by any of its distribution points.
func (o *outcome) reasonsOf(l *list, points []point, s *Subject) (reasons cert.ReasonFlags) {
	for i := range points {
		more, why, about := l.covers(&points[i], s.Cert)
		reasons |= more
		if about && more == 0 && (o.apart == "" || points[i].fromCert) {
			o.apart, o.from = why, nameOf(l.Issuer)
		}
	}
	return reasons
}

// weigh puts together what lists say, the weightiest first. An older one counts only for a revocation that is for good where a
// younger one of the same scope can be relied on.
func (o *outcome) weigh(found []judged, now time.Time) {
	done := map[string]bool{}
	for _, j := range found {
		group := j.list.group(j.reasons)
		superseded := done[group]
		if superseded && !(j.Status == StatusRevoked && forGood(j.Reason, j.RevokedAt, now)) {
			continue
		}
		if j.Status != StatusUnusable || j.own && j.authentic {
			done[group] = true
		}
		if j.Status == StatusGood {
			o.covered |= j.reasons
		}
		o.statements = append(o.statements, j.Statement)
	}
}

// group tells which lists replace each other: those of one issuer with the same scope.
func (l *list) group(reasons cert.ReasonFlags) string {
	key := l.issuer + string([]byte{0, byte(reasons), byte(reasons >> 8)})
	if l.Scope != nil {
		key += string(l.Scope.Raw)
	}
	return key
}

func (l *list) statement() Statement {
	return Statement{Kind: KindCRL, Source: l.source, URL: l.url, ThisUpdate: l.ThisUpdate.Time, NextUpdate: l.NextUpdate.Time}
}

// judgeList tells what a list that is about a certificate says of it, together with a delta if there is one.
func (c *Checker) judgeList(l *list, s *Subject, reasons cert.ReasonFlags) judged {
	j := judged{Statement: l.statement(), list: l, reasons: reasons}
	issuer, now := s.Cert.Issuer.Canonical(), c.evidence.Time
	entry, listed := l.lookup(s.Cert.Serial, issuer)
	by, f := signer{}, l.fault
	if f == nil {
		by, f = c.signerOf(l, s)
	}
	if f != nil {
		j.Statement = j.unusable(f)
		if listed {
			j.Why += " (it has the certificate as revoked)"
		}
		return j
	}
	j.Signer, j.own, j.authentic = nameOf(by.cert.Subject), by.own, true
	late := crlOutOfTime(now, l.CRL)
	for _, delta := range c.deltasOf(l, by.key) {
		stale := crlOutOfTime(now, delta.CRL)
		if change, in := delta.lookup(s.Cert.Serial, issuer); in && (stale == nil || forGood(change.Reason, change.RevokedAt.Time, now)) {
			entry, listed = change, true
		}
		if stale == nil {
			j.ThisUpdate, j.NextUpdate = delta.ThisUpdate.Time, delta.NextUpdate.Time
			if late != nil && !l.ThisUpdate.After(now) {
				late = nil // the two together are as young as the delta
			}
			break
		}
	}
	late = cmp.Or(late, l.informal)
	if listed && entry.Reason != RemoveFromCRL && (late == nil || forGood(entry.Reason, entry.RevokedAt.Time, now)) {
		j.Status, j.RevokedAt, j.Reason = StatusRevoked, entry.RevokedAt.Time, entry.Reason
		return j
	}
	if late != nil {
		j.Statement = j.unusable(late)
		return j
	}
	j.Status = StatusGood
	return j
}

// crlOutOfTime says why a list isn't of now.
func crlOutOfTime(now time.Time, l *CRL) *fault {
	f := outOfTime(now, l.ThisUpdate.Time, l.NextUpdate.Time)
	if f != nil {
		f.ref = "RFC 5280, Section 6.3.3"
	}
	return f
}

// deltasOf returns the deltas that can be put together with a complete list, the youngest first. RFC 5280, Sections 5.2.4 and
// 6.3.3 (c) and (h): of the same issuer, scope and key, made for a base that is not after the list, and younger than it.
func (c *Checker) deltasOf(l *list, key *cert.PublicKey) (found []*list) {
	if l.Number == nil {
		return nil
	}
	for _, d := range c.lists {
		if !d.IsDelta() || d.fault != nil || d.informal != nil || d.Number == nil || d.issuer != l.issuer ||
			!sameValue(d.CRL, l.CRL, cert.ExtIssuingDistributionPoint) || !sameValue(d.CRL, l.CRL, cert.ExtAuthorityKeyID) {
			continue
		}
		if compareIntegers(l.Number, d.BaseNumber) >= 0 && compareIntegers(l.Number, d.Number) < 0 &&
			c.verify(key, d.SignatureAlgorithm, d.RawTBS, d.Signature) == nil {
			found = append(found, d)
		}
	}
	slices.SortStableFunc(found, func(a, b *list) int { return compareIntegers(b.Number, a.Number) })
	return found
}

// sameValue reports whether two lists have the same value of an extension, or both lack it.
func sameValue(a, b *CRL, id cert.ID) bool {
	x, y := find(a.Extensions, id), find(b.Extensions, id)
	if x == nil || y == nil {
		return x == y
	}
	return bytes.Equal(x.Value, y.Value)
}
