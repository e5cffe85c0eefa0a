package audit_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/audit"
)

// comparable is a document without times and counters, as text.
func comparable(t testing.TB, d *audit.Document) string {
	t.Helper()
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	raw, err = json.MarshalIndent(without(v), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(raw))
}

// without drops what may differ between two runs.
func without(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range []string{"connection", "cost", "started"} {
			delete(v, key)
		}
		for key := range v {
			v[key] = without(v[key])
		}
	case []any:
		for i := range v {
			v[i] = without(v[i])
		}
	}
	return v
}
