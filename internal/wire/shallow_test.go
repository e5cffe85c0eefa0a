package wire

import (
	"bytes"
	"slices"
	"testing"
)

// lists is a layout with two lists of code points and what follows them.
type lists struct {
	a    []uint8
	b    []uint16
	rest []byte
}

func (l *lists) layout(c *Codec) {
	Codes8(c, "a", 1, 0, 255, &l.a)
	Codes16(c, "b", 2, 0, 1<<16-1, &l.b)
	c.Rest("rest", &l.rest)
}

func TestShallowTreeLeavesOutTheMembersOfListsAndNothingIsReadDifferently(t *testing.T) {
	raw := []byte{3, 1, 2, 3, 0, 4, 0, 5, 0, 6, 9, 9}
	read := func(tree *Tree) *lists {
		c, l := NewReader(raw, nil, tree), &lists{}
		l.layout(c)
		c.Done()
		if len(c.Diagnostics()) > 0 {
			t.Error(c.Diagnostics())
		}
		return l
	}
	deep, shallow := NewTree(0), NewTree(0)
	shallow.Shallow = true
	want, got := read(deep), read(shallow)
	if !slices.Equal(got.a, want.a) || !slices.Equal(got.b, want.b) || !bytes.Equal(got.rest, want.rest) || len(got.b) != 2 {
		t.Errorf("%+v, not %+v", got, want)
	}
	if len(deep.Nodes)-len(shallow.Nodes) != 5 {
		t.Errorf("%d nodes, and %d without the members", len(deep.Nodes), len(shallow.Nodes))
	}
	for _, path := range []string{"a", "a.length", "b", "b.length", "rest"} {
		d, s := deep.Find(path), shallow.Find(path)
		if d < 0 || s < 0 || deep.Nodes[d].Off != shallow.Nodes[s].Off || deep.Nodes[d].Len != shallow.Nodes[s].Len {
			t.Errorf("%s is at %d and %d", path, d, s)
		}
	}
	if shallow.Find("a[0]") >= 0 {
		t.Error("a member is recorded")
	}
}

func TestListThatIsCutIsDiagnosedInAShallowTreeToo(t *testing.T) {
	tree := NewTree(0)
	tree.Shallow = true
	c, l := NewReader([]byte{1, 1, 0, 3, 0, 5, 0}, nil, tree), &lists{}
	l.layout(c)
	c.Done()
	if len(c.Diagnostics()) == 0 || len(l.b) != 1 {
		t.Errorf("%v, %+v", c.Diagnostics(), l)
	}
}
