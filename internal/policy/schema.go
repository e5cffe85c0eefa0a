package policy

import _ "embed"

//go:generate go run ../trace/schemagen -dir ../trace -document audit -o schema.json

//go:embed schema.json
var schema []byte

// SchemaJSON returns the JSON Schema (draft 2020-12) of what an audit writes: a [Run], or a [Report] as a line by itself. The caller may
// keep and change it.
func SchemaJSON() []byte { return append([]byte(nil), schema...) }
