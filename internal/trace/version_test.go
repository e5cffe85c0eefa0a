package trace

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestDocumentOfEveryVersionIsRead: testdata has one document of each version of the format, rich enough to have each kind of
// event. They are never written anew. What this version reads of its own it writes again as it was.
func TestDocumentOfEveryVersionIsRead(t *testing.T) {
	_, number, _ := strings.Cut(Schema, "/")
	current, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	for version := 1; version <= current; version++ {
		raw, err := os.ReadFile(filepath.Join("testdata", "trace-"+strconv.Itoa(version)+".json"))
		if err != nil {
			t.Fatalf("each version keeps a document: %v", err)
		}
		tr, err := Read(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("version %d: %v", version, err)
		}
		missing := make(map[string]bool)
		for _, d := range details {
			missing[string(d.layer)+" "+d.kind] = true
		}
		for _, e := range tr.Events {
			if e.Detail != nil {
				delete(missing, string(e.Layer)+" "+e.Kind)
				delete(missing, string(e.Layer)+" ")
			}
		}
		if version == current && len(missing) > 0 {
			t.Errorf("the document of version %d has none of %v", version, missing)
		}
		if version == 1 {
			checkFirst(t, tr)
		}
		if again := encoded(t, tr); version == current && !bytes.Equal(again, raw) {
			t.Errorf("version %d is written otherwise than it was", version)
		}
	}
}

// checkFirst holds some of what the document of version 1 says.
func checkFirst(t *testing.T, tr *Trace) {
	t.Helper()
	if tr.Outcome != HandshakeFailed || tr.Error == nil || tr.Error.Message != "the connection was reset \u202e before its end" || tr.Target.Input != "Localhost" {
		t.Errorf("the head is %+v, %+v", tr.Error, tr.Target)
	}
	if s := tr.Summary; s.Group == nil || s.Group.Name != "secp384r1" || len(s.Certificates) != 2 || s.HelloRetryRequest == nil || !*s.HelloRetryRequest {
		t.Errorf("the summary is %+v", s)
	}
	kinds := make(map[string]int)
	for _, e := range tr.Events {
		kinds[string(e.Layer)+" "+e.Kind]++
	}
	for kind, n := range map[string]int{
		"message client_hello": 3, "message hello_retry_request": 1, "message server_hello": 2, "message finished": 5, "message server_key_exchange": 1,
		"starttls banner": 1, "net foreign": 1, "data application_data": 2,
	} {
		if kinds[kind] != n {
			t.Errorf("%d events are %s, not %d", kinds[kind], kind, n)
		}
	}
	last := tr.Events[len(tr.Events)-1]
	if d, ok := last.Detail.(*Closed); !ok || d.How != "reset" {
		t.Errorf("the last event is %+v", last)
	}
	for _, e := range tr.Events {
		if f := e.Fields().Find("finished#3.verify_data"); f.OK() && string(f.Bytes()) != "\x01\x02\x03\x04" {
			t.Errorf("verify_data is %x", f.Bytes())
		}
	}
}
