package main

import (
	"bytes"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

func TestSchemaIsCurrent(t *testing.T) {
	want, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(trace.SchemaJSON(), want) {
		t.Error("schema.json is not what the types say: run go generate ./internal/trace")
	}
}
