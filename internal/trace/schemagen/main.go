// Command schemagen writes the JSON Schema of the trace document, schema.json, from the types of
// package trace and their comments. It is run by go generate in the directory of that package.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	dir := flag.String("dir", ".", "`directory` of package trace")
	flag.Parse()
	if err := run(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "schemagen:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	out, err := generate(dir)
	if err != nil {
		return err
	}
	return os.WriteFile(dir+"/schema.json", out, 0o666)
}
