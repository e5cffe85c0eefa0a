package message

import (
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

func TestAnAlertIsReadAsWritten(t *testing.T) {
	tree := wire.NewTree(0)
	a, diags := DecodeAlert([]byte{2, 40}, tree)
	if a.Level != iana.Fatal || a.Description != iana.AlertHandshakeFailure || len(diags) > 0 || string(a.Encode()) != "\x02\x28" {
		t.Errorf("%+v %v", a, diags)
	}
	if n := tree.Nodes[tree.Find("alert.description")]; n.Off != 1 || n.Len != 1 || n.Code.Name() != "handshake_failure" {
		t.Errorf("%+v", n)
	}
}

func TestACutOrOverlongAlertOrChangeCipherSpecSaysSo(t *testing.T) {
	for _, raw := range []string{"", "\x02", "\x02\x28\x00"} {
		tree := wire.NewTree(0)
		if _, diags := DecodeAlert([]byte(raw), tree); len(diags) != 1 {
			t.Errorf("alert %x: %v", raw, diags)
		}
		if err := tree.Check(); err != nil {
			t.Error(err)
		}
	}
	for raw, want := range map[string]int{"": 1, "\x01": 0, "\x01\x01": 1} {
		m, diags := DecodeChangeCipherSpec([]byte(raw), nil)
		if len(diags) != want || raw != "" && m.Value != 1 {
			t.Errorf("change_cipher_spec %x: %+v %v", raw, m, diags)
		}
	}
}
