package message

import (
	"fmt"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/ct"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// sameBody compares what two bodies hold; an empty list and none are the same.
func sameBody(a, b ExtensionBody) bool { return fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b) }

// serverExtensions is the content of extensions in answers, written by hand from their RFCs.
var serverExtensions = []struct {
	in   place
	of   iana.ExtensionType
	hex  string
	want ExtensionBody
}{
	{inServerHello, iana.ExtServerName, "", &Acknowledgement{}},
	{inEncryptedExtensions, iana.ExtMaxFragmentLength, "04", &MaxFragmentLength{Code: 4}},
	{inEncryptedExtensions, iana.ExtALPN, "0003" + "02" + "6832", &ALPN{Protocols: []ProtocolName{{[]byte("h2")}}}},
	{inEncryptedExtensions, iana.ExtServerCertificateType, "02", &SelectedCertificateType{Selected: 2}},
	{inEncryptedExtensions, iana.ExtSupportedGroups, "0002" + "11ec", &SupportedGroups{Groups: []iana.Group{4588}}},
	{inEncryptedExtensions, iana.ExtEncryptedClientHello, "000b" + "fe0d" + "0003" + "010203" + "7a7a" + "0000", &ECHRetryConfigs{Configs: []ECHConfig{{0xfe0d, []byte{1, 2, 3}}, {Version: 0x7a7a}}}},
	{inEncryptedExtensions, iana.ExtEarlyData, "", &Acknowledgement{}},
	{inServerHello, iana.ExtSupportedVersions, "0304", &SelectedVersion{Version: iana.TLS13}},
	{inHelloRetryRequest, iana.ExtSupportedVersions, "0304", &SelectedVersion{Version: iana.TLS13}},
	{inServerHello, iana.ExtPreSharedKey, "0001", &SelectedPreSharedKey{Identity: 1}},
	{inServerHello, iana.ExtKeyShare, "001d" + "0002" + "0102", &ServerKeyShare{Share: KeyShareEntry{Group: 29, KeyExchange: []byte{1, 2}, fromServer: true}}},
	{inHelloRetryRequest, iana.ExtKeyShare, "0018", &SelectedGroup{Group: 24}},
	{inHelloRetryRequest, iana.ExtCookie, "0001" + "ff", &Cookie{Cookie: []byte{255}}},
	{inHelloRetryRequest, iana.ExtEncryptedClientHello, "0102030405060708", &ECHConfirmation{[8]byte{1, 2, 3, 4, 5, 6, 7, 8}}},
	{inServerHello, iana.ExtNextProtocolNegotiation, "02" + "6832" + "01" + "61", &NextProtocols{Protocols: []ProtocolName{{[]byte("h2")}, {[]byte("a")}}}},
	{inServerHello, iana.ExtSCT, "0006" + "0001" + "aa" + "0001" + "bb", &SCTList{ct.List{SCTs: []SerializedSCT{{Raw: []byte{0xaa}}, {Raw: []byte{0xbb}}}}}},
	{inCertificate, iana.ExtSCT, "0003" + "0001" + "aa", &SCTList{ct.List{SCTs: []SerializedSCT{{Raw: []byte{0xaa}}}}}},
	{inCertificate, iana.ExtStatusRequest, "01" + "000002" + "3000", &StapledStatus{CertificateStatus{StatusType: 1, Response: []byte{0x30, 0}}}},
	{inCertificateRequest, iana.ExtOidFilters, "0009" + "03" + "551d25" + "0003" + "300100", &OIDFilters{Filters: []OIDFilter{{[]byte{0x55, 0x1d, 0x25}, []byte{0x30, 1, 0}}}}},
	{inCertificateRequest, iana.ExtStatusRequest, "", &Acknowledgement{}},
	{inCertificateRequest, iana.ExtSignatureAlgorithms, "0002" + "0804", &SignatureAlgorithms{Schemes: []iana.SignatureScheme{0x0804}}},
	{inNewSessionTicket, iana.ExtEarlyData, "00004000", &MaxEarlyData{Size: 16384}},
}

// enclosing puts extensions into a message of the kind they stand in.
func enclosing(in place, x Extensions) (Message, *Context) {
	ctx := &Context{Version: iana.TLS13}
	switch in {
	case inServerHello:
		return &ServerHello{HasExtensions: true, Extensions: x}, ctx
	case inHelloRetryRequest:
		return &ServerHello{Random: retryRandom, HasExtensions: true, Extensions: x}, ctx
	case inEncryptedExtensions:
		return &EncryptedExtensions{Extensions: x}, ctx
	case inCertificate:
		return &Certificate{List: []CertificateEntry{{Cert: []byte{0x30, 0}, Extensions: x}}}, ctx
	case inCertificateRequest:
		return &CertificateRequest{Extensions: x}, ctx
	}
	return &NewSessionTicket{Ticket: []byte{1}, Extensions: x}, ctx
}

// extensionsOf gives them back.
func extensionsOf(m Message) Extensions {
	switch m := m.(type) {
	case *ServerHello:
		return m.Extensions
	case *EncryptedExtensions:
		return m.Extensions
	case *Certificate:
		return m.List[0].Extensions
	case *CertificateRequest:
		return m.Extensions
	}
	return m.(*NewSessionTicket).Extensions
}

func TestEveryExtensionOfAnAnswerIsReadAsWritten(t *testing.T) {
	for _, e := range serverExtensions {
		m, ctx := enclosing(e.in, Extensions{{Type: e.of, Raw: unhex(e.hex)}})
		raw, diags := Encode(m, ctx)
		if len(diags) > 0 {
			t.Errorf("%s: %v", e.of, diags)
		}
		got, _ := isWhole(t, raw, ctx)
		if x := extensionsOf(got); len(x) != 1 || !sameBody(x[0].Body, e.want) {
			t.Errorf("%s in %s: %+v, want %+v", e.of, m.Name(), x, e.want)
		}
	}
}

// oldMessage is a message written by hand, and what must be read in it.
type oldMessage struct {
	name, hex string
	ctx       *Context
	check     func(Message) bool
}

// oldMessages is the messages that differ before TLS 1.3, by RFC 5246, 8422, 5077, 4279 and 6066, and
// some that are the same everywhere.
func oldMessages() []oldMessage {
	rsa, ecdsa := iana.AuthenticationRSA, iana.AuthenticationECDSA
	suite := func(v iana.Version, kex iana.KeyExchange, auth iana.Authentication) *Context {
		return &Context{Version: v, SuiteKnown: true, KeyExchange: kex, Authentication: auth}
	}
	return []oldMessage{
		{"ECDHE 1.2", "0c00000e" + "03" + "001d" + "02" + "abcd" + "0403" + "0004" + "01020304", suite(iana.TLS12, iana.KeyExchangeECDHE, ecdsa), func(m Message) bool {
			k := m.(*ServerKeyExchange)
			return k.EC.Group == 29 && string(k.EC.Public) == "\xab\xcd" && k.Algorithm == 0x0403 && string(k.Signature) == "\x01\x02\x03\x04" && string(k.Params) == "\x03\x00\x1d\x02\xab\xcd"
		}},
		{"ECDHE 1.0 has no algorithm", "0c00000a" + "03" + "0017" + "01" + "04" + "0003" + "010203", suite(iana.TLS10, iana.KeyExchangeECDHE, rsa), func(m Message) bool {
			k := m.(*ServerKeyExchange)
			return !k.HasScheme && k.Signed && string(k.Signature) == "\x01\x02\x03"
		}},
		{"DHE 1.2", "0c00000e" + "0001" + "17" + "0001" + "05" + "0001" + "0a" + "0804" + "0001" + "ff", suite(iana.TLS12, iana.KeyExchangeDHE, rsa), func(m Message) bool {
			k := m.(*ServerKeyExchange)
			return string(k.DH.P) == "\x17" && string(k.DH.G) == "\x05" && string(k.DH.Y) == "\x0a" && k.Algorithm == 0x0804
		}},
		{"anonymous DH has no signature", "0c000009" + "0001" + "17" + "0001" + "05" + "0001" + "0a", suite(iana.TLS12, iana.KeyExchangeDHE, iana.AuthenticationAnon), func(m Message) bool {
			k := m.(*ServerKeyExchange)
			return !k.Signed && string(k.DH.Y) == "\x0a"
		}},
		{"ECDHE_PSK", "0c000008" + "0001" + "68" + "03" + "001d" + "01" + "aa", suite(iana.TLS12, iana.KeyExchangeECDHEPSK, iana.AuthenticationPSK), func(m Message) bool {
			k := m.(*ServerKeyExchange)
			return k.HasHint && string(k.Hint) == "h" && string(k.EC.Public) == "\xaa" && !k.Signed
		}},
		{"explicit curve stays opaque", "0c000004" + "01" + "010203", suite(iana.TLS12, iana.KeyExchangeECDHE, ecdsa), func(m Message) bool {
			k := m.(*ServerKeyExchange)
			return k.EC.CurveType == ExplicitPrime && string(k.Opaque) == "\x01\x02\x03"
		}},
		{"unknown suite stays opaque", "0c000002" + "0102", &Context{Version: iana.TLS12}, func(m Message) bool {
			return string(m.(*ServerKeyExchange).Opaque) == "\x01\x02"
		}},
		{"client ECDHE", "10000003" + "02" + "abcd", suite(iana.TLS12, iana.KeyExchangeECDHE, rsa), func(m Message) bool {
			return string(m.(*ClientKeyExchange).ECPublic) == "\xab\xcd"
		}},
		{"client DHE", "10000004" + "0002" + "abcd", suite(iana.TLS12, iana.KeyExchangeDHE, rsa), func(m Message) bool {
			return string(m.(*ClientKeyExchange).DHPublic) == "\xab\xcd"
		}},
		{"client RSA", "10000004" + "0002" + "abcd", suite(iana.TLS10, iana.KeyExchangeRSA, rsa), func(m Message) bool {
			return string(m.(*ClientKeyExchange).EncryptedPreMaster) == "\xab\xcd"
		}},
		{"client PSK", "10000004" + "0002" + "6964", suite(iana.TLS12, iana.KeyExchangePSK, iana.AuthenticationPSK), func(m Message) bool {
			return m.(*ClientKeyExchange).HasIdentity && string(m.(*ClientKeyExchange).Identity) == "id"
		}},
		{"certificate 1.2", "0b000009" + "000006" + "000003" + "300100", suite(iana.TLS12, iana.KeyExchangeRSA, rsa), func(m Message) bool {
			l := m.(*Certificate).List
			return len(l) == 1 && string(l[0].Cert) == "\x30\x01\x00"
		}},
		{"certificate request 1.2", "0d00000f" + "02" + "0140" + "0004" + "04030804" + "0004" + "0002" + "3000", suite(iana.TLS12, iana.KeyExchangeRSA, rsa), func(m Message) bool {
			r := m.(*CertificateRequest12)
			return len(r.CertificateTypes) == 2 && r.CertificateTypes[1] == 64 && r.Algorithms[1] == 0x0804 && string(r.Authorities[0].DER) == "\x30\x00"
		}},
		{"certificate request 1.0", "0d000004" + "01" + "01" + "0000", suite(iana.TLS10, iana.KeyExchangeRSA, rsa), func(m Message) bool {
			r := m.(*CertificateRequest12)
			return len(r.CertificateTypes) == 1 && r.Algorithms == nil && len(r.Authorities) == 0
		}},
		{"certificate verify 1.0", "0f000003" + "0001" + "ff", suite(iana.TLS10, iana.KeyExchangeRSA, rsa), func(m Message) bool {
			return string(m.(*CertificateVerify).Signature) == "\xff"
		}},
		{"ticket 1.2", "04000008" + "00001c20" + "0002" + "abcd", &Context{Version: iana.TLS12}, func(m Message) bool {
			return m.(*NewSessionTicket12).LifetimeHint == 7200 && string(m.(*NewSessionTicket12).Ticket) == "\xab\xcd"
		}},
		{"certificate status", "16000006" + "01" + "000002" + "3000", &Context{}, func(m Message) bool {
			return string(m.(*CertificateStatus).Response) == "\x30\x00"
		}},
		{"certificate status, several", "1600000c" + "02" + "000008" + "000000" + "000002" + "3000", &Context{}, func(m Message) bool {
			r := m.(*CertificateStatus).Responses
			return len(r) == 2 && len(r[0].DER) == 0 && string(r[1].DER) == "\x30\x00"
		}},
		{"compressed certificate", "1900000a" + "0002" + "000010" + "000002" + "0102", &Context{}, func(m Message) bool {
			r := m.(*CompressedCertificate)
			return r.Algorithm == 2 && r.UncompressedLength == 16 && string(r.Compressed) == "\x01\x02"
		}},
		{"key update", "18000001" + "01", &Context{Version: iana.TLS13}, func(m Message) bool { return m.(*KeyUpdate).RequestUpdate == UpdateRequested }},
		{"hello request", "00000000", &Context{}, func(m Message) bool { return m.Name() == "hello_request" }},
		{"hello done", "0e000000", &Context{}, func(m Message) bool { return m.Name() == "server_hello_done" }},
		{"old server hello", "02000026" + "0301" + "0101010101010101010101010101010101010101010101010101010101010101" + "00" + "002f" + "00", &Context{}, func(m Message) bool {
			h := m.(*ServerHello)
			return !h.HasExtensions && h.Version() == iana.TLS10 && h.CipherSuite == 0x2f
		}},
		{"export RSA", "0c00000b" + "0002" + "00c1" + "0001" + "03" + "0002" + "ffff", suite(iana.TLS10, iana.KeyExchangeRSA, rsa), func(m Message) bool {
			k := m.(*ServerKeyExchange)
			return string(k.RSA.Modulus) == "\x00\xc1" && string(k.RSA.Exponent) == "\x03" && string(k.Signature) == "\xff\xff"
		}},
		{"SSL 3.0 RSA has no length", "10000002" + "abcd", suite(iana.SSL30, iana.KeyExchangeRSA, rsa), func(m Message) bool {
			return string(m.(*ClientKeyExchange).EncryptedPreMaster) == "\xab\xcd"
		}},
		{"client of an unknown suite", "10000002" + "abcd", &Context{Version: iana.TLS12}, func(m Message) bool {
			return string(m.(*ClientKeyExchange).Opaque) == "\xab\xcd"
		}},
		{"certificate status of another type", "16000002" + "0901", &Context{}, func(m Message) bool {
			return string(m.(*CertificateStatus).Other) == "\x01"
		}},
		{"certificate without a version stays opaque", "0b000003" + "000000", &Context{}, func(m Message) bool {
			return string(m.(*Unknown).Body) == "\x00\x00\x00" && m.Name() == "certificate"
		}},
	}
}

func TestMessagesBeforeTLS13AreReadAsWritten(t *testing.T) {
	for _, c := range oldMessages() {
		m, _ := isWhole(t, unhex(c.hex), c.ctx)
		if !c.check(m) {
			t.Errorf("%s: %+v", c.name, m)
		}
	}
}
