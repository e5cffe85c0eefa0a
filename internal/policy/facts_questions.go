package policy

import (
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Facts whose paths are questions: what the question lists, whose order counts, or yes and no.

func questionPath(q *audit.Question) FactPath {
	p := FactPath{Path: q.ID, Kind: KindWord, Meaning: q.What, Askable: q.Askable, Values: []string{}}
	switch {
	case isOrder(q.ID):
		p.Values = []string{string(audit.PreferServer), string(audit.PreferClient)}
	case !isList(q.ID):
		p.Values = yesOrNo
	}
	return p
}

// isList tells the questions for what there is: suites.tls1.2, groups.tls1.3.
func isList(id string) bool {
	return (strings.HasPrefix(id, "suites.") || strings.HasPrefix(id, "groups.")) && !isOrder(id) && !strings.HasSuffix(id, ".chacha")
}

func isOrder(id string) bool { return strings.HasSuffix(id, ".order") }

// questionFacts has a fact for every question of the catalogue.
func (v *view) questionFacts() (list []Fact) {
	for _, q := range audit.Catalogue() {
		f := v.questionFact(q.ID)
		f.Path, f.Kind = q.ID, KindWord
		list = append(list, f)
	}
	return list
}

func (v *view) questionFact(id string) Fact {
	a := v.answer(id)
	if isList(id) {
		return listOf(a, v.listed(id))
	}
	f := fromAnswer(a)
	if f.State != Known {
		return f
	}
	text := string(a.Status)
	if isOrder(id) {
		text = strings.Join(v.questions[id].Values, " ")
	}
	f.Values = []Value{word(text, a.Connection)}
	return f
}

// listed finds the values of a question for what there is, each with the connection that shows it.
func (v *view) listed(id string) []Value {
	what, version, _ := strings.Cut(id, ".")
	if what == "suites" {
		for i := range v.document.Protocols {
			if p := &v.document.Protocols[i]; VersionText(p.Version) == version {
				return suiteValues(p)
			}
		}
		return nil
	}
	for i := range v.document.Groups {
		l := &v.document.Groups[i]
		if (l.Version.Value >= uint64(iana.TLS13)) == (id == "groups.tls1.3") {
			return groupValues(l, func(*audit.Group) bool { return true })
		}
	}
	return nil
}

func suiteValues(p *audit.Protocol) (values []Value) {
	for i := range p.Suites {
		values = append(values, word(codeText(p.Suites[i].Suite), p.Suites[i].Connection))
	}
	return values
}

func groupValues(l *audit.GroupList, is func(*audit.Group) bool) (values []Value) {
	for i := range l.Groups {
		if is(&l.Groups[i]) {
			values = append(values, word(codeText(l.Groups[i].Group), l.Groups[i].Connection))
		}
	}
	return values
}

// codeText is the registry's name of a value, or its number where it has none.
func codeText(c *trace.Code) string {
	if c.Name != "" {
		return c.Name
	}
	return iana.CipherSuite(c.Value).String() // of the values, two bytes each, that have no name in any registry
}

// VersionText is how policies write a version: tls1.2, ssl3.0.
func VersionText(c *trace.Code) string {
	return strings.ToLower(strings.ReplaceAll(codeText(c), " ", ""))
}
