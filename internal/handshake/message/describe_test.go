package message

import (
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// rareClientHellos holds what an ordinary ClientHello can't hold at once.
func rareClientHellos() []Extensions {
	hybrids := &KeyShares{}
	for g := range iana.AllGroups() {
		if info, ok := g.Info(); ok && len(info.Parts) > 1 && info.ClientShareLen > 0 {
			hybrids.Shares = append(hybrids.Shares, KeyShareEntry{Group: g, KeyExchange: make([]byte, info.ClientShareLen)})
		}
	}
	ids := []ResponderID{{[]byte{0x82}}}
	return []Extensions{
		{{Type: iana.ExtKeyShare, Body: hybrids}},
		{{Type: iana.ExtStatusRequest, Body: &StatusRequest{StatusType: 9, Other: []byte{1}}}},
		{{Type: iana.ExtStatusRequestV2, Body: &StatusRequestV2{Items: []StatusRequestItem{
			{StatusRequest{StatusType: 9, Other: []byte{1}}}, {StatusRequest{StatusType: 1, ResponderIDs: ids, Extensions: []byte{1}}}}}}},
	}
}

func TestEveryDescribedPathIsRecordedBySomeMessage(t *testing.T) {
	recorded := map[string]bool{}
	record := func(raw []byte, ctx *Context) {
		_, tree, diags := holdsInvariants(t, raw, ctx)
		if len(diags) > 0 {
			t.Errorf("%x: %v", raw, diags)
		}
		for i := range tree.Nodes {
			recorded[general(tree.Path(i))] = true
		}
	}
	encoded := func(m Message, ctx *Context) {
		raw, diags := Encode(m, ctx)
		if len(diags) > 0 {
			t.Errorf("%+v: %v", m, diags)
		}
		record(raw, ctx)
	}
	tls13 := &Context{Version: iana.TLS13}
	record(everyExtension(), tls13)
	for _, x := range rareClientHellos() {
		encoded(&ClientHello{CipherSuites: []iana.CipherSuite{1}, Compression: []iana.CompressionMethod{0}, HasExtensions: true, Extensions: x}, tls13)
	}
	for _, section := range sections() {
		for _, v := range rfc8448(t, section) {
			if v.kind == "message" {
				record(v.bytes, tls13)
			}
		}
	}
	for _, m := range oldMessages() {
		record(unhex(m.hex), m.ctx)
	}
	// Wherever an extension has a layout, the bytes that it has elsewhere fill it there too.
	for _, in := range []place{inServerHello, inHelloRetryRequest, inEncryptedExtensions, inCertificate, inCertificateRequest, inNewSessionTicket} {
		for i := range extensionKinds {
			if k := &extensionKinds[i]; k.places&in != 0 {
				m, ctx := enclosing(in, Extensions{{Type: k.of, Raw: contentFor(k)}})
				switch m := m.(type) {
				case *Certificate:
					m.RequestContext = []byte{1}
				case *CertificateRequest:
					m.RequestContext = []byte{1}
				case *NewSessionTicket:
					m.Nonce = []byte{1}
				case *ServerHello:
					m.SessionIDEcho = []byte{1}
				}
				encoded(m, ctx)
			}
		}
	}
	for g := range iana.AllGroups() {
		if info, ok := g.Info(); ok && len(info.Parts) > 1 && info.ServerShareLen > 0 {
			share := &ServerKeyShare{KeyShareEntry{Group: g, KeyExchange: make([]byte, info.ServerShareLen)}}
			encoded(enclosing(inServerHello, Extensions{{Type: iana.ExtKeyShare, Body: share}}))
		}
	}
	m, _ := enclosing(inCertificate, Extensions{
		{Type: iana.ExtStatusRequest, Body: &StapledStatus{CertificateStatus{StatusType: StatusOCSPMulti, Responses: []OCSPResponse{{[]byte{1}}}}}},
		{Type: iana.ExtStatusRequest, Body: &StapledStatus{CertificateStatus{StatusType: 9, Other: []byte{1}}}},
	})
	encoded(m, tls13)
	for _, root := range []func(*wire.Tree){
		func(tree *wire.Tree) { DecodeAlert([]byte{2, 40}, tree) },
		func(tree *wire.Tree) { DecodeChangeCipherSpec([]byte{1}, tree) },
	} {
		tree := wire.NewTree(0)
		root(tree)
		for i := range tree.Nodes {
			recorded[general(tree.Path(i))] = true
		}
	}
	for _, p := range Describe() {
		if !recorded[p] && !strings.Contains(p, ".cert.") {
			t.Errorf("%s is described and never recorded", p)
		}
	}
}

// contentFor is bytes for an extension with this layout.
func contentFor(k *extensionKind) []byte {
	for _, e := range serverExtensions {
		if e.of == k.of && e.in&k.places != 0 {
			return unhex(e.hex)
		}
	}
	for _, e := range clientExtensions() {
		if e.of == k.of && k.places&inClientHello != 0 {
			return unhex(e.hex)
		}
	}
	if k.of == iana.ExtClientCertificateType {
		return []byte{0}
	}
	return nil
}
