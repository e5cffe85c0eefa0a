package audit

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// document puts together what was found out.
func (e *enumeration) document(start time.Time) *Document {
	d := &Document{
		Schema: DocumentSchema, Tool: e.Tool, Started: start.UTC(),
		Target: Target{
			Input: e.Input, Host: e.Target.Host, Port: e.Target.Port, SNI: e.sni,
			Address: joinAddress(e.server),
		},
		Protocols: e.protocols(), Groups: e.groupLists(), DH: e.features.dh, PostQuantum: e.features.hybrids,
		Certificates: e.certificates(), Signatures: e.features.schemes, ALPN: values(e.features.alpn),
		Handshake: e.features.whole.handshake, HTTP: e.features.whole.http.document(e.features.whole.answer.connection),
		Cost: e.server.cost,
	}
	d.fill()
	d.Cost.BackedOff, d.Cost.Unreliable = e.server.pace.times(), e.server.unreliable
	for _, q := range questions() {
		d.Questions = append(d.Questions, e.question(&q))
	}
	d.settle(e.server.doubt())
	d.Findings = e.judge(d)
	return d
}

func joinAddress(s *server) string {
	a := s.address
	host := a.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(int(a.Port))
}

// question answers a row of the table. Where nothing is spoken, nothing can be said of the rest.
func (e *enumeration) question(q *question) Question {
	r := Question{ID: q.id, What: q.what, How: q.how, Askable: q.cannot == ""}
	switch {
	case !r.Askable:
		r.Answer = cannot(q.cannot)
	case e.newest() == 0 && !strings.HasPrefix(q.id, "protocol."):
		r.Answer = e.nothingSpoken()
	case e.Basics && !basic(q.id):
		r.Answer = skipped(onlyBasics)
	default:
		r.Answer, r.Values = q.answer(e)
		if r.Answer.Status == "" {
			r.Answer.Status, r.Answer.Reason = Unknown, "it was not asked"
		}
	}
	if r.Values == nil {
		r.Values = []string{}
	}
	return r
}

// What does not apply because of what was asked for, not because of the server.
const (
	onlyBasics = "only protocols, suites and groups were asked for"
	noName     = "no name was sent in the first place"
	oneAddress = "no other address was looked at"
)

// nothingSpoken is the answer to what needs a version to be asked in, where there is none: it does not apply, unless there may be one.
func (e *enumeration) nothingSpoken() Answer {
	doubt := e.server.doubt()
	for _, f := range e.versions {
		support := f.support
		if support.settle(doubt); support.Status == Unknown {
			return unknownOf("it is not known whether it speaks " + f.version.String() + ": " + support.Reason)
		}
	}
	return skipped("it speaks no version of TLS that could be asked further")
}

// basic tells the questions about protocols, suites and groups.
func basic(id string) bool {
	return strings.HasPrefix(id, "protocol.") || strings.HasPrefix(id, "suites.") || strings.HasPrefix(id, "groups.")
}

func (e *enumeration) protocols() (list []Protocol) {
	for i, v := range versions {
		f := e.versions[i]
		p := Protocol{
			Version: trace.CodeOf(v), Support: f.support, Suites: []Suite{}, Complete: f.listed,
			Preference: f.prefers, ChaCha: f.chacha,
		}
		for _, c := range f.suites {
			word, why := grade(c.value)
			p.Suites = append(p.Suites, Suite{trace.CodeOf(c.value), word, why, c.connection})
		}
		list = append(list, p)
	}
	return append(list, Protocol{
		Version: trace.CodeOf(iana.SSL20), Support: e.ssl2, Suites: []Suite{}, Complete: skipped("the suites of SSL 2.0 are not asked for"),
		Preference: PreferNone, ChaCha: skipped("SSL 2.0 has none"),
	})
}

func (e *enumeration) groupLists() []GroupList {
	list := []GroupList{}
	for _, f := range []*versionFacts{e.facts(iana.TLS13), e.features.groups} {
		if f == nil || len(f.groups) == 0 {
			continue
		}
		l := GroupList{Version: trace.CodeOf(f.version), How: f.groupsHow, Complete: f.groupsListed, Preference: f.groupsPrefer}
		for _, c := range f.groups {
			info, _ := c.value.Info()
			l.Groups = append(l.Groups, Group{trace.CodeOf(c.value), info.Strength, info.PQCategory > 0, c.connection})
		}
		list = append(list, l)
	}
	return list
}

func schemeList(v iana.Version, key string, found []choice[iana.SignatureScheme], end *answer, prefers Preference) *SchemeList {
	l := &SchemeList{Version: trace.CodeOf(v), Key: key, Complete: completeFrom(end), Preference: prefers}
	for _, c := range found {
		l.Schemes = append(l.Schemes, Scheme{trace.CodeOf(c.value), c.connection})
	}
	return l
}

// fill puts empty lists where there is nothing: no key is ever null that holds a list.
func (d *Document) fill() {
	d.Addresses = []Address{}
	if d.ALPN == nil {
		d.ALPN = []string{}
	}
	if d.DH == nil {
		d.DH = []DHParameters{}
	}
	if d.PostQuantum == nil {
		d.PostQuantum = []HybridRow{}
	}
	if d.Signatures == nil {
		d.Signatures = []SchemeList{}
	}
}

// settle takes back what a server that is to be doubted seemed to say.
func (d *Document) settle(doubt string) {
	for i := range d.Protocols {
		p := &d.Protocols[i]
		p.Support.settle(doubt)
		p.Complete.settle(doubt)
		p.ChaCha.settle(doubt)
		if p.Support.Status == Unknown && iana.Version(p.Version.Value) != iana.SSL20 {
			p.Complete = unknownOf("it is not known whether it has the version: " + p.Support.Reason)
		}
	}
	for i := range d.Groups {
		d.Groups[i].Complete.settle(doubt)
	}
	for i := range d.Signatures {
		d.Signatures[i].Complete.settle(doubt)
	}
	for i := range d.PostQuantum {
		d.PostQuantum[i].Answer.settle(doubt)
	}
	for i := range d.Questions {
		d.Questions[i].Answer.settle(doubt)
	}
	if d.Handshake != nil {
		d.Handshake.Answer.settle(doubt)
	}
	d.settleSkips(doubt)
}

// settleSkips takes back that something does not apply, where that rests on a version that may be there all the same: nobody could
// find out, or the server is to be doubted.
func (d *Document) settleSkips(doubt string) {
	why := ""
	for i := range d.Protocols {
		p := &d.Protocols[i]
		switch unknown := p.Support.Status == Unknown; {
		case unknown && doubt != "":
			why = doubt
		case unknown && iana.Version(p.Version.Value) >= iana.TLS10:
			why = "it is not known whether it speaks " + p.Version.Name
		}
	}
	for i := range d.Questions {
		if a := &d.Questions[i].Answer; why != "" && a.Status == Skip && !slices.Contains([]string{onlyBasics, noName, oneAddress}, a.Reason) {
			a.Status, a.Reason = Unknown, a.Reason+", as far as is known: "+why
		}
	}
}

// Unanswered lists the questions that should have been answered and could not be. Those that this version
// of the tool can't ask are not among them, nor those that no client could.
func (d *Document) Unanswered() (list []Question) {
	for _, q := range d.Questions {
		if q.Askable && q.Answer.Status == Unknown && !q.Answer.cannot {
			list = append(list, q)
		}
	}
	return list
}

// Complete reports whether everything that can be asked was answered, at all addresses that were asked.
func (d *Document) Complete() bool {
	return len(d.Unanswered()) == 0 && !slices.ContainsFunc(d.Addresses, func(a Address) bool { return a.Same.Status == Unknown })
}

// grade gives a suite a word, and says why. RFC 9325, Sections 4.1 and 4.2; RFC 10015.
func grade(s iana.CipherSuite) (word, why string) {
	p, ok := s.Params()
	if !ok {
		return "unknown", "nobody knows the suite"
	}
	for _, g := range grades {
		if g.is(&p) {
			return g.word, g.why
		}
	}
	return Good, ""
}

// The words for the strength of a suite.
const (
	Good   = "good"
	Fair   = "fair"
	Weak   = "weak"
	Broken = "broken"
)

// grades are looked through in their order: the first that fits counts.
var grades = [...]struct {
	word, why string
	is        func(*iana.SuiteParams) bool
}{
	{Broken, "no encryption", func(p *iana.SuiteParams) bool { return p.Cipher == iana.CipherNULL }},
	{Broken, "no authentication", func(p *iana.SuiteParams) bool { return p.Authentication == iana.AuthenticationAnon }},
	{Broken, "made weak for export", func(p *iana.SuiteParams) bool { return p.Export }},
	{Broken, "RC4", cipherIs(iana.CipherRC4_40, iana.CipherRC4_56, iana.CipherRC4_128)},
	{Broken, "a cipher of 56 bits or less", cipherIs(iana.CipherDES, iana.CipherDES40, iana.CipherRC2_40, iana.CipherRC2_56, iana.CipherDES56Export)},
	{Weak, "blocks of 64 bits", cipherIs(iana.Cipher3DES, iana.CipherIDEA, iana.CipherGOST28147, iana.CipherMagma)},
	{Weak, "MD5", func(p *iana.SuiteParams) bool { return p.MAC == iana.MACMD5 }},
	{Fair, "no forward secrecy", func(p *iana.SuiteParams) bool {
		switch p.KeyExchange {
		case iana.KeyExchangeAny, iana.KeyExchangeDHE, iana.KeyExchangeECDHE, iana.KeyExchangeDHEPSK, iana.KeyExchangeECDHEPSK, iana.KeyExchangeECCPWD:
			return false
		}
		return true
	}},
	{Fair, "CBC", func(p *iana.SuiteParams) bool { return p.Cipher.IsCBC() }},
	{Fair, "a tag of 64 bits", cipherIs(iana.CipherAES128CCM8, iana.CipherAES256CCM8)},
}

func cipherIs(list ...iana.Cipher) func(*iana.SuiteParams) bool {
	return func(p *iana.SuiteParams) bool { return slices.Contains(list, p.Cipher) }
}
