package diff

import _ "embed"

//go:generate go run ../trace/schemagen -dir ../trace -document diff -o diff.schema.json
//go:generate go run ../trace/schemagen -dir ../trace -document across -o across.schema.json
//go:generate go run ../trace/schemagen -dir ../trace -document check -o check.schema.json

//go:embed diff.schema.json
var schema []byte

//go:embed across.schema.json
var acrossSchema []byte

//go:embed check.schema.json
var checkSchema []byte

// SchemaJSON returns the JSON Schema (draft 2020-12) of [Document]. The caller may keep and change it.
func SchemaJSON() []byte { return append([]byte(nil), schema...) }

// AcrossSchemaJSON returns that of [AcrossDocument].
func AcrossSchemaJSON() []byte { return append([]byte(nil), acrossSchema...) }

// CheckSchemaJSON returns that of [CheckDocument].
func CheckSchemaJSON() []byte { return append([]byte(nil), checkSchema...) }
