package message

import (
	"bytes"
	"crypto/ecdh"
	"crypto/x509"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// vector is one value of a section of RFC 8448.
type vector struct {
	side, kind, name string
	bytes            []byte
}

func rfc8448(t testing.TB, section string) []vector {
	t.Helper()
	text, err := os.ReadFile("../../../testdata/rfc8448/section-" + section + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	var list []vector
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) != 4 || f[0] == "#" {
			continue
		}
		b, err := hex.DecodeString(f[3])
		if err != nil {
			t.Fatalf("section %s: %s: %v", section, f[2], err)
		}
		list = append(list, vector{f[0], f[1], f[2], b})
	}
	if len(list) == 0 {
		t.Fatalf("section %s is empty", section)
	}
	return list
}

// sections is the sections of RFC 8448 that are there.
func sections() []string { return []string{"3", "4", "5", "6", "7"} }

func TestEveryMessageOfRFC8448IsReadAndWrittenBack(t *testing.T) {
	for _, section := range sections() {
		var lastShare []byte
		for _, v := range rfc8448(t, section) {
			switch v.kind {
			case "public_key":
				lastShare = v.bytes
			case "message":
				m, _ := isWhole(t, v.bytes, &Context{Version: iana.TLS13})
				if m.Name() != v.name {
					t.Errorf("section %s: %s is read as %s", section, v.name, m.Name())
				}
				holdsTheShare(t, section, m, lastShare)
			}
		}
	}
}

// holdsTheShare checks that a hello holds the public key that the RFC gives right before it.
func holdsTheShare(t *testing.T, section string, m Message, want []byte) {
	switch m := m.(type) {
	case *ClientHello:
		x, ok := Get[*KeyShares](m.Extensions)
		if !ok || !bytes.Equal(x.Shares[0].KeyExchange, want) {
			t.Errorf("section %s: client's shares %+v, want %x", section, x, want)
		}
	case *ServerHello:
		x, ok := Get[*ServerKeyShare](m.Extensions)
		if !m.IsRetry() && (!ok || !bytes.Equal(x.Share.KeyExchange, want)) {
			t.Errorf("section %s: server's share %+v, want %x", section, x, want)
		}
	}
}

func TestTheMessagesOfRFC8448SayWhatTheRFCSays(t *testing.T) {
	for _, section := range sections() {
		vectors := rfc8448(t, section)
		value := func(kind, side string) []byte {
			for _, v := range vectors {
				if v.kind == kind && v.side == side {
					return v.bytes
				}
			}
			return nil
		}
		for _, v := range vectors {
			if v.kind != "message" {
				continue
			}
			m, _ := Decode(v.bytes, &Context{Version: iana.TLS13}, nil)
			switch m := m.(type) {
			case *ClientHello:
				if sni, ok := Get[*ServerNameList](m.Extensions); !ok || string(sni.Names[0].HostName) != "server" {
					t.Errorf("section %s: server name %+v", section, sni)
				}
				if m.LegacyVersion != iana.TLS12 || len(m.CipherSuites) != 3 || m.CipherSuites[0] != 0x1301 {
					t.Errorf("section %s: %+v", section, m)
				}
			case *ServerHello:
				if m.Version() != iana.TLS13 || m.CipherSuite != 0x1301 {
					t.Errorf("section %s: %+v", section, m)
				}
			case *Certificate:
				c, err := x509.ParseCertificate(m.List[0].Cert)
				if err != nil || v.side == "server" && c.Subject.CommonName != "rsa" && section != "6" {
					t.Errorf("section %s: %v %v", section, c, err)
				}
			case *CertificateVerify:
				if section != "6" && (m.Algorithm != 0x0804 || len(m.Signature) != 128) {
					t.Errorf("section %s: %+v", section, m)
				}
			case *Finished:
				if !bytes.Equal(m.VerifyData, value("verify_data", v.side)) {
					t.Errorf("section %s: %s's Finished %x", section, v.side, m.VerifyData)
				}
			case *NewSessionTicket:
				early, ok := Get[*MaxEarlyData](m.Extensions)
				if m.Lifetime != 30 || !bytes.Equal(m.Nonce, []byte{0, 0}) || !ok || early.Size != 1024 {
					t.Errorf("section %s: %+v %+v", section, m, early)
				}
			}
		}
	}
}

func TestTheSelectedPSKAndTheBinderOfRFC8448AreRead(t *testing.T) {
	var binder []byte
	for _, v := range rfc8448(t, "4") {
		switch {
		case v.kind == "binder" && v.name == "value":
			binder = v.bytes
		case v.kind == "message" && v.name == "server_hello":
			m, _ := Decode(v.bytes, &Context{}, nil)
			if x, ok := Get[*SelectedPreSharedKey](m.(*ServerHello).Extensions); !ok || x.Identity != 0 {
				t.Errorf("selected %+v, %v", x, ok)
			}
		}
	}
	for _, v := range rfc8448(t, "4") {
		if v.kind == "message" && v.name == "client_hello" {
			m, _ := Decode(v.bytes, &Context{}, nil)
			x, ok := Get[*PreSharedKeys](m.(*ClientHello).Extensions)
			if ok && len(x.Binders) == 1 && bytes.Equal(x.Binders[0].Binder, binder) {
				return
			}
		}
	}
	t.Error("no ClientHello with the binder of section 4")
}

func TestTheRecordsOfRFC8448HoldTheirContent(t *testing.T) {
	for _, section := range sections() {
		var content []byte
		for _, v := range rfc8448(t, section) {
			switch {
			case v.kind == "content":
				content = v.bytes
			case v.kind == "record" && v.bytes[0] != 23 && !bytes.Equal(v.bytes[5:], content):
				t.Errorf("section %s: a record of %s does not hold its content", section, v.name)
			case v.kind == "record" && len(v.bytes) != 5+int(v.bytes[3])<<8+int(v.bytes[4]):
				t.Errorf("section %s: a record of %s is cut", section, v.name)
			}
		}
	}
}

func TestThePrivateKeysOfRFC8448MakeThePublicOnes(t *testing.T) {
	for _, section := range sections() {
		var private []byte
		for _, v := range rfc8448(t, section) {
			curve := ecdh.X25519()
			if v.name == "P-256" {
				curve = ecdh.P256()
			}
			switch v.kind {
			case "private_key":
				private = v.bytes
			case "public_key":
				k, err := curve.NewPrivateKey(private)
				if err != nil || !bytes.Equal(k.PublicKey().Bytes(), v.bytes) {
					t.Errorf("section %s: %s's %s key: %v", section, v.side, v.name, err)
				}
			}
		}
	}
}
