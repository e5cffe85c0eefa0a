package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/diff"
	"github.com/tlsprobe/tlsprobe/internal/render"
	"github.com/tlsprobe/tlsprobe/internal/scan"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// document is a document other than the trace, which is one struct.
type document struct {
	name    string
	version string // what stands in its key schema
	dir     string // of its package, seen from that of trace
	of      reflect.Type
	words   map[string][]any // the values that a key can have
	traces  bool             // it holds traces, or parts of them
}

var documents = []document{
	{"verify", verify.DocumentSchema, "../verify", reflect.TypeFor[verify.Document](), map[string][]any{
		"verdict": texts(verify.Accept, verify.Reject, verify.Inconclusive), "purpose": texts(verify.Purposes()...),
		"rules": texts(verify.AllRules()...), "revocation": texts(verify.Revocations()...),
	}, false},
	{"enum", audit.DocumentSchema, "../audit", reflect.TypeFor[audit.Document](), nil, true},
	{"certificate", render.CertificateSchema, "../render", reflect.TypeFor[render.CertificateDocument](), nil, false},
	{"stream", render.StreamSchema, "../render", reflect.TypeFor[render.StreamDocument](), nil, false},
	{"diff", diff.DocumentSchema, "../diff", reflect.TypeFor[diff.Document](), nil, false},
	{"across", diff.AcrossSchema, "../diff", reflect.TypeFor[diff.AcrossDocument](), nil, false},
	{"check", diff.CheckSchema, "../diff", reflect.TypeFor[diff.CheckDocument](), nil, false},
	{"scan", scan.DocumentSchema, "../scan", reflect.TypeFor[scan.Document](), map[string][]any{
		"outcome": {trace.OK, trace.Untrusted, trace.Network, trace.HandshakeFailed, trace.Internal, scan.OutcomeUsage},
	}, true},
}

func texts[T fmt.Stringer](values ...T) (list []any) {
	for _, v := range values {
		list = append(list, v.String())
	}
	return list
}

// generateDocument returns the schema of a document by its name. dir is that of package trace.
func generateDocument(name, dir string) ([]byte, error) {
	if name == "audit" {
		return generateAudit(dir)
	}
	for _, d := range documents {
		if d.name == name {
			return d.generate(dir)
		}
	}
	return nil, fmt.Errorf("no document is called %q", name)
}

func (d document) generate(dir string) ([]byte, error) {
	docs, err := readComments(dir, dir+"/../finding", dir+"/"+d.dir)
	if err != nil {
		return nil, err
	}
	g := generator{docs: docs}
	root, err := g.schemaOf(d.of, nil)
	if err != nil {
		return nil, err
	}
	root.Schema = "https://json-schema.org/draft/2020-12/schema"
	root.Title = d.version
	root.Properties["schema"] = &jsonschema.Schema{Const: jsonschema.Ptr[any](d.version), Description: "The format and its version."}
	for key, values := range d.words {
		root.Properties[key].Enum = values
	}
	if d.traces {
		if root.Defs, err = g.traceDefinitions(); err != nil {
			return nil, err
		}
		return indented(root)
	}
	if err := g.define(root); err != nil {
		return nil, err
	}
	return indented(root)
}

// define adds the definitions that a schema refers to, and those that they refer to. That of findings is always there.
func (g generator) define(root *jsonschema.Schema) error {
	root.Defs = make(map[string]*jsonschema.Schema)
	for added := true; added; {
		added = false
		written, err := json.Marshal(root)
		if err != nil {
			return err
		}
		for _, d := range definitions {
			used := d.name == "finding" || bytes.Contains(written, []byte(`"#/$defs/`+d.name+`"`))
			if root.Defs[d.name] != nil || !used {
				continue
			}
			if root.Defs[d.name], err = g.schemaOf(d.of, d.of); err != nil {
				return err
			}
			added = true
		}
	}
	return nil
}
