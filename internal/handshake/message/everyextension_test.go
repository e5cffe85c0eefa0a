package message

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// extensionBytes is the content of an extension in a ClientHello, written by hand from its RFC.
type extensionBytes struct {
	of   iana.ExtensionType
	hex  string
	want ExtensionBody
}

// clientExtensions has every extension that has a layout in a ClientHello, in an order that is allowed.
func clientExtensions() []extensionBytes {
	b := unhex
	return []extensionBytes{
		{iana.ExtServerName, "0006" + "00" + "0003" + "612e62", &ServerNameList{Names: []ServerName{{0, []byte("a.b")}}}},
		{iana.ExtMaxFragmentLength, "02", &MaxFragmentLength{Code: 2}},
		{iana.ExtStatusRequest, "01" + "0006" + "0004" + "82020400" + "0002" + "3000", &StatusRequest{StatusType: 1, ResponderIDs: []ResponderID{{b("82020400")}}, Extensions: b("3000")}},
		{iana.ExtStatusRequestV2, "0007" + "02" + "0004" + "0000" + "0000", &StatusRequestV2{Items: []StatusRequestItem{{StatusRequest{StatusType: 2, Extensions: []byte{}}}}}},
		{iana.ExtSupportedGroups, "0004" + "001d" + "0017", &SupportedGroups{Groups: []iana.Group{29, 23}}},
		{iana.ExtECPointFormats, "02" + "00" + "01", &ECPointFormats{Formats: []iana.ECPointFormat{0, 1}}},
		{iana.ExtSignatureAlgorithms, "0004" + "0804" + "0403", &SignatureAlgorithms{Schemes: []iana.SignatureScheme{0x0804, 0x0403}}},
		{iana.ExtSignatureAlgorithmsCert, "0002" + "0401", &SignatureAlgorithms{Schemes: []iana.SignatureScheme{0x0401}}},
		{iana.ExtDelegatedCredential, "0002" + "0403", &SignatureAlgorithms{Schemes: []iana.SignatureScheme{0x0403}}},
		{iana.ExtHeartbeat, "01", &Heartbeat{Mode: 1}},
		{iana.ExtALPN, "000c" + "02" + "6832" + "08" + "687474702f312e31", &ALPN{Protocols: []ProtocolName{{[]byte("h2")}, {[]byte("http/1.1")}}}},
		{iana.ExtSCT, "", &Acknowledgement{}},
		{iana.ExtClientCertificateType, "02" + "02" + "00", &CertificateTypes{Types: []iana.CertificateType{2, 0}}},
		{iana.ExtServerCertificateType, "01" + "00", &CertificateTypes{Types: []iana.CertificateType{0}}},
		{iana.ExtEncryptThenMAC, "", &Acknowledgement{}},
		{iana.ExtExtendedMasterSecret, "", &Acknowledgement{}},
		{iana.ExtCompressCertificate, "04" + "0002" + "0003", &CompressCertificate{Algorithms: []iana.CompressionAlgorithm{2, 3}}},
		{iana.ExtRecordSizeLimit, "4001", &RecordSizeLimit{Limit: 0x4001}},
		{iana.ExtSessionTicket, "abcdef", &SessionTicket{Ticket: b("abcdef")}},
		{iana.ExtEarlyData, "", &Acknowledgement{}},
		{iana.ExtSupportedVersions, "06" + "0304" + "0303" + "7a7a", &SupportedVersions{Versions: []iana.Version{0x0304, 0x0303, 0x7a7a}}},
		{iana.ExtCookie, "0003" + "010203", &Cookie{Cookie: b("010203")}},
		{iana.ExtPSKKeyExchangeModes, "02" + "01" + "00", &PSKKeyExchangeModes{Modes: []iana.PSKKeyExchangeMode{1, 0}}},
		{iana.ExtCertificateAuthorities, "0010" + "000e" + "300c310a300806035504030c0161", &CertificateAuthorities{Authorities: []DistinguishedName{{b("300c310a300806035504030c0161")}}}},
		{iana.ExtPostHandshakeAuth, "", &Acknowledgement{}},
		{iana.ExtKeyShare, "0008" + "001d" + "0004" + "01020304", &KeyShares{Shares: []KeyShareEntry{{Group: 29, KeyExchange: b("01020304")}}}},
		{iana.ExtNextProtocolNegotiation, "", &Acknowledgement{}},
		{iana.ExtEncryptedClientHello, "00" + "0001" + "0002" + "07" + "0002" + "aabb" + "0003" + "ccddee", &EncryptedClientHello{KDF: 1, AEAD: 2, ConfigID: 7, Enc: b("aabb"), Payload: b("ccddee")}},
		{iana.ExtRenegotiationInfo, "0c" + "0102030405060708090a0b0c", &RenegotiationInfo{RenegotiatedConnection: b("0102030405060708090a0b0c")}},
		{0x0a0a, "00", nil},
		{0x1234, "0102", nil},
		{iana.ExtPadding, "000000", &Padding{Zeros: make([]byte, 3)}},
		{iana.ExtPreSharedKey, "000b" + "0005" + "7469636b74" + "01020304" + "0021" + "20" + "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
			&PreSharedKeys{Identities: []PSKIdentity{{[]byte("tickt"), 0x01020304}}, Binders: []PSKBinder{{b("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")}}}},
	}
}

// everyExtension is a ClientHello with all of them.
func everyExtension() []byte {
	var x []byte
	for _, e := range clientExtensions() {
		data := unhex(e.hex)
		x = binary.BigEndian.AppendUint16(x, uint16(e.of))
		x = binary.BigEndian.AppendUint16(x, uint16(len(data)))
		x = append(x, data...)
	}
	body := append([]byte{3, 3}, bytes.Repeat([]byte{0xab}, 32)...)
	body = append(body, 2, 0xcd, 0xef)          // session id
	body = append(body, 0, 4, 0x13, 1, 0xc0, 9) // suites
	body = append(body, 1, 0)                   // compression
	body = binary.BigEndian.AppendUint16(body, uint16(len(x)))
	body = append(body, x...)
	return append([]byte{1, 0, byte(len(body) >> 8), byte(len(body))}, body...)
}

func TestEveryExtensionOfAClientHelloIsReadAsWritten(t *testing.T) {
	m, _ := isWhole(t, everyExtension(), &Context{})
	got := m.(*ClientHello).Extensions
	all := clientExtensions()
	if len(got) != len(all) {
		t.Fatalf("%d extensions of %d", len(got), len(all))
	}
	for i, e := range all {
		if got[i].Type != e.of || !bytes.Equal(got[i].Raw, unhex(e.hex)) || !sameBody(got[i].Body, e.want) {
			t.Errorf("%s: %+v, want %+v", e.of, got[i].Body, e.want)
		}
	}
	for i := range extensionKinds {
		if k := &extensionKinds[i]; k.places&inClientHello != 0 && got.Find(k.of) == nil {
			t.Errorf("%s has a layout and no bytes here", k.of)
		}
	}
}
