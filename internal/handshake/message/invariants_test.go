package message

import (
	"bytes"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// surroundings is every context under which a layout differs.
func surroundings() []*Context {
	list := []*Context{{}, {Version: iana.TLS13, SuiteKnown: true}, {Version: iana.TLS12}, {Version: iana.TLS13, Sender: Server, Occurrence: 2}}
	for _, v := range []iana.Version{iana.SSL30, iana.TLS10, iana.TLS12} {
		for kex := iana.KeyExchangeNULL; kex <= iana.KeyExchangeECCPWD; kex++ {
			for _, auth := range []iana.Authentication{iana.AuthenticationAnon, iana.AuthenticationRSA} {
				list = append(list, &Context{Version: v, SuiteKnown: true, KeyExchange: kex, Authentication: auth})
			}
		}
	}
	return list
}

var someExtension = regexp.MustCompile(`^(.*\.extensions\.[^.]+)(\.[^.]+)?$`)

// listed is the paths of Describe.
var listed = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for _, p := range Describe() {
		m[p] = true
	}
	return m
})

// general is the form in which Describe lists a path.
func general(path string) string {
	b := make([]byte, 0, len(path))
	skip := false // the digits of an index or an occurrence
	for i := range len(path) {
		c := path[i]
		digit := '0' <= c && c <= '9'
		switch {
		case skip && digit:
			continue
		case c == '[':
			b = append(b, "[i"...)
			skip = true
			continue
		case c == '#':
			skip = true
			continue
		}
		skip = false
		b = append(b, c)
	}
	return string(b)
}

// isKnown reports whether Describe lists a path, or can't: what is left over, the body of a message
// without a layout, and an extension without one in its message.
func isKnown(m Message, path string) bool {
	path = general(path)
	if strings.Contains(path, ".cert.") { // internal/cert holds its own paths to its own list
		return true
	}
	if listed()[path] || path == "trailing" || strings.HasSuffix(path, ".trailing") {
		return true
	}
	if _, ok := m.(*Unknown); ok {
		return strings.Count(path, ".") <= 1
	}
	e := someExtension.FindStringSubmatch(path)
	if e == nil || listed()[e[1]] {
		return false
	}
	return e[2] == "" || e[2] == ".extension_type" || e[2] == ".length" || e[2] == ".extension_data"
}

// holdsInvariants checks everything that must be true of reading any bytes, and returns what was read.
func holdsInvariants(t testing.TB, raw []byte, ctx *Context) (Message, *wire.Tree, []wire.Diagnostic) {
	t.Helper()
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%x under %+v: %s", raw, *ctx, fmt.Sprintf(format, args...))
	}
	tree := wire.NewTree(64)
	seen, diags := Decode(raw, ctx, tree)
	blind, same := Decode(raw, ctx, nil)
	forgetOccurrences(seen)
	forgetOccurrences(blind)
	if !reflect.DeepEqual(seen, blind) {
		fail("with a tree %+v, without %+v", seen, blind)
	}
	if !reflect.DeepEqual(diags, same) {
		fail("with a tree %+v, without %+v", diags, same)
	}
	if err := treeHolds(seen, tree, raw); err != nil {
		fail("%v", err)
	}
	for _, d := range diags {
		if d.Off < 0 || d.Len < 0 || d.Off+d.Len > len(raw) || d.Problem == 0 {
			fail("%+v", d)
		}
	}
	if len(diags) == 0 {
		if again, wrong := Encode(seen, ctx); !bytes.Equal(again, raw) || wrong != nil {
			fail("encoded again %x, %v", again, wrong)
		}
	}
	return seen, tree, diags
}

func treeHolds(m Message, tree *wire.Tree, raw []byte) error {
	if err := tree.Check(); err != nil {
		return err
	}
	at := int32(0)
	for i := range tree.Children(-1) {
		if tree.Nodes[i].Off != at {
			return fmt.Errorf("%s begins at %d, want %d", tree.Path(i), tree.Nodes[i].Off, at)
		}
		at += tree.Nodes[i].Len
	}
	if int(at) != len(raw) {
		return fmt.Errorf("the fields end at %d of %d", at, len(raw))
	}
	paths := make(map[string]bool, len(tree.Nodes))
	for i := range tree.Nodes {
		p := tree.Path(i)
		if paths[p] && !strings.Contains(p, ".cert.") {
			return fmt.Errorf("%s occurs twice", p)
		}
		paths[p] = true
		if !isKnown(m, p) {
			return fmt.Errorf("%s is not described", p)
		}
	}
	return nil
}

// forgetOccurrences clears what is only counted for the paths of a tree.
func forgetOccurrences(m Message) {
	forget := func(x Extensions) {
		for i := range x {
			x[i].ord = 0
		}
	}
	switch m := m.(type) {
	case *ClientHello:
		forget(m.Extensions)
	case *ServerHello:
		forget(m.Extensions)
	case *EncryptedExtensions:
		forget(m.Extensions)
	case *CertificateRequest:
		forget(m.Extensions)
	case *NewSessionTicket:
		forget(m.Extensions)
	case *Certificate:
		for i := range m.List {
			forget(m.List[i].Extensions)
		}
	}
}

// isWhole checks that a message is read without a fault, and that wherever it is cut the fault is said.
func isWhole(t testing.TB, raw []byte, ctx *Context) (Message, *wire.Tree) {
	t.Helper()
	m, tree, diags := holdsInvariants(t, raw, ctx)
	if len(diags) > 0 {
		t.Errorf("%s: %+v", m.Name(), diags)
	}
	for n := range raw {
		if _, _, diags := holdsInvariants(t, raw[:n], ctx); len(diags) == 0 {
			t.Errorf("%s: cut at %d of %d, and no fault", m.Name(), n, len(raw))
		}
		if t.Failed() {
			break
		}
	}
	return m, tree
}
