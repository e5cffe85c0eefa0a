package message

import (
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// Extensions is a list of extensions in wire order, duplicates and unknown ones included.
//
//	Extension extensions<0..2^16-1>;                  RFC 8446, Section 4.2
type Extensions []Extension

// Extension is one extension. Its body is nil when this message has no layout for its type; the
// raw extension_data is there in any case.
type Extension struct {
	Type iana.ExtensionType
	Body ExtensionBody
	Raw  []byte

	ord int // occurrence among extensions of the same type
}

// ExtensionBody is the content of an extension.
type ExtensionBody interface {
	layout(c *wire.Codec)
}

// place is a message that holds extensions; bodies differ by it.
type place uint8

const (
	inClientHello place = 1 << iota
	inServerHello
	inHelloRetryRequest
	inEncryptedExtensions
	inCertificate
	inCertificateRequest
	inNewSessionTicket

	inAnswer = inServerHello | inEncryptedExtensions
	anywhere = 0xff
)

// extensionKind is one row of the table of extensions: what stands in which message.
type extensionKind struct {
	of     iana.ExtensionType
	places place
	blank  func() ExtensionBody
}

// blankExtension returns the body for an extension of type t in a message, or nil for none.
func blankExtension(t iana.ExtensionType, in place) ExtensionBody {
	for i := range extensionKinds {
		if k := &extensionKinds[i]; k.of == t && k.places&in != 0 {
			return k.blank()
		}
	}
	return nil
}

// extensionsIn is a list with the message it stands in.
type extensionsIn struct {
	list *Extensions
	in   place
	seen map[iana.ExtensionType]int // only when a tree is recorded: the #n of repeated ones
}

func (x *Extensions) layout(c *wire.Codec, in place) {
	l := extensionsIn{list: x, in: in}
	wire.Vector(c, "extensions", 2, 0, 1<<16-1, &l, (*extensionsIn).layout)
}

func (l *extensionsIn) layout(c *wire.Codec) {
	switch {
	case c.Describing():
		l.describe(c)
	case c.Writing():
		for i := range *l.list {
			e := extensionIn{Extension: &(*l.list)[i], in: l.in}
			e.layout(c)
		}
	default:
		*l.list = make(Extensions, 0, 4+min(c.Remaining()/32, 16))
		for c.More() {
			*l.list = append(*l.list, Extension{})
			e := extensionIn{Extension: &(*l.list)[len(*l.list)-1], in: l.in}
			e.peek(c, l)
			var tree *wire.Tree
			untold := e.untold(c)
			if untold {
				tree = c.Record(nil)
			}
			wire.Entry(c, e.name(c), e.ord, &e, (*extensionIn).layout)
			if untold {
				c.Record(tree)
			}
		}
	}
}

func (l *extensionsIn) describe(c *wire.Codec) {
	for i := range extensionKinds {
		if k := &extensionKinds[i]; k.places&l.in != 0 {
			e := extensionIn{Extension: &Extension{Type: k.of, Body: k.blank()}, in: l.in}
			wire.Entry(c, e.name(c), 0, &e, (*extensionIn).layout)
		}
	}
}

// extensionIn is one extension with the message it stands in.
type extensionIn struct {
	*Extension
	in  place
	cut bool // too short even for its type
}

// peek looks at the type before the entry is opened, for its name.
func (e *extensionIn) peek(c *wire.Codec, l *extensionsIn) {
	b := c.Peek()
	if len(b) < 2 {
		e.cut = true
		return
	}
	e.Type = iana.ExtensionType(uint16(b[0])<<8 | uint16(b[1]))
	if c.Recording() && !context(c).Outline {
		if l.seen == nil {
			l.seen = make(map[iana.ExtensionType]int)
		}
		l.seen[e.Type]++
		e.ord = l.seen[e.Type]
	}
}

// untold tells whether an outline leaves the extension out: of what a client offers it shows the name alone.
func (e *extensionIn) untold(c *wire.Codec) bool {
	return e.in == inClientHello && e.Type != iana.ExtServerName && context(c).Outline && c.Reading()
}

func (e *extensionIn) name(c *wire.Codec) string {
	if !c.Recording() || e.cut {
		return "extension"
	}
	return ExtensionStep(e.Type)
}

// ExtensionStep is the step of a path that names an extension: the registry's name, or the number.
func ExtensionStep(t iana.ExtensionType) string {
	if n := t.Name(); n != "" && !t.IsGREASE() {
		return n
	}
	return fmt.Sprintf("0x%04x", uint16(t))
}

func (e *extensionIn) layout(c *wire.Codec) {
	wire.U16(c, "extension_type", &e.Type)
	wire.Body(c, 2, 0, 1<<16-1, e, (*extensionIn).data)
}

func (e *extensionIn) data(c *wire.Codec) {
	if c.Reading() {
		e.Raw = c.Peek()
		e.Body = blankExtension(e.Type, e.in)
	}
	if e.Body != nil {
		e.Body.layout(c)
	} else {
		c.Rest("extension_data", &e.Raw)
	}
}

// Find returns the first extension of type t, or nil.
func (x Extensions) Find(t iana.ExtensionType) *Extension {
	for i := range x {
		if x[i].Type == t {
			return &x[i]
		}
	}
	return nil
}

// Get returns the first body of type B in a list.
func Get[B ExtensionBody](x Extensions) (B, bool) {
	for i := range x {
		if b, ok := x[i].Body.(B); ok {
			return b, true
		}
	}
	var none B
	return none, false
}
