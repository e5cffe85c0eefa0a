package message

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// hello wraps extensions in a ClientHello of 64 KB at most.
func hello(extensions []byte) []byte {
	b := append([]byte{3, 3}, make([]byte, 32)...)
	b = append(b, 0, 0, 2, 0x13, 1, 1, 0, byte(len(extensions)>>8), byte(len(extensions)))
	b = append(b, extensions...)
	return append([]byte{1, byte(len(b) >> 16), byte(len(b) >> 8), byte(len(b))}, b...)
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestAHostileExtensionListCostsAFixedMultipleOfItsBytes(t *testing.T) {
	const size = 65532
	repeat := func(unit string) []byte { return []byte(strings.Repeat(unit, size/len(unit))) }
	for name, list := range map[string][]byte{
		"empty extensions":         repeat("\xff\x00\x00\x00"),
		"empty known extensions":   repeat("\x00\x17\x00\x00"),
		"lists with a bad length":  repeat("\x00\x0a\x00\x02\xff\xff"),
		"key shares of nothing":    repeat("\x00\x33\x00\x06\x00\x04\x11\xec\x00\x00"),
		"one extension of zeros":   append([]byte("\x00\x33\xff\xf8\xff\xf6"), make([]byte, size-6)...),
		"one list of empty names":  append([]byte("\x00\x10\xff\xf8\xff\xf6"), make([]byte, size-6)...),
		"lengths beyond the end":   repeat("\x00\x0d\xff\xff"),
		"one extension of nothing": {0, 0},
	} {
		raw := hello(list)
		if n := allocated(func() { Decode(raw, &Context{}, nil) }); n > 400*size {
			t.Errorf("%s: without a tree %d bytes for %d", name, n, len(raw))
		}
		if n := allocated(func() { Decode(raw, &Context{}, wire.NewTree(0)) }); n > 2000*size {
			t.Errorf("%s: with a tree %d bytes for %d", name, n, len(raw))
		}
	}
}

func TestALengthThatLiesAllocatesLittle(t *testing.T) {
	for _, raw := range []string{
		"\x0b\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\x01",     // Certificate
		"\x16\xff\xff\xff\x02\xff\xff\xff\xff\xff\xff\x01",     // CertificateStatus
		"\x19\xff\xff\xff\x00\x02\xff\xff\xff\xff\xff\xff\x01", // CompressedCertificate: 16 MB announced
	} {
		if n := allocated(func() { Decode([]byte(raw), &Context{Version: iana.TLS13}, nil) }); n > 1<<15 {
			t.Errorf("%x: %d bytes", raw, n)
		}
	}
}

func TestReadingAHelloWithoutATreeHardlyAllocates(t *testing.T) {
	raw := everyExtension()
	if n := testing.AllocsPerRun(100, func() { Decode(raw, &Context{}, nil) }); n > 100 {
		t.Errorf("%v allocations for %d extensions", n, len(clientExtensions()))
	}
}

func TestNoContextIsAContextThatKnowsNothing(t *testing.T) {
	m, diags := Decode(everyExtension(), nil, nil)
	if m.Name() != "client_hello" || len(diags) > 0 {
		t.Errorf("%s %v", m.Name(), diags)
	}
	if raw, _ := Encode(m, nil); string(raw) != string(everyExtension()) {
		t.Error("not written back")
	}
}

func TestARepeatedExtensionHasItsNumberInThePath(t *testing.T) {
	tree := wire.NewTree(0)
	m, _ := Decode(hello([]byte("\x00\x17\x00\x00\x00\x17\x00\x00\xfa\xfa\x00\x01\x00")), &Context{Occurrence: 2}, tree)
	for _, path := range []string{
		"client_hello#2.extensions.extended_master_secret.length",
		"client_hello#2.extensions.extended_master_secret#2.length",
		"client_hello#2.extensions.0xfafa.extension_data",
	} {
		if tree.Find(path) < 0 {
			t.Errorf("no %s", path)
		}
	}
	if n := len(m.(*ClientHello).Extensions); n != 3 {
		t.Errorf("%d extensions", n)
	}
}

func TestAFaultInAnExtensionLeavesTheOthersReadable(t *testing.T) {
	raw := hello([]byte("\x00\x0a\x00\x05\x00\x04\x00\x1d\x00" + "\x00\x2b\x00\x03\x02\x03\x04"))
	m, diags := Decode(raw, &Context{}, nil)
	at := len(raw) - 7 - 9 + 4
	want := []wire.Diagnostic{
		{Problem: wire.LengthOverrun, Path: "client_hello.extensions.supported_groups.named_group_list.length", Off: at, Len: 2, Expected: "at most 3 bytes", Actual: "4 bytes"},
		{Problem: wire.Truncated, Path: "client_hello.extensions.supported_groups.named_group_list[1]", Off: at + 4, Len: 1, Expected: "2 bytes", Actual: "1 byte"},
	}
	if !slices.Equal(diags, want) {
		t.Errorf("%+v, want %+v", diags, want)
	}
	if x, ok := Get[*SupportedVersions](m.(*ClientHello).Extensions); !ok || len(x.Versions) != 1 || x.Versions[0] != iana.TLS13 {
		t.Errorf("versions %+v", x)
	}
}

func TestAHelloWithoutExtensionsIsNotOneWithNone(t *testing.T) {
	with := hello(nil)
	without := append([]byte{1, 0, 0, with[3] - 2}, with[4:len(with)-2]...)
	a, _ := helloOf(t, with)
	b, _ := helloOf(t, without)
	if !a.HasExtensions || b.HasExtensions {
		t.Errorf("%v %v", a.HasExtensions, b.HasExtensions)
	}
}

func helloOf(t *testing.T, raw []byte) (*ClientHello, *wire.Tree) {
	m, tree := isWhole(t, raw, &Context{})
	return m.(*ClientHello), tree
}
