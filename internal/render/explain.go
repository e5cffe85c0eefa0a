package render

import "github.com/tlsprobe/tlsprobe/internal/explain"

// meaning is what explain knows about a path or a code; empty where it knows nothing.
type meaning struct {
	text string
	try  string
	ref  string
}

// explainPath gives the reference of TLS 1.2 and before where before13 asks for it and there is another one.
func explainPath(path string, before13 bool) meaning {
	f, ok := explain.Path(path)
	if !ok {
		return meaning{}
	}
	if f.Generic {
		return meaning{}
	}
	if before13 && f.RefBefore13 != "" {
		f.Ref = f.RefBefore13
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
