package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// The first steps of facts about certificates, and about those of a chain.
const (
	certificatePrefix = "certificates"
	chainPrefix       = "chain"
)

// Bounds on what a peer can make out of a document.
const (
	maxLinks  = 16   // certificates of a chain that are looked at; there is an unknown in the place of those beyond
	maxValues = 1000 // values of a fact that a certificate names
)

// chain is a chain that the server has, with its first certificate read.
type chain struct {
	*audit.Certificate
	leaf *link
	at   time.Time // that days are counted from
}

// certificateRows are the facts about a chain: what the server does with it, and what verification says of it. What
// stands in the certificate itself is the same as under chain[0].
func certificateRows() []row[*chain] {
	list := slices.Clone(servedRows[:])
	for _, r := range linkRows {
		list = append(list, row[*chain]{r.step, r.kind, r.meaning, r.values, func(c *chain) Fact { return r.get(c.leaf) }})
	}
	for _, r := range finding.Checks() {
		if first, _, _ := strings.Cut(string(r.ID), "."); !slices.Contains(otherChecks[:], first) {
			list = append(list, row[*chain]{
				"checks." + string(r.ID), KindWord, "what verification says: " + r.Meaning, []string{"pass", "fail", "warn", "info"},
				func(c *chain) Fact { return gravest(c.Checks, r.ID, c.Connection) },
			})
		}
	}
	return list
}

var servedRows = [...]row[*chain]{
	{"verdict", KindWord, "whether a client would trust the chain for the name", []string{"accept", "reject"}, verdictFact},
	{"asked", KindText, "what it was given for", nil, func(c *chain) Fact { return known(words(c.Asked, c.Connection)...) }},
	{"named", KindWord, "is given to who asks for the name", yesOrNo, func(c *chain) Fact {
		return yesIf(c.ForName(), c.Connection)
	}},
	{"stapled", KindWord, "comes with an OCSP response", yesOrNo, func(c *chain) Fact { return yesIf(c.Stapled, c.Connection) }},
	{"scts", KindNumber, "certificate timestamps in the TLS extension", nil, func(c *chain) Fact { return known(number(c.SCTs, c.Connection)) }},
	{"chain_length", KindNumber, "certificates that are sent", nil, func(c *chain) Fact { return known(number(len(c.Chain), c.Connection)) }},
}

// verdictFact takes a verdict for one that is none for what it is.
func verdictFact(c *chain) Fact {
	if c.Verdict == "accept" || c.Verdict == "reject" {
		f := known(word(c.Verdict, c.Connection))
		f.Reason = strings.Join(checksThat(c, finding.Fail), ", ")
		return f
	}
	return Fact{State: Unknown, Reason: cmp.Or(strings.Join(checksThat(c, finding.Unknown), ", "), "verification came to no end"), Connection: c.Connection}
}

func checksThat(c *chain, s finding.Status) (ids []string) {
	for i := range c.Checks {
		if f := &c.Checks[i]; f.Status == s && !strings.HasPrefix(f.ID, "lint.") && !slices.Contains(ids, f.ID) {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// otherChecks are the first steps of the checks that are not about a chain, and lints, of which there are many.
var otherChecks = [...]string{"handshake", "session", "endpoint", "lint"}

// gravity orders the statuses of several findings of one check: the gravest counts.
var gravity = map[finding.Status]int{finding.Skip: 0, finding.Pass: 1, finding.Info: 2, finding.Warn: 3, finding.Unknown: 4, finding.Fail: 5}

// gravest is what a check came to, by the gravest of its findings.
func gravest(findings []finding.Finding, id finding.ID, connection int) Fact {
	var worst *finding.Finding
	for i := range findings {
		if f := &findings[i]; f.ID == string(id) && (worst == nil || gravity[f.Status] > gravity[worst.Status]) {
			worst = f
		}
	}
	if worst == nil {
		return unknown("it was not checked")
	}
	f := Fact{State: Known, Reason: worst.Message, Connection: connection}
	switch worst.Status {
	case finding.Skip:
		f.State = Skipped
	case finding.Unknown:
		f.State = Unknown
	default:
		f.Values = []Value{word(worst.Status.String(), connection)}
	}
	return f
}

// certificateFacts has the facts of every chain, and of every certificate in it.
func (v *view) certificateFacts() (list []Fact) {
	for i := range v.document.Certificates {
		c := &chain{Certificate: &v.document.Certificates[i], at: v.at}
		prefix := fmt.Sprintf("%s[%d].", certificatePrefix, i)
		links := c.links()
		if len(links) > 0 {
			c.leaf = links[0]
		} else {
			nothing, _ := cert.Parse(nil)
			c.leaf = &link{Certificate: nothing, at: v.at, connection: c.Connection}
		}
		for _, r := range certificateRows() {
			list = append(list, r.fact(prefix, c))
		}
		list = append(list, c.linkFacts(prefix, links)...)
	}
	why := v.answer("certificates")
	if len(v.document.Certificates) > 0 && why.Status != audit.Unknown || why.Status == audit.Yes {
		return list
	}
	for _, r := range certificateRows() {
		list = append(list, r.missing(certificatePrefix+"[*].", why))
	}
	for _, r := range linkRows {
		list = append(list, r.missing(certificatePrefix+"[*]."+chainPrefix+"[*].", why))
	}
	return list
}
