package trace

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// WriteDocument writes a document other than the trace to w, followed by a line feed: a struct whose fields have the tags of
// encoding/json, made of structs, pointers, slices, strings, numbers, booleans, times and what marshals itself. It follows the
// rules of docs/trace-format.md, Text: whatever a peer wrote can be printed to a terminal. A nil slice is [], but for one of bytes,
// which are base64. Errors are those of w, and about types that are none of these.
func WriteDocument(w io.Writer, document any) error {
	b, err := AppendDocument(nil, document)
	if err != nil {
		return fmt.Errorf("write the document: %w", err)
	}
	if _, err := w.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("write the document: %w", err)
	}
	return nil
}

// AppendDocument appends what [WriteDocument] writes, without the line feed.
func AppendDocument(b []byte, document any) ([]byte, error) {
	return appendAny(b, reflect.ValueOf(document))
}

// appendAny appends a value by its type.
func appendAny(b []byte, v reflect.Value) ([]byte, error) {
	switch m := v.Interface().(type) {
	case time.Time:
		b = append(b, '"')
		return append(m.UTC().AppendFormat(b, time.RFC3339Nano), '"'), nil
	case *Summary:
		if m != nil {
			return m.appendJSON(b), nil // what marshals itself into the same bytes saves a copy
		}
		return appendNull(b), nil
	case json.Marshaler:
		if v.Kind() == reflect.Pointer && v.IsNil() {
			return appendNull(b), nil
		}
		raw, err := m.MarshalJSON()
		return append(b, raw...), err
	case encoding.TextMarshaler:
		text, err := m.MarshalText()
		return appendString(b, string(text)), err
	}
	switch v.Kind() {
	case reflect.String:
		return appendString(b, v.String()), nil
	case reflect.Bool:
		return strconv.AppendBool(b, v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(b, v.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.AppendUint(b, v.Uint(), 10), nil
	case reflect.Float32, reflect.Float64:
		f := v.Float()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return b, fmt.Errorf("JSON has no number %v", f)
		}
		return strconv.AppendFloat(b, f, 'f', -1, 64), nil
	case reflect.Pointer:
		if v.IsNil() {
			return appendNull(b), nil
		}
		return appendAny(b, v.Elem())
	case reflect.Slice:
		return appendSlice(b, v)
	case reflect.Struct:
		return appendStruct(b, v)
	}
	return b, fmt.Errorf("a document holds no %v", v.Type())
}

func appendSlice(b []byte, v reflect.Value) ([]byte, error) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		if v.IsNil() {
			return appendNull(b), nil
		}
		b = append(b, '"')
		return append(base64.StdEncoding.AppendEncode(b, v.Bytes()), '"'), nil
	}
	b = append(b, '[')
	for i := range v.Len() {
		var err error
		if b, err = appendAny(appendComma(b), v.Index(i)); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

func appendStruct(b []byte, v reflect.Value) ([]byte, error) {
	b, err := appendFields(append(b, '{'), v)
	return append(b, '}'), err
}

// appendFields appends the fields of a struct, those of an embedded one without a tag among them.
func appendFields(b []byte, v reflect.Value) ([]byte, error) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if options == "omitempty" && v.Field(i).IsZero() {
			continue
		}
		var err error
		if field.Anonymous && name == "" && field.Type.Kind() == reflect.Struct {
			b, err = appendFields(b, v.Field(i))
		} else {
			b, err = appendAny(appendKey(b, name), v.Field(i))
		}
		if err != nil {
			return b, err
		}
	}
	return b, nil
}
