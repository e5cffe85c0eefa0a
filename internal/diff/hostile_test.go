package diff

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// hello makes a trace of a ClientHello with these suites and extensions.
func hello(t testing.TB, suites []iana.CipherSuite, groups ...iana.Group) *trace.Trace {
	t.Helper()
	m := &message.ClientHello{LegacyVersion: iana.TLS12, CipherSuites: suites, Compression: []iana.CompressionMethod{0}, HasExtensions: true}
	if len(groups) > 0 {
		list := &message.SupportedGroups{Groups: groups}
		m.Extensions = append(m.Extensions, message.Extension{Type: iana.ExtSupportedGroups, Body: list})
	}
	return traceOf(t, m)
}

func traceOf(t testing.TB, messages ...message.Message) *trace.Trace {
	t.Helper()
	tr := &trace.Trace{Schema: trace.Schema, Outcome: trace.OK}
	for i, m := range messages {
		raw, diags := message.Encode(m, &message.Context{})
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		tree := new(wire.Tree)
		message.Decode(raw, &message.Context{Occurrence: i + 1}, tree)
		buf := &trace.Buffer{ID: i, Kind: trace.BufferMessage, Bytes: raw}
		tr.Buffers = append(tr.Buffers, buf)
		tr.Events = append(tr.Events, &trace.Event{N: i + 1, Dir: trace.Sent, Layer: trace.LayerMessage, Kind: m.Name(), Buf: buf, Tree: tree})
	}
	return tr
}

func TestGREASEValuesAreEqual(t *testing.T) {
	a := hello(t, []iana.CipherSuite{0x1a1a, iana.TLS_AES_128_GCM_SHA256}, 0x2a2a, iana.X25519)
	b := hello(t, []iana.CipherSuite{0xfafa, iana.TLS_AES_128_GCM_SHA256}, 0x3a3a, iana.X25519)
	if d := Compare(a, b, Options{}); d.Result != Same {
		t.Errorf("%s", strings.Join(told(d), "\n"))
	}
	if d := Compare(a, b, Options{All: true}); d.Result == Same {
		t.Error("--all ignores them, too")
	}
	without := hello(t, []iana.CipherSuite{iana.TLS_AES_128_GCM_SHA256}, iana.X25519)
	if d := Compare(a, without, Options{}); d.Neutral != 2 {
		t.Errorf("%s", strings.Join(told(d), "\n"))
	}
}

func TestMembersOfListsAreComparedByValueAndOrderApart(t *testing.T) {
	a := hello(t, []iana.CipherSuite{1, 2, 3, 4, 5})
	d := Compare(a, hello(t, []iana.CipherSuite{5, 1, 2, 4, 6}), Options{})
	var kinds []Kind
	for _, g := range d.Groups {
		for _, c := range g.Changes {
			kinds = append(kinds, c.Kind)
		}
	}
	if fmt.Sprint(kinds) != "[removed added moved]" {
		t.Errorf("%v: %s", kinds, strings.Join(told(d), "\n"))
	}
	if text := strings.Join(told(d), "\n"); !strings.Contains(text, "at 5 -> ") || !strings.Contains(text, "at 1") {
		t.Errorf("%s", text)
	}
}

func TestATraceOfManyEventsIsComparedInNoTime(t *testing.T) {
	const n = 100_000
	many := func(shift uint32) *trace.Trace {
		tr := hello(t, []iana.CipherSuite{1})
		sample := traceOf(t, &message.KeyUpdate{})
		for i := range n {
			e := *sample.Events[0]
			e.N, e.Dir = i+2, trace.Received
			if uint32(i)%7 == shift {
				e.Kind = "unknown_" + fmt.Sprint(i)
			}
			tr.Events = append(tr.Events, &e)
		}
		return tr
	}
	start := time.Now()
	d := Compare(many(1), many(2), Options{})
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
	listed := 0
	for _, g := range d.Groups {
		listed += len(g.Changes)
	}
	if d.Result != Differs || listed > maxChanges || d.Omitted == 0 || len(d.Groups) > maxChanges+maxGroups {
		t.Errorf("%s, %d listed, %d omitted, %d groups", d.Result, listed, d.Omitted, len(d.Groups))
	}
}

func TestLongTextOfAPeerIsCut(t *testing.T) {
	a, b := scenarioTrace(t, "tls13"), scenarioTrace(t, "hostile-names")
	for _, l := range told(Compare(a, b, Options{})) {
		if len(l) > 1000 {
			t.Errorf("%d bytes: %.200q", len(l), l)
		}
	}
}

func FuzzDiffTakesAnything(f *testing.F) {
	var docs [][]byte
	for _, name := range []string{"tls13", "tls12", "hello-retry", "no-alpn", "ocsp-staple"} {
		var buf bytes.Buffer
		if err := trace.Write(&buf, scenarioTrace(f, name)); err != nil {
			f.Fatal(err)
		}
		docs = append(docs, buf.Bytes())
	}
	for i := range docs {
		f.Add(uint8(i), uint32(0), []byte(nil))
		f.Add(uint8(i), uint32(1000*i), []byte(`"kind":"finished"`))
		f.Add(uint8(i), uint32(7000*i), []byte(`0x1a1a`))
	}
	good, err := trace.Read(bytes.NewReader(docs[0]))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, which uint8, at uint32, patch []byte) {
		doc := bytes.Clone(docs[int(which)%len(docs)])
		copy(doc[int(at)%len(doc):], patch)
		bad, err := trace.Read(bytes.NewReader(doc))
		if err != nil {
			return
		}
		for _, all := range []bool{false, true} {
			if d := Compare(bad, bad, Options{All: all}); d.Result != Same || len(told(d)) > 0 {
				t.Errorf("it differs from itself:\n%s", strings.Join(told(d), "\n"))
			}
			there, back := Compare(good, bad, Options{All: all}), Compare(bad, good, Options{All: all})
			if there.Worse != back.Better || there.Better != back.Worse || there.Neutral != back.Neutral {
				t.Errorf("%d, %d, %d and the other way round %d, %d, %d", there.Worse, there.Better, there.Neutral, back.Worse, back.Better, back.Neutral)
			}
		}
		e := LockOf("x:1", bad)
		if c := CheckTrace(&e, bad); c.State != CheckSame && c.State != CheckNotReached {
			t.Errorf("its lock does not hold: %v", c.Changes)
		}
	})
}
