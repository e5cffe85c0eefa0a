package main

import (
	"github.com/spf13/cobra"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/diff"
	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/render"
	"github.com/tlsprobe/tlsprobe/internal/scan"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// schemas are the JSON Schemas of the documents, by their names.
var schemas = [...]struct {
	name string
	of   func() []byte
}{
	{"trace", trace.SchemaJSON}, {"verify", verify.SchemaJSON}, {"certificate", render.CertificateSchemaJSON},
	{"stream", render.StreamSchemaJSON}, {"diff", diff.SchemaJSON}, {"across", diff.AcrossSchemaJSON}, {"check", diff.CheckSchemaJSON},
	{"enum", audit.SchemaJSON}, {"scan", scan.SchemaJSON}, {"audit", policy.SchemaJSON}, {"policy", policy.FileSchemaJSON},
}

// schemaOf returns a schema; nil for a name that none has.
func schemaOf(name string) []byte {
	for _, s := range schemas {
		if s.name == name {
			return s.of()
		}
	}
	return nil
}

func schemaNames() (names []string) {
	for _, s := range schemas {
		names = append(names, s.name)
	}
	return names
}

func newSchema(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "schema DOCUMENT",
		Short: "Print the JSON Schema of a document",
		Long: "schema prints the JSON Schema of a document that --json prints: trace, of connect\n" +
			"and demo; verify; certificate, of cert; stream, of a line of decode; diff; across, of\n" +
			"diff --across; check; enum; audit; of the lines that scan prints; and of policy\n" +
			"files.",
		Example: "  tlsprobe schema trace > trace.schema.json\n" +
			"  tlsprobe schema verify\n" +
			"  tlsprobe schema enum\n" +
			"  tlsprobe schema certificate",
		Args:      knownSchema,
		ValidArgs: schemaNames(),
		RunE: func(_ *cobra.Command, args []string) error {
			_, err := app.Stdout.Write(schemaOf(args[0]))
			return err
		},
	}
}
