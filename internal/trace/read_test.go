package trace

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// minimal is a document with an event over a buffer of four bytes; %s is the event's further keys.
const minimal = `{"schema":"tlsprobe.trace/1","started":"2026-01-02T03:04:05Z","summary":{},` +
	`"buffers":[{"id":0,"kind":"message","from":[],"bytes":"AQIDBA=="}],` +
	`"events":[{"n":1,"t_ms":0,"dir":"sent","layer":"message","kind":"x","buf":0%s}]}`

func TestMinimalDocumentIsRead(t *testing.T) {
	doc := fmt.Sprintf(minimal, `,"future":[{}],"tree":{"path":"x","off":0,"len":4,"children":[`+
		`{"path":"x.a","off":0,"len":1,"value":1},{"path":"x.l","off":1,"len":3,"children":[{"path":"x.l[0]","off":1,"len":1,"value":{"name":"","value":2}},`+
		`{"path":"x.l.t#2","off":2,"len":2,"value":"ignored","kind":"text"}]}]}`)
	tr, err := Read(strings.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	f := tr.Events[0].Fields()
	if n, ok := f.At("a").Num(); !ok || n != 1 {
		t.Errorf("a is %d", n)
	}
	if c := f.At("l").Item(0).Code(); c == nil || c.Value != 2 {
		t.Errorf("l[0] is %+v", c)
	}
	if s, ok := f.Find("x.l.t#2").Text(); !ok || s != "\x03\x04" {
		t.Errorf("t#2 is %q", s)
	}
}

func TestOtherFilesAreToldApart(t *testing.T) {
	deep := strings.Repeat(`{"path":"x","off":0,"len":4,"children":[`, 80) + strings.Repeat("]}", 80)
	for doc, want := range map[string]error{
		"":                                     ErrNotTrace,
		"hello":                                ErrNotTrace,
		"[]":                                   ErrNotTrace,
		"{}":                                   ErrNotTrace,
		`{"schema":"tlsprobe.lock/1"}`:         ErrNotTrace,
		`{"schema":"tlsprobe.trace/0"}`:        ErrNotTrace,
		`{"schema":7}`:                         ErrNotTrace,
		`{"schema":"tlsprobe.trace/2"}`:        ErrNewer,
		`{"schema":"tlsprobe.trace/1"}`:        ErrMalformed,
		`{"schema":"tlsprobe.trace/1","events`: ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":null}`:                                                                   ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":7}`:                                                                      ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":[],"buffers":[{}]}`:                                                      ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":[],"buffers":[{"id":1,"bytes":"?"}]}`:                                    ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":[],"buffers":[{"id":1},{"id":1}]}`:                                       ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":[],"buffers":[{"id":1,"from":[{"buf":2}]}]}`:                             ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":[],"buffers":[{"id":1,"from":[{"buf":1,"off":-1}]}]}`:                    ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":[],"buffers":[{"id":1,"from":[{"buf":1}]}]}`:                             ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":[],"buffers":[{"id":1,"from":[{"buf":2}]},{"id":2,"from":[{"buf":1}]}]}`: ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":[],"schema":"tlsprobe.trace/1"}`:                                         ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":[{"n":1,"dir":"none","\u006E":1}]}`:                                      ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":[{"n":1,"dir":"none","DIR":"sent"}]}`:                                    ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":[{"n":1,"dir":"none","t_ms":1e300}]}`:                                    ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":[{"n":1e99,"dir":"none"}]}`:                                              ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":` + strings.Repeat("[", 20000):                                           ErrMalformed,
		`{"n":1,"t_ms":0.1}`:   ErrEvents,
		"{\"n\":1}\n{\"n\":2}": ErrEvents,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":[{"n":0,"dir":"none"}]}`:                                ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":[{"n":1,"dir":"up"}]}`:                                  ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":[{"n":1,"dir":"none","t_ms":-1}]}`:                      ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":[{"n":1,"dir":"none","buf":3}]}`:                        ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":[{"n":1,"dir":"none"},{"n":1,"dir":"none"}]}`:           ErrMalformed,
		`{"schema":"tlsprobe.trace/1","summary":{},"events":[{"n":1,"dir":"none","findings":[{"status":"fine"}]}]}`: ErrMalformed,
		fmt.Sprintf(minimal, `,"tree":{}`):                                                                         ErrMalformed,
		fmt.Sprintf(minimal, `,"tree":[]`):                                                                         ErrMalformed,
		fmt.Sprintf(minimal, `,"tree":{"path":"x","off":0,"len":5}`):                                               ErrMalformed,
		fmt.Sprintf(minimal, `,"tree":{"path":"x","off":-1,"len":1}`):                                              ErrMalformed,
		fmt.Sprintf(minimal, `,"tree":{"path":"x","off":0,"len":99999999999}`):                                     ErrMalformed,
		fmt.Sprintf(minimal, `,"tree":{"path":"x","off":2147483647,"len":2147483647}`):                             ErrMalformed,
		fmt.Sprintf(minimal, `,"tree":{"path":"x","off":1,"len":1,"children":[{"path":"x.y","off":0,"len":1}]}`):   ErrMalformed,
		fmt.Sprintf(minimal, `,"tree":{"path":"x","off":1,"len":1,"children":[{"path":"z.y","off":1,"len":1}]}`):   ErrMalformed,
		fmt.Sprintf(minimal, `,"tree":{"path":"x","off":1,"len":1,"children":[{"path":"x[01]","off":1,"len":1}]}`): ErrMalformed,
		fmt.Sprintf(minimal, `,"tree":`+deep):                                                                      ErrTooLarge,
	} {
		if _, err := Read(strings.NewReader(doc)); !errors.Is(err, want) {
			t.Errorf("%.200s: %v, want %v", doc, err, want)
		}
	}
}

// TestMuchOutOfLittleIsGivenUp: what takes three bytes in a file must not take hundreds in memory, over and over.
func TestMuchOutOfLittleIsGivenUp(t *testing.T) {
	for name, doc := range map[string]string{
		"findings": fmt.Sprintf(minimal, `,"findings":[`+strings.Repeat(`{},`, maxFindings)+`{}]`),
		"checks":   `{"schema":"tlsprobe.trace/1","summary":{"checks":[` + strings.Repeat(`{},`, maxFindings) + `{}]},"events":[]}`,
		"settings": `{"schema":"tlsprobe.trace/1","settings":{"args":[` + strings.Repeat(`"",`, maxItems) + `""]},"summary":{},"events":[]}`,
		"details":  `{"schema":"tlsprobe.trace/1","summary":{},"events":[{"n":1,"dir":"none","layer":"net","kind":"lookup","detail":{"addresses":[` + strings.Repeat(`"",`, maxItems) + `""]}}]}`,
		"spans":    `{"schema":"tlsprobe.trace/1","summary":{},"events":[],"buffers":[{"id":0},{"id":1,"from":[` + strings.Repeat(`{},`, maxSpans) + `{}]}]}`,
	} {
		if _, err := Read(strings.NewReader(doc)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFieldsOfAllTreesAreCounted(t *testing.T) {
	fields := `{"path":"x","off":0,"len":4,"children":[` + strings.Repeat(`{"path":"x.y","off":0,"len":0},`, 9) + `{"path":"x.y","off":0,"len":0}]}`
	left := 20
	if _, err := readTree(newValues(), []byte(fields), nil, make([]byte, 4), &left); err != nil {
		t.Error(err)
	}
	if _, err := readTree(newValues(), []byte(fields), nil, make([]byte, 4), &left); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

func TestAnErrorSaysWhere(t *testing.T) {
	for doc, want := range map[string]string{
		`{"schema":"tlsprobe.trace/1","outcome":]}`:                                "at byte 40",
		"{\"schema\":\"tlsprobe.trace/1\",\n\"outcome\":\n]}":                      "byte 42, in line 3",
		"{\"schema\":\"tlsprobe.trace/1\",\n\"events\":[{\"n\":1,\n\"n\":2}]}":     `the key "n" stands twice in an object, at byte`,
		`{"schema":"tlsprobe.trace/7","events":[]}`:                                "tlsprobe.trace/7, and tlsprobe.trace/1 is known here",
		`{"schema":"tlsprobe.trace/1","summary":{},"events":[{"n":1,"dir":"up"}]}`: `item 0: dir is "up"`,
	} {
		if _, err := Read(strings.NewReader(doc)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", doc, err, want)
		}
	}
}

// endless is a document that never ends.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

func TestEndlessInputIsGivenUp(t *testing.T) {
	if _, err := Read(endless{}); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

func FuzzReadTakesAnything(f *testing.F) {
	f.Add([]byte(fmt.Sprintf(minimal, `,"tree":{"path":"x","off":0,"len":4,"children":[{"path":"x.bytes","off":0,"len":4,"value":"ff"}]},"trailing":[{"path":"t","off":4,"len":0}]`)))
	f.Add([]byte(fmt.Sprintf(minimal, `,"detail":{},"context":{},"findings":[{"severity":null}]`)))
	if whole, err := os.ReadFile(filepath.Join("testdata", "trace-1.json")); err == nil {
		f.Add(whole)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		tr, err := Read(bytes.NewReader(doc))
		if err != nil {
			return
		}
		Summarize(tr)
		first := encoded(t, tr)
		again, err := Read(bytes.NewReader(first))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, first)
		}
		if second := encoded(t, again); !bytes.Equal(first, second) {
			t.Fatalf("written twice:\n%s\n%s", first, second)
		}
	})
}

func FuzzScannerTakesAnything(f *testing.F) {
	f.Add([]byte(`{"path":"x","off":0,"len":4,"children":[{"path":"x.y","off":0,"len":4,"value":{"value":3}}]}`))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		left := maxNodes
		_, _ = readTree(newValues(), raw, nil, make([]byte, 64), &left)
		_, _ = readTree(newValues(), []byte(`{"path":"x","off":0,"len":4}`), raw, make([]byte, 64), &left)
	})
}

// TestADocumentCutAnywhereIsRefused: what is not whole is never shown as if it were.
func TestADocumentCutAnywhereIsRefused(t *testing.T) {
	doc := fmt.Sprintf(minimal, `,"tree":{"path":"x","off":0,"len":4}`)
	for i := range len(doc) {
		if _, err := Read(strings.NewReader(doc[:i])); !errors.Is(err, ErrNotTrace) && !errors.Is(err, ErrMalformed) {
			t.Errorf("%d bytes: %v", i, err)
		}
	}
}
