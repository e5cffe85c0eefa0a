package policy

import (
	"slices"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// documentRows are the facts about the endpoint as a whole that are no question's.
var documentRows = [...]row[*view]{
	{"protocols", KindVersion, "versions that it speaks", []string{"ssl2.0", "ssl3.0", "tls1.0", "tls1.1", "tls1.2", "tls1.3"}, (*view).protocols},
	{"suites", KindWord, "suites of all versions since SSL 3.0", nil, suitesThat(func(*audit.Suite) bool { return true })},
	{"suites.broken", KindWord, "suites that do not encrypt or authenticate, or with keys of 56 bits or less, or RC4", nil, suitesThat(graded(audit.Broken))},
	{"suites.weak", KindWord, "suites with blocks of 64 bits, or MD5", nil, suitesThat(graded(audit.Weak))},
	{"suites.cbc", KindWord, "suites with CBC", nil, suitesThat(withParams(func(p *iana.SuiteParams) bool { return p.Cipher.IsCBC() }))},
	{"suites.static", KindWord, "suites without forward secrecy", nil, suitesThat(withParams(isStatic))},
	{"groups", KindWord, "groups of all versions", nil, groupsThat(func(*audit.Group) bool { return true })},
	{"groups.post_quantum", KindWord, "groups that withstand quantum computers", nil, groupsThat(func(g *audit.Group) bool { return g.PostQuantum })},
	{"hybrid_passed_over", KindWord, "picks another group to save a round trip, though it has one that withstands quantum computers", yesOrNo, (*view).passedOver},
	{"key_types", KindWord, "kinds of keys of its certificates", nil, (*view).keyTypes},
	{"alpn", KindWord, "application protocols", nil, (*view).alpn},
	{"intolerances", KindWord, "hellos that it must bear and does not, by the ids of their questions", nil, (*view).intolerances},
	{"findings", KindWord, "what is wrong by the RFCs, by the ids of the findings", nil, (*view).findings},
	{"consistent", KindWord, "answers the same question in one way only", yesOrNo, func(v *view) Fact {
		if !slices.ContainsFunc(v.document.Protocols, func(p audit.Protocol) bool { return p.Support.Status != audit.Unknown }) {
			return Fact{State: Unknown, Reason: "it answered nothing"}
		}
		f := yesIf(v.document.Cost.Unreliable == "", 0)
		f.Reason = v.document.Cost.Unreliable
		return f
	}},
}

func (v *view) protocols() Fact {
	var values []Value
	complete := audit.Answer{Status: audit.Yes}
	for i := range v.document.Protocols {
		p := &v.document.Protocols[i]
		switch p.Support.Status {
		case audit.Yes:
			values = append(values, Value{Text: VersionText(p.Version), Order: float64(p.Version.Value), Connection: p.Support.Connection})
		case audit.Unknown:
			complete = because(p.Version.Name, p.Support)
		}
	}
	return listOf(complete, values)
}

// because is an unknown that says what it is about.
func because(what string, a audit.Answer) audit.Answer {
	a.Reason = what + ": " + a.Reason
	return a
}

// suitesThat lists the suites of all versions that are as is says, each once.
func suitesThat(is func(*audit.Suite) bool) func(*view) Fact {
	return func(v *view) Fact {
		var values []Value
		complete := audit.Answer{Status: audit.Skip, Reason: "it speaks no version that suites are asked for in"}
		for i := range v.document.Protocols {
			p := &v.document.Protocols[i]
			switch {
			case p.Complete.Status == audit.Unknown:
				complete = because(p.Version.Name, p.Complete)
			case p.Complete.Status == audit.Yes && complete.Status == audit.Skip:
				complete = p.Complete
			}
			for j := range p.Suites {
				text := codeText(p.Suites[j].Suite)
				if is(&p.Suites[j]) && !slices.ContainsFunc(values, func(v Value) bool { return v.Text == text }) {
					values = append(values, word(text, p.Suites[j].Connection))
				}
			}
		}
		return listOf(complete, values)
	}
}

func graded(strength string) func(*audit.Suite) bool {
	return func(s *audit.Suite) bool { return s.Strength == strength }
}

func withParams(is func(*iana.SuiteParams) bool) func(*audit.Suite) bool {
	return func(s *audit.Suite) bool {
		p, ok := iana.CipherSuite(s.Suite.Value).Params()
		return ok && is(&p)
	}
}

// isStatic tells the suites whose keys can be computed from traffic once a long-term secret is known.
func isStatic(p *iana.SuiteParams) bool {
	switch p.KeyExchange {
	case iana.KeyExchangeAny, iana.KeyExchangeDHE, iana.KeyExchangeECDHE, iana.KeyExchangeDHEPSK, iana.KeyExchangeECDHEPSK, iana.KeyExchangeECCPWD:
		return false
	}
	return true
}

// groupsThat lists the groups of all versions that are as is says, each once.
func groupsThat(is func(*audit.Group) bool) func(*view) Fact {
	return func(v *view) Fact {
		newer, older := v.answer("groups.tls1.3"), v.answer("groups.tls1.2")
		complete := newer
		if older.Status == audit.Unknown && newer.Status != audit.Unknown || newer.Status == audit.Skip {
			complete = older
		}
		var values []Value
		for i := range v.document.Groups {
			for _, g := range groupValues(&v.document.Groups[i], is) {
				if !slices.ContainsFunc(values, func(v Value) bool { return v.Text == g.Text }) {
					values = append(values, g)
				}
			}
		}
		return listOf(complete, values)
	}
}

// keyTypes lists the kinds of keys of all certificates, each once.
func (v *view) keyTypes() Fact {
	why := v.answer("certificates")
	var values []Value
	for i := range v.document.Certificates {
		c := &v.document.Certificates[i]
		if len(c.Chain) == 0 {
			continue
		}
		x, _ := cert.Parse(c.Chain[0])
		text := clip(keyType(&x.PublicKey))
		if !slices.ContainsFunc(values, func(v Value) bool { return v.Text == text }) {
			values = append(values, word(text, c.Connection))
		}
	}
	return listOf(why, values)
}

func (v *view) alpn() Fact {
	a := v.answer("extension.alpn")
	return listOf(a, words(v.document.ALPN, a.Connection))
}

// intolerances are the answers no to questions for what a server must bear.
func (v *view) intolerances() Fact {
	var values []Value
	complete := audit.Answer{Status: audit.Skip, Reason: "nothing of the kind was asked"}
	for _, id := range audit.MustBear() {
		a := v.answer(id)
		switch a.Status {
		case audit.Skip:
			continue
		case audit.Unknown:
			complete = because(id, a)
			continue
		case audit.No:
			values = append(values, word(id, a.Connection))
		}
		if complete.Status == audit.Skip {
			complete = audit.Answer{Status: audit.Yes}
		}
	}
	return listOf(complete, values)
}

// unjudged are the first steps of questions that no finding of enumeration rests on.
var unjudged = [...]string{"handshake", "post_handshake", "resumption", "early_data", "http", "server_name", "extension"}

// findings are what enumeration itself says; there may be more while a question that they rest on is open.
func (v *view) findings() Fact {
	var values []Value
	for i := range v.document.Findings {
		f := &v.document.Findings[i]
		if f.Status == finding.Fail || f.Status == finding.Warn {
			values = append(values, word(f.ID, 0))
		}
	}
	complete := audit.Answer{Status: audit.Yes}
	for _, q := range v.document.Unanswered() {
		first, _, _ := strings.Cut(q.ID, ".")
		if !slices.Contains(unjudged[:], first) || q.ID == "extension.renegotiation_info" {
			complete = because(q.ID, q.Answer)
		}
	}
	return listOf(complete, values)
}

// passedOver says whether a group that withstands quantum computers was passed over to save a round trip.
func (v *view) passedOver() Fact {
	for i := range v.document.Findings {
		if v.document.Findings[i].ID == string(finding.EndpointHybridPassedOver) {
			return known(word(yes, 0))
		}
	}
	if len(v.document.PostQuantum) == 0 {
		why := v.answer("post_quantum")
		if why.Status != audit.Unknown {
			return skipped("it has no group that withstands quantum computers beside one that does not")
		}
		return fromAnswer(why)
	}
	for i := range v.document.PostQuantum {
		if a := v.document.PostQuantum[i].Answer; a.Status == audit.Unknown {
			return fromAnswer(a)
		}
	}
	return known(word(no, v.document.PostQuantum[0].Answer.Connection))
}

// signatureRows are what each kind of key signs with. Before TLS 1.2 nothing names a scheme.
func signatureRows() (list []row[*view]) {
	list = append(list, row[*view]{
		"signature_schemes", KindWord, "schemes that it signs handshakes with, with all keys, in all versions", nil,
		func(v *view) Fact { return v.schemes("", "") },
	})
	for _, version := range []string{"tls1.3", "tls1.2"} {
		list = append(list, row[*view]{
			"signatures." + version, KindWord, "schemes that it signs with in this version, with all keys", nil,
			func(v *view) Fact { return v.schemes(version, "") },
		})
		for _, key := range audit.KeyKinds() {
			if version == "tls1.2" && key == "ML-DSA" || version == "tls1.3" && key == "DSA" {
				continue // RFC 8446, Section 4.2.3; the schemes of ML-DSA are for TLS 1.3 alone
			}
			list = append(list, row[*view]{
				"signatures." + version + "." + step(key), KindWord, "schemes that it signs with by a key of this kind", nil,
				func(v *view) Fact { return v.schemes(version, key) },
			})
		}
	}
	return list
}

// schemes lists what is signed with in a version by a kind of key; empty: by any.
func (v *view) schemes(version, key string) Fact {
	all := v.answer("signatures")
	complete := audit.Answer{Status: audit.Skip, Reason: "it signs nothing in this way"}
	if all.Status == audit.Skip {
		complete = all
	}
	var values []Value
	for i := range v.document.Signatures {
		l := &v.document.Signatures[i]
		if version != "" && VersionText(l.Version) != version || key != "" && l.Key != key {
			continue
		}
		if complete.Status != audit.Unknown {
			complete = l.Complete
		}
		for _, s := range l.Schemes {
			text := codeText(s.Scheme)
			if !slices.ContainsFunc(values, func(v Value) bool { return v.Text == text }) {
				values = append(values, word(text, s.Connection))
			}
		}
	}
	if certificates := v.answer("certificates"); (len(values) == 0 || key == "") && certificates.Status == audit.Unknown {
		complete = certificates
	}
	return listOf(complete, values)
}
