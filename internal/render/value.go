package render

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// codeName is the name of a code, or its number with as many digits as it has on the wire.
func codeName(n *wire.Node) string {
	switch {
	case n.Code != nil && n.Code.IsGREASE():
		return "GREASE"
	case n.Code != nil && n.Code.Name() != "":
		return n.Code.Name()
	}
	return hexNumber(n)
}

func hexNumber(n *wire.Node) string { return fmt.Sprintf("0x%0*x", 2*int(n.Len), n.Num) }

// codeValue is a code's number and name.
func codeValue(n *wire.Node) string {
	if name := codeName(n); name != hexNumber(n) {
		return hexNumber(n) + " " + name
	}
	return hexNumber(n)
}

// value is a leaf, or a vector of bytes, in a few words.
func (f field) value() string {
	n := f.node()
	switch n.Kind {
	case wire.Code:
		return codeValue(n)
	case wire.Uint:
		return strconv.FormatUint(n.Num, 10)
	case wire.Text:
		return `"` + shortened(string(f.bytes())) + `"`
	}
	return bytesValue(f.bytes())
}

// bytesValue is the length and the beginning and end of bytes, or all of them where they are few.
func bytesValue(b []byte) string {
	const few, head, tail = 12, 4, 3
	switch {
	case len(b) == 0:
		return "empty"
	case len(b) <= few:
		return size(len(b)) + " " + hex.EncodeToString(b)
	}
	return size(len(b)) + " " + hex.EncodeToString(b[:head]) + "…" + hex.EncodeToString(b[len(b)-tail:])
}

// whole is a leaf's value with nothing left out, for those who asked for this field alone.
func (f field) whole() string {
	switch f.node().Kind {
	case wire.Code, wire.Uint:
		return f.value()
	case wire.Text:
		return string(f.bytes())
	}
	return hex.EncodeToString(f.bytes())
}

// isVector reports whether the field is bytes with a length in front.
func (f field) isVector() bool {
	return f.node().Kind == wire.Opaque || f.node().Kind == wire.Text
}

// isHead reports whether a field at the beginning of another only says what comes: a length, a type, or the tag and length of
// an element of DER.
func isHead(name string) bool {
	switch name {
	case "length", "msg_type", "extension_type", "header":
		return true
	}
	return false
}

// isWrapping reports whether a leaf is nothing but the tag and length of an element of DER that other fields are the content of.
func isWrapping(name string) bool {
	switch name {
	case "set", "sequence", "extn_value":
		return true
	}
	return false
}

// parts returns the children that say something: what stands at their head is left out.
func (f field) parts() []field {
	var list []field
	k := -1
	for i := range f.tree.Children(f.i) {
		k++
		n := &f.tree.Nodes[i]
		if n.Index < 0 && f.tree.IsLeaf(i) && (k <= 1 && isHead(n.Name) || isWrapping(n.Name)) {
			continue
		}
		list = append(list, f.at(i))
	}
	return list
}

// isValue reports whether the field has a value and nothing else below it.
func (f field) isValue() bool { return f.isVector() || f.isLeaf() && f.node().Kind != wire.Struct }

// core follows fields that hold only one other down to where there is a choice, a list or a leaf.
func (f field) core() field {
	for !f.isVector() && !f.isLeaf() {
		if _, ok := f.element(); ok {
			break
		}
		parts := f.parts()
		if len(parts) != 1 || parts[0].isItem() {
			break
		}
		if _, extension := parts[0].header(); extension {
			break
		}
		f = parts[0]
	}
	return f
}

// The limits of a list that stands in one row: how many items, and how long they may be together, in bytes.
const (
	maxInline      = 4
	maxInlineBytes = 40
)

// inline returns what a field says in one row, where it fits one: a leaf, bytes, a list of a few of these.
func (f field) inline() (string, bool) {
	f = f.core()
	if word, ok := f.element(); ok {
		return shortened(word), true
	}
	if f.isValue() {
		return f.value(), true
	}
	parts := f.parts()
	if len(parts) == 0 {
		return "empty", true
	}
	if !parts[0].isItem() || len(parts) > maxInline {
		return "", false
	}
	var words []string
	for _, p := range parts {
		word, ok := p.inline()
		if !ok {
			return "", false
		}
		words = append(words, word)
	}
	all := strings.Join(words, ", ")
	return all, len(words) == 1 || len(all) <= maxInlineBytes
}

// outlined returns what a field says in its own row, and the fields that need rows below it. A
// struct that begins with a code is known by that code.
func (f field) outlined() (string, []field) {
	if word, ok := f.inline(); ok {
		return word, nil
	}
	f = f.core()
	parts := f.parts()
	if len(parts) == 2 && parts[0].node().Kind == wire.Code && !parts[0].isItem() {
		word := parts[0].value()
		if second, ok := parts[1].inline(); ok {
			return word + ", " + second, nil
		}
		return word + ", " + size(len(parts[1].bytes())), parts[1].core().parts()
	}
	if parts[0].isItem() {
		if word, below := parts[0].outlined(); len(parts) == 1 && below == nil {
			return word, nil
		}
		return count(len(parts), "item", "items") + ", " + size(int(f.node().Len)), parts
	}
	return size(int(f.node().Len)), parts
}

// label is what a row is called: the last step of the path, an extension with its number.
func (f field) label() string {
	step := f.tree.Step(f.i)
	if x, ok := f.header(); ok && !strings.HasPrefix(step, "0x") {
		return step + "(" + strconv.FormatUint(x.Num, 10) + ")"
	}
	return step
}

// itemText says what an item of a list of codes means.
func itemText(list string, n *wire.Node) string {
	if list != "cipher_suites" {
		return explainCode(registryOf(list), n.Code.Name()).text
	}
	suite := iana.CipherSuite(n.Num)
	params, ok := suite.Params()
	if !ok {
		return ""
	}
	var said []string
	if _, why := cipherNote(params); why != "" {
		said = append(said, why)
	}
	if params.KeyExchange == iana.KeyExchangeRSA {
		said = append(said, "no forward secrecy")
	}
	return strings.Join(said, ", ")
}

// registryOf names the registry that explains the codes of a list, by the list's name: a trace that was read from a file
// knows no more of a code than its name and number.
func registryOf(list string) string {
	switch list {
	case "named_group_list":
		return "group"
	case "supported_signature_algorithms":
		return "scheme"
	case "versions":
		return "version"
	}
	return ""
}
