package audit

import _ "embed"

//go:generate go run ../trace/schemagen -dir ../trace -document enum -o schema.json

//go:embed schema.json
var schema []byte

// SchemaJSON returns the JSON Schema (draft 2020-12) of [Document]. The caller may keep and change it.
func SchemaJSON() []byte { return append([]byte(nil), schema...) }
