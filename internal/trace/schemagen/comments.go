package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
)

// readComments returns the comments of structs and their fields in the packages at dirs, by
// "package.Type" and "package.Type.Field".
func readComments(dirs ...string) (map[string]string, error) {
	docs := make(map[string]string)
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				return nil, fmt.Errorf("read comments: %w", err)
			}
			collect(docs, file)
		}
	}
	return docs, nil
}

func collect(docs map[string]string, file *ast.File) {
	for _, decl := range file.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok || d.Tok != token.TYPE {
			continue
		}
		for _, spec := range d.Specs {
			t := spec.(*ast.TypeSpec)
			fields, ok := t.Type.(*ast.StructType)
			if !ok {
				continue
			}
			name := file.Name.Name + "." + t.Name.Name
			docs[name] = sentence(strings.TrimPrefix(d.Doc.Text(), t.Name.Name+" is "))
			for _, f := range fields.Fields.List {
				for _, id := range f.Names {
					docs[name+"."+id.Name] = sentence(f.Doc.Text() + f.Comment.Text())
				}
			}
		}
	}
}

// sentence is a comment in one line, with a capital and a full stop.
func sentence(comment string) string {
	s := strings.Join(strings.Fields(comment), " ")
	if s == "" {
		return ""
	}
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}
