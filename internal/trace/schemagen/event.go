package main

import (
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// node is the schema of a tree's node, which has no type of its own: a tree is kept flat.
func (g generator) node() *jsonschema.Schema {
	return object("A field: a range of bytes with a name and a meaning.", []string{"path", "off", "len"},
		property{"path", &jsonschema.Schema{Type: "string", MinLength: jsonschema.Ptr(1)}, "The field's dotted path."},
		property{"off", count(), "Where it begins in the event's buffer, in bytes."},
		property{"len", count(), "How many bytes it takes, a length prefix included."},
		property{"value", &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "integer"}, {Type: "string"}, ref("code")}},
			"A number; a code point; bytes as lower-case hex; or words. A vector has that of what follows its length prefix, and then its field bytes has none. A struct has none."},
		property{"kind", &jsonschema.Schema{Const: jsonschema.Ptr[any]("text")}, "Says that a string is words, not hex."},
		property{"bad", &jsonschema.Schema{Type: "boolean"}, "A fault was found here."},
		property{"children", list(ref("node")), "The fields within, in the order of their bytes."},
	)
}

// event is the schema of an event, which is written by hand where it is written.
func (g generator) event() *jsonschema.Schema {
	doc := func(field string) string { return g.docs["trace.Event."+field] }
	s := object("One thing that happened.",
		[]string{"n", "t_ms", "dir", "layer", "kind", "buf", "findings"},
		property{"n", &jsonschema.Schema{Type: "integer", Minimum: jsonschema.Ptr(1.0)}, "Its number, counted from 1."},
		property{"t_ms", &jsonschema.Schema{Type: "number", Minimum: jsonschema.Ptr(0.0)}, "Milliseconds since the start."},
		property{"dir", words(trace.Sent, trace.Received, trace.None), "Who sent what it is about, seen from the client."},
		property{"layer", &jsonschema.Schema{Type: "string", Examples: layers()}, "Where it belongs."},
		property{"kind", &jsonschema.Schema{Type: "string"}, doc("Kind")},
		property{"buf", &jsonschema.Schema{Types: []string{"null", "integer"}}, "The id of the buffer that holds its bytes."},
		property{"context", ref("context"), doc("Context")},
		property{"tree", ref("node"), "The fields of the bytes; offsets are relative to the buffer."},
		property{"trailing", list(ref("node")), "Bytes after what the tree describes."},
		property{"findings", list(ref("finding")), "What was found here, rules broken and checks made."},
		property{"detail", &jsonschema.Schema{Type: "object"}, "What the layer knows besides; its keys depend on layer and kind."},
	)
	for _, d := range details {
		s.AllOf = append(s.AllOf, d.rule())
	}
	return s
}

// rule says that an event of a layer and kind has this detail, if it has one.
func (d detail) rule() *jsonschema.Schema {
	when := &jsonschema.Schema{
		Properties: map[string]*jsonschema.Schema{"layer": {Const: jsonschema.Ptr[any](d.layer)}},
	}
	if d.kind != "" {
		when.Properties["kind"] = &jsonschema.Schema{Const: jsonschema.Ptr[any](d.kind)}
		when.PropertyOrder = []string{"layer", "kind"}
	}
	return &jsonschema.Schema{If: when, Then: &jsonschema.Schema{
		Properties: map[string]*jsonschema.Schema{"detail": ref(d.name + "_detail")},
	}}
}

func layers() (list []any) {
	for _, l := range []trace.Layer{
		trace.LayerNet, trace.LayerStartTLS, trace.LayerRecord, trace.LayerMessage, trace.LayerKey,
		trace.LayerState, trace.LayerCheck, trace.LayerData, trace.LayerAlert,
	} {
		list = append(list, string(l))
	}
	return list
}

type property struct {
	key  string
	of   *jsonschema.Schema
	text string
}

func object(text string, required []string, properties ...property) *jsonschema.Schema {
	s := &jsonschema.Schema{
		Type: "object", Description: text, Required: required, Properties: make(map[string]*jsonschema.Schema),
	}
	for _, p := range properties {
		p.of.Description = p.text
		s.Properties[p.key] = p.of
		s.PropertyOrder = append(s.PropertyOrder, p.key)
	}
	return s
}

func count() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "integer", Minimum: jsonschema.Ptr(0.0)}
}

func list(of *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "array", Items: of}
}

// walk calls visit for s and every schema below, the inner ones first.
func walk(s *jsonschema.Schema, visit func(*jsonschema.Schema)) {
	if s == nil {
		return
	}
	for _, p := range s.Properties {
		walk(p, visit)
	}
	walk(s.Items, visit)
	visit(s)
}
