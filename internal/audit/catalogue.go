package audit

import "slices"

// Catalogue lists every question that there is, in the order of the document, without an answer.
func Catalogue() (list []Question) {
	for _, q := range questions() {
		list = append(list, Question{
			ID: q.id, What: q.what, How: q.how, Askable: q.cannot == "", Values: []string{},
			Answer: Answer{Status: Unknown, Reason: q.cannot},
		})
	}
	return list
}

// KeyKinds lists the kinds of keys that certificates and signatures are asked for by, as documents name them.
func KeyKinds() (list []string) {
	for i := range keyClasses {
		list = append(list, keyClasses[i].name)
	}
	return list
}

// MustBear lists the ids of the questions about hellos that a server must bear, whatever it makes of them.
func MustBear() (list []string) {
	for i := range robustness {
		if id := robustness[i].id; !slices.Contains(breaksRules[:], id) {
			list = append(list, id)
		}
	}
	return list
}

// ForName reports whether the chain came for the name that was asked for, or for none where there is none to ask for. Others
// come for who names nobody, or somebody whom the server does not know.
func (c *Certificate) ForName() bool {
	return slices.ContainsFunc(c.Asked, func(s string) bool { return s != withoutName && s != forUnknownName })
}
