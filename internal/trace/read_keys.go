package trace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// checkKeys refuses well-formed JSON in which an object says the same key twice: readers differ in which of the two they
// believe, so that a document could show one thing here and another elsewhere. RFC 8259, Section 4.
func checkKeys(raw []byte) error {
	k := keyChecker{s: scanner{b: raw}}
	return k.value()
}

// fewKeys is how many keys of an object are compared one by one; more are looked up. Objects of a trace have fewer.
const fewKeys = 32

type keyChecker struct {
	s    scanner
	seen [][]byte // keys of the objects around, those of the innermost last
}

// value checks a value. Its depth is bounded: encoding/json has read the document before.
func (k *keyChecker) value() error {
	switch k.s.peek() {
	case '{':
		return k.object()
	case '[':
		return k.s.array(k.value)
	}
	k.s.skip()
	return nil
}

func (k *keyChecker) object() error {
	from := len(k.seen)
	var many map[string]bool
	err := k.s.object(func(key []byte) error {
		key = folded(key)
		twice := many[string(key)]
		for _, other := range k.seen[from:] {
			twice = twice || bytes.Equal(other, key)
		}
		switch {
		case twice:
			return fmt.Errorf("the key %.64q stands twice in an object, at %s", key, place(k.s.b, int64(k.s.i)))
		case len(k.seen)-from < fewKeys:
			k.seen = append(k.seen, key)
		default:
			if many == nil {
				many = make(map[string]bool)
			}
			many[string(key)] = true
		}
		return k.value()
	})
	k.seen = k.seen[:from]
	return err
}

// folded is a key as encoding/json compares it: without escapes, and in one case.
func folded(key []byte) []byte {
	plain := true
	for _, c := range key {
		plain = plain && c != '\\' && c < 0x80 && (c < 'A' || 'Z' < c)
	}
	if plain {
		return key
	}
	var text string
	if json.Unmarshal(append(append([]byte{'"'}, key...), '"'), &text) != nil {
		return key
	}
	return []byte(strings.ToLower(strings.ToUpper(text)))
}
