package policy

import (
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// A name that is mistyped in a list of what must not be there would forbid nothing. So names are looked up where they are read.

// vocabulary is the names of a registry, for the operands of facts that list them.
type vocabulary struct {
	what  string   // one of them
	under []string // the paths that have them, or their beginnings
	parse func(string) (string, error)
	all   func() []string
}

var vocabularies = [...]vocabulary{
	{"cipher suite", []string{"suites"}, canonical(iana.ParseCipherSuite), registered(iana.AllCipherSuites)},
	{"group", []string{"groups", "post_quantum[*].picked"}, canonical(iana.ParseGroup), registered(iana.AllGroups)},
	{"signature scheme", []string{"signatures", "signature_schemes"}, canonical(iana.ParseSignatureScheme), registered(iana.AllSignatureSchemes)},
}

// versionVocabulary is that of facts which are versions.
var versionVocabulary = vocabulary{"version", nil, parseVersion, versionTexts}

func versionTexts() []string {
	return []string{"ssl2.0", "ssl3.0", "tls1.0", "tls1.1", "tls1.2", "tls1.3"}
}

// parseVersion reads a version of TLS. Those of DTLS are in the registry, too, and no endpoint over TCP speaks them.
func parseVersion(s string) (string, error) {
	v, err := iana.ParseVersion(s)
	name := strings.ToLower(strings.ReplaceAll(v.String(), " ", ""))
	if err == nil && !slices.Contains(versionTexts(), name) {
		err = errors.New("no version over TCP")
	}
	return name, err
}

// registry is a type of code points.
type registry interface {
	Name() string
	String() string
}

// canonical reads a name, another name or a number, and returns the name that facts have for it.
func canonical[T registry](parse func(string) (T, error)) func(string) (string, error) {
	return func(s string) (string, error) {
		v, err := parse(s)
		if err == nil && v.Name() != "" {
			return v.Name(), nil
		}
		return v.String(), err
	}
}

func registered[T registry](all func() iter.Seq[T]) func() []string {
	return func() (names []string) {
		for v := range all() {
			if v.Name() != "" {
				names = append(names, v.Name())
			}
		}
		return names
	}
}

// spoken is what is known of the facts that a pattern selects.
type spoken struct {
	kinds   []Kind
	values  []string // all that they can have; nil: anything
	words   *vocabulary
	askable bool // one of them can be found out
}

// speak looks a pattern up among the paths that there are; ok is false for one that selects none.
func speak(pattern []string, paths []FactPath) (s spoken, ok bool) {
	open := false
	for i := range paths {
		p := &paths[i]
		if !meet(pattern, splitPath(p.Path)) {
			continue
		}
		if !slices.Contains(s.kinds, p.Kind) {
			s.kinds = append(s.kinds, p.Kind)
		}
		s.askable = s.askable || p.Askable
		s.values = append(s.values, p.Values...)
		open = open || len(p.Values) == 0
	}
	if open {
		s.values = nil
	}
	if len(s.kinds) == 1 {
		s.words = vocabularyOf(pattern, s.kinds[0])
	}
	return s, len(s.kinds) > 0
}

func vocabularyOf(pattern []string, kind Kind) *vocabulary {
	if kind == KindVersion {
		return &versionVocabulary
	}
	for i := range vocabularies {
		for _, prefix := range vocabularies[i].under {
			if below(splitPath(prefix), pattern) {
				return &vocabularies[i]
			}
		}
	}
	return nil
}

// answers are yes and no as JSON, and the YAML of some, has them.
var answers = map[string]string{"true": yes, "false": no}

// name reads an operand as a value of the facts: hint and problem say what is wrong with it.
func (s *spoken) name(operand string, globs bool) (name, hint, problem string) {
	all := s.values
	if s.words != nil && all == nil {
		all = s.words.all()
	}
	switch {
	case all == nil && slices.Equal(s.kinds, []Kind{KindNumber}):
		if _, ok := orderOf(KindNumber, operand); !ok {
			return "", "", "is no number"
		}
		return operand, "", ""
	case all == nil:
		return operand, "", ""
	case globs && strings.Contains(operand, "*"):
		if slices.ContainsFunc(all, func(v string) bool { return glob(strings.ToLower(operand), strings.ToLower(v)) }) {
			return operand, "", ""
		}
		return "", "", "matches nothing that there is"
	}
	if says, ok := answers[operand]; ok && slices.Contains(all, says) {
		operand = says
	}
	for _, v := range all {
		if strings.EqualFold(v, operand) {
			return v, "", ""
		}
	}
	if s.words == nil {
		return "", didYouMean(operand, all), "is none of the values here"
	}
	if v, err := s.words.parse(operand); err == nil {
		return v, "", ""
	}
	return "", didYouMean(operand, all), "is no " + s.words.what
}
