package message

import (
	"encoding/hex"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// fuzzMessage fuzzes the body of one type of message under every context, with a header that says
// the truth or not.
func fuzzMessage(f *testing.F, msgType iana.HandshakeType, bodies ...[]byte) {
	for _, section := range sections() {
		for _, v := range rfc8448(f, section) {
			if v.kind == "message" && v.bytes[0] == byte(msgType) {
				bodies = append(bodies, v.bytes[HeaderLen:])
			}
		}
	}
	contexts := surroundings()
	for _, b := range bodies {
		f.Add(b, uint8(1), int8(0))
		f.Add(b, uint8(len(contexts)-1), int8(0))
		f.Add(b, uint8(0), int8(3))
	}
	f.Add([]byte{}, uint8(2), int8(-1))
	f.Fuzz(func(t *testing.T, body []byte, surrounding uint8, lie int8) {
		if len(body) > 1<<12 {
			return
		}
		n := max(0, len(body)+int(lie))
		raw := append([]byte{byte(msgType), byte(n >> 16), byte(n >> 8), byte(n)}, body...)
		_, _, diags := holdsInvariants(t, raw, contexts[int(surrounding)%len(contexts)])
		if lie != 0 && n != len(body) && len(diags) == 0 {
			t.Errorf("%x: the header lies, and no fault", raw)
		}
	})
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func FuzzClientHello(f *testing.F) {
	fuzzMessage(f, iana.ClientHello, everyExtension()[HeaderLen:])
}
func FuzzServerHello(f *testing.F)     { fuzzMessage(f, iana.ServerHello) }
func FuzzHelloRequest(f *testing.F)    { fuzzMessage(f, iana.HelloRequest) }
func FuzzServerHelloDone(f *testing.F) { fuzzMessage(f, iana.ServerHelloDone) }
func FuzzEndOfEarlyData(f *testing.F)  { fuzzMessage(f, iana.EndOfEarlyData) }
func FuzzFinished(f *testing.F)        { fuzzMessage(f, iana.Finished) }
func FuzzEncryptedExtensions(f *testing.F) {
	fuzzMessage(f, iana.EncryptedExtensions)
}
func FuzzCertificate(f *testing.F) { fuzzMessage(f, iana.Certificate, unhex("0000060000033003ff")) }
func FuzzCertificateVerify(f *testing.F) {
	fuzzMessage(f, iana.CertificateVerify)
}
func FuzzCertificateRequest(f *testing.F) {
	fuzzMessage(f, iana.CertificateRequest, unhex("0201400004040308040005000330010a"))
}
func FuzzNewSessionTicket(f *testing.F) {
	fuzzMessage(f, iana.NewSessionTicket, unhex("00001c200002abcd"))
}
func FuzzKeyUpdate(f *testing.F) { fuzzMessage(f, iana.KeyUpdate, []byte{1}) }
func FuzzServerKeyExchange(f *testing.F) {
	fuzzMessage(f, iana.ServerKeyExchange, unhex("03001d02abcd04030002ffff"), unhex("0001170001020001050001"+"ff"), unhex("000161030017020102"), unhex("0101"))
}
func FuzzClientKeyExchange(f *testing.F) {
	fuzzMessage(f, iana.ClientKeyExchange, unhex("0401020304"), unhex("00020102"), unhex("000161020102"))
}
func FuzzCertificateStatus(f *testing.F) {
	fuzzMessage(f, iana.CertificateStatus, unhex("010000020102"), unhex("0200000800000000000201"+"02"), unhex("0901"))
}
func FuzzCompressedCertificate(f *testing.F) {
	fuzzMessage(f, iana.CompressedCertificate, unhex("00020000100000020102"))
}
func FuzzUnknownMessage(f *testing.F) { fuzzMessage(f, iana.HandshakeType(99), []byte{1}) }

// FuzzAnyMessage fuzzes raw bytes, header included.
func FuzzAnyMessage(f *testing.F) {
	f.Add([]byte{}, uint8(0))
	f.Add([]byte{1}, uint8(0))
	f.Add(everyExtension(), uint8(1))
	contexts := surroundings()
	f.Fuzz(func(t *testing.T, raw []byte, surrounding uint8) {
		if len(raw) <= 1<<12 {
			holdsInvariants(t, raw, contexts[int(surrounding)%len(contexts)])
		}
	})
}
