package trace

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// values reads well-formed JSON in which no key stands twice into what encoding/json would read it into: structs whose fields have
// its tags, pointers, slices, strings, numbers, booleans, and what reads itself. encoding/json looks at the text of every value twice
// more, and again for each level at which a part stays raw; this walks over it once. Raw messages are parts of the text, not copies.
type values struct {
	shapes map[reflect.Type][]string // of structs: the keys of their fields
}

func newValues() *values { return &values{shapes: make(map[reflect.Type][]string)} }

// read reads the next value into what into points to. What null is read into stays as it was, a pointer or slice becomes nil.
func (r *values) read(s *scanner, into any) error { return r.value(s, reflect.ValueOf(into).Elem()) }

func (r *values) value(s *scanner, v reflect.Value) error {
	if v.Kind() == reflect.Pointer {
		if s.peek() == 'n' {
			s.skip()
			v.SetZero()
			return nil
		}
		v.Set(reflect.New(v.Type().Elem()))
		return r.value(s, v.Elem())
	}
	if v.Type().PkgPath() != "" { // a type with a name may read itself
		switch own := v.Addr().Interface().(type) {
		case *json.RawMessage:
			*own = s.skip()
			return nil
		case json.Unmarshaler:
			return own.UnmarshalJSON(s.skip())
		}
	}
	if s.peek() == 'n' {
		s.skip()
		if v.Kind() == reflect.Slice {
			v.SetZero()
		}
		return nil
	}
	switch v.Kind() {
	case reflect.Struct:
		return s.object(func(key []byte) error { return r.field(s, v, key) })
	case reflect.Slice:
		return r.slice(s, v)
	}
	return scalar(s, v)
}

// field reads the value behind a key into the field of that name, and steps over it where there is none.
func (r *values) field(s *scanner, v reflect.Value, key []byte) error {
	i := r.find(v.Type(), key)
	if i < 0 {
		s.skip()
		return nil
	}
	if err := r.value(s, v.Field(i)); err != nil {
		return fmt.Errorf("%s: %w", r.shapes[v.Type()][i], err)
	}
	return nil
}

// find returns the index of the field of a struct that has a key, -1 for none. The case of letters does not count.
func (r *values) find(t reflect.Type, key []byte) int {
	names := r.shape(t)
	for i, name := range names {
		if name == string(key) {
			return i
		}
	}
	key = folded(key)
	for i, name := range names {
		if name != "" && string(folded([]byte(name))) == string(key) {
			return i
		}
	}
	return -1
}

// shape returns the keys of the fields of a struct, empty for those that have none.
func (r *values) shape(t reflect.Type) []string {
	names, known := r.shapes[t]
	if !known {
		names = make([]string, t.NumField())
		for i := range names {
			names[i], _, _ = strings.Cut(t.Field(i).Tag.Get("json"), ",")
		}
		r.shapes[t] = names
	}
	return names
}

func (r *values) slice(s *scanner, v reflect.Value) error {
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	return s.array(func() error {
		n := v.Len()
		v.Grow(1)
		v.SetLen(n + 1)
		if err := r.value(s, v.Index(n)); err != nil {
			return fmt.Errorf("item %d: %w", n, err)
		}
		return nil
	})
}

// scalar reads what has no parts.
func scalar(s *scanner, v reflect.Value) error {
	if v.Kind() == reflect.String {
		text, err := s.text()
		v.SetString(text)
		return err
	}
	text := string(s.skip())
	var err error
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(text == "true")
		if text != "true" && text != "false" {
			err = errors.New("want true or false")
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		var n int64
		n, err = strconv.ParseInt(text, 10, v.Type().Bits())
		v.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		var n uint64
		n, err = strconv.ParseUint(text, 10, v.Type().Bits())
		v.SetUint(n)
	case reflect.Float32, reflect.Float64:
		var f float64
		f, err = strconv.ParseFloat(text, v.Type().Bits())
		v.SetFloat(f)
	default:
		err = fmt.Errorf("nothing reads a %v", v.Type())
	}
	if err != nil {
		return fmt.Errorf("%.32q at byte %d: %w", text, s.i, err)
	}
	return nil
}

// text reads a string. A byte that is not UTF-8 becomes U+FFFD, as encoding/json has it.
func (s *scanner) text() (string, error) {
	raw := s.skip()
	if len(raw) < 2 || raw[0] != '"' {
		return "", fmt.Errorf("no string at byte %d", s.i)
	}
	inner := raw[1 : len(raw)-1]
	for _, c := range inner {
		if c == '\\' || c >= utf8.RuneSelf {
			var text string
			err := json.Unmarshal(raw, &text)
			return text, err
		}
	}
	return string(inner), nil
}
