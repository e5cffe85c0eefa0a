package main

import (
	"bytes"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/diff"
	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/render"
	"github.com/tlsprobe/tlsprobe/internal/scan"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

func TestSchemasOfTheOtherDocumentsAreCurrent(t *testing.T) {
	for name, have := range map[string][]byte{
		"verify": verify.SchemaJSON(), "certificate": render.CertificateSchemaJSON(), "stream": render.StreamSchemaJSON(),
		"diff": diff.SchemaJSON(), "across": diff.AcrossSchemaJSON(), "check": diff.CheckSchemaJSON(), "scan": scan.SchemaJSON(),
		"enum": audit.SchemaJSON(), "audit": policy.SchemaJSON(),
	} {
		want, err := generateDocument(name, "..")
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(have, want) {
			t.Errorf("the schema of %s is not what the types say: run make generate", name)
		}
	}
	if _, err := generateDocument("nothing", ".."); err == nil {
		t.Error("a document that does not exist has a schema")
	}
}

func TestSchemaIsCurrent(t *testing.T) {
	want, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(trace.SchemaJSON(), want) {
		t.Error("schema.json is not what the types say: run go generate ./internal/trace")
	}
}
