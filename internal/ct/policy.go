package ct

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// policy is how a browser counts timestamps. Two ways lead to it: those within the certificate, and those that came with the
// handshake.
type policy struct {
	name string
	ref  string
	// embedded are the demands on those within the certificate, by its lifetime, the shortest first. At least one must be of a
	// log that is accepted now; the others may be of one that was retired after they were made.
	embedded []demand
	// inclusive: the last second of the certificate belongs to its lifetime.
	inclusive bool
	// handshake is the demand on those that came with the handshake, whose logs must all be accepted now.
	handshake demand
	ocsp      bool // those in OCSP responses count
	mixed     bool // one that came with the handshake is enough, if embedded ones make up the number
	rfc6962   bool // at least one must be of a log that serves RFC 6962, and not tiles alone
}

// demand is how many timestamps of how many logs it takes.
type demand struct {
	upTo        time.Duration // the longest lifetime that it is for; 0: any
	logs        int           // distinct logs
	operators   int           // distinct operators; 0: as it comes
	perOperator int           // logs of one operator that count; 0: all
}

const day = 24 * time.Hour

// policies are those of the two browsers that publish one. Apple goes by a list of its own, whose states are taken to be those of
// Google's here. Apple's rule for certificates of before April 2021 is left out: the last of them have expired.
var policies = [...]policy{
	{
		name:      "Chrome",
		ref:       "Chrome CT Policy, CT Compliant Certificates", // of July 2026: OCSP counts only before version 148
		embedded:  []demand{{upTo: 180 * day, logs: 2, operators: 2}, {logs: 3, operators: 2}},
		handshake: demand{logs: 2, operators: 2},
	},
	{
		name:      "Apple",
		ref:       "Apple CT Policy (support.apple.com/103214)",
		embedded:  []demand{{upTo: 180 * day, logs: 2, perOperator: 1}, {logs: 3, perOperator: 2}},
		inclusive: true,
		handshake: demand{logs: 2},
		ocsp:      true,
		mixed:     true,
		rfc6962:   true,
	},
}

// standing is what a timestamp is worth.
type standing uint8

const (
	worthless standing = iota
	open               // it can't be told
	once               // its log was retired after it was made
	current            // its log is accepted now
)

// vote is a timestamp that may count.
type vote struct {
	log      LogID
	operator string
	delivery Delivery
	standing standing
	tiled    bool
}

// votes weighs the timestamps.
func (c *checker) votes() []vote {
	earliest := c.earliest()
	list := make([]vote, 0, len(c.scts))
	for i := range c.scts {
		v := &c.scts[i]
		s := c.standing(v, earliest)
		if s == worthless {
			continue
		}
		vote := vote{log: v.SCT.LogID, delivery: v.Delivery, standing: s, operator: "of " + v.SCT.LogID.String()}
		if v.Log != nil {
			vote.operator, vote.tiled = v.Log.OperatorAt(v.SCT.Time()), v.Log.Tiled
		}
		list = append(list, vote)
	}
	return list
}

// earliest returns the time of the earliest valid timestamp: Chrome holds that one against the time at which logs were retired,
// for authorities that were just collecting timestamps then.
func (c *checker) earliest() time.Time {
	var t time.Time
	for i := range c.scts {
		v := &c.scts[i]
		if (v.Status == finding.Pass || v.Status == finding.Warn) && (t.IsZero() || v.SCT.Time().Before(t)) {
			t = v.SCT.Time()
		}
	}
	return t
}

func (c *checker) standing(v *Verified, earliest time.Time) standing {
	if v.Status == finding.Fail || v.SCT.Version != v1 {
		return worthless
	}
	if v.Log == nil {
		return open
	}
	s := c.logStanding(v, earliest)
	if v.Status == finding.Unknown && s != worthless {
		return open // the signature wasn't verified
	}
	return s
}

// logStanding tells what a valid timestamp of a log is worth by the log's state. A list that is old doesn't know what became of a
// log that was pending.
func (c *checker) logStanding(v *Verified, earliest time.Time) standing {
	if v.Log.Kind != KindProduction {
		return worthless
	}
	switch v.State {
	case StateQualified, StateUsable, StateReadOnly:
		return current
	case StateRetired:
		if earliest.Before(v.Log.Since) {
			return once
		}
	case StatePending:
		if c.Logs.IsOld(c.Time) {
			return open
		}
	case StateUnknown:
		switch v.Log.State {
		case StateReadOnly, StateRetired: // it was accepted until then
			return current
		case StateUsable, StateRejected: // it may have been
			return open
		}
	}
	return worthless
}

// policy counts the timestamps for every browser.
func (c *checker) policy() finding.Finding {
	if c.Leaf.NotBefore.IsZero() || c.Leaf.NotAfter.IsZero() {
		return c.at(finding.Unanswered(finding.CTPolicy, "the certificate's lifetime can't be read, by which browsers count"))
	}
	f := c.at(finding.Passed(finding.CTPolicy, ""))
	votes := c.votes()
	lifetime := c.Leaf.NotAfter.Sub(c.Leaf.NotBefore.Time)
	var messages, wants, have, refs []string
	for i := range policies {
		p := &policies[i]
		d := p.demandFor(lifetime)
		o := p.judge(votes, d)
		if o.status == finding.Warn || o.status == finding.Unknown && f.Status == finding.Pass {
			f.Status = o.status
		}
		messages = append(messages, p.name+" "+o.message)
		wants = append(wants, p.name+": "+d.String())
		have = append(have, p.name+": "+o.have+" count")
		refs = append(refs, p.ref)
	}
	if f.Status == finding.Warn && c.ignored > 0 {
		f.Status = finding.Unknown
		messages = append(messages, "not all timestamps were looked at")
	}
	f.Message = strings.Join(messages, "; ")
	if c.Logs.IsOld(c.Time) {
		f.Message += " (by a list" + c.age() + ")"
	}
	f.Ref = strings.Join(refs, "; ")
	if f.Status != finding.Pass {
		f.Expected, f.Actual = strings.Join(wants, "; "), strings.Join(have, "; ")
	}
	switch f.Status {
	case finding.Warn:
		f.Severity, f.Fix = finding.Low, finding.Of(finding.CTPolicy).Fix
	case finding.Unknown:
		if c.Logs.IsOld(c.Time) || c.unlisted() {
			f.Fix = newerList
		}
	}
	return f
}

// unlisted reports whether a timestamp is of a log that isn't in the list.
func (c *checker) unlisted() bool {
	return slices.ContainsFunc(c.scts, func(v Verified) bool { return v.Log == nil && v.Status == finding.Unknown })
}

// demandFor returns the demand on embedded timestamps of a certificate.
func (p *policy) demandFor(lifetime time.Duration) demand {
	if p.inclusive {
		lifetime += time.Second
	}
	for _, d := range p.embedded[:len(p.embedded)-1] {
		if lifetime <= d.upTo {
			return d
		}
	}
	return p.embedded[len(p.embedded)-1]
}

// String says what is demanded.
func (d demand) String() string {
	s := count(d.logs, "embedded timestamp") + " of distinct logs"
	switch {
	case d.operators > 0:
		return s + fmt.Sprintf(" and %d operators", d.operators)
	case d.perOperator == 1:
		return s + " and operators"
	case d.perOperator > 0:
		return s + fmt.Sprintf(", at most %d of them of one operator", d.perOperator)
	}
	return s
}

// outcome is what a policy comes to.
type outcome struct {
	status  finding.Status // pass, warn or unknown
	message string
	have    string
}

// judge holds the timestamps against the policy: first as if what is open counted for nothing, then as if it all counted.
func (p *policy) judge(votes []vote, d demand) outcome {
	embedded, handshake := p.count(votes, false)
	missing := embedded.missing(d, p.rfc6962)
	switch {
	case missing == "":
		return outcome{finding.Pass, "has what it asks for: " + embedded.String() + " embedded", embedded.String()}
	case p.handshakeWay(handshake):
		return outcome{finding.Pass, "has what it asks for: " + handshake.String() + " with the handshake", handshake.String()}
	}
	have := embedded
	if embedded.logs == 0 && handshake.logs > 0 {
		have, missing = handshake, handshake.missing(p.handshake, p.rfc6962)
	}
	if best, shaken := p.count(votes, true); best.missing(d, p.rfc6962) == "" || p.handshakeWay(shaken) {
		doubtful := max(best.logs-have.logs, shaken.logs-have.logs, 1)
		return outcome{finding.Unknown, "may have what it asks for: it hangs on " + count(doubtful, "log") + " that can't be judged", have.String()}
	}
	return outcome{finding.Warn, "lacks " + missing, have.String()}
}

// tally is what counts.
type tally struct {
	logs, current, operators int
	beside                   int // came with the handshake
	rfc6962                  bool
	byOperator               map[string]int
}

func (t *tally) String() string {
	return count(t.logs, "log") + " of " + count(t.operators, "operator")
}

// count counts distinct logs for either way; optimistic: what is open counts.
func (p *policy) count(votes []vote, optimistic bool) (embedded, handshake *tally) {
	best := [2]map[LogID]vote{{}, {}}
	for _, v := range votes {
		if v.standing == open {
			if !optimistic {
				continue
			}
			v.standing = current
		}
		way := 1
		switch {
		case v.delivery == Embedded:
			way = 0
		case v.delivery == ByOCSP && !p.ocsp:
			continue
		}
		better(best[way], v)
		if way == 0 && p.mixed {
			better(best[1], v)
		}
	}
	return tallyOf(best[0], once), tallyOf(best[1], current)
}

// better keeps the timestamp of a log that is worth more; of two that are worth the same, the one that came with the handshake.
func better(best map[LogID]vote, v vote) {
	if had, ok := best[v.log]; !ok || v.standing > had.standing || v.standing == had.standing && had.delivery == Embedded {
		best[v.log] = v
	}
}

// tallyOf counts those that are worth at least so much.
func tallyOf(votes map[LogID]vote, least standing) *tally {
	t := &tally{byOperator: map[string]int{}}
	for _, v := range votes {
		if v.standing < least {
			continue
		}
		t.logs++
		t.byOperator[v.operator]++
		t.rfc6962 = t.rfc6962 || !v.tiled
		if v.standing == current {
			t.current++
		}
		if v.delivery != Embedded {
			t.beside++
		}
	}
	t.operators = len(t.byOperator)
	return t
}

// handshakeWay reports whether those that came with the handshake are enough.
func (p *policy) handshakeWay(t *tally) bool {
	return t.beside > 0 && t.missing(p.handshake, p.rfc6962) == ""
}

// missing says what a demand still lacks; empty if nothing.
func (t *tally) missing(d demand, rfc6962 bool) string {
	counted := t.logs
	if d.perOperator > 0 {
		counted = 0
		for _, n := range t.byOperator {
			counted += min(n, d.perOperator)
		}
	}
	var lacks []string
	if counted < d.logs {
		lacks = append(lacks, fmt.Sprintf("%d of %s", d.logs-counted, count(d.logs, "timestamp")))
	}
	if t.operators < d.operators {
		lacks = append(lacks, fmt.Sprintf("%d of %s", d.operators-t.operators, count(d.operators, "operator")))
	}
	if t.current == 0 && t.logs > 0 {
		lacks = append(lacks, "one of a log that is accepted now")
	}
	if rfc6962 && !t.rfc6962 && t.logs > 0 {
		lacks = append(lacks, "one of a log that serves RFC 6962")
	}
	return strings.Join(lacks, ", ")
}
