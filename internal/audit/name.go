package audit

import (
	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// unknownName is a name that no server has: the domain invalid never will be anybody's. RFC 6761, Section 6.4.
const unknownName = "tlsprobe.invalid"

// forUnknownName is what the chain that comes for it was asked for.
const forUnknownName = "another server_name"

// withoutName is what the chain that comes for no name was asked for.
const withoutName = "without server_name"

// otherName is what a server makes of a name that it does not have.
type otherName struct {
	answer Answer
	words  []string
}

// forOtherName holds the chain against those that came for the right name.
func (e *enumeration) forOtherName(a *answer) otherName {
	switch {
	case e.sni == "":
		return otherName{answer: skipped(noName)}
	case a.outcome != accepted:
		return otherName{answer: noFrom(a)}
	case a.chain == nil || len(a.chain.List) == 0:
		return otherName{answer: skipped("what it chooses has no certificate")}
	}
	word := "another certificate"
	leaf := cert.Fingerprint(a.chain.List[0].Cert)
	for i := range e.features.chains {
		if c := e.features.chains[i].answer.chain; len(c.List) > 0 && cert.Fingerprint(c.List[0].Cert) == leaf {
			word = "the same certificate"
		}
	}
	words := []string{word}
	if a.find(iana.ExtServerName) != nil { // RFC 6066, Section 3: it has used the name
		words = append(words, "server_name acknowledged")
	}
	e.features.chains = append(e.features.chains, chainFacts{forUnknownName, *a})
	return otherName{yesAt(a.connection), words}
}

func (e *enumeration) otherNameAnswer() (Answer, []string) {
	return e.features.otherName.answer, e.features.otherName.words
}
