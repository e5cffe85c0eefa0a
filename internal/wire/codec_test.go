package wire_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/wire"
)

func TestEveryPrimitiveReadsItsBytes(t *testing.T) {
	want := &sample{
		A: 0x7f, B: 1, C: 0x010203, D: 0x01020304, E: 0x0102030405060708, F: [3]byte{0xaa, 0xbb, 0xcc},
		Small: []byte("hi"), Mid: []byte{}, Big: []byte("!"), Word: []byte("h2"), Words: []byte("a.b"),
		Inner: inner{9, 10}, Plain: inner{11, 12},
		Items: []item{{1, []byte("v")}, {2, []byte{}}}, Bytes: []uint8{5, 6}, Codes: []hue{1, 0x0a0a},
		Exts: []entry{{1, []byte("d")}, {2, nil}}, HasOpt: true, Opt: 42, Tail: []byte("rest"),
	}
	got, diags := read(wellFormedBytes(), nil)
	if !reflect.DeepEqual(got, want) || len(diags) > 0 {
		t.Errorf("got %+v %v\nwant %+v", got, diags, want)
	}
	again, diags := write(want)
	if string(again) != string(wellFormedBytes()) || len(diags) > 0 {
		t.Errorf("written %x %v", again, diags)
	}
}

func TestEveryLeafHasItsPathAndRange(t *testing.T) {
	tree := wire.NewTree(8)
	read(wellFormedBytes(), tree)
	at, leaf := 0, 0
	for i := range tree.Nodes {
		n := &tree.Nodes[i]
		if !tree.IsLeaf(i) || n.Len == 0 {
			continue
		}
		want := wellFormed[leaf]
		if tree.Path(i) != want.path || int(n.Off) != at || int(n.Len) != len(want.bytes) {
			t.Fatalf("leaf %d: %s %d+%d, want %s %d+%d", leaf, tree.Path(i), n.Off, n.Len, want.path, at, len(want.bytes))
		}
		at += len(want.bytes)
		leaf++
	}
	if leaf != len(wellFormed) {
		t.Errorf("%d leaves of %d", leaf, len(wellFormed))
	}
}

func TestALeafKnowsItsKindAndValue(t *testing.T) {
	tree := wire.NewTree(8)
	read(wellFormedBytes(), tree)
	node := func(path string) *wire.Node { return &tree.Nodes[tree.Find(path)] }
	for path, want := range map[string]uint64{"s.a": 0x7f, "s.c": 0x010203, "s.d": 0x01020304, "s.e": 0x0102030405060708, "s.inner.length": 3, "s.items.length": 5} {
		if n := node(path); n.Kind != wire.Uint || n.Num != want {
			t.Errorf("%s: %+v", path, n)
		}
	}
	if n := node("s.b"); n.Kind != wire.Code || n.Code.Name() != "red" || n.Num != 1 {
		t.Errorf("s.b: %+v", n)
	}
	if n := node("s.codes[1]"); n.Kind != wire.Code || !n.Code.IsGREASE() {
		t.Errorf("s.codes[1]: %+v", n)
	}
	for path, want := range map[string]wire.Kind{
		"s": wire.Struct, "s.plain": wire.Struct, "s.items[0]": wire.Struct, "s.f": wire.Opaque, "s.small.bytes": wire.Opaque,
		"s.word.bytes": wire.Text, "s.words.bytes": wire.Text, "s.exts.ext#2": wire.Struct,
	} {
		if n := node(path); n.Kind != want {
			t.Errorf("%s: kind %d, want %d", path, n.Kind, want)
		}
	}
	if tree.Find("s.nothing") != -1 {
		t.Error("a path that isn't there was found")
	}
	if got := tree.Step(tree.Find("s.exts.ext#2")); got != "ext#2" {
		t.Errorf("step %q", got)
	}
	if got := tree.Step(tree.Find("s.items[1]")); got != "[1]" {
		t.Errorf("step %q", got)
	}
}

func TestDescribeIsTheSetOfPathsThatReadingRecords(t *testing.T) {
	tree := wire.NewTree(8)
	read(wellFormedBytes(), tree)
	recorded := map[string]bool{"s.mid.bytes": true} // empty in the sample
	for i := range tree.Nodes {
		recorded[occurrence.ReplaceAllString(index.ReplaceAllString(tree.Path(i), "[i]"), "")] = true
	}
	known := described()
	for _, p := range known {
		if !recorded[p] {
			t.Errorf("%s is described and not recorded", p)
		}
		delete(recorded, p)
	}
	for p := range recorded {
		t.Errorf("%s is recorded and not described", p)
	}
	slices.Sort(known)
	if len(slices.Compact(known)) != len(described()) {
		t.Error("a path is described twice")
	}
}

func TestAbsentAndEmptyAreToldApart(t *testing.T) {
	whole := wellFormedBytes()
	without := whole[:len(whole)-len("\x00\x2arest")]
	s, diags := read(without, nil)
	if s.HasOpt || s.Tail != nil || len(diags) > 0 {
		t.Errorf("absent: %v %q %v", s.HasOpt, s.Tail, diags)
	}
	s, diags = read(whole[:len(whole)-len("rest")], nil)
	if !s.HasOpt || s.Opt != 42 || len(diags) > 0 {
		t.Errorf("present: %v %v %v", s.HasOpt, s.Opt, diags)
	}
}

func TestEveryTruncationSaysWhere(t *testing.T) {
	whole := wellFormedBytes()
	known := described()
	optional := len(whole) - len("\x00\x2arest")
	for n := range whole {
		_, diags := read(whole[:n], nil)
		switch fine := n == optional || n >= optional+2; {
		case fine != (len(diags) == 0):
			t.Errorf("cut at %d: %v", n, diags)
		case !fine && diags[0].Off > n:
			t.Errorf("cut at %d: %+v", n, diags[0])
		}
		holdsInvariants(t, whole[:n], known)
	}
}

func TestATruncatedFieldIsNamedWithWhatWasThere(t *testing.T) {
	_, diags := read([]byte("\x7f\x00"), nil)
	want := wire.Diagnostic{Problem: wire.Truncated, Path: "s.b", Off: 1, Len: 1, Expected: "2 bytes", Actual: "1 byte"}
	if len(diags) != 1 || diags[0] != want {
		t.Errorf("%+v, want %+v", diags, want)
	}
}

func TestABadLengthIsClampedAndReadingGoesOn(t *testing.T) {
	for _, c := range []struct {
		name, data string
		want       wire.Diagnostic
		bytes      string
	}{
		{"overrun", "\x05ab", wire.Diagnostic{Problem: wire.LengthOverrun, Path: "v.length", Off: 0, Len: 1, Expected: "at most 2 bytes", Actual: "5 bytes"}, "ab"},
		{"too short", "\x00", wire.Diagnostic{Problem: wire.LengthOutOfBounds, Path: "v.length", Off: 0, Len: 1, Expected: "1 to 4 bytes", Actual: "0 bytes"}, ""},
		{"too long", "\x05abcde", wire.Diagnostic{Problem: wire.LengthOutOfBounds, Path: "v.length", Off: 0, Len: 1, Expected: "1 to 4 bytes", Actual: "5 bytes"}, "abcde"},
	} {
		for _, tree := range []*wire.Tree{nil, wire.NewTree(4)} {
			var v []byte
			r := wire.NewReader([]byte(c.data), nil, tree)
			r.Opaque8("v", &v, 1, 4)
			r.Done()
			if d := r.Diagnostics(); len(d) != 1 || d[0] != c.want || string(v) != c.bytes {
				t.Errorf("%s: %q %+v, want %+v", c.name, v, d, c.want)
			}
		}
	}
}

func TestWhatALayoutLeavesIsTrailing(t *testing.T) {
	tree := wire.NewTree(4)
	var v inner
	r := wire.NewReader([]byte("\x05\x01\x00\x02zz\xff"), nil, tree)
	wire.Vector(r, "v", 1, 0, 255, &v, (*inner).layout)
	r.Done()
	want := []wire.Diagnostic{
		{Problem: wire.Trailing, Path: "v", Off: 4, Len: 2, Expected: "nothing more", Actual: "2 bytes more"},
		{Problem: wire.Trailing, Path: "", Off: 6, Len: 1, Expected: "nothing more", Actual: "1 bytes more"},
	}
	if d := r.Diagnostics(); !reflect.DeepEqual(d, want) || v != (inner{1, 2}) {
		t.Errorf("%+v %+v", v, d)
	}
	if tree.Find("v.trailing") < 0 || tree.Find("trailing") < 0 {
		t.Error("trailing bytes have no leaf")
	}
}

func TestWritingTooMuchForALengthIsSaid(t *testing.T) {
	c := wire.NewWriter(nil, nil)
	long := []byte(strings.Repeat("x", 300))
	c.Opaque8("v", &long, 0, 255)
	if d := c.Diagnostics(); len(d) != 1 || d[0].Problem != wire.LengthOutOfBounds {
		t.Errorf("%+v", d)
	}
}

func TestMarksCutWhatLiesBetween(t *testing.T) {
	cut := func(c *wire.Codec) []byte {
		var a, b uint16 = 1, 2
		wire.U16(c, "a", &a)
		mark := c.Mark()
		wire.U16(c, "b", &b)
		return c.Since(mark)
	}
	if got := cut(wire.NewReader([]byte("\x00\x01\x00\x02\x00\x03"), nil, nil)); string(got) != "\x00\x02" {
		t.Errorf("reading: %x", got)
	}
	if got := cut(wire.NewWriter([]byte("before"), nil)); string(got) != "\x00\x02" {
		t.Errorf("writing: %x", got)
	}
}

func TestALayoutThatTakesNothingEnds(t *testing.T) {
	var list []inner
	r := wire.NewReader([]byte("\x02ab"), nil, wire.NewTree(4))
	wire.List(r, "l", 1, 0, 255, &list, func(*inner, *wire.Codec) {})
	r.Done()
	if len(list) != 1 || r.Remaining() != 0 {
		t.Errorf("%d items, %d bytes left", len(list), r.Remaining())
	}
}

func TestRandomChangesKeepTheInvariants(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	whole := wellFormedBytes()
	known := described()
	for range 5000 {
		b := slices.Clone(whole)
		for range 1 + rnd.IntN(4) {
			switch i := rnd.IntN(len(b)); rnd.IntN(4) {
			case 0:
				b[i] = byte(rnd.Uint32())
			case 1:
				b[i] += byte(rnd.IntN(3)) - 1
			case 2:
				b = slices.Insert(b, i, byte(rnd.Uint32()))
			default:
				b = slices.Delete(b, i, i+1)
			}
		}
		holdsInvariants(t, b, known)
		if t.Failed() {
			return
		}
	}
}

func FuzzReadingKeepsTheInvariants(f *testing.F) {
	f.Add(wellFormedBytes())
	f.Add([]byte{})
	known := described()
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 1<<16 {
			holdsInvariants(t, data, known)
		}
	})
}
