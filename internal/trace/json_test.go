package trace

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// same reports whether two JSON texts say the same.
func same(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		t.Fatalf("%v in %s", err, a)
	}
	if err := json.Unmarshal(b, &y); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return reflect.DeepEqual(x, y)
}

// fill sets every field of v to something, so that no key is left out.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i))
		}
	case reflect.String:
		v.SetString(`a "b" \ c`)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(1234.125)
	case reflect.Int:
		v.SetInt(-7)
	case reflect.Uint8:
		v.SetUint(1)
	case reflect.Uint16, reflect.Uint64:
		v.SetUint(40000)
	}
}

func TestDetailsAreWrittenAsTheirTagsSay(t *testing.T) {
	for _, row := range details {
		for _, full := range []bool{false, true} {
			d := row.blank()
			if full {
				fill(reflect.ValueOf(d).Elem())
			}
			want, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			want = bytes.ReplaceAll(want, []byte(`"addresses":null`), []byte(`"addresses":[]`))
			if got := append(d.appendKeys([]byte("{")), '}'); !same(t, got, want) {
				t.Errorf("%T: %s, want %s", d, got, want)
			}
		}
	}
}

func TestSummaryAndFindingsAreWrittenAsTheirTagsSay(t *testing.T) {
	var s Summary
	empty, _ := json.Marshal(s)
	empty = bytes.ReplaceAll(empty, []byte(`"checks":null`), []byte(`"checks":[]`))
	if got := s.appendJSON(nil); !same(t, got, empty) {
		t.Errorf("%s, want %s", got, empty)
	}
	fill(reflect.ValueOf(&s).Elem())
	full, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.appendJSON(nil); !same(t, got, full) {
		t.Errorf("%s, want %s", got, full)
	}
	for _, f := range []finding.Finding{{}, s.Checks[0], finding.Of(finding.Hostname)} {
		want, _ := json.Marshal(f)
		if got := appendFinding(nil, &f); !same(t, got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestHeaderIsWrittenAsItsTagsSay(t *testing.T) {
	var tr Trace
	fill(reflect.ValueOf(&tr.Tool).Elem())
	fill(reflect.ValueOf(&tr.Target).Elem())
	fill(reflect.ValueOf(&tr.Settings).Elem())
	fill(reflect.ValueOf(&tr.Error).Elem())
	tr.Schema, tr.Outcome, tr.Started = Schema, Network, time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	tr.Buffers, tr.Events = []*Buffer{}, []*Event{}
	type plain Trace
	want, err := json.Marshal((*plain)(&tr))
	if err != nil {
		t.Fatal(err)
	}
	want = bytes.ReplaceAll(want, []byte(`"checks":null`), []byte(`"checks":[]`))
	if got := tr.Append(nil); !same(t, got, want) {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestWhatIsWrittenCanBeReadAndWrittenAgain(t *testing.T) {
	for name, tr := range samples(t) {
		first := encoded(t, tr)
		got, err := Read(bytes.NewReader(first))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if second := encoded(t, got); !bytes.Equal(first, second) {
			t.Errorf("%s: written again it differs at byte %d", name, diffAt(first, second))
		}
		summary := got.Summary
		if Summarize(got); !reflect.DeepEqual(got.Summary, summary) {
			t.Errorf("%s: the summary of what was read is %+v, was %+v", name, got.Summary, summary)
		}
		for i, e := range tr.Events {
			compareTrees(t, got.Events[i].Tree, e.Tree)
		}
		// json.Indent, jq -S: other whitespace and another order of keys say the same.
		var sorted any
		if err := json.Unmarshal(first, &sorted); err != nil {
			t.Fatal(err)
		}
		indented, _ := json.MarshalIndent(sorted, "", "\t")
		if got, err = Read(bytes.NewReader(indented)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if second := encoded(t, got); !bytes.Equal(first, second) {
			t.Errorf("%s: sorted and written again it differs at byte %d", name, diffAt(first, second))
		}
	}
}

func diffAt(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

func compareTrees(t *testing.T, got, want *wire.Tree) {
	t.Helper()
	if (got == nil) != (want == nil) {
		t.Fatalf("tree is there: %t, want %t", got != nil, want != nil)
	}
	if got == nil {
		return
	}
	if len(got.Nodes) != len(want.Nodes) {
		t.Fatalf("%d nodes, want %d", len(got.Nodes), len(want.Nodes))
	}
	for i := range want.Nodes {
		g, w := got.Nodes[i], want.Nodes[i]
		if (g.Code == nil) != (w.Code == nil) || g.Code != nil && (g.Code.Name() != w.Code.Name() || g.Code.IsGREASE() != w.Code.IsGREASE()) {
			t.Errorf("%s: code %v, want %v", want.Path(i), g.Code, w.Code)
		}
		g.Code, w.Code = nil, nil
		if g.Ord = max(g.Ord, 1); g.Ord != max(w.Ord, 1) {
			t.Errorf("%s: occurrence %d, want %d", want.Path(i), g.Ord, w.Ord)
		}
		if g.Ord, w.Ord = 0, 0; g != w {
			t.Errorf("%s: %+v, want %+v", want.Path(i), g, w)
		}
	}
	if err := got.Check(); err != nil {
		t.Error(err)
	}
}

// treeNode is a node of the document.
type treeNode struct {
	Path     string
	Off, Len int
	Value    json.RawMessage
	Kind     string
	Children []treeNode
}

func TestNodesHaveTheirPathRangeAndValue(t *testing.T) {
	for _, tr := range samples(t) {
		for _, e := range tr.Events {
			if e.Tree == nil {
				continue
			}
			var doc struct{ Tree treeNode }
			if err := json.Unmarshal(e.Append(nil), &doc); err != nil {
				t.Fatal(err)
			}
			i := 0
			checkNode(t, &doc.Tree, e, &i)
			if i != len(e.Tree.Nodes) {
				t.Errorf("%s: %d of %d nodes", e.Kind, i, len(e.Tree.Nodes))
			}
		}
	}
}

func checkNode(t *testing.T, n *treeNode, e *Event, i *int) {
	t.Helper()
	w := e.Tree.Nodes[*i]
	if path := e.Tree.Path(*i); n.Path != path || n.Off != int(w.Off) || n.Len != int(w.Len) {
		t.Errorf("%s at %d, %d bytes; want %s at %d, %d", n.Path, n.Off, n.Len, path, w.Off, w.Len)
	}
	raw := e.Buf.Bytes[n.Off : n.Off+n.Len]
	var text string
	var code Code
	switch {
	case w.Kind == wire.Struct || w.Name == "bytes" && isBytes(e.Tree.Nodes[w.Parent].Kind):
		if n.Value != nil {
			t.Errorf("%s has the value %s", n.Path, n.Value)
		}
	case w.Kind == wire.Code:
		if json.Unmarshal(n.Value, &code) != nil || code.Value != w.Num || code.Name != w.Code.Name() || code.GREASE != w.Code.IsGREASE() {
			t.Errorf("%s is %s", n.Path, n.Value)
		}
	case w.Kind == wire.Uint:
		var num uint64
		if json.Unmarshal(n.Value, &num) != nil || num != w.Num {
			t.Errorf("%s is %s, want %d", n.Path, n.Value, w.Num)
		}
	default:
		if json.Unmarshal(n.Value, &text) != nil {
			t.Fatalf("%s is %s", n.Path, n.Value)
		}
		if len(n.Children) > 0 && strings.HasSuffix(n.Children[0].Path, ".length") {
			raw = raw[n.Children[0].Len:]
		}
		if w.Kind == wire.Text && text != string(raw) || w.Kind == wire.Opaque && text != hex.EncodeToString(raw) {
			t.Errorf("%s is %q, want % x", n.Path, text, raw)
		}
		if (n.Kind == "text") != (w.Kind == wire.Text) {
			t.Errorf("%s is of kind %q", n.Path, n.Kind)
		}
	}
	*i++
	for k := range n.Children {
		checkNode(t, &n.Children[k], e, i)
	}
}

// nasty is text that a peer may send to be obeyed by a terminal or to mislead a reader.
const nasty = "\x00\x1b[2J\x7f\u0080\u009b\u00a0\u00ad\u200b\u200e\u200f\u061c\u202a\u202e\u2028\u2029\u2066\u2069\ufeff\u3164\ufe0f" +
	"\U000e0041\U0001d173\ue000 <é日😀>\"\\\r\n\t"

func TestDocumentIsSafeToPrint(t *testing.T) {
	tr := samples(t)["0x304"]
	tr.Error = &Error{Message: nasty + "\xff\xfe", Hint: nasty}
	tr.Target.Input, tr.Settings.Args = nasty, []string{nasty}
	tr.Events[0].Kind = nasty
	tr.Events[0].Findings = []finding.Finding{{Message: nasty, Where: finding.Where{Path: nasty}}}
	hello := tr.Events[4]
	for i := range hello.Tree.Nodes {
		if hello.Tree.Nodes[i].Kind == wire.Text {
			hello.Tree.Nodes[i].Name = nasty
		}
	}
	out := encoded(t, tr)
	if !utf8.Valid(out) {
		t.Fatal("not UTF-8")
	}
	for i, r := range string(bytes.TrimSuffix(out, []byte("\n"))) {
		if !unicode.IsPrint(r) || r == 0x3164 || r == 0xfe0f {
			t.Errorf("%U at byte %d", r, i)
		}
	}
	var doc struct {
		Target struct{ Input string }
		Error  struct{ Message, Hint string }
		Events []struct{ Kind string }
	}
	if err := json.Unmarshal(out, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Target.Input != nasty || doc.Events[0].Kind != nasty || doc.Error.Hint != nasty {
		t.Error("text does not come back as it was")
	}
	if want := nasty + `\xff\xfe`; doc.Error.Message != want {
		t.Errorf("message is %q, want %q", doc.Error.Message, want)
	}
}

func FuzzStringsComeBackFromTheStandardLibrary(f *testing.F) {
	f.Add(nasty)
	f.Add("a\xffb\xc3")
	f.Fuzz(func(t *testing.T, s string) {
		b := appendString(nil, s)
		var got string
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%v: %s", err, b)
		}
		if utf8.ValidString(s) && got != s {
			t.Fatalf("%q, want %q", got, s)
		}
		for _, r := range string(b) {
			if !unicode.IsPrint(r) {
				t.Fatalf("%U in %s", r, b)
			}
		}
	})
}

func TestBuffersAreBase64AndAbsentBytesAreNull(t *testing.T) {
	raw := []byte{0, 1, 2, 253, 254, 255, 62, 63}
	b := Buffer{ID: 3, Kind: BufferMessage, From: []Span{{Buf: 1, Off: 5, Len: 8}}, Bytes: raw}
	want := `{"id":3,"kind":"message","from":[{"buf":1,"off":5,"len":8}],"bytes":"` + base64.StdEncoding.EncodeToString(raw) + `"}`
	if got := string(b.Append(nil)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, tt := range []struct {
		bytes []byte
		want  string
	}{{nil, `"bytes":null}`}, {[]byte{}, `"bytes":""}`}} {
		b := Buffer{Kind: BufferStream, Bytes: tt.bytes}
		if got := string(b.Append(nil)); !strings.HasSuffix(got, tt.want) {
			t.Errorf("%s", got)
		}
	}
}

func TestTimesHaveThreeDecimals(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.000", 999: "0.000", time.Microsecond: "0.001", 12345678: "12.345", -5: "0.000", time.Hour: "3600000.000",
	} {
		if got := string(appendDuration([]byte("{"), "t", d)); got != `{"t":`+want {
			t.Errorf("%d: %s", d, got)
		}
	}
	for ms, want := range map[float64]string{1.5: "1.500", 0.0004: "0.000", math.Inf(1): "0.000"} {
		if got := string(appendMs([]byte("{"), "t", ms)); got != `{"t":`+want {
			t.Errorf("%g: %s", ms, got)
		}
	}
}

func TestEventsAreLines(t *testing.T) {
	tr := samples(t)["0x303"]
	var out bytes.Buffer
	w := &EventWriter{W: &out, Buffers: true}
	for _, b := range tr.Buffers {
		w.Buffer(b)
	}
	for _, e := range tr.Events {
		w.Event(e)
	}
	if w.Err() != nil {
		t.Fatal(w.Err())
	}
	lines := bytes.Split(bytes.TrimSuffix(out.Bytes(), []byte("\n")), []byte("\n"))
	if len(lines) != len(tr.Buffers)+len(tr.Events) {
		t.Fatalf("%d lines", len(lines))
	}
	doc := encoded(t, tr)
	for i, line := range lines {
		if !json.Valid(line) {
			t.Fatalf("line %d: %s", i, line)
		}
		if i >= len(tr.Buffers) && !bytes.Contains(doc, line) {
			t.Errorf("line %d is not in the document: %s", i, line)
		}
	}
}

func TestSecretsAreOnlyThereWhenTheyWereAskedFor(t *testing.T) {
	e := Event{N: 1, Dir: None, Layer: LayerKey, Kind: "secret", Detail: &Secret{Label: "c hs traffic", Length: 32}}
	if got := string(e.Append(nil)); strings.Contains(got, `"value"`) {
		t.Error(got)
	}
	e.Detail.(*Secret).Value = "00ff"
	if got := string(e.Append(nil)); !strings.Contains(got, `"value":"00ff"`) {
		t.Error(got)
	}
}
