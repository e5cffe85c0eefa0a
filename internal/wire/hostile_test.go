package wire_test

import (
	"runtime"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestALengthThatLiesAllocatesNothing(t *testing.T) {
	data := []byte{0xff, 0xff, 0xff, 1, 2}
	for name, layout := range map[string]func(c *wire.Codec){
		"opaque": func(c *wire.Codec) { var v []byte; c.Opaque24("v", &v, 0, 1<<24-1) },
		"codes": func(c *wire.Codec) {
			var v []uint16
			wire.Codes16(c, "v", 3, 0, 1<<24-1, &v)
		},
		"list": func(c *wire.Codec) {
			var v []inner
			wire.List(c, "v", 3, 0, 1<<24-1, &v, (*inner).layout)
		},
	} {
		if n := allocated(func() { layout(wire.NewReader(data, nil, nil)) }); n > 4096 {
			t.Errorf("%s: %d bytes", name, n)
		}
	}
}

func TestManyTinyEntriesCostAFixedMultipleOfTheirBytes(t *testing.T) {
	const size = 1 << 16
	read := func(tree *wire.Tree) func() {
		return func() {
			var s sample
			c := wire.NewReader(make([]byte, size), nil, tree) // 32768 empty entries
			s.entries(c)
			c.Done()
		}
	}
	if n := allocated(read(nil)); n > 100*size {
		t.Errorf("without a tree: %d bytes for %d", n, size)
	}
	if n := allocated(read(wire.NewTree(0))); n > 1000*size {
		t.Errorf("with a tree: %d bytes for %d", n, size)
	}
}

func TestManyFaultsAreNotAllRemembered(t *testing.T) {
	data := make([]byte, 1<<16)
	for i := range data {
		data[i] = 9 // each item's vector says 9 where 4 are allowed
	}
	var items []item
	c := wire.NewReader(data, nil, nil)
	wire.Items(c, &items, (*item).layout)
	c.Done()
	if n := len(c.Diagnostics()); n == 0 || n > 64 {
		t.Errorf("%d diagnostics", n)
	}
}

func TestReadingWithoutATreeHardlyAllocates(t *testing.T) {
	data := wellFormedBytes()
	if n := testing.AllocsPerRun(100, func() { read(data, nil) }); n > 12 {
		t.Errorf("%v allocations", n)
	}
}
