package recent

import (
	"math/rand/v2"
	"sync"
	"testing"
)

func TestWhatIsAskedForStays(t *testing.T) {
	c := New[int, int](100)
	c.Put(-1, 7, 1)
	for i := range 1000 {
		c.Put(i, i, 1)
		if v, ok := c.Get(-1); !ok || v != 7 {
			t.Fatalf("forgotten after %d others, though it was asked for each time", i)
		}
	}
	for i := 1000 - 50; i < 1000; i++ {
		if v, ok := c.Get(i); !ok || v != i {
			t.Errorf("%d, one of the last 50, is %d, %t", i, v, ok)
		}
	}
	if _, ok := c.Get(0); ok {
		t.Error("the first of a thousand is still there")
	}
}

// Whatever is put and asked for, no more is held than is allowed, and what is held is what was put last under its key.
func TestWeightsStayWithinTheLimit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const limit = 1000
	c, last := New[int, int](limit), map[int]int{}
	for n := range 100_000 {
		key := r.IntN(200)
		if r.IntN(3) == 0 {
			if v, ok := c.Get(key); ok && v != last[key] {
				t.Fatalf("%d is %d, not %d", key, v, last[key])
			}
			continue
		}
		c.Put(key, n, r.IntN(limit/share+5)) // sometimes too heavy
		last[key] = n
		if all := sum(c.young) + sum(c.old); all > limit || sum(c.young) != c.weight {
			t.Fatalf("%d in all, the young %d, said to be %d", all, sum(c.young), c.weight)
		}
	}
}

func sum(m map[int]kept[int]) (n int) {
	for _, k := range m {
		n += k.weight
	}
	return n
}

func TestWhatWeighsTooMuchIsNotRemembered(t *testing.T) {
	c := New[string, string](80)
	c.Put("light", "a", 10)
	c.Put("heavy", "b", 11)
	if _, ok := c.Get("heavy"); ok {
		t.Error("one value has more than an eighth")
	}
	if _, ok := c.Get("light"); !ok {
		t.Error("it displaced another")
	}
}

func TestNilRemembersNothing(t *testing.T) {
	var c *Cache[int, int]
	c.Put(1, 1, 1)
	if _, ok := c.Get(1); ok {
		t.Error("nil remembers")
	}
}

func TestGoroutinesShareOne(t *testing.T) {
	c := New[int, int](64)
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range 2000 {
				c.Put(i%97, i%97, 1+g)
				if v, ok := c.Get(i % 89); ok && v != i%89 {
					t.Errorf("%d is %d", i%89, v)
				}
			}
		})
	}
	all.Wait()
}
