package render

import "github.com/tlsprobe/tlsprobe/internal/explain"

// meaning is what explain knows about a path or a code; empty where it knows nothing.
type meaning struct {
	text string
	try  string
	ref  string
}

func explainPath(path string) meaning {
	f, ok := explain.Path(path)
	if !ok {
		return meaning{}
	}
	return meaning{text: f.Text, ref: f.Ref}
}

func explainCode(registry, name string) meaning {
	e, ok := explain.Code(registry, name)
	if !ok || name == "" {
		return meaning{}
	}
	return meaning{text: e.Text, try: e.Try, ref: e.Ref}
}
