// Command schemagen writes the JSON Schemas of the documents, from their types and the comments there: that of the trace as
// schema.json in the directory of package trace, the others beside their packages. It is run by go generate.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	dir := flag.String("dir", ".", "`directory` of package trace")
	name := flag.String("document", "", "`name` of another document than the trace")
	out := flag.String("o", "schema.json", "`file` to write")
	flag.Parse()
	if err := run(*dir, *name, *out); err != nil {
		fmt.Fprintln(os.Stderr, "schemagen:", err)
		os.Exit(1)
	}
}

func run(dir, name, file string) error {
	schema := generate
	if name != "" {
		schema = func(dir string) ([]byte, error) { return generateDocument(name, dir) }
	}
	out, err := schema(dir)
	if err != nil {
		return err
	}
	return os.WriteFile(file, out, 0o666)
}
