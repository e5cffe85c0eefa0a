package wire_test

import (
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// names is a list of lists: each empty inner list costs a byte and asks for two nodes.
type names struct{ list []name }

type name struct{ b []byte }

func (n *names) layout(c *wire.Codec) {
	wire.List(c, "list", 3, 0, 1<<24-1, &n.list, func(x *name, c *wire.Codec) { c.Opaque8("name", &x.b, 0, 255) })
}

func TestTreeOfAHostileMessageStaysBounded(t *testing.T) {
	const size = 1 << 20
	raw := append([]byte{byte(size >> 16), byte(size >> 8 & 0xff), byte(size & 0xff)}, make([]byte, size)...)
	tree := wire.NewTree(0)
	var n names
	c := wire.NewReader(raw, nil, tree)
	wire.Group(c, "root", &n, (*names).layout)
	c.Done()
	if len(n.list) != size {
		t.Errorf("%d items were read of %d: the bound is on what is shown", len(n.list), size)
	}
	if len(tree.Nodes) > 1<<14+8 {
		t.Errorf("the tree has %d nodes", len(tree.Nodes))
	}
	if err := tree.Check(); err != nil {
		t.Error(err)
	}
	if i := tree.Find("root.list.more"); i < 0 || tree.Nodes[i].Off+tree.Nodes[i].Len != int32(len(raw)) {
		t.Errorf("what was left out is not one leaf to the end: %d", i)
	}
}
