package trace

import (
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

// readInto are all kinds of structs that a document holds.
func readInto() []any {
	into := []any{new(document), new(eventDocument), new(bufferDocument), new(Summary), new(Settings), new(Span), new(Context)}
	for i := range details {
		into = append(into, details[i].blank())
	}
	return into
}

// FuzzValuesAreWhatEncodingJSONReads: of JSON in which no key stands twice both make the same, or both make nothing.
func FuzzValuesAreWhatEncodingJSONReads(f *testing.F) {
	for _, doc := range []string{
		`{"schema":"x","tool":{"name":"a\u00e9\ud800","version":"\"\\"},"started":"2026-01-02T03:04:05Z","error":{"event":3},"events":[1,{"a":[]}],"summary":null}`,
		`{"n":7,"t_ms":1.25e2,"dir":"sent","buf":null,"context":{"version":{"value":772},"occurrence":1},"tree":{},"trailing":null}`,
		`{"N":7,"T_MS":1,"buf":1.0}`, `{"n":-9223372036854775809}`, `{"n":"7"}`, `{"dir":7}`, `{"grease":1}`,
		`{"name":"x","addresses":["a","b",null],"ms":1e400}`, `{"address":null,"checks":[{"status":"pass","severity":null,"where":{"cert":{"index":1}}}]}`,
		`{"sct_count":2,"resumed":false,"certificates":[{}],"timing":{"dns_ms":0}}`, `{"buf":1,"off":2,"len":3}`, `{"id":0,"kind":"record","from":[ ],"bytes":"AA=="}`,
		`{"number":3,"content_type":{"name":"x","value":23,"grease":true},"sequence":18446744073709551615,"plaintext":0}`, `null`, `[]`, `"x"`, `{"checks":[{"status":null}]}`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) || checkKeys(raw) != nil {
			return
		}
		ours, theirs := readInto(), readInto()
		for i := range ours {
			err := newValues().read(&scanner{b: raw}, ours[i])
			want := json.Unmarshal(raw, theirs[i])
			if (err == nil) != (want == nil) {
				t.Fatalf("%T: %v, and encoding/json says %v", ours[i], err, want)
			}
			if err == nil && !reflect.DeepEqual(ours[i], theirs[i]) {
				t.Fatalf("%T: %+v, and encoding/json reads %+v", ours[i], ours[i], theirs[i])
			}
		}
	})
}

func TestASkippedStringEndsWhereItEnds(t *testing.T) {
	for text, want := range map[string]string{
		`"" x`: `""`, `"a" x`: `"a"`, `"\"" x`: `"\""`, `"\\" x`: `"\\"`, `"\\\"" x`: `"\\\""`, `"a\"b\\" "x"`: `"a\"b\\"`,
		`"`: `"`, `"\`: `"\`, `"\"`: `"\"`, `"a\\\`: `"a\\\`,
	} {
		s := scanner{b: []byte(text)}
		if got := s.skip(); string(got) != want || s.i > len(s.b) {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// deep is an endless beginning of a list of lists behind the head of a trace.
type deep struct{ head io.Reader }

func (d deep) Read(b []byte) (int, error) {
	if n, err := d.head.Read(b); err == nil {
		return n, nil
	}
	for i := range b {
		b[i] = '['
	}
	return len(b), nil
}

// TestNoDepthExhaustsTheStack: Go ends a process whose stack outgrows 1 GB, and nothing can catch that.
func TestNoDepthExhaustsTheStack(t *testing.T) {
	r := io.LimitReader(deep{strings.NewReader(`{"schema":"` + Schema + `","summary":{},"events":`)}, maxDocument)
	if _, err := Read(r); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
}
