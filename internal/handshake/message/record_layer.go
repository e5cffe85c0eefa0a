package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// Alert is an alert of the record layer. RFC 8446, Section 6.
type Alert struct {
	Level       iana.AlertLevel
	Description iana.AlertDescription
}

func (a *Alert) layout(c *wire.Codec) {
	wire.U8(c, "level", &a.Level)
	wire.U8(c, "description", &a.Description)
}

// DecodeAlert reads an alert's two bytes.
func DecodeAlert(raw []byte, tree *wire.Tree) (Alert, []wire.Diagnostic) {
	var a Alert
	c := wire.NewReader(raw, nil, tree)
	wire.Group(c, "alert", &a, (*Alert).layout)
	c.Done()
	return a, c.Diagnostics()
}

// Encode returns the alert's two bytes.
func (a Alert) Encode() []byte { return []byte{byte(a.Level), byte(a.Description)} }

// ChangeCipherSpec is the one-byte message that announced new keys before TLS 1.3 and is kept for
// the sake of middleboxes since. RFC 5246, Section 7.1; RFC 8446, Appendix D.4.
type ChangeCipherSpec struct {
	Value uint8 // 1
}

func (m *ChangeCipherSpec) layout(c *wire.Codec) { wire.U8(c, "type", &m.Value) }

// DecodeChangeCipherSpec reads a change_cipher_spec.
func DecodeChangeCipherSpec(raw []byte, tree *wire.Tree) (ChangeCipherSpec, []wire.Diagnostic) {
	var m ChangeCipherSpec
	c := wire.NewReader(raw, nil, tree)
	wire.Group(c, "change_cipher_spec", &m, (*ChangeCipherSpec).layout)
	c.Done()
	return m, c.Diagnostics()
}
