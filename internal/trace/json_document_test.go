package trace

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// paper is a document with a field of every kind.
type paper struct {
	Text   string            `json:"text"`
	Number int               `json:"number"`
	Small  uint8             `json:"small"`
	Part   float64           `json:"part"`
	Yes    bool              `json:"yes"`
	At     time.Time         `json:"at"`
	Later  *time.Time        `json:"later"`
	Bytes  []byte            `json:"bytes"`
	Words  []string          `json:"words"`
	Inner  *paper            `json:"inner"`
	Maybe  string            `json:"maybe,omitempty"`
	Found  []finding.Finding `json:"found"`
}

func written(t *testing.T, document any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteDocument(&b, document); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestADocumentIsWhatEncodingJSONReads(t *testing.T) {
	want := paper{
		Text: "plain \"quoted\" \\ \u202e\x1b日本", Number: -7, Small: 200, Part: -0.125e-7, Yes: true, At: time.Date(2026, 11, 23, 1, 2, 3, 4, time.UTC),
		Bytes: []byte{0, 1, 2}, Words: []string{"a", "\t\n"}, Inner: &paper{Words: []string{}, Found: []finding.Finding{}},
		Found: []finding.Finding{{ID: "x", Status: finding.Fail, Severity: finding.High, Where: finding.Where{Cert: &finding.Cert{Index: 2, SHA256: "ab"}}}},
	}
	raw := written(t, want)
	var got paper
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s\nis read as\n%+v\nnot\n%+v", raw, got, want)
	}
	for _, bad := range []string{"\x1b", "\u202e", `"maybe"`} {
		if bytes.Contains(raw, []byte(bad)) {
			t.Errorf("%q stands in %s", bad, raw)
		}
	}
	if raw := string(written(t, paper{})); !strings.Contains(raw, `"words":[]`) || !strings.Contains(raw, `"bytes":null`) || !strings.Contains(raw, `"later":null`) {
		t.Errorf("an empty document: %s", raw)
	}
}

func TestABadByteIsSpelledOutInADocument(t *testing.T) {
	if raw := string(written(t, paper{Text: "\xff"})); !strings.Contains(raw, `"text":"\\xff"`) {
		t.Errorf("%s", raw)
	}
}

func TestAFindingIsTheSameInEveryDocument(t *testing.T) {
	f := finding.Of(finding.Validity)
	f.Where = finding.Where{Event: 3, Path: "a.b", Cert: &finding.Cert{Index: 1, SHA256: "00"}}
	f.Actual = "\x1b[31m"
	for _, f := range []finding.Finding{f, finding.Passed(finding.Hostname, "fine"), {}} {
		want := string(appendFinding(nil, &f)) + "\n"
		if got := string(written(t, f)); got != want {
			t.Errorf("%s\nnot\n%s", got, want)
		}
	}
}

func TestWhatIsNoDocumentIsRefused(t *testing.T) {
	for _, bad := range []any{map[string]int{}, struct {
		F float64 `json:"f"`
	}{math.Inf(1)}, []any{func() {}}} {
		if err := WriteDocument(io.Discard, bad); err == nil {
			t.Errorf("%T is taken", bad)
		}
	}
}

// sheet is a document that embeds another one.
type sheet struct {
	Before string `json:"before"`
	finding.Finding
	After *paper `json:"after"`
}

func TestFieldsOfAnEmbeddedStructAreAmongTheOthers(t *testing.T) {
	want := sheet{Before: "a", Finding: finding.Of(finding.Validity)}
	raw := written(t, want)
	var got sheet
	if err := json.Unmarshal(raw, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: %s\nis read as\n%+v\nnot\n%+v", err, raw, got, want)
	}
	if !bytes.HasPrefix(raw, []byte(`{"before":"a","id":"validity",`)) || !bytes.HasSuffix(raw, []byte(`,"after":null}`+"\n")) {
		t.Errorf("%s", raw)
	}
}
