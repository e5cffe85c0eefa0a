package audit

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
