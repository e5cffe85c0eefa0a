package trace

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
)

// strictSchema is the schema, refusing keys that it does not name: those of what we write are all in
// it, though others may come later.
func strictSchema(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	var s jsonschema.Schema
	if err := json.Unmarshal(SchemaJSON(), &s); err != nil {
		t.Fatal(err)
	}
	closeObjects(&s)
	for _, d := range s.Defs {
		closeObjects(d)
	}
	r, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func closeObjects(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	for _, p := range s.Properties {
		closeObjects(p)
	}
	closeObjects(s.Items)
	if len(s.Properties) > 0 {
		s.AdditionalProperties = &jsonschema.Schema{Not: &jsonschema.Schema{}}
	}
}

func instance(t *testing.T, raw []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDocumentsFollowTheSchema(t *testing.T) {
	s := strictSchema(t)
	empty := &Trace{Schema: Schema, Outcome: Network, Error: &Error{Kind: "refused"}}
	Summarize(empty)
	all := samples(t)
	all["empty"] = empty
	for name, tr := range all {
		if err := s.Validate(instance(t, encoded(t, tr))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSchemaRefusesWhatIsNoTrace(t *testing.T) {
	s := strictSchema(t)
	good := encoded(t, samples(t)["0x303"])
	for _, change := range [][2]string{
		{`"schema":"tlsprobe.trace/1"`, `"schema":"tlsprobe.trace/2"`},
		{`"outcome":"ok"`, `"outcome":"fine"`},
		{`"dir":"sent"`, `"dir":"up"`},
		{`"off":0`, `"off":"0"`},
		{`"addresses":[`, `"addresses":[7,`},
		{`"rtt_ms":10.250}`, `"rtt_ms":"10.250"}`},
		{`"status":"pass"`, `"status":"fine"`},
		{`"sct_count":2,`, ``},
	} {
		bad := bytes.Replace(good, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(bad, good) {
			t.Errorf("%s does not occur", change[0])
		} else if s.Validate(instance(t, bad)) == nil {
			t.Errorf("%s is taken", change[1])
		}
	}
}
