// Package fingerprint sums up hellos as others do, so that clients and servers can be looked up in lists that others keep: JA3,
// JA3S and JA4. It knows messages and nothing else.
//
// JA3 and JA3S are Salesforce's (https://github.com/salesforce/ja3), JA4 is FoxIO's (https://github.com/FoxIO-LLC/ja4,
// technical_details/JA4.md); both are under BSD licences. The other methods of the family JA4+, JA4S and JA4X among them, are under
// a licence that forbids some uses, and are not here for that.
package fingerprint

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// Transport is what carries TLS; JA4 begins with it.
type Transport byte

// The transports.
const (
	TCP  Transport = 't'
	QUIC Transport = 'q'
	DTLS Transport = 'd'
)

// Client is the fingerprints of a ClientHello. GREASE is left out of all of them.
type Client struct {
	JA3     string // MD5 of JA3Full, lower-case hex
	JA3Full string // version, cipher suites, extensions, groups, point formats, decimal and in the order sent
	JA4     string // "t13d1516h2_8daaf6152771_e5627efa2ab1"
	JA4Raw  string // the same with the lists that are hashed, known as JA4_r
}

// OfClient returns the fingerprints of a ClientHello.
func OfClient(m *message.ClientHello, over Transport) Client {
	var c Client
	c.JA3Full = ja3(m)
	c.JA3 = md5Hex(c.JA3Full)
	begin := ja4Begin(m, over)
	suites := joinHex(sorted(codes(m.CipherSuites)))
	extensions := ja4Extensions(m)
	c.JA4 = begin + "_" + shortHash(suites) + "_" + shortHash(extensions)
	c.JA4Raw = begin + "_" + suites + "_" + extensions
	return c
}

// ja3 is the string that JA3 hashes.
func ja3(m *message.ClientHello) string {
	var groups, formats []uint16
	for i := range m.Extensions {
		switch x := m.Extensions[i].Body.(type) {
		case *message.SupportedGroups:
			groups = append(groups, codes(x.Groups)...)
		case *message.ECPointFormats:
			formats = append(formats, codes(x.Formats)...)
		}
	}
	return strings.Join([]string{
		strconv.Itoa(int(m.LegacyVersion)), joinDecimal(codes(m.CipherSuites)), joinDecimal(types(m.Extensions)), joinDecimal(groups), joinDecimal(formats),
	}, ",")
}

// ja4Begin is the part of JA4 that is no hash: transport, version, whether a name is asked for, how many suites and extensions
// there are, and the first protocol of ALPN.
func ja4Begin(m *message.ClientHello, over Transport) string {
	name := 'i'
	if m.Extensions.Find(iana.ExtServerName) != nil {
		name = 'd'
	}
	return fmt.Sprintf("%c%s%c%02d%02d%s", over, ja4Version(m, over), name,
		min(len(codes(m.CipherSuites)), 99), min(len(types(m.Extensions)), 99), ja4Protocol(m))
}

// ja4Versions are the names that JA4 has for versions.
var ja4Versions = [...]struct {
	version iana.Version
	name    string
}{
	{0x0304, "13"}, {0x0303, "12"}, {0x0302, "11"}, {0x0301, "10"}, {0x0300, "s3"}, {0x0002, "s2"},
	{0xfeff, "d1"}, {0xfefd, "d2"}, {0xfefc, "d3"}, // DTLS
}

// ja4Version is the newest version offered: that of supported_versions where it is there. Numbers of DTLS fall as it gets newer.
func ja4Version(m *message.ClientHello, over Transport) string {
	version := m.LegacyVersion
	if m.Extensions.Find(iana.ExtSupportedVersions) != nil {
		version = 0
		sv, _ := message.Get[*message.SupportedVersions](m.Extensions)
		if sv != nil {
			for _, v := range codes(sv.Versions) {
				if v := iana.Version(v); version == 0 || (v > version) != (over == DTLS) {
					version = v
				}
			}
		}
	}
	for _, row := range ja4Versions {
		if row.version == version {
			return row.name
		}
	}
	return "00"
}

// ja4Protocol is the first and the last character of the first protocol that ALPN offers; of its bytes in hex where either is
// neither letter nor digit, and 00 where there is none.
func ja4Protocol(m *message.ClientHello) string {
	alpn, _ := message.Get[*message.ALPN](m.Extensions)
	if alpn == nil || len(alpn.Protocols) == 0 || len(alpn.Protocols[0].Name) == 0 {
		return "00"
	}
	name := string(alpn.Protocols[0].Name)
	if !alphanumeric(name[0]) || !alphanumeric(name[len(name)-1]) {
		name = hex.EncodeToString([]byte(name))
	}
	return name[:1] + name[len(name)-1:]
}

func alphanumeric(b byte) bool {
	return '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
}

// ja4Extensions is the sorted extensions, those apart that the first part speaks of, and then the signature schemes as sent.
func ja4Extensions(m *message.ClientHello) string {
	list := slices.DeleteFunc(sorted(types(m.Extensions)), func(t uint16) bool {
		return t == uint16(iana.ExtServerName) || t == uint16(iana.ExtALPN)
	})
	text := joinHex(list)
	if x := m.Extensions.Find(iana.ExtSignatureAlgorithms); x != nil {
		if algorithms, ok := x.Body.(*message.SignatureAlgorithms); ok && len(codes(algorithms.Schemes)) > 0 {
			text += "_" + joinHex(codes(algorithms.Schemes))
		}
	}
	return text
}

// shortHash is the first twelve digits of a SHA-256, and zeros for nothing.
func shortHash(s string) string {
	if s == "" {
		return "000000000000"
	}
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:6])
}

func md5Hex(s string) string {
	h := md5.Sum([]byte(s)) //nolint:gosec // what JA3 is made of; nothing depends on its strength
	return hex.EncodeToString(h[:])
}

// codes is a list of code points as numbers, without GREASE.
func codes[T interface {
	~uint8 | ~uint16
	IsGREASE() bool
}](list []T) []uint16 {
	numbers := make([]uint16, 0, len(list))
	for _, v := range list {
		if !v.IsGREASE() {
			numbers = append(numbers, uint16(v))
		}
	}
	return numbers
}

// types is the types of a list of extensions, without GREASE.
func types(list message.Extensions) []uint16 {
	numbers := make([]uint16, 0, len(list))
	for i := range list {
		if t := list[i].Type; !t.IsGREASE() {
			numbers = append(numbers, uint16(t))
		}
	}
	return numbers
}

func sorted(list []uint16) []uint16 { return slices.Sorted(slices.Values(list)) }

func joinDecimal(list []uint16) string {
	var b []byte
	for i, v := range list {
		if i > 0 {
			b = append(b, '-')
		}
		b = strconv.AppendUint(b, uint64(v), 10)
	}
	return string(b)
}

func joinHex(list []uint16) string {
	b := make([]byte, 0, 5*len(list))
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = hex.AppendEncode(b, []byte{byte(v >> 8), byte(v)})
	}
	return string(b)
}
