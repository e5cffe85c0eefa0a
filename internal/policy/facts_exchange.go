package policy

import (
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/audit"
)

// The first steps of facts about things that there may be several of.
const (
	dhPrefix     = "dh"
	hybridPrefix = "post_quantum"
)

// dhRows are the facts about what DHE before TLS 1.3 agrees over.
var dhRows = [...]row[*audit.DHParameters]{
	{"bits", KindNumber, "bits of the prime", nil, func(p *audit.DHParameters) Fact {
		if p.Bits == 0 {
			return unknown("the parameters can't be used")
		}
		return known(number(p.Bits, p.Connection))
	}},
	{"known", KindWord, "where the prime is from", nil, func(p *audit.DHParameters) Fact {
		f := Fact{State: Known, Connection: p.Connection}
		if p.Known != "" {
			f.Values = []Value{word(p.Known, p.Connection)}
		}
		return f
	}},
	{"prime", KindWord, "what the modulus is", []string{"safe prime", "prime", "composite"}, func(p *audit.DHParameters) Fact {
		if p.Prime == "" || p.Prime == "unknown" {
			return unknown("the modulus is too large to be looked at")
		}
		return known(word(p.Prime, p.Connection))
	}},
	{"offered", KindWord, "which groups the client named", []string{"none", "ffdhe"}, func(p *audit.DHParameters) Fact {
		return known(word(p.Offered, p.Connection))
	}},
}

// hybridRows are the facts about the lines of the truth table of post-quantum key exchange.
var hybridRows = [...]row[*audit.HybridRow]{
	{"offer", KindWord, "what was offered", nil, func(r *audit.HybridRow) Fact { return known(word(r.Offer, r.Answer.Connection)) }},
	{"picked", KindWord, "the group that was picked", nil, func(r *audit.HybridRow) Fact {
		f := fromAnswer(r.Answer)
		if r.Picked != nil && f.State == Known {
			f.Values = []Value{word(codeText(r.Picked), r.Answer.Connection)}
		}
		return f
	}},
	{"retry", KindWord, "picked it by HelloRetryRequest", yesOrNo, func(r *audit.HybridRow) Fact {
		f := fromAnswer(r.Answer)
		switch {
		case f.State == Known && r.Picked == nil:
			return skipped("it picked none")
		case f.State == Known:
			return yesIf(r.Retry, r.Answer.Connection)
		}
		return f
	}},
}

func (v *view) dhFacts() []Fact {
	return rowsOf(dhRows[:], dhPrefix, v.document.DH, v.answer("dh.parameters"))
}

func (v *view) hybridFacts() []Fact {
	why := v.answer("post_quantum")
	if why.Status == audit.Yes || why.Status == audit.No {
		why = audit.Answer{Status: audit.Skip, Reason: "it has no group that withstands quantum computers beside one that does not"}
	}
	return rowsOf(hybridRows[:], hybridPrefix, v.document.PostQuantum, why)
}

// rowsOf makes the facts of each of a list, or says why there are none.
func rowsOf[T any](rows []row[*T], prefix string, of []T, why audit.Answer) (list []Fact) {
	for i := range of {
		for _, r := range rows {
			list = append(list, r.fact(fmt.Sprintf("%s[%d].", prefix, i), &of[i]))
		}
	}
	if len(of) == 0 && why.Status != audit.Yes {
		for _, r := range rows {
			list = append(list, r.missing(prefix+"[*].", why))
		}
	}
	return list
}
