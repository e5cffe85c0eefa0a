package main

import (
	"reflect"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// auditDefinitions are what the documents of an audit refer to beside what all documents do.
var auditDefinitions = []definition{
	{"run", reflect.TypeFor[policy.Run]()},
	{"report", reflect.TypeFor[policy.Report]()},
	{"verdict_finding", reflect.TypeFor[policy.Finding]()},
	{"enumeration", reflect.TypeFor[audit.Document]()},
	{"trace", reflect.TypeFor[trace.Trace]()},
}

// generateAudit returns the schema of what an audit writes: the document of a run, or of one target, which is a line by itself.
func generateAudit(dir string) ([]byte, error) {
	docs, err := readComments(dir, dir+"/../finding", dir+"/../audit", dir+"/../policy")
	if err != nil {
		return nil, err
	}
	g := generator{docs, auditDefinitions}
	root := &jsonschema.Schema{
		Schema: "https://json-schema.org/draft/2020-12/schema", Title: policy.ReportSchema,
		Description: "What came of an audit: all targets, or one of them as a line of JSON.",
		AnyOf:       []*jsonschema.Schema{ref("run"), ref("report")},
	}
	if root.Defs, err = g.traceDefinitions(); err != nil {
		return nil, err
	}
	for _, d := range auditDefinitions {
		except := d.of
		if d.name == "verdict_finding" {
			// The finding in it has its fields among the others; it does not refer to itself.
			g.own = slices.DeleteFunc(slices.Clone(auditDefinitions), func(o definition) bool { return o.of == d.of })
			except = reflect.TypeFor[finding.Finding]()
		}
		if root.Defs[d.name], err = g.schemaOf(d.of, except); err != nil {
			return nil, err
		}
		g.own = auditDefinitions
	}
	for name, version := range map[string]string{"run": policy.ReportSchema, "report": policy.ReportSchema, "enumeration": audit.DocumentSchema, "trace": trace.Schema} {
		root.Defs[name].Properties["schema"] = &jsonschema.Schema{Const: jsonschema.Ptr[any](version), Description: "The format and its version."}
	}
	return indented(root)
}

// auditWords are the closed sets of words of the documents of an audit.
func auditWords() map[reflect.Type]*jsonschema.Schema {
	return map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[policy.Level]():   words(policy.LevelFail, policy.LevelWarn, policy.LevelNote, policy.LevelOff),
		reflect.TypeFor[policy.Outcome](): words(policy.OutcomePass, policy.OutcomeUnknown, policy.OutcomeUnreachable, policy.OutcomeFail),
	}
}
