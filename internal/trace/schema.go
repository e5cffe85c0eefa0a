package trace

import _ "embed"

//go:generate go run ./schemagen

//go:embed schema.json
var schema []byte

// SchemaJSON returns the JSON Schema (draft 2020-12) of the document. The caller may keep and change it.
func SchemaJSON() []byte { return append([]byte(nil), schema...) }
