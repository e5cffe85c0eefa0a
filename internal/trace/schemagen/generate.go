package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/diff"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// definition is a type that has a place of its own under $defs.
type definition struct {
	name string
	of   reflect.Type
}

// definitions lists what is used in several places.
var definitions = []definition{
	{"code", reflect.TypeFor[trace.Code]()},
	{"context", reflect.TypeFor[trace.Context]()},
	{"span", reflect.TypeFor[trace.Span]()},
	{"finding", reflect.TypeFor[finding.Finding]()},
	{"certificate", reflect.TypeFor[trace.Certificate]()},
	{"summary", reflect.TypeFor[trace.Summary]()},
	{"buffer", reflect.TypeFor[trace.Buffer]()},
}

// detail says for which events a detail stands.
type detail struct {
	name        string
	layer, kind string // an empty kind: all of the layer
	of          reflect.Type
}

var details = []detail{
	{"lookup", "net", "lookup", reflect.TypeFor[trace.Lookup]()},
	{"attempt", "net", "attempt", reflect.TypeFor[trace.Attempt]()},
	{"connected", "net", "connected", reflect.TypeFor[trace.Connected]()},
	{"closed", "net", "closed", reflect.TypeFor[trace.Closed]()},
	{"foreign", "net", "foreign", reflect.TypeFor[trace.Foreign]()},
	{"omitted", "net", "omitted", reflect.TypeFor[trace.Omitted]()},
	{"opaque", "net", "opaque", reflect.TypeFor[trace.Opaque]()},
	{"retransmission", "net", "retransmission", reflect.TypeFor[trace.Segment]()},
	{"overlap", "net", "overlap", reflect.TypeFor[trace.Segment]()},
	{"reordering", "net", "reordering", reflect.TypeFor[trace.Segment]()},
	{"gap", "net", "gap", reflect.TypeFor[trace.Segment]()},
	{"cut_short", "net", "cut_short", reflect.TypeFor[trace.Segment]()},
	{"mid_stream", "net", "mid_stream", reflect.TypeFor[trace.Segment]()},
	{"reset", "net", "reset", reflect.TypeFor[trace.Segment]()},
	{"record", "record", "", reflect.TypeFor[trace.Record]()},
	{"client_fingerprint", "message", "client_hello", reflect.TypeFor[trace.ClientFingerprint]()},
	{"server_fingerprint", "message", "server_hello", reflect.TypeFor[trace.ServerFingerprint]()},
	{"server_fingerprint", "message", "hello_retry_request", reflect.TypeFor[trace.ServerFingerprint]()},
	{"secret", "key", "secret", reflect.TypeFor[trace.Secret]()},
	{"keys", "key", "install", reflect.TypeFor[trace.Keys]()},
	{"exchange", "key", "exchange", reflect.TypeFor[trace.Exchange]()},
	{"state", "state", "", reflect.TypeFor[trace.State]()},
	{"check", "check", "", reflect.TypeFor[trace.Check]()},
	{"alert", "alert", "", reflect.TypeFor[trace.AlertDetail]()},
	{"data", "data", "", reflect.TypeFor[trace.Data]()},
}

// marker begins the title of a schema that stands for a definition until references are put in.
const marker = "$def:"

// generate returns the schema. The comments are read from the sources in dir.
func generate(dir string) ([]byte, error) {
	docs, err := readComments(dir, dir+"/../finding")
	if err != nil {
		return nil, err
	}
	g := generator{docs: docs}
	root, err := g.schemaOf(reflect.TypeFor[trace.Trace](), nil)
	if err != nil {
		return nil, err
	}
	root.Schema = "https://json-schema.org/draft/2020-12/schema"
	root.Title = trace.Schema
	root.Properties["schema"] = &jsonschema.Schema{
		Const: jsonschema.Ptr[any](trace.Schema), Description: docs["trace.Trace.Schema"],
	}
	if root.Defs, err = g.traceDefinitions(); err != nil {
		return nil, err
	}
	return indented(root)
}

// traceDefinitions returns the schemas of everything that the trace refers to.
func (g generator) traceDefinitions() (map[string]*jsonschema.Schema, error) {
	defs := map[string]*jsonschema.Schema{"node": g.node(), "event": g.event()}
	for _, d := range definitions {
		s, err := g.schemaOf(d.of, d.of)
		if err != nil {
			return nil, err
		}
		defs[d.name] = s
	}
	for _, d := range details {
		s, err := g.schemaOf(d.of, nil)
		if err != nil {
			return nil, err
		}
		defs[d.name+"_detail"] = s
	}
	return defs, nil
}

func indented(s *jsonschema.Schema) ([]byte, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

type generator struct {
	docs map[string]string
	own  []definition // those of one document alone
}

// schemaOf returns the schema of a struct type; except is the definition that must not become a
// reference to itself.
func (g generator) schemaOf(t, except reflect.Type) (*jsonschema.Schema, error) {
	s, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: typeSchemas(except, g.own)})
	if err != nil {
		return nil, fmt.Errorf("%v: %w", t, err)
	}
	g.describe(s, t)
	walk(s, tidy)
	return s, nil
}

// typeSchemas are the types that reflection reads differently from what is written.
func typeSchemas(except reflect.Type, own []definition) map[reflect.Type]*jsonschema.Schema {
	m := map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[time.Time]():        {Type: "string", Format: "date-time"},
		reflect.TypeFor[[]byte]():           {Types: []string{"null", "string"}, ContentEncoding: "base64"},
		reflect.TypeFor[trace.Event]():      {Type: "object", Title: marker + "event"},
		reflect.TypeFor[trace.Outcome]():    words(outcomes()...),
		reflect.TypeFor[trace.BufferKind](): words("stream", "record", "plaintext", "message"),
		reflect.TypeFor[audit.Status]():     words("yes", "no", "unknown", "skip"),
		reflect.TypeFor[audit.Preference](): words("server", "client", "unknown", "none"),
		reflect.TypeFor[finding.Status]():   words(statuses()...),
		reflect.TypeFor[finding.Severity](): {Enum: append([]any{nil}, severities()...)},
	}
	maps.Copy(m, diffWords())
	maps.Copy(m, auditWords())
	for _, d := range slices.Concat(definitions, own) {
		if d.of != except {
			m[d.of] = &jsonschema.Schema{Type: "object", Title: marker + d.name}
		}
	}
	return m
}

// diffWords are the closed sets of words of the documents of a comparison.
func diffWords() map[reflect.Type]*jsonschema.Schema {
	return map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[diff.Result]():       words(diff.Same, diff.Differs),
		reflect.TypeFor[diff.State]():        words(diff.StateSame, diff.StateChanged, diff.StateAdded, diff.StateRemoved, diff.StateNotReached),
		reflect.TypeFor[diff.Kind]():         words(diff.Changed, diff.Added, diff.Removed, diff.Moved),
		reflect.TypeFor[diff.Verdict]():      words(diff.Better, diff.Worse, diff.Neutral),
		reflect.TypeFor[diff.AcrossResult](): words(diff.AcrossSame, diff.AcrossDiffers, diff.AcrossIncomplete),
		reflect.TypeFor[diff.CheckState]():   words(diff.CheckSame, diff.CheckChanged, diff.CheckNotReached, diff.CheckWorse),
	}
}

func words[T any](list ...T) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, w := range list {
		s.Enum = append(s.Enum, any(w))
	}
	return s
}

func outcomes() []trace.Outcome {
	return []trace.Outcome{
		trace.OK, trace.Untrusted, trace.Network, trace.HandshakeFailed, trace.Interrupted, trace.Internal, trace.Unknown,
	}
}

func statuses() (list []any) {
	for s := finding.Unknown; s <= finding.Skip; s++ {
		list = append(list, s.String())
	}
	return list
}

func severities() (list []any) {
	for s := finding.Low; s <= finding.Critical; s++ {
		list = append(list, s.String())
	}
	return list
}

// describe puts the comments of a struct and its fields into its schema.
func (g generator) describe(s *jsonschema.Schema, t reflect.Type) {
	s.Description = g.docs[t.String()]
	for i := range t.NumField() {
		f := t.Field(i)
		key := jsonName(f)
		if f.Anonymous && key == "" {
			text := s.Description
			g.describe(s, f.Type) // its fields are among the others
			s.Description = text
			continue
		}
		p := s.Properties[key]
		if p == nil {
			continue
		}
		if doc := g.docs[t.String()+"."+f.Name]; doc != "" {
			p.Description = doc
		}
		switch ft := f.Type; {
		case ft.Kind() == reflect.Struct && ft != reflect.TypeFor[time.Time]() && p.Properties != nil:
			g.describe(p, ft)
		case ft.Kind() == reflect.Pointer && ft.Elem().Kind() == reflect.Struct && p.Properties != nil:
			g.describe(p, ft.Elem())
		case ft.Kind() == reflect.Slice && ft.Elem().Kind() != reflect.Uint8 && ft.Elem() != reflect.TypeFor[trace.Certificate]():
			p.Type, p.Types = "array", nil // written as [] where there is none
			if ft.Elem().Kind() == reflect.Struct && p.Items.Properties != nil {
				g.describe(p.Items, ft.Elem())
			}
			if ft.Elem().Kind() == reflect.Pointer {
				p.Items.Type, p.Items.Types = "object", nil
			}
		}
	}
}

// tidy lets documents hold more keys than the schema names, for a version of the format may grow,
// and puts references where markers are.
func tidy(s *jsonschema.Schema) {
	s.AdditionalProperties = nil
	if len(s.Title) <= len(marker) || s.Title[:len(marker)] != marker {
		return
	}
	ref := ref(s.Title[len(marker):])
	nullable := len(s.Types) > 0
	*s = jsonschema.Schema{Description: s.Description}
	if nullable {
		s.AnyOf = []*jsonschema.Schema{{Type: "null"}, ref}
	} else {
		s.Ref = ref.Ref
	}
}

func ref(name string) *jsonschema.Schema { return &jsonschema.Schema{Ref: "#/$defs/" + name} }
