package policy

import (
	"strconv"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/audit"
)

// FactPath is a path under which there may be a fact, where [*] stands for an index.
type FactPath struct {
	Path    string   `json:"path"`
	Kind    Kind     `json:"kind"`
	Meaning string   `json:"meaning"`
	Values  []string `json:"values"`  // all that it can have (shared, not to be changed); empty: anything
	Askable bool     `json:"askable"` // false: this version of the tool can't find it out yet
}

// FactPaths lists every path that there is. Steps in brackets apart, no path stands for several.
func FactPaths() []FactPath {
	var list []FactPath
	for _, q := range audit.Catalogue() {
		list = append(list, questionPath(&q))
	}
	for _, r := range documentRows {
		list = append(list, r.path(""))
	}
	for _, r := range signatureRows() {
		list = append(list, r.path(""))
	}
	for _, r := range handshakeRows() {
		list = append(list, r.path(handshakePrefix+"."))
	}
	for _, r := range pageRows {
		list = append(list, r.path(pagePrefix+"."))
	}
	for _, r := range dhRows {
		list = append(list, r.path(dhPrefix+"[*]."))
	}
	for _, r := range hybridRows {
		list = append(list, r.path(hybridPrefix+"[*]."))
	}
	for _, r := range certificateRows() {
		list = append(list, r.path(certificatePrefix+"[*]."))
	}
	for _, r := range linkRows {
		list = append(list, r.path(certificatePrefix+"[*]."+chainPrefix+"[*]."))
	}
	return list
}

// FactsOf turns what was found out about an endpoint into facts; at is the time that days are counted from. What was
// asked for and could not be found out is there as unknown, also where it is not known how many of it there are: then
// its path has [*] itself.
func FactsOf(d *audit.Document, at time.Time) []Fact {
	v := newView(d, at)
	list := v.questionFacts()
	for _, r := range documentRows {
		list = append(list, r.fact("", v))
	}
	for _, r := range signatureRows() {
		list = append(list, r.fact("", v))
	}
	list = append(list, v.handshakeFacts()...)
	list = append(list, v.pageFacts()...)
	list = append(list, v.dhFacts()...)
	list = append(list, v.hybridFacts()...)
	return append(list, v.certificateFacts()...)
}

// row is a kind of fact about a T.
type row[T any] struct {
	step    string // the rest of the path
	kind    Kind
	meaning string
	values  []string // all that it can have; nil: anything
	get     func(T) Fact
}

func (r *row[T]) path(prefix string) FactPath {
	values := r.values
	if values == nil {
		values = []string{}
	}
	return FactPath{Path: prefix + r.step, Kind: r.kind, Meaning: r.meaning, Values: values, Askable: true}
}

func (r *row[T]) fact(prefix string, of T) Fact {
	f := r.get(of)
	f.Path, f.Kind = prefix+r.step, r.kind
	if f.State == "" {
		f.State = Known
	}
	return f
}

// missing is the fact of a row about things of which it is not known whether there are any, or of which there are none.
func (r *row[T]) missing(prefix string, why audit.Answer) Fact {
	f := fromAnswer(why)
	if f.State == Known { // no
		f = skipped("there is none")
	}
	f.Path, f.Kind = prefix+r.step, r.kind
	return f
}

// view is a document with what is looked up in it often.
type view struct {
	document  *audit.Document
	at        time.Time
	questions map[string]*audit.Question
}

func newView(d *audit.Document, at time.Time) *view {
	v := &view{document: d, at: at, questions: make(map[string]*audit.Question, len(d.Questions))}
	for i := range d.Questions {
		v.questions[d.Questions[i].ID] = &d.Questions[i]
	}
	return v
}

// answer returns the answer to a question. One that is not in the document, as that of an older version of the tool,
// is unknown.
func (v *view) answer(id string) audit.Answer {
	if q := v.questions[id]; q != nil {
		return q.Answer
	}
	return audit.Answer{Status: audit.Unknown, Reason: "it was not asked"}
}

// fromAnswer is a fact without values, in the state of an answer.
func fromAnswer(a audit.Answer) Fact {
	f := Fact{State: Known, Reason: a.Reason, Connection: a.Connection}
	switch a.Status {
	case audit.Unknown:
		f.State = Unknown
	case audit.Skip:
		f.State = Skipped
	}
	return f
}

// listOf is a fact with the values that were found, of which an answer says whether they are all.
func listOf(complete audit.Answer, values []Value) Fact {
	f := fromAnswer(complete)
	switch f.State {
	case Unknown:
		if len(values) > 0 {
			f.State = Partial
		}
		f.Values = values
	case Known:
		f.Values = values
	}
	return f
}

func known(values ...Value) Fact { return Fact{State: Known, Values: values} }

func skipped(why string) Fact { return Fact{State: Skipped, Reason: why} }

func unknown(why string) Fact { return Fact{State: Unknown, Reason: why} }

func word(s string, connection int) Value { return Value{Text: s, Connection: connection} }

func number(n, connection int) Value {
	return Value{Text: strconv.Itoa(n), Order: float64(n), Connection: connection}
}

func words(list []string, connection int) (values []Value) {
	for _, s := range list {
		values = append(values, word(s, connection))
	}
	return values
}

// The two values of what is or is not so.
const (
	yes = "yes"
	no  = "no"
)

var yesOrNo = []string{yes, no}

func yesIf(is bool, connection int) Fact {
	if is {
		return known(word(yes, connection))
	}
	return known(word(no, connection))
}

// step is a name as a step of a path: "RSA-PSS" is rsa_pss.
func step(name string) string { return strings.ToLower(strings.ReplaceAll(name, "-", "_")) }
