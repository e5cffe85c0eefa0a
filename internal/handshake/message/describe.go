package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// Describe returns every path that a layout of this package knows, without any input: list items as
// [i], each path once, in layout order.
func Describe() []string {
	var all []string
	seen := make(map[string]bool)
	add := func(paths []string) {
		for _, p := range paths {
			if !seen[p] {
				seen[p] = true
				all = append(all, p)
			}
		}
	}
	for i := range kinds {
		m := kinds[i].blank()
		for _, v := range []iana.Version{iana.TLS12, iana.TLS13} {
			add(describe(m, &Context{Version: v}))
		}
		if m.Type() == iana.ServerHello {
			add(describe(&ServerHello{Random: retryRandom}, &Context{Version: iana.TLS13}))
		}
	}
	add(wire.Describe(nil, func(c *wire.Codec) { wire.Group(c, "alert", &Alert{}, (*Alert).layout) }))
	add(wire.Describe(nil, func(c *wire.Codec) {
		wire.Group(c, "change_cipher_spec", &ChangeCipherSpec{}, (*ChangeCipherSpec).layout)
	}))
	return all
}

func describe(m Message, ctx *Context) []string {
	return wire.Describe(ctx, func(c *wire.Codec) {
		f := framed{m, m.Type()}
		wire.Entry(c, m.Name(), 0, &f, (*framed).layout)
	})
}
