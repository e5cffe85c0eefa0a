// Package recent remembers what was asked for lately, in bounded memory.
package recent

import "sync"

// Cache holds values by key. When they weigh too much, those go that were not asked for lately: it has two generations, and each
// time that the young one has half of what is allowed, the old one is dropped and the young one is old. A Cache is used by several
// goroutines. Nil remembers nothing.
type Cache[K comparable, V any] struct {
	limit int // of both generations together

	mu         sync.Mutex
	young, old map[K]kept[V]
	weight     int // of the young generation
}

// kept is a value and what it weighs.
type kept[V any] struct {
	value  V
	weight int
}

// share is the part of the limit that one value may take: one in so many.
const share = 8

// New returns an empty Cache of values that weigh no more than limit together, in whatever unit the caller weighs.
func New[K comparable, V any](limit int) *Cache[K, V] {
	return &Cache[K, V]{limit: limit, young: make(map[K]kept[V])}
}

// Get returns the value of a key, and whether there is one.
func (c *Cache[K, V]) Get(key K) (value V, ok bool) {
	if c == nil {
		return value, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if k, ok := c.young[key]; ok {
		return k.value, true
	}
	k, ok := c.old[key]
	if ok {
		delete(c.old, key)
		c.add(key, k)
	}
	return k.value, ok
}

// Put remembers a value that weighs so much. One that weighs more than an eighth of what is allowed is not worth it.
func (c *Cache[K, V]) Put(key K, value V, weight int) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.weight -= c.young[key].weight
	delete(c.young, key)
	delete(c.old, key)
	if weight <= c.limit/share {
		c.add(key, kept[V]{value, weight})
	}
}

// add puts a value with the young ones, and ends their generation if there are enough.
func (c *Cache[K, V]) add(key K, k kept[V]) {
	if c.weight+k.weight > c.limit/2 {
		c.old, c.young, c.weight = c.young, make(map[K]kept[V], len(c.young)), 0
	}
	c.young[key] = k
	c.weight += k.weight
}
