package wire_test

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// hue is a code point, so that names in the tree can be tested.
type hue uint16

func (c hue) Name() string {
	if c == 1 {
		return "red"
	}
	return ""
}
func (c hue) IsGREASE() bool { return c == 0x0a0a }

// sample is a struct that uses every primitive.
type sample struct {
	A      uint8
	B      hue
	C, D   uint32
	E      uint64
	F      [3]byte
	Small  []byte
	Mid    []byte
	Big    []byte
	Word   []byte
	Words  []byte
	Inner  inner
	Plain  inner
	Items  []item
	Bytes  []uint8
	Codes  []hue
	Exts   []entry
	HasOpt bool
	Opt    uint16
	Tail   []byte
}

type inner struct {
	X uint8
	Y uint16
}

type item struct {
	K uint8
	V []byte
}

type entry struct {
	Type uint8
	Body []byte
}

func (v *inner) layout(c *wire.Codec) {
	wire.U8(c, "x", &v.X)
	wire.U16(c, "y", &v.Y)
}

func (v *item) layout(c *wire.Codec) {
	wire.U8(c, "k", &v.K)
	c.Opaque8("v", &v.V, 0, 4)
}

func (e *entry) layout(c *wire.Codec) {
	wire.U8(c, "type", &e.Type)
	wire.Body(c, 1, 0, 255, e, (*entry).body)
}

func (e *entry) body(c *wire.Codec) { c.Rest("data", &e.Body) }

func (s *sample) layout(c *wire.Codec) {
	wire.U8(c, "a", &s.A)
	wire.U16(c, "b", &s.B)
	c.U24("c", &s.C)
	c.U32("d", &s.D)
	c.U64("e", &s.E)
	c.Fixed("f", s.F[:])
	c.Opaque8("small", &s.Small, 1, 8)
	c.Opaque16("mid", &s.Mid, 0, 1<<16-1)
	c.Opaque24("big", &s.Big, 0, 1<<24-1)
	c.Text8("word", &s.Word, 0, 255)
	c.Text16("words", &s.Words, 0, 1<<16-1)
	wire.Vector(c, "inner", 1, 3, 3, &s.Inner, (*inner).layout)
	wire.Group(c, "plain", &s.Plain, (*inner).layout)
	wire.List(c, "items", 2, 0, 64, &s.Items, (*item).layout)
	wire.Codes8(c, "bytes", 1, 0, 255, &s.Bytes)
	wire.Codes16(c, "codes", 2, 2, 1<<16-2, &s.Codes)
	wire.Vector(c, "exts", 2, 0, 1<<16-1, s, (*sample).entries)
	if c.Optional(&s.HasOpt) {
		wire.U16(c, "opt", &s.Opt)
		c.Rest("tail", &s.Tail)
	}
}

func (s *sample) entries(c *wire.Codec) {
	switch {
	case c.Describing():
		wire.Entry(c, "ext", 0, &entry{}, (*entry).layout)
	case c.Writing():
		for i := range s.Exts {
			s.Exts[i].layout(c)
		}
	default:
		for ord := 1; c.More(); ord++ {
			s.Exts = append(s.Exts, entry{})
			wire.Entry(c, "ext", ord, &s.Exts[len(s.Exts)-1], (*entry).layout)
		}
	}
}

// wellFormed is the bytes of a sample, written by hand, with the path of every leaf.
var wellFormed = []struct {
	path  string
	bytes string
}{
	{"s.a", "\x7f"},
	{"s.b", "\x00\x01"},
	{"s.c", "\x01\x02\x03"},
	{"s.d", "\x01\x02\x03\x04"},
	{"s.e", "\x01\x02\x03\x04\x05\x06\x07\x08"},
	{"s.f", "\xaa\xbb\xcc"},
	{"s.small.length", "\x02"},
	{"s.small.bytes", "hi"},
	{"s.mid.length", "\x00\x00"},
	{"s.big.length", "\x00\x00\x01"},
	{"s.big.bytes", "!"},
	{"s.word.length", "\x02"},
	{"s.word.bytes", "h2"},
	{"s.words.length", "\x00\x03"},
	{"s.words.bytes", "a.b"},
	{"s.inner.length", "\x03"},
	{"s.inner.x", "\x09"},
	{"s.inner.y", "\x00\x0a"},
	{"s.plain.x", "\x0b"},
	{"s.plain.y", "\x00\x0c"},
	{"s.items.length", "\x00\x05"},
	{"s.items[0].k", "\x01"},
	{"s.items[0].v.length", "\x01"},
	{"s.items[0].v.bytes", "v"},
	{"s.items[1].k", "\x02"},
	{"s.items[1].v.length", "\x00"},
	{"s.bytes.length", "\x02"},
	{"s.bytes[0]", "\x05"},
	{"s.bytes[1]", "\x06"},
	{"s.codes.length", "\x00\x04"},
	{"s.codes[0]", "\x00\x01"},
	{"s.codes[1]", "\x0a\x0a"},
	{"s.exts.length", "\x00\x05"},
	{"s.exts.ext.type", "\x01"},
	{"s.exts.ext.length", "\x01"},
	{"s.exts.ext.data", "d"},
	{"s.exts.ext#2.type", "\x02"},
	{"s.exts.ext#2.length", "\x00"},
	{"s.opt", "\x00\x2a"},
	{"s.tail", "rest"},
}

func wellFormedBytes() []byte {
	var b []byte
	for _, f := range wellFormed {
		b = append(b, f.bytes...)
	}
	return b
}

// read reads a sample under the name s.
func read(data []byte, tree *wire.Tree) (*sample, []wire.Diagnostic) {
	s := new(sample)
	c := wire.NewReader(data, nil, tree)
	wire.Group(c, "s", s, (*sample).layout)
	c.Done()
	return s, c.Diagnostics()
}

func write(s *sample) ([]byte, []wire.Diagnostic) {
	c := wire.NewWriter(nil, nil)
	s.layout(c)
	return c.Bytes(), c.Diagnostics()
}

var index = regexp.MustCompile(`\[\d+\]`)
var occurrence = regexp.MustCompile(`#\d+`)

func described() []string {
	return wire.Describe(nil, func(c *wire.Codec) { wire.Group(c, "s", new(sample), (*sample).layout) })
}

// holdsInvariants checks everything that must be true of reading any bytes.
func holdsInvariants(t *testing.T, data []byte, known []string) {
	t.Helper()
	tree := wire.NewTree(0)
	seen, diags := read(data, tree)
	blind, same := read(data, nil)
	if !reflect.DeepEqual(seen, blind) {
		t.Errorf("%x: with a tree %+v, without %+v", data, seen, blind)
	}
	if !reflect.DeepEqual(diags, same) {
		t.Errorf("%x: with a tree %+v, without %+v", data, diags, same)
	}
	if err := treeHolds(tree, data, known); err != nil {
		t.Errorf("%x: %v", data, err)
	}
	for _, d := range diags {
		if d.Off < 0 || d.Len < 0 || d.Off+d.Len > len(data) || d.Problem == 0 || d.Path == "" {
			t.Errorf("%x: %+v", data, d)
		}
	}
	if len(diags) == 0 {
		if again, wrong := write(seen); string(again) != string(data) || wrong != nil {
			t.Errorf("%x: written again %x, %v", data, again, wrong)
		}
	}
}

func treeHolds(tree *wire.Tree, data []byte, known []string) error {
	if err := tree.Check(); err != nil {
		return err
	}
	at := 0
	for i := range tree.Children(-1) {
		if n := tree.Nodes[i]; int(n.Off) != at {
			return fmt.Errorf("%s begins at %d, want %d", tree.Path(i), n.Off, at)
		}
		at += int(tree.Nodes[i].Len)
	}
	if at != len(data) {
		return fmt.Errorf("roots end at %d of %d", at, len(data))
	}
	paths := map[string]bool{}
	for i := range tree.Nodes {
		p := tree.Path(i)
		if paths[p] {
			return fmt.Errorf("%s occurs twice", p)
		}
		paths[p] = true
		if tree.Find(p) != i {
			return fmt.Errorf("%s is not found where it is", p)
		}
		p = occurrence.ReplaceAllString(index.ReplaceAllString(p, "[i]"), "")
		if p != "trailing" && !strings.HasSuffix(p, ".trailing") && !slices.Contains(known, p) {
			return fmt.Errorf("%s is not described", p)
		}
	}
	return nil
}
